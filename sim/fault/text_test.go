package fault_test

import (
	"strings"
	"testing"

	"patchbay/core/fail"
	"patchbay/sim/fault"
)

func TestParseIsTheInverseOfString(t *testing.T) {
	lines := []string{
		"link.add net1 #2 of bridge ADD: fail-after EINTR",
		"link.add #1: fail-before EBUSY",
		"link.add every: hang",
		`link.add "a b" #1: hang`,
		`link.add "every" #1 of "ADD" ADD undoing: hang`,
		`route.add "fd00::/64" #1 of sbr: fail-before ENETUNREACH`,
		"pod.get web* #3 of climbing: late 400ms",
		"pod.get #1 of patchbay ADD climbing: corrupt behind-3",
		"file.store #1: partial ENOSPC-50",
		"plugin.add bridge #1: partial killed-3",
		"plugin.add bridge #1 of patchbay: corrupt log-before",
		"status.patch #1: fail-before 429-after-120s",
	}
	for _, line := range lines {
		if f := mustParse(t, line); f.String() != line {
			t.Errorf("%s became %s", line, f)
		}
	}
	for i := range fault.Catalogue() {
		r := &fault.Catalogue()[i]
		f := fault.Fault{Kind: r.Kind, Nth: 1, Row: r}
		if got := mustParse(t, f.String()); got != f {
			t.Errorf("%v became %v", f, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	lines := map[string]string{
		"":                                      "a word or a colon is missing",
		"link.add":                              "a word or a colon is missing",
		"link.add #1":                           "a word or a colon is missing",
		"link.add: hang":                        `"every" is missing`,
		"link.add net1: hang":                   `"every" is missing`,
		"link.add net1 net2 #1: hang":           `"every" is missing`,
		"link.frob #1: hang":                    "there is no operation",
		"link.add #0: hang":                     "not a number from #1",
		"link.add #x: hang":                     "not a number from #1",
		"link.add #1 bridge: hang":              `"of" and a process is missing`,
		"link.add #1 of: hang":                  `"of" and a process is missing`,
		"link.add #1 of a ADD undoing x: hang":  "not expected",
		"link.add #1: frob":                     "the catalogue has no",
		"link.add #1: fail-before EXDEV":        "the catalogue has no",
		`link.add "net1 #1: hang`:               "a quote does not end",
		`link.add "net1"x #1: hang`:             "not expected",
		"link.add #1 of bridge ADD:fail-before": "not expected",
	}
	for line, want := range lines {
		f, err := fault.Parse(line)
		if !fail.Is(err, fail.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want an error with %q", line, f, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("link.add net1 #2 of bridge ADD: fail-after EINTR")
	f.Add(`route.add "fd00::/64 \x00" every of "ADD" DEL climbing: fail-before ESRCH`)
	f.Add("pod.get #1: corrupt behind-3")
	f.Add(`link.add "" #1 of "": hang`)
	f.Fuzz(func(t *testing.T, line string) {
		first, err := fault.Parse(line)
		if err != nil {
			return
		}
		again, err := fault.Parse(first.String())
		if err != nil || again != first {
			t.Errorf("%q: %v became %v, %v", line, first, again, err)
		}
	})
}
