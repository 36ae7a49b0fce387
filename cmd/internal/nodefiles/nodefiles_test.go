package nodefiles_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/backends"
	"patchbay/cmd/internal/nodefiles"
	"patchbay/core/fail"
	"patchbay/core/record"
)

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// nobody is a store that only says where records are kept.
type nobody struct{ backends.Records }

func TestLoadMovesNothing(t *testing.T) {
	dir := t.TempDir()
	own := record.Encode(record.Record{ContainerID: "whole", IfName: "eth0", Netns: "/n"})
	write(t, dir, "records/whole@eth0.json", string(own))
	write(t, dir, "records/torn@eth0.json", string(own[:len(own)/2]))
	write(t, dir, "moved", `[{"Name":"red","Bytes":"eyJ0eXBlIjoiYSIsIm5hbWUiOiJyZWQifQ=="}]`)
	cached, err := record.EncodeCache(record.Record{ContainerID: "cached", Netns: "/n"},
		record.Attachment{Name: "red", IfName: "eth0", Config: []byte(`{"type":"a"}`)}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "results/red-cached-eth0", string(cached))
	r := nodefiles.ReadOnly(nobody{}, dir)
	for id, want := range map[string]fail.Kind{"torn": fail.Decode, "none": fail.NotFound} {
		if _, err := r.Load(t.Context(), record.Key{ContainerID: id, IfName: "eth0"}); !fail.Is(err, want) {
			t.Errorf("%s: %v, not of kind %v", id, err, want)
		}
	}
	for id, origin := range map[string]string{
		"whole": "", "moved": record.OriginScratch, "cached": record.OriginCache,
	} {
		rec, err := r.Load(t.Context(), record.Key{ContainerID: id, IfName: "eth0"})
		if err != nil || rec.Origin != origin || rec.ContainerID != id {
			t.Errorf("%s: origin %q, %v", id, rec.Origin, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "records/torn@eth0.json")); err != nil {
		t.Error("looking moved the record: ", err)
	}
}

func TestTemporary(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		".c.tmp", "records/.c@eth0.json.tmp", "results/.red-c-eth0.tmp",
		"quarantine/c@eth0/.reason.json.tmp", "records/c@eth0.json", "c.tmp",
	} {
		write(t, dir, name, "")
	}
	found, err := nodefiles.Temporary(dir)
	if err != nil || len(found) != 4 {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestLeases(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "red/10.0.0.2", "abc\r\neth0")
	write(t, dir, "red/fd00::2", "abc\r\nnet1")
	write(t, dir, "red/10.0.0.3", "old\n")
	write(t, dir, "red/last_reserved_ip.0", "10.0.0.3")
	write(t, dir, "red/lock", "")
	leases, err := nodefiles.Leases(dir)
	if err != nil || len(leases) != 3 {
		t.Fatalf("%v, %v", leases, err)
	}
	var got []string
	for _, l := range leases {
		got = append(got, l.Network+" "+l.Address.String()+" "+l.ContainerID+"/"+l.IfName)
	}
	want := "red 10.0.0.2 abc/eth0, red 10.0.0.3 old/, red fd00::2 abc/net1"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if leases, err := nodefiles.Leases(filepath.Join(dir, "nowhere")); err != nil || leases != nil {
		t.Errorf("no directory: %v, %v", leases, err)
	}
}

func FuzzHolder(f *testing.F) {
	f.Add([]byte("abc\r\neth0"))
	f.Add([]byte("abc\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		id, ifName := nodefiles.Holder(content)
		if id == "" && ifName != "" {
			t.Errorf("%q: interface %q of nothing", content, ifName)
		}
	})
}
