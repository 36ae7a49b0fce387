package store_test

import (
	"bytes"
	"fmt"
	"testing"

	"patchbay/backends/store"
	"patchbay/core/fail"
	"patchbay/sim/disk"
)

const recordFile = dir + "/records/" + container + "@eth0.json"

// TestADamagedRecordIsNotForgotten has a record that nobody can believe set
// aside by Load, with a kill or a power cut at each call: until its bytes are in
// the quarantine for good, the next Load says so again.
func TestADamagedRecordIsNotForgotten(t *testing.T) {
	for _, p := range profiles {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			for at := range calls {
				d := begin(t, p.Profile)
				good := &process{disk: d, left: never}
				good.run(t, save(t, 1))
				damaged := damage(t, d)
				done := (&process{disk: d, left: at}).run(t, func(s *store.Store) error {
					_, err := s.Load(t.Context(), sample(1).Key())
					if !fail.Is(err, fail.Decode) {
						t.Fatalf("Load: %v", err)
					}
					return nil
				})
				look := func(left *disk.Disk, choices []int) {
					if text := forgotten(t, left, damaged); text != "" {
						t.Fatalf("call %d, choices %v: %s\n%s", at, choices, text, left.Dump())
					}
				}
				look(d.Clone(), nil)
				states{}.cut(d, look)
				if done {
					break
				}
			}
		})
	}
}

// damage leaves a record with a wrong bit, and no other trace of the container.
func damage(t *testing.T, d *disk.Disk) []byte {
	t.Helper()
	if err := d.Flip(recordFile, 999); err != nil {
		t.Fatal(err)
	}
	if err := d.Unlink(dir + "/" + container); err != nil {
		t.Fatal(err)
	}
	d.Sync()
	data, err := d.ReadFile(recordFile)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// forgotten says what is wrong unless the damaged bytes speak for the container.
func forgotten(t *testing.T, left *disk.Disk, damaged []byte) string {
	t.Helper()
	s := (&process{disk: left, left: never}).store()
	_, err := s.Load(t.Context(), sample(1).Key())
	if !fail.Is(err, fail.Decode) && !fail.Is(err, fail.NotFound) {
		return fmt.Sprintf("Load: %v", err)
	}
	aside, err := s.Quarantined(t.Context())
	if err != nil || len(aside) != 1 || aside[0].Key != sample(1).Key() {
		return fmt.Sprintf("the quarantine is %+v, %v", aside, err)
	}
	data, err := left.ReadFile(aside[0].File + "/record.json")
	if err != nil {
		data, err = left.ReadFile(aside[0].File)
	}
	if !bytes.Equal(data, damaged) {
		return fmt.Sprintf("%s is not the damaged record: %v", aside[0].File, err)
	}
	return ""
}

// TestSomebodyRemovesADirectory while a record is saved. That save may fail, and
// even a success is none; but the next one is.
func TestSomebodyRemovesADirectory(t *testing.T) {
	for _, gone := range []string{"/var/lib/cni", dir, dir + "/records", dir + "/lock"} {
		t.Run(gone, func(t *testing.T) {
			t.Parallel()
			seen := states{}
			for at := range calls {
				d := begin(t, disk.POSIX())
				p := &process{disk: d, left: at, then: func() { _ = d.Wipe(gone) }}
				if err := save(t, 1)(p.store()); err != nil && !fail.Is(err, fail.IO) {
					t.Fatalf("call %d: %v is of kind %v", at, err, fail.Of(err))
				}
				d.Kill(1)
				(&process{disk: d, left: never}).run(t, save(t, 2))
				seen.cut(d, func(left *disk.Disk, choices []int) {
					s := (&process{disk: left, left: never}).store()
					if text := loads(t, s, 2); text != "" {
						t.Fatalf("call %d, choices %v: %s", at, choices, text)
					}
				})
				if p.left >= 0 {
					break
				}
			}
		})
	}
}
