package drive_test

import (
	"slices"
	"testing"

	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// setAside is a node with a pod that is set aside, because a plugin is gone.
func setAside(t *testing.T) (*memory, need.Request) {
	t.Helper()
	m, req := newMemory(""), memoryRequest(t, plainConfig)
	d := driverOf(m)
	if _, err := d.Add(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	m.absent["portmap"] = true
	if err := d.Del(t.Context(), req); !fail.Is(err, fail.Broken) || len(m.aside) != 1 {
		t.Fatalf("%v, set aside: %v", err, m.aside)
	}
	clear(m.absent)
	return m, req
}

func collect(t *testing.T, m *memory, req need.Request) {
	t.Helper()
	req.Config.ValidAttachments = netconf.Attachments{}
	if err := driverOf(m).GC(t.Context(), req); err != nil {
		t.Error(err)
	}
}

func TestGCOfWhatIsSetAside(t *testing.T) {
	t.Run("once it can be undone", func(t *testing.T) {
		m, req := setAside(t)
		collect(t, m, req)
		if len(m.left()) > 0 || len(m.aside) > 0 {
			t.Errorf("left %q, set aside %v", m.left(), m.aside)
		}
	})
	t.Run("not while somebody works on its successor", func(t *testing.T) {
		m, req := setAside(t)
		if _, err := driverOf(m).Add(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		m.locks[req.Key()] = true
		before := m.ours()
		collect(t, m, req)
		if !slices.Equal(m.ours(), before) || len(m.records) != 1 || len(m.aside) != 1 {
			t.Errorf("there is %q, was %q; records %v", m.ours(), before, m.records)
		}
	})
	t.Run("not when its successor can not be undone", func(t *testing.T) {
		m, req := setAside(t)
		if _, err := driverOf(m).Add(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		m.fails["DEL portmap"] = fail.New(fail.Transient, "not now")
		req.Config.ValidAttachments = netconf.Attachments{}
		if err := driverOf(m).GC(t.Context(), req); err == nil {
			t.Error("GC says that all went well")
		}
		if r := m.records[record.Key{ContainerID: "c1", IfName: "eth0"}]; r.Attempts != 1 ||
			slices.Index(m.calls, "DEL portmap eth0") < 0 {
			t.Errorf("record %+v, calls %q", r, m.calls)
		}
		if n := len(slices.DeleteFunc(m.calls, func(c string) bool {
			return c != "DEL portmap eth0"
		})); n != 1 {
			t.Errorf("one attachment was detached %d times", n)
		}
	})
}
