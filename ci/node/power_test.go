package node_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPowerCut damages files as a power cut can, or a disk. DEL has to find
// what to undo in what is left.
func TestPowerCut(t *testing.T) {
	program(t)
	scratch := object{"compatScratch": true}
	for _, tt := range []struct {
		name   string
		config object
		damage func(*testing.T, *machine, pod)
	}{
		{"C153 a torn record: the results tell", nil, tearRecord},
		{"C153 an empty record: the results tell", nil, emptyRecord},
		{"C153 no record: the results tell", nil, removeRecord},
		{"C153 a torn record and a scratch file", scratch, tearRecord},
		{"C153 a torn scratch file: the record tells", scratch, tearScratch},
		{
			"C153 torn record and scratch file: the results tell", scratch,
			func(t *testing.T, m *machine, p pod) {
				t.Helper()
				tearRecord(t, m, p)
				tearScratch(t, m, p)
			},
		},
		{"results that were never written", nil, emptyResults},
		{"half of a new record beside the old one", nil, leaveTemporary},
	} {
		for _, s := range []series{
			{"", "DEL", thenDel},
			{"", "GC", thenGC},
			{"", "GC without namespace", thenGoneAndGC},
		} {
			t.Run(tt.name+", then "+s.then, func(t *testing.T) {
				t.Parallel()
				m := newMachine(t)
				p := m.pod(t, "a")
				before := m.look(t)
				m.must(t, call{verb: "ADD", pod: p, config: tt.config})
				tt.damage(t, m, p)
				s.settle(t, m, p)
				m.wantClean(t, before, p)
			})
		}
	}
}

func tearRecord(t *testing.T, m *machine, p pod) {
	t.Helper()
	tear(t, m.recordFile(p))
}

func tearScratch(t *testing.T, m *machine, p pod) {
	t.Helper()
	tear(t, m.path("multus", p.container))
}

// tear leaves the first half of a file.
func tear(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()/2)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func emptyRecord(t *testing.T, m *machine, p pod) {
	t.Helper()
	if err := os.Truncate(m.recordFile(p), 0); err != nil {
		t.Fatal(err)
	}
}

func removeRecord(t *testing.T, m *machine, p pod) {
	t.Helper()
	if err := os.Remove(m.recordFile(p)); err != nil {
		t.Fatal(err)
	}
}

// emptyResults is what a file is that was renamed before its data was written.
func emptyResults(t *testing.T, m *machine, _ pod) {
	t.Helper()
	files, err := filepath.Glob(m.path("multus", "results", "*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("results: %q, %v; want 3", files, err)
	}
	for _, file := range files {
		if err := os.Truncate(file, 0); err != nil {
			t.Fatal(err)
		}
	}
}

func leaveTemporary(t *testing.T, m *machine, p pod) {
	t.Helper()
	dir, name := filepath.Split(m.recordFile(p))
	if err := os.WriteFile(dir+"."+name+".tmp", []byte("patchbay-rec"), 0o600); err != nil {
		t.Fatal(err)
	}
}
