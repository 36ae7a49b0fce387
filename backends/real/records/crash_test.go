package records_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"patchbay/ci/require"
	"patchbay/core/fail"
	"patchbay/core/record"
)

func TestALeftTemporaryFile(t *testing.T) {
	for _, tt := range []struct {
		name string
		then func(*testing.T, string) error
	}{
		{"goes with the next save", func(t *testing.T, dir string) error {
			t.Helper()
			return store(dir).Save(t.Context(), sample())
		}},
		{"goes with the drop", func(t *testing.T, dir string) error {
			t.Helper()
			return store(dir).Drop(t.Context(), sample().Key())
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			key := sample().Key()
			temp := filepath.Join(dir, "records", "."+key.String()+".json.tmp")
			write(t, temp, "patchbay-record 1 sha256:00 9000\n"+strings.Repeat("x", 5000))
			if got := list(t, store(dir)); got != "" {
				t.Errorf("listed: %s", got)
			}
			_, err := store(dir).Load(t.Context(), key)
			wantKind(t, err, fail.NotFound)
			if err := tt.then(t, dir); err != nil {
				t.Fatal(err)
			}
			if left := tree(t, dir); strings.Contains(left, ".tmp") {
				t.Errorf("left: %s", left)
			}
		})
	}
}

// TestAKilledProcessLeavesTheLastRecord kills a process in the middle of saving:
// what it said to have saved is there, and whole.
func TestAKilledProcessLeavesTheLastRecord(t *testing.T) {
	dir := t.TempDir()
	s := store(dir)
	for round := range uint64(5) {
		other, output := start(t, saveAlong, dir)
		var said uint64
		for said < 5+round {
			if _, err := fmt.Fscanln(output, &said); err != nil {
				t.Fatal(err)
			}
		}
		kill(t, other)
		r, err := s.Load(t.Context(), sample().Key())
		if err != nil || r.Seq < said || r.Origin != "" {
			t.Fatalf("after %d: got %d (%q), %v", said, r.Seq, r.Origin, err)
		}
		if err := s.Drop(t.Context(), r.Key()); err != nil {
			t.Fatal(err)
		}
		if left := tree(t, dir); left != "" {
			t.Fatalf("left: %s", left)
		}
	}
}

// disk mounts a file system of 64 KiB, for what only a broken disk does.
func disk(t *testing.T) string {
	t.Helper()
	require.Root(t)
	dir := t.TempDir()
	if err := unix.Mount("patchbay-test", dir, "tmpfs", 0, "size=64k,mode=0700"); err != nil {
		t.Fatalf("mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount the small disk: %v", err)
		}
	})
	return dir
}

func TestAFullDiskKeepsTheOldRecord(t *testing.T) {
	dir := disk(t)
	s, old := store(dir), sample()
	save(t, s, old)
	write(t, filepath.Join(dir, "ballast"), strings.Repeat("x", 48<<10))
	r := sample()
	r.Seq = 2
	r.Attachments[0].DeviceInfo = strings.Repeat("x", 32<<10)
	wantKind(t, s.Save(t.Context(), r), fail.IO, recordName(r.Key()), "no space left")
	wantOld(t, dir, old)
}

func TestADirectoryThatMayNotBeWrittenKeepsTheOldRecord(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere; a read-only disk says the same")
	}
	dir := t.TempDir()
	s, old := store(dir), sample()
	save(t, s, old)
	records := filepath.Join(dir, "records")
	if err := os.Chmod(records, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(records, 0o700) })
	r := sample()
	r.Seq = 2
	wantKind(t, s.Save(t.Context(), r), fail.IO, recordName(r.Key()), "permission denied")
	wantKind(t, s.Drop(t.Context(), r.Key()), fail.IO, recordName(r.Key()))
	wantOld(t, dir, old)
}

func TestAReadOnlyDiskKeepsTheOldRecord(t *testing.T) {
	dir := disk(t)
	s, old := store(dir), sample()
	save(t, s, old)
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	r := sample()
	r.Seq = 2
	wantKind(t, s.Save(t.Context(), r), fail.IO, recordName(r.Key()), "read-only")
	wantKind(t, s.Drop(t.Context(), r.Key()), fail.IO, "read-only")
	wantKind(t, s.Quarantine(t.Context(), r.Key(), "test"), fail.IO, "read-only")
	wantOld(t, dir, old)
}

func TestAFileWhereTheDirectoryShouldBe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "multus")
	write(t, dir, "not a directory")
	s, r := store(dir), sample()
	_, loadErr := s.Load(t.Context(), r.Key())
	_, listErr := s.List(t.Context())
	_, lockErr := s.Lock(t.Context(), r.Key())
	for _, err := range []error{loadErr, listErr, lockErr, s.Save(t.Context(), r)} {
		wantKind(t, err, fail.IO, dir)
	}
}

func TestARecordThatCanNotBeReadIsNotMissing(t *testing.T) {
	dir := t.TempDir()
	s, r := store(dir), sample()
	saveResults(t, s, r)
	if err := os.MkdirAll(recordFile(dir, r.Key()), 0o700); err != nil { // EISDIR
		t.Fatal(err)
	}
	_, err := s.Load(t.Context(), r.Key())
	wantKind(t, err, fail.IO, recordName(r.Key()))
}

func recordName(key record.Key) string { return key.String() + ".json" }

func wantOld(t *testing.T, dir string, old record.Record) {
	t.Helper()
	got, err := store(dir).Load(t.Context(), old.Key())
	if err != nil || !reflect.DeepEqual(got, old) {
		t.Errorf("the old record: got %+v, %v", got, err)
	}
	if left := tree(t, dir); strings.Contains(left, ".tmp") {
		t.Errorf("left: %s", left)
	}
}
