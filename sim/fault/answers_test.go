package fault_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/core/fail"
	"patchbay/core/result"
	"patchbay/sim/fault"
)

const version = "1.0.0"

// truth is what a plugin prints that is well.
const truth = `{"cniVersion":"1.0.0",` +
	`"interfaces":[{"name":"cni0"},{"name":"net1","sandbox":"/var/run/netns/a"}],` +
	`"ips":[{"address":"10.1.0.2/24","gateway":"10.1.0.1","interface":1}],"dns":{}}`

// TestOddOutput makes sure that each row of odd output is what it says: that the
// readers of output notice it, or can not.
func TestOddOutput(t *testing.T) {
	for _, r := range fault.RowsOf(fault.PluginAdd) {
		a, ok := errors.AsType[*fault.Answer](r.Err)
		if !ok || r.How != fault.Corrupt {
			continue
		}
		t.Run(a.Name, func(t *testing.T) {
			out, err := a.Run([]byte(truth))
			if err == nil {
				_, err = result.Parse(version, out)
			}
			switch {
			case r.Expect.Add == fault.RB && err == nil:
				t.Errorf("nobody notices %s", out)
			case r.Expect.Add == fault.AI && err != nil:
				t.Errorf("somebody notices: %v", err)
			case bytes.Equal(out, []byte(truth)) && a.Status == "":
				t.Error("it is the truth")
			}
		})
	}
}

func TestAnswersOfPlugins(t *testing.T) {
	cases := []struct {
		id   string
		kind fail.Kind
		code uint // of the plugin's own error
	}{
		{"plugin.add fail-before EACCES", fail.IO, 0},
		{"plugin.add fail-before ENOEXEC", fail.IO, 0},
		{"plugin.add fail-before ENOENT", fail.NotFound, 0},
		{"plugin.add fail-before ETXTBSY", fail.Busy, 0},
		{"plugin.add fail-before EAGAIN", fail.Transient, 0},
		{"plugin.add fail-before E2BIG", fail.Invalid, 0},
		{"plugin.add fail-before killed", fail.Internal, 0},
		{"plugin.add fail-before mute", fail.Internal, 0},
		{"plugin.add fail-before panic", fail.Internal, 0},
		{"plugin.add fail-before code-11", fail.Busy, 11},
		{"plugin.add fail-before code-7", fail.Invalid, 7},
		{"plugin.del fail-before code-3", fail.NoContainer, 3},
		{"plugin.add fail-before code-100", fail.Internal, 100},
		{"plugin.add corrupt garbage", fail.Decode, 0},
		{"plugin.add corrupt success-exit-1", fail.Decode, 0},
		{"plugin.add corrupt error-exit-0", fail.Internal, 999},
		{"plugin.del corrupt flood", fail.Decode, 0},
		{"ipam.add fail-before exhausted", fail.Internal, 999},
	}
	for _, c := range cases {
		t.Run(c.id, func(t *testing.T) {
			a, ok := errors.AsType[*fault.Answer](fault.Find(c.id).Err)
			if !ok {
				t.Fatal("it is no answer of a plugin")
			}
			if a.Error() == "" {
				t.Error("it says nothing")
			}
			_, err := a.Run([]byte(truth))
			if err == nil || fail.Of(err) != c.kind {
				t.Errorf("%v is of kind %v, want %v", err, fail.Of(err), c.kind)
			}
			if e, said := errors.AsType[*types.Error](err); said != (c.code > 0) ||
				said && e.Code != c.code {
				t.Errorf("%v: the code is not %d", err, c.code)
			}
		})
	}
}

func TestOddOutputOfVerbsWithoutResult(t *testing.T) {
	for _, r := range fault.RowsOf(fault.PluginDel) {
		a, ok := errors.AsType[*fault.Answer](r.Err)
		if !ok {
			continue
		}
		_, err := a.Run(nil)
		if r.Mark == fault.Outside {
			continue
		}
		if (err == nil) != (r.Mark == fault.Tolerate) {
			t.Errorf("%s is marked %s, and its error is %v", r, r.Mark, err)
		}
	}
}
