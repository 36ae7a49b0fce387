package record

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"patchbay/core/fail"
	"patchbay/core/rawjson"
)

// maxIfName is IFNAMSIZ less the final NUL (linux/if.h).
const maxIfName = 15

// Validate refuses, with Invalid, a key that the CNI specification or the kernel
// would refuse. What it lets pass is safe as part of a file name.
func (k Key) Validate() error {
	if !legalName(k.ContainerID) {
		return fail.New(fail.Invalid, "container ID %q: want letters, digits, %s",
			k.ContainerID, `"_", "." and "-", with a letter or a digit first`)
	}
	return validIfName(k.IfName)
}

// Validate refuses, with Invalid, a record that could not be undone or that
// would come back from its encoding as another one.
func (r Record) Validate() error {
	if err := r.Key().Validate(); err != nil {
		return err
	}
	for _, text := range []string{
		r.BootID, r.Netns, r.Pod.Namespace, r.Pod.Name, r.Pod.UID,
		r.PluginPath, r.FallbackVersion, r.Compat, r.Origin,
	} {
		if err := validText(text); err != nil {
			return err
		}
	}
	for i, a := range r.Attachments {
		if err := a.validate(); err != nil {
			return fail.New(fail.Invalid, "attachment %d, %s: %w", i, a, err)
		}
	}
	return nil
}

func (a Attachment) validate() error {
	if err := validIfName(a.IfName); err != nil {
		return err
	}
	if !isObject(a.Config) {
		return fail.New(fail.Invalid, "its configuration is not a JSON object")
	}
	if len(a.Capabilities) > 0 && !isObject(a.Capabilities) {
		return fail.New(fail.Invalid, "its capabilities are not a JSON object")
	}
	texts := []string{a.Network, a.Name, a.Args, a.DeviceInfo}
	if a.DefaultRoute != nil {
		texts = append(texts, *a.DefaultRoute...)
	}
	for _, text := range texts {
		if err := validText(text); err != nil {
			return err
		}
	}
	return nil
}

// validText refuses what JSON can not hold: it would replace the bytes that are
// not UTF-8, and DEL would be given another path or name than ADD was.
func validText(text string) error {
	if !utf8.ValidString(text) {
		return fail.New(fail.Invalid, "%q is not UTF-8", text)
	}
	return nil
}

// legalName is the rule for container IDs and network names (CNI spec 1.1,
// "Network configuration format" and CNI_CONTAINERID).
func legalName(name string) bool {
	for i, c := range []byte(name) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("_.-", rune(c))) {
			return false
		}
	}
	return name != ""
}

// validIfName is the kernel's rule (net/core/dev.c, dev_valid_name), and
// nothing invisible: these names become file names that people read.
func validIfName(name string) error {
	odd := func(c rune) bool {
		return c == '/' || c == ':' || unicode.IsSpace(c) || unicode.IsControl(c)
	}
	switch {
	case name == "" || name == "." || name == "..":
		return fail.New(fail.Invalid, "%q is no interface name", name)
	case len(name) > maxIfName:
		return fail.New(fail.Invalid, "interface name %q is longer than %d bytes", name, maxIfName)
	case strings.ContainsFunc(name, odd) || !utf8.ValidString(name):
		return fail.New(fail.Invalid,
			`interface name %q holds "/", ":", white space or something unprintable`, name)
	}
	return nil
}

func isObject(data []byte) bool {
	return rawjson.Valid(data) && bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{"))
}

// compact drops the white space of a JSON object, and an absent one altogether.
func compact(raw json.RawMessage) json.RawMessage {
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil || out.String() == "null" {
		return nil
	}
	return out.Bytes()
}
