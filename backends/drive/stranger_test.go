package drive_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/record"
)

// faster is somebody who makes an interface in the sandbox between our look and
// our first change.
type faster struct {
	*memory
	name string
}

func (f faster) Absent(ctx context.Context, s backends.Sandbox, ifName string) error {
	if ifName == f.name {
		f.links[ifName] = "stranger"
	}
	return f.memory.Absent(ctx, s, ifName)
}

func TestAStrangersInterfaceOutlivesThePod(t *testing.T) {
	t.Run("of an optional network", func(t *testing.T) {
		m := newMemory(`[{"name":"red"},{"name":"blue","optional":true}]`)
		d := driverOf(m)
		d.Backend.Links = faster{m, "net2"}
		req := memoryRequest(t, sweptConfig)
		if _, err := d.Add(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if err := d.Del(t.Context(), req); err != nil {
			t.Error(err)
		}
		strangerLives(t, m, "net2")
	})
	t.Run("when the undo of another network fails", func(t *testing.T) {
		m := newMemory(`[{"name":"red"},{"name":"blue"}]`)
		m.fails["DEL red"] = errors.New("the daemon is busy")
		d := driverOf(m)
		d.Backend.Links = faster{m, "net2"}
		req := memoryRequest(t, sweptConfig)
		if _, err := d.Add(t.Context(), req); !fail.Is(err, fail.Invalid) {
			t.Errorf("got %v", err)
		}
		kept := m.records[record.Key{ContainerID: "c1", IfName: "eth0"}]
		if len(kept.Attachments) != 1 || kept.Attachments[0].IfName != "net1" {
			t.Errorf("the record keeps %v", kept.Attachments)
		}
		delete(m.fails, "DEL red")
		if err := d.Del(t.Context(), req); err != nil {
			t.Error(err)
		}
		strangerLives(t, m, "net2")
	})
}

func strangerLives(t *testing.T, m *memory, name string) {
	t.Helper()
	if m.links[name] != "stranger" {
		t.Errorf("%s is %q", name, m.links[name])
	}
	if slices.ContainsFunc(m.calls, func(c string) bool { return c == "DEL blue "+name }) {
		t.Errorf("the plugin of a network that was never attached was asked to detach it: %q", m.calls)
	}
	if left := m.left(); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	for _, b := range m.broken {
		t.Error(b)
	}
}
