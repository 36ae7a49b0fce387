package records_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"patchbay/core/record"
)

func TestCompatScratchIsReadableByMultus(t *testing.T) {
	dir := t.TempDir()
	s, r := compatStore(dir), sample()
	save(t, s, r)
	data, err := os.ReadFile(filepath.Join(dir, container))
	if err != nil {
		t.Fatal(err)
	}
	var delegates []struct {
		Name          string
		IfnameRequest string
		Conf          struct{ Type string }
		ConfList      struct{ Plugins []struct{ Type string } }
		Bytes         []byte
	}
	if err = json.Unmarshal(data, &delegates); err != nil {
		t.Fatal(err)
	}
	if len(delegates) != 2 || delegates[0].Conf.Type != "bridge" ||
		delegates[1].ConfList.Plugins[0].Type != "sriov" || delegates[1].Name != "shop/red" ||
		string(delegates[1].Bytes) != string(r.Attachments[1].Config) {
		t.Errorf("got %+v", delegates)
	}
	// There and back: without our record, Multus' file speaks for the pod.
	if err = os.Remove(recordFile(dir, r.Key())); err != nil {
		t.Fatal(err)
	}
	got, err := s.Load(t.Context(), r.Key())
	if err != nil {
		t.Fatal(err)
	}
	if got.Origin != record.OriginScratch || len(got.Attachments) != 2 ||
		got.Attachments[1].IfName != "net1" {
		t.Errorf("got %+v", got)
	}
	if err := s.Drop(t.Context(), r.Key()); err != nil {
		t.Fatal(err)
	}
	if left := tree(t, dir); left != "" {
		t.Errorf("left: %s", left)
	}
}

func BenchmarkSaveDrop(b *testing.B) {
	s, r := store(b.TempDir()), sample()
	for b.Loop() {
		if err := s.Save(b.Context(), r); err != nil {
			b.Fatal(err)
		}
		if err := s.Drop(b.Context(), r.Key()); err != nil {
			b.Fatal(err)
		}
	}
}
