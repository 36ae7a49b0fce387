package fail_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/core/fail"
)

func TestKindsSurviveWrapping(t *testing.T) {
	busy := fail.New(fail.Busy, "device %s is busy", "vf0")
	for _, c := range []struct {
		name string
		err  error
		want fail.Kind
	}{
		{"as it is", busy, fail.Busy},
		{"about an object", fail.About("net1 (red)", busy), fail.Busy},
		{"wrapped by others", fmt.Errorf("attach: %w", busy), fail.Busy},
		{"given another kind", fail.As(fail.Transient, busy), fail.Transient},
		{"of nobody", errors.New("what"), fail.Internal},
		{"of a plugin, by its code", types.NewError(types.ErrTryAgainLater, "later", ""), fail.Busy},
		{"of a plugin that is not ready", types.NewError(types.ErrPluginNotAvailable, "", ""), fail.Unavailable},
		{"of a plugin, with a code of its own", types.NewError(123, "mine", ""), fail.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := fail.Of(c.err); got != c.want || !fail.Is(c.err, c.want) {
				t.Errorf("kind %v, want %v", got, c.want)
			}
		})
	}
	if fail.Is(nil, fail.Internal) || fail.As(fail.Busy, nil) != nil || fail.About("x", nil) != nil {
		t.Error("no error is an error")
	}
	if got := fail.About("net1 (red)", busy).Error(); got != "net1 (red): device vf0 is busy" {
		t.Error(got)
	}
	if !errors.Is(fail.As(fail.Gone, errGone), errGone) {
		t.Error("the cause can not be found")
	}
}

var errGone = errors.New("gone")

func TestCNI(t *testing.T) {
	for _, c := range []struct {
		name         string
		err          error
		code         uint
		msg, details string
	}{
		{"kind to code", fail.New(fail.Invalid, "no"), types.ErrInvalidNetworkConfig, "no", ""},
		{"transient", fail.New(fail.Transient, "later"), types.ErrTryAgainLater, "later", ""},
		{
			"a plugin's STATUS answer", fail.About("red", types.NewError(50, "no pool", "10.0.0.0/8")),
			50, "red: no pool", "10.0.0.0/8",
		},
		{"a plugin's own code", fail.About("red", types.NewError(123, "mine", "")), 123, "red: mine", ""},
		{"code 0 is none", types.NewError(0, "what", ""), types.ErrInternal, "what", ""},
		{
			"our kind before a plugin's code", fail.As(fail.Transient, types.NewError(7, "x", "")),
			types.ErrTryAgainLater, "x", "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := fail.CNI(c.err)
			if got.Code != c.code || got.Msg != c.msg || got.Details != c.details {
				t.Errorf("%+v", got)
			}
		})
	}
	if fail.CNI(nil) != nil {
		t.Error("no error became one")
	}
}

func TestEveryKindHasANameAndACode(t *testing.T) {
	seen := map[string]bool{}
	for k := fail.Internal; k.String() != fmt.Sprintf("kind %d", int(k)); k++ {
		if k.Code() == 0 || seen[k.String()] {
			t.Errorf("kind %d: %q, code %d", int(k), k, k.Code())
		}
		seen[k.String()] = true
	}
	if fail.Kind(-1).Code() != types.ErrInternal {
		t.Error("an unknown kind is an internal error")
	}
}
