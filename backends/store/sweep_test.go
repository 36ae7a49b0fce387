package store_test

import (
	"strings"
	"testing"

	"patchbay/core/record"
	"patchbay/sim/disk"
)

// What a crash left of files, and what only looks like it.
func TestSweepTakesWhatNobodyWrites(t *testing.T) {
	d := disk.New(disk.Ext4())
	p := &process{disk: d, left: -1}
	for _, at := range []string{"/var", "/var/lib", "/var/lib/cni", dir, dir + "/records", dir + "/results"} {
		if err := d.Mkdir(at, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	held := record.Key{ContainerID: "busy", IfName: "eth0"}
	gone := []string{
		dir + "/." + container + ".tmp",
		dir + "/records/." + container + "@eth0.json.tmp",
		dir + "/results/.red-" + container + "-net1.tmp",
	}
	kept := []string{
		dir + "/records/.busy@eth0.json.tmp", // somebody saves it just now
		dir + "/.not a container.tmp",
		dir + "/records/.no-key.tmp",
		dir + "/records/" + container + "@eth0.json",
		dir + "/.hidden",
	}
	for _, at := range append(append([]string{}, gone...), kept...) {
		if err := d.WriteFile(at, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := p.store()
	unlock, err := s.Lock(t.Context(), held)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, at := range gone {
		if _, err := d.Stat(at); err == nil {
			t.Errorf("%s is still there", at)
		}
	}
	for _, at := range kept {
		if _, err := d.Stat(at); err != nil {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func TestSweepSaysWhatItCouldNotRead(t *testing.T) {
	d := disk.New(disk.Ext4())
	p := &process{disk: d, left: -1}
	for _, at := range []string{"/var", "/var/lib", "/var/lib/cni", dir, dir + "/results"} {
		if err := d.Mkdir(at, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d.Break(disk.BadRead(dir + "/results"))
	if err := p.store().Sweep(t.Context()); err == nil || !strings.Contains(err.Error(), "temporary files") {
		t.Errorf("got %v", err)
	}
}
