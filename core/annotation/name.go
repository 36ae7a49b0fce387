package annotation

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"patchbay/core/fail"
)

// CheckInterface refuses, with kind [fail.Invalid], a name that the kernel
// takes for no interface (dev_valid_name and __dev_alloc_name in
// net/core/dev.c: at most 15 bytes, no white space, and a "%" would make it a
// pattern) or that libcni refuses.
func CheckInterface(name string) error {
	const longest = 15 // IFNAMSIZ less the terminator
	bad := func(why string) error {
		return fail.New(fail.Invalid, "interface name %s %s", quote(name), why)
	}
	switch {
	case name == "":
		return bad("is empty")
	case len(name) > longest:
		return bad(fmt.Sprintf("is of %d bytes, and the kernel takes %d", len(name), longest))
	case name == "." || name == "..":
		return bad("is no name to the kernel")
	}
	if i := strings.IndexAny(name, "/:%\x00"); i >= 0 {
		return bad("holds " + strconv.Quote(name[i:i+1]) + ", which no interface name may")
	}
	if strings.ContainsFunc(name, unicode.IsSpace) || strings.IndexByte(name, latinSpace) >= 0 {
		return bad("holds white space, which no interface name may")
	}
	return nil
}

// latinSpace is the no-break space of Latin-1. The kernel's isspace goes byte
// by byte (lib/ctype.c), so it refuses every letter whose UTF-8 holds this byte,
// such as "à".
const latinSpace = 0xA0

// checkPathSegment refuses what can not be a name in a path of the API server,
// which is all that the JSON form asks of a name.
func checkPathSegment(key, name string) error {
	const longest = 253 // of a Kubernetes object's name
	switch {
	case len(name) > longest:
		return fmt.Errorf("%s %s is of %d bytes, and %d is the most",
			key, quote(name), len(name), longest)
	case name == "." || name == "..":
		return fmt.Errorf("%s %s is a path, not a name", key, quote(name))
	}
	if i := strings.IndexAny(name, "/%"); i >= 0 {
		return fmt.Errorf("%s %s holds %s, which no name may", key, quote(name), quote(name[i:i+1]))
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("%s %s holds a control character, which no name may", key, quote(name))
	}
	return nil
}

// checkLabel is the rule of the comma form: the empty string, which others
// judge, or [a-z0-9]([-a-z0-9]*[a-z0-9])?. It is a loop because a CNI plugin
// starts too often to compile an expression each time.
func checkLabel(key, name string) error {
	dash := func(i int) bool { return name[i] == '-' }
	ok := name == "" || !dash(0) && !dash(len(name)-1)
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-'
	}
	if ok {
		return nil
	}
	return fmt.Errorf("%s %s does not match [a-z0-9]([-a-z0-9]*[a-z0-9])?", key, quote(name))
}

// clip shortens what the user wrote to what an error can show.
func clip(text string) string {
	const most = 64
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// label is clip, with quotes where what is shown would not be plain text.
func label(text string) string {
	plain := clip(text)
	if quoted := strconv.Quote(plain); quoted != `"`+plain+`"` {
		return quoted
	}
	return plain
}

// quote is clip between quotes.
func quote(text string) string { return strconv.Quote(clip(text)) }
