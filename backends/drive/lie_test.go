package drive_test

import (
	"context"
	"strings"
	"testing"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
)

// liar says of one plugin that it has succeeded, and does not run it.
type liar struct {
	backends.Plugins
	about string
}

func (l liar) Run(ctx context.Context, c backends.Call) ([]byte, error) {
	if c.Env["CNI_COMMAND"] == "ADD" && strings.HasSuffix(c.Path, "/"+l.about) {
		return []byte(`{"cniVersion":"1.0.0","interfaces":[{"name":"` + c.Env["CNI_IFNAME"] +
			`","sandbox":"` + memorySandbox + `"}]}`), nil
	}
	return l.Plugins.Run(ctx, c)
}

func TestAPluginThatLiesIsFoundOut(t *testing.T) {
	m := newMemory(`[{"name":"red"}]`)
	m.defs["dev/red"] = need.Definition{
		Namespace: "dev", Name: "red", Config: `{"cniVersion":"1.0.0","type":"macvlan"}`,
	}
	d := driverOf(m)
	d.Backend.Plugins = liar{m, "macvlan"}
	_, err := d.Add(t.Context(), memoryRequest(t, sweptConfig))
	want := "net1 (dev/red): plugin macvlan says that it is there"
	if !fail.Is(err, fail.NotFound) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	if left := m.left(); len(left) > 0 {
		t.Errorf("ADD failed and left %q", left)
	}
}

// unread is a node whose disk can not be read for a moment.
type unread struct{ backends.Records }

func (unread) BootID(context.Context) (string, error) {
	return "", fail.New(fail.IO, "boot ID: too many open files")
}

// A DEL without a record that could not look must not say that all is gone: the
// runtime would not ask again.
func TestUnrecordedDELThatCouldNotLookFails(t *testing.T) {
	m := newMemory(`[{"name":"red"}]`)
	d := driverOf(m)
	d.Backend.Records = unread{m}
	if err := d.Del(t.Context(), memoryRequest(t, sweptConfig)); !fail.Is(err, fail.IO) {
		t.Errorf("got %v", err)
	}
}
