package records_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// scratchText is a scratch file as Multus writes it, of the pod of sample.
const scratchText = `[
 {"Conf":{"name":"cluster","type":"bridge"},"ConfList":{},"Name":"cluster"},
 {"Conf":{},"ConfList":{"name":"red","plugins":[{"type":"sriov"}]},"Name":"shop/red"}]`

// damage is what may be left where a record should be.
var damage = map[string]string{
	"an empty record":           "",
	"zeros for a record":        strings.Repeat("\x00", 512),
	"a torn record":             "patchbay-record 1 sha256:",
	"another file for a record": `{"cniVersion":"1.0.0"}`,
	"the record of another sandbox": string(record.Encode(func() record.Record {
		r := sample()
		r.ContainerID = "other"
		return r
	}())),
}

func TestLoadRebuildsADamagedRecord(t *testing.T) {
	key := sample().Key()
	for name, text := range damage {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := store(dir)
			write(t, recordFile(dir, key), text)
			saveResults(t, s, sample())
			r, err := s.Load(t.Context(), key)
			if err != nil || r.Origin != record.OriginRemains || len(r.Attachments) != 2 {
				t.Fatalf("from results: got %+v, %v", r, err)
			}
			if r.Pod != sample().Pod || r.Netns != "/run/netns/x" {
				t.Errorf("got pod %v in %s", r.Pod, r.Netns)
			}
			write(t, filepath.Join(dir, container), scratchText)
			r, err = s.Load(t.Context(), key)
			if err != nil || r.Origin != record.OriginScratch || len(r.Attachments) != 2 {
				t.Fatalf("from scratch: got %+v, %v", r, err)
			}
			if err := s.Drop(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestLoadQuarantinesWhatCanNotBeBelieved(t *testing.T) {
	key := sample().Key()
	for name, text := range damage {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := store(dir)
			write(t, recordFile(dir, key), text)
			_, err := s.Load(t.Context(), key)
			aside := filepath.Join(dir, "quarantine", key.String())
			wantKind(t, err, fail.Decode, key.String(), aside)
			if kept, _ := os.ReadFile(filepath.Join(aside, "record.json")); string(kept) != text {
				t.Errorf("the bytes were not kept: %q", kept)
			}
			_, err = s.Load(t.Context(), key)
			wantKind(t, err, fail.NotFound)
			if got := list(t, s); got != "" {
				t.Errorf("still listed: %s", got)
			}
			q, err := s.Quarantined(t.Context())
			if err != nil || len(q) != 1 || q[0].Key != key || q[0].Reason == "" {
				t.Errorf("got %+v, %v", q, err)
			}
		})
	}
}

func TestLoadFromWhatMultusLeft(t *testing.T) {
	key := sample().Key()
	for _, tt := range []struct{ name, scratch string }{
		{"C153 an empty scratch file", ""},
		{"C153 a torn scratch file", scratchText[:100]},
		{"C154 an empty list", "[]"},
		{"C154 an empty entry", "[{}]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			s := store(dir)
			file := filepath.Join(dir, container)
			write(t, file, tt.scratch)
			saveResults(t, s, sample())
			r, err := s.Load(t.Context(), key)
			if err != nil || r.Origin != record.OriginCache || len(r.Attachments) != 2 {
				t.Fatalf("with results: got %+v, %v", r, err)
			}
			for _, a := range r.Attachments {
				if err = s.DropResult(t.Context(), r, a.IfName); err != nil {
					t.Fatal(err)
				}
			}
			_, err = s.Load(t.Context(), key)
			wantKind(t, err, fail.Decode, "Multus", "set aside")
			if _, err = os.Stat(file); err == nil {
				t.Error("the file stays where it was")
			}
			_, err = s.Load(t.Context(), key)
			wantKind(t, err, fail.NotFound)
		})
	}
	t.Run("C159 a whole scratch file", func(t *testing.T) {
		dir := t.TempDir()
		s := store(dir)
		write(t, filepath.Join(dir, container), scratchText)
		r, err := s.Load(t.Context(), key)
		if err != nil || r.Origin != record.OriginScratch || r.Pod != (record.Pod{}) {
			t.Fatalf("got %+v, %v", r, err)
		}
		pod := sample().Pod
		if args := r.WithPod(pod).Attachments[1].Args; !strings.Contains(args, "K8S_POD_UID=6f0c") {
			t.Errorf("args %q", args)
		}
	})
	t.Run("C156 one result of a failed DEL", func(t *testing.T) {
		dir := t.TempDir()
		s := store(dir)
		if err := s.SaveResult(t.Context(), sample(), "net1", nil); err != nil {
			t.Fatal(err)
		}
		if got := list(t, s); got != key.String() {
			t.Errorf("list %q", got)
		}
		r, err := s.Load(t.Context(), key)
		if err != nil || len(r.Attachments) != 1 || r.Attachments[0].Master {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

func TestLoadLeavesALaterFormat(t *testing.T) {
	dir := t.TempDir()
	s, key := store(dir), sample().Key()
	text := "patchbay-record 2 blake3:00 1\nx"
	write(t, recordFile(dir, key), text)
	saveResults(t, s, sample())
	_, err := s.Load(t.Context(), key)
	wantKind(t, err, fail.Version, key.String(), "later Patchbay")
	if data, err := os.ReadFile(recordFile(dir, key)); string(data) != text {
		t.Errorf("the record was touched: %q, %v", data, err)
	}
}

func TestLoadSaysWhichResultCanNotBeRead(t *testing.T) {
	dir := t.TempDir()
	s, key := store(dir), sample().Key()
	saveResults(t, s, sample())
	name := "red-" + container + "-net1"
	write(t, filepath.Join(dir, "results", name), `{"kind":`)
	r, err := s.Load(t.Context(), key)
	if err != nil || len(r.Attachments) != 1 {
		t.Fatalf("got %+v, %v", r, err)
	}
	q, err := s.Quarantined(t.Context())
	if err != nil || len(q) != 1 || !strings.Contains(q[0].Reason, name) {
		t.Errorf("got %+v, %v", q, err)
	}
	if got, want := list(t, s), key.String(); got != want {
		t.Errorf("list %q, want %q", got, want)
	}
}

// TestLoadDoesNotTakeFromOthers has a container with two sandboxes of the
// runtime: a second DEL of one must not undo the other.
func TestLoadDoesNotTakeFromOthers(t *testing.T) {
	gone := sample().Key()
	second := sample()
	second.IfName = "eth1"
	second.Attachments[0].IfName, second.Attachments[1].IfName = "eth1", "net5"
	t.Run("with a record", func(t *testing.T) {
		dir := t.TempDir()
		s := compatStore(dir)
		save(t, s, second)
		saveResults(t, s, second)
		_, err := s.Load(t.Context(), gone)
		wantKind(t, err, fail.NotFound)
		if err := s.Quarantine(t.Context(), gone, "test"); err != nil {
			t.Fatal(err)
		}
		if r, err := s.Load(t.Context(), second.Key()); err != nil || r.Origin != "" {
			t.Errorf("origin %q, %v", r.Origin, err)
		}
		if _, err := os.Stat(filepath.Join(dir, container)); err != nil {
			t.Errorf("its scratch file: %v", err)
		}
	})
	t.Run("with results alone", func(t *testing.T) {
		s := store(t.TempDir())
		saveResults(t, s, second)
		_, err := s.Load(t.Context(), gone)
		wantKind(t, err, fail.NotFound)
		_, err = s.Load(t.Context(), key(container, "eth7"))
		wantKind(t, err, fail.NotFound)
		if r, err := s.Load(t.Context(), second.Key()); err != nil || len(r.Attachments) != 2 {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	s, r := compatStore(dir), sample()
	save(t, s, r)
	saveResults(t, s, r)
	second := r
	second.IfName = "eth1"
	save(t, s, second)
	cached := sample()
	cached.ContainerID, cached.Attachments[0].IfName = "b", "eth3"
	saveResults(t, s, cached)
	write(t, filepath.Join(dir, "a"), scratchText)
	write(t, filepath.Join(dir, "b"), scratchText)
	write(t, filepath.Join(dir, ".hidden"), "")
	write(t, filepath.Join(dir, "records", ".x@eth0.json.tmp"), "")
	write(t, filepath.Join(dir, "records", "README"), "")
	write(t, filepath.Join(dir, "results", "garbage"), "")
	got, want := list(t, s), container+"@eth0 "+container+"@eth1 a@eth0 b@eth3"
	if got != want {
		t.Errorf("list %q, want %q", got, want)
	}
}

func TestQuarantine(t *testing.T) {
	for _, tt := range []struct {
		name  string
		left  func(t *testing.T, dir string)
		file  string
		known bool
	}{
		{"nothing", func(*testing.T, string) {}, "", false},
		{"a record and what else Multus would read", func(t *testing.T, dir string) {
			t.Helper()
			save(t, compatStore(dir), sample())
			saveResults(t, store(dir), sample())
		}, "record.json", true},
		{"a scratch file", func(t *testing.T, dir string) {
			t.Helper()
			write(t, filepath.Join(dir, container), scratchText)
		}, "scratch.json", true},
		{"results", func(t *testing.T, dir string) {
			t.Helper()
			saveResults(t, store(dir), sample())
		}, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			s, key := store(dir), sample().Key()
			tt.left(t, dir)
			if err := s.Quarantine(t.Context(), key, "net1 stays busy"); err != nil {
				t.Fatal(err)
			}
			if got := list(t, s); got != "" {
				t.Errorf("still listed: %s", got)
			}
			q, err := s.Quarantined(t.Context())
			if err != nil || len(q) != 1 {
				t.Fatalf("got %+v, %v", q, err)
			}
			want := filepath.Join(dir, "quarantine", key.String(), tt.file)
			if q[0].File != want || q[0].Reason != "net1 stays busy" || q[0].Key != key {
				t.Errorf("got %+v, want file %s", q[0], want)
			}
			if known := q[0].Record != nil; known != tt.known {
				t.Errorf("record %+v", q[0].Record)
			}
			for range 2 {
				if err := s.DropQuarantined(t.Context(), key); err != nil {
					t.Fatal(err)
				}
			}
			if left := tree(t, dir); left != "" {
				t.Errorf("left: %s", left)
			}
		})
	}
}
