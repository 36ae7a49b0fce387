package ctlout

import (
	"bytes"
	"encoding/json"
	"io"
	"os"

	"github.com/goccy/go-yaml"
	"golang.org/x/sys/unix"

	"patchbay/core/fail"
)

// Printer writes what a command has to say.
type Printer struct {
	Out    io.Writer
	Format Format
	Colour bool // text may hold ANSI colours
}

// Print writes a value as a document or, for a person, what show makes of it.
func (p Printer) Print(value any, show func(*Page)) error {
	switch p.Format {
	case JSON, YAML:
		return p.document(value)
	case Text:
	}
	page := p.Page()
	show(page)
	return page.Err()
}

// Page returns the text output, for commands that report as they go.
func (p Printer) Page() *Page { return &Page{out: p.Out, colour: p.Colour} }

// document writes a value with the keys of its JSON form in either format.
func (p Printer) document(value any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(value); err != nil {
		return fail.New(fail.Internal, "output: %w", err)
	}
	text := b.Bytes()
	if p.Format == YAML {
		var err error
		if text, err = yaml.JSONToYAML(text); err != nil {
			return fail.New(fail.Internal, "output: %w", err)
		}
	}
	if _, err := p.Out.Write(text); err != nil {
		return fail.New(fail.IO, "output: %w", err)
	}
	return nil
}

// Colourful reports whether a file is a terminal that may be coloured. Any
// value of NO_COLOR but the empty one forbids it (https://no-color.org).
func Colourful(f *os.File, noColor string) bool {
	if noColor != "" {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
