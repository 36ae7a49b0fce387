package ctlout

import (
	"slices"
	"strings"

	"patchbay/core/fail"
)

// Format is a way of output. It is a flag value of cobra.
type Format string

// The formats.
const (
	Text Format = "text"
	JSON Format = "json"
	YAML Format = "yaml"
)

// Formats lists the formats, for help and completion.
func Formats() []string { return []string{string(Text), string(JSON), string(YAML)} }

// Set takes the value of the flag.
func (f *Format) Set(value string) error {
	if !slices.Contains(Formats(), value) {
		return fail.New(fail.Invalid, "it must be one of %s", strings.Join(Formats(), ", "))
	}
	*f = Format(value)
	return nil
}

// String returns the format.
func (f *Format) String() string { return string(*f) }

// Type names the kind of value in help texts.
func (f *Format) Type() string { return strings.Join(Formats(), "|") }
