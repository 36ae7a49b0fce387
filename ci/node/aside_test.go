package node_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSetAside takes a plugin away. A pod that can not be detached is set aside
// after one error, so that it does not stay for ever; and GC finishes the work
// once somebody has installed the plugin again.
func TestSetAside(t *testing.T) {
	program(t)
	for _, tt := range []struct {
		name   string
		attach func(testing.TB, *machine, pod)
	}{
		{"a pod of ours", func(t testing.TB, m *machine, p pod) {
			t.Helper()
			m.add(t, p)
		}},
		{"a pod of Multus", func(t testing.TB, m *machine, p pod) {
			t.Helper()
			m.attachAsMultus(t, p)
			m.write(t, m.scratch(t, p), "multus", p.container)
		}},
		{"a pod of Multus without scratch file", func(t testing.TB, m *machine, p pod) {
			t.Helper()
			m.attachAsMultus(t, p)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.spy(t)
			p := m.pod(t, "a")
			before := m.look(t)
			tt.attach(t, m, p)
			putBack := m.takeAway(t, "macvlan")
			m.wantNoPlugin(t, call{verb: "DEL", pod: p})
			m.del(t, p) // the runtime asks again, and may let the pod go
			m.wantNoPlugin(t, call{verb: "GC", config: validOnly()})
			putBack()
			m.gc(t)
			m.wantClean(t, before, p)
		})
	}
}

// wantNoPlugin fails unless a call says that it misses a plugin.
func (m *machine) wantNoPlugin(t testing.TB, c call) {
	t.Helper()
	err := m.do(t, c)
	if err == nil || !strings.Contains(err.Error(), `failed to find plugin \"macvlan\"`) {
		t.Fatalf("%s without the plugin: got %v", c.verb, err)
	}
}

// takeAway uninstalls a plugin until the function that it returns is called.
func (m *machine) takeAway(t testing.TB, plugin string) func() {
	t.Helper()
	path := filepath.Join(m.pluginDir, plugin)
	move := func(from, to string) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	move(path, path+".away")
	return func() { move(path+".away", path) }
}
