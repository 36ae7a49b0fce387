package node_test

import (
	"os"
	"testing"

	"patchbay/core/record"
)

// attachAsMultus attaches a pod as Multus does: libcni executes the plugins of
// every network, with Multus' directory as its cache.
func (m *machine) attachAsMultus(t testing.TB, p pod) {
	t.Helper()
	for ifName, network := range networks {
		r := m.runtime(t, []byte(m.network(network).json()), m.path("multus"))
		if err := r.add(t.Context(), p, ifName); err != nil {
			t.Fatal(err)
		}
	}
}

// The networks of a pod by interface.
var networks = map[string]string{"eth0": "cluster", "net1": "red", "net2": "blue"}

// scratch is the file that Multus writes before it executes anything.
func (m *machine) scratch(t testing.TB, p pod) []byte {
	t.Helper()
	r := record.Record{ContainerID: p.container, IfName: "eth0"}
	for _, ifName := range []string{"eth0", "net1", "net2"} {
		name := networks[ifName]
		r.Attachments = append(r.Attachments, record.Attachment{
			Network: "shop/" + name, Name: name, IfName: ifName,
			Config: []byte(m.network(name).json()), Master: ifName == "eth0",
		})
	}
	data, err := record.EncodeScratch(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestPodsOfMultus ends pods that Multus attached, which may be gone from the
// cluster by then.
func TestPodsOfMultus(t *testing.T) {
	program(t)
	for _, left := range []struct {
		name             string
		scratch, results bool
	}{
		{"scratch file and results", true, true},
		{"results without scratch file", false, true},
		{"scratch file without results", true, false},
	} {
		for _, s := range []series{
			{"", "DEL", thenDel},
			{"", "DEL without namespace", thenGoneAndDel},
			// The file does not say which namespace it was; GC can not either.
			{"", "GC without namespace", thenGoneAndGC},
			{"", "GC", thenGC},
		} {
			if s.then == "GC" && !left.results {
				continue
			}
			t.Run(left.name+", then "+s.then, func(t *testing.T) {
				t.Parallel()
				m := newMachine(t)
				p := m.pod(t, "a")
				before := m.look(t)
				m.attachAsMultus(t, p)
				if left.scratch {
					m.write(t, m.scratch(t, p), "multus", p.container)
				}
				if !left.results {
					m.remove(t, "multus", "results")
				}
				m.remove(t, "manifests", "pod-a.json")
				s.settle(t, m, p)
				m.wantClean(t, before, p)
			})
		}
	}
}

// TestBackToMultus attaches with compatScratch, and lets Multus end the pod: it
// reads its scratch file and hands each configuration to libcni.
func TestBackToMultus(t *testing.T) {
	m := newMachine(t)
	p := m.pod(t, "a")
	before := m.look(t)
	config := object{"compatScratch": true}
	m.must(t, call{verb: "ADD", pod: p, config: config})
	r := m.readScratch(t, p)
	for _, a := range r.Attachments {
		multus := m.runtime(t, a.Config, m.path("multus"))
		if err := multus.del(t.Context(), p, a.IfName); err != nil {
			t.Error(err)
		}
	}
	m.remove(t, "multus", p.container) // as Multus does in the end
	m.del(t, p)                        // our record is still there, and harmless
	m.wantClean(t, before, p)
}

// TestCompatScratch looks at the scratch file beside a record.
func TestCompatScratch(t *testing.T) {
	m := newMachine(t)
	p := m.pod(t, "a")
	before := m.look(t)
	config := object{"compatScratch": true}
	m.must(t, call{verb: "ADD", pod: p, config: config})
	got := m.readScratch(t, p)
	want := m.record(t, p)
	if len(got.Attachments) != 3 {
		t.Fatalf("the scratch file lists %d networks; want 3", len(got.Attachments))
	}
	for i, a := range got.Attachments {
		w := want.Attachments[i]
		if a.Network != w.Network || a.IfName != w.IfName || string(a.Config) != string(w.Config) {
			t.Errorf("scratch file: %v %s; record: %v %s", a, a.Config, w, w.Config)
		}
	}
	m.must(t, call{verb: "DEL", pod: p, config: config})
	m.wantClean(t, before, p)
}

func (m *machine) readScratch(t testing.TB, p pod) record.Record {
	t.Helper()
	data, err := os.ReadFile(m.path("multus", p.container))
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.DecodeScratch(data,
		record.Record{ContainerID: p.container, IfName: "eth0"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (m *machine) write(t testing.TB, data []byte, elem ...string) {
	t.Helper()
	if err := os.WriteFile(m.path(elem...), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) remove(t testing.TB, elem ...string) {
	t.Helper()
	if err := os.RemoveAll(m.path(elem...)); err != nil {
		t.Fatal(err)
	}
}
