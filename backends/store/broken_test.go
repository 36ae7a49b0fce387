package store_test

import (
	"fmt"
	"strings"
	"testing"

	"patchbay/backends/store"
	"patchbay/core/fail"
	"patchbay/core/record"
	"patchbay/sim/disk"
)

// troubles are what may begin at any call, and stays until somebody mends it.
var troubles = []struct {
	name string
	disk.Trouble
}{
	{"full", disk.Full("/", 0)},
	{"nearly full", disk.Full("/", 300)},
	{"over quota", disk.OverQuota(dir, 0)},
	{"no inodes", disk.NoInodes("/")},
	{"read-only", disk.ReadOnly("/")},
	{"bad to read", disk.BadRead("/")},
	{"one record that is bad to read", disk.BadRead(dir + "/records/" + container + "@eth0.json")},
	{"bad to write", disk.BadWrite("/")},
	{"bad to sync", disk.BadSync("/")},
	{"records that are bad to sync", disk.BadSync(dir + "/records")},
	{"denied", disk.Denied(dir)},
	{"a directory that is denied", disk.Denied("/var/lib/cni")},
}

// TestTheDiskBreaks lets each trouble begin at each call, and the power go
// afterwards: what was answered is true, and no record is lost.
func TestTheDiskBreaks(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   doing
		want func(*testing.T, *store.Store, error) string
	}{
		{"save", save(t, 2), wantSavedOr},
		{"drop", drop(t), func(t *testing.T, s *store.Store, _ error) string {
			t.Helper()
			return loadsOrRebuilds(t, s, 0, 1)
		}},
		{"quarantine", quarantine(t), func(t *testing.T, s *store.Store, _ error) string {
			t.Helper()
			return wantAside(t, s, []bool{true})
		}},
		{"result", results(t, 1), func(t *testing.T, s *store.Store, _ error) string {
			t.Helper()
			return wantResult(t, s, []bool{true})
		}},
	} {
		for _, trouble := range troubles {
			t.Run(tt.name+", "+trouble.name, func(t *testing.T) {
				t.Parallel()
				for at := range calls {
					d, err := breaks(t, tt.do, trouble.Trouble, at)
					if d == nil {
						break
					}
					look := func(left *disk.Disk, choices []int) {
						s := (&process{disk: left, left: never}).store()
						if text := tt.want(t, s, err); text != "" {
							t.Fatalf("call %d, choices %v: answer %v: %s", at, choices, err, text)
						}
					}
					look(d.Clone(), nil)
					states{}.cut(d, look)
				}
			})
		}
	}
}

// wantSavedOr wants the second record where its save was answered with success,
// and else one of the two.
func wantSavedOr(t *testing.T, s *store.Store, err error) string {
	t.Helper()
	if err != nil {
		return loads(t, s, 1, 2)
	}
	return loads(t, s, 2)
}

// breaks saves a record, does something with a disk that breaks, and mends it. It
// returns the disk, which is nil where the trouble never began, and what was
// answered.
func breaks(t *testing.T, do doing, trouble disk.Trouble, at int) (*disk.Disk, error) {
	t.Helper()
	d := begin(t, disk.POSIX())
	good := &process{disk: d, left: never}
	good.run(t, save(t, 1))
	p := &process{disk: d, left: at}
	p.then = func() { d.Break(trouble) }
	err := do(p.store())
	d.Kill(1)
	if p.left >= 0 {
		return nil, err
	}
	if err != nil && !fail.Is(err, fail.IO) {
		t.Fatalf("%v is of kind %v", err, fail.Of(err))
	}
	if text := guesses(t, good.store()); text != "" {
		t.Fatalf("answer %v: %s", err, text)
	}
	d.MendAll()
	return d, err
}

// guesses reports what Load makes of a broken disk. That there is nothing, or
// nothing to be believed, would be taken for the truth.
func guesses(t *testing.T, s *store.Store) string {
	t.Helper()
	r, err := s.Load(t.Context(), sample(1).Key())
	if fail.Is(err, fail.Decode) || err == nil && r.Origin == record.OriginScratch {
		return fmt.Sprintf("Load: origin %q, %v", r.Origin, err)
	}
	return ""
}

// TestNothingStaysOfASaveThatFailed has the drop clean up what a save could not
// that failed, or was killed.
func TestNothingStaysOfASaveThatFailed(t *testing.T) {
	for _, trouble := range troubles {
		for at := range calls {
			d := begin(t, disk.POSIX())
			good := &process{disk: d, left: never}
			good.run(t, save(t, 1))
			p := &process{disk: d, left: at, then: func() { d.Break(trouble.Trouble) }}
			err := save(t, 2)(p.store())
			d.Kill(1)
			d.MendAll()
			good.run(t, drop(t))
			if left := files(d); left != "" {
				t.Errorf("%s at call %d (%v): left %s", trouble.name, at, err, left)
			}
		}
	}
	for at := range calls {
		d := begin(t, disk.POSIX())
		(&process{disk: d, left: at}).run(t, save(t, 1))
		(&process{disk: d, left: never}).run(t, drop(t))
		if left := files(d); left != "" {
			t.Errorf("killed at call %d: left %s", at, left)
		}
	}
}

// TestADropThatWasKilledIsRepeated with the whole record, and not with what
// Multus' file says of it, which lacks the sandbox.
func TestADropThatWasKilledIsRepeated(t *testing.T) {
	for at := range calls {
		d := begin(t, disk.POSIX())
		good := &process{disk: d, left: never}
		good.run(t, save(t, 1))
		done := (&process{disk: d, left: at}).run(t, drop(t))
		if text := loads(t, good.store(), 0, 1); text != "" {
			t.Errorf("killed at call %d: %s", at, text)
		}
		if done {
			return
		}
	}
}

// files lists the files of the store, but for the lock file.
func files(d *disk.Disk) string {
	var names []string
	for line := range strings.Lines(d.Dump()) {
		name, _, _ := strings.Cut(line, " ")
		if strings.HasPrefix(name, dir) && !strings.HasSuffix(name, "/") && name != dir+"/lock" {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}
