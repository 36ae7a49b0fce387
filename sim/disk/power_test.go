package disk_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"patchbay/sim/chance"
	"patchbay/sim/disk"
	"patchbay/sim/errno"
)

// must panics on an error: what a test prepares works.
func must(errs ...error) {
	if err := errors.Join(errs...); err != nil {
		panic(err)
	}
}

func write(d *disk.Disk, path, text string) { must(d.WriteFile(path, []byte(text), 0o600)) }

// summary is "a=1 b/": what is there, in a line.
func summary(d *disk.Disk) string {
	var words []string
	var visit func(path string)
	visit = func(path string) {
		entries, err := d.ReadDir(path)
		must(err)
		for _, e := range entries {
			p := strings.TrimSuffix(path, "/") + "/" + e.Name()
			if e.IsDir() {
				words = append(words, p[1:]+"/")
				visit(p)
				continue
			}
			data, err := d.ReadFile(p)
			must(err)
			words = append(words, p[1:]+"="+strings.ReplaceAll(string(data), "\x00", "0"))
		}
	}
	visit("/")
	return strings.Join(words, " ")
}

// cuts are all states that a power cut can leave; the first is the ordinary one.
func cuts(p disk.Profile, do func(*disk.Disk)) []string {
	var all []string
	for every := new(chance.Every); every.Next(); {
		d := disk.New(p)
		do(d)
		d.PowerCut(func(n int) int { return every.Choose(chance.Disk, n) })
		if s := summary(d); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func TestPowerCut(t *testing.T) {
	ordered := disk.Profile{Ordered: true}
	short := disk.Profile{Journal: true, Backlog: 1}
	for _, tt := range []struct {
		name string
		p    disk.Profile
		do   func(*disk.Disk)
		want []string
	}{
		{"nothing is synced", disk.POSIX(), func(d *disk.Disk) {
			write(d, "/a", "12")
		}, []string{"a=12", "a=", "a=1", "a=00", "a=10", ""}},
		{"no zeros where sizes are ordered", ordered, func(d *disk.Disk) {
			write(d, "/a", "12")
		}, []string{"a=12", "a=", "a=1", ""}},
		{"bytes are synced and the name is not", disk.POSIX(), func(d *disk.Disk) {
			write(d, "/a", "12")
			must(d.Fsync("/a"))
		}, []string{"a=12", ""}},
		{"the name is synced and bytes are not", ordered, func(d *disk.Disk) {
			write(d, "/a", "12")
			must(d.SyncDir("/"))
		}, []string{"a=12", "a=", "a=1"}},
		{"a journal syncs names with bytes", disk.Ext4(), func(d *disk.Disk) {
			write(d, "/a", "12")
			must(d.Fsync("/a"))
		}, []string{"a=12"}},
		{"bytes over synced bytes", ordered, func(d *disk.Disk) {
			write(d, "/a", "12")
			d.Sync()
			write(d, "/a", "34")
		}, []string{"a=34", "a=12", "a=", "a=3"}},
		{"bytes behind synced bytes", ordered, func(d *disk.Disk) {
			write(d, "/a", "12")
			d.Sync()
			must(d.Append("/a", []byte("34")))
		}, []string{"a=1234", "a=12", "a="}},
		{"a rename is whole or has not been", disk.POSIX(), func(d *disk.Disk) {
			write(d, "/a", "1")
			write(d, "/b", "2")
			d.Sync()
			must(d.Rename("/a", "/b"))
		}, []string{"b=1", "a=1 b=2"}},
		{"a rename across directories is too", disk.POSIX(), func(d *disk.Disk) {
			must(d.Mkdir("/x", 0o700), d.Mkdir("/y", 0o700))
			write(d, "/x/a", "1")
			d.Sync()
			must(d.Rename("/x/a", "/y/a"), d.SyncDir("/y"))
		}, []string{"x/ y/ y/a=1"}},
		{"names in any order", disk.POSIX(), func(d *disk.Disk) {
			must(d.Mkdir("/a", 0o700), d.Mkdir("/b", 0o700))
		}, []string{"a/ b/", "a/", "b/", ""}},
		{"names in the order of the journal", disk.Profile{Journal: true}, func(d *disk.Disk) {
			must(d.Mkdir("/a", 0o700), d.Mkdir("/b", 0o700))
		}, []string{"a/ b/", "a/", ""}},
		{"changes of one name in their order", disk.POSIX(), func(d *disk.Disk) {
			must(d.Mkdir("/a", 0o700), d.Rename("/a", "/b"), d.Rename("/b", "/c"))
		}, []string{"c/", "b/", "a/", ""}},
		{"a removed file is back", disk.POSIX(), func(d *disk.Disk) {
			write(d, "/a", "1")
			d.Sync()
			must(d.Unlink("/a"))
		}, []string{"", "a=1"}},
		{"a directory takes its files along", disk.POSIX(), func(d *disk.Disk) {
			must(d.Mkdir("/a", 0o700))
			write(d, "/a/b", "1")
			must(d.Fsync("/a/b"), d.SyncDir("/a"))
		}, []string{"a/ a/b=1", ""}},
		{"unsynced bytes over another file", ordered, func(d *disk.Disk) {
			write(d, "/a", "1")
			d.Sync()
			write(d, "/t", "2")
			must(d.Rename("/t", "/a"), d.SyncDir("/"))
		}, []string{"a=2", "a="}},
		{"auto_da_alloc", disk.Ext4(), func(d *disk.Disk) {
			write(d, "/a", "1")
			d.Sync()
			write(d, "/t", "2")
			must(d.Rename("/t", "/a"))
		}, []string{"a=2", "a=1 t=2", "a=1 t=", "a=1"}},
		{"auto_da_alloc is about files that are replaced", disk.Ext4(), func(d *disk.Disk) {
			write(d, "/t", "2")
			must(d.Rename("/t", "/a"), d.SyncDir("/"))
		}, []string{"a=2", "a="}},
		{"a sync that failed", ordered, func(d *disk.Disk) {
			write(d, "/a", "1")
			d.Sync()
			write(d, "/a", "2")
			id := d.Break(disk.BadSync("/"))
			if err := d.Fsync("/a"); !errors.Is(err, errno.EIO) {
				panic(err)
			}
			d.Mend(id)
			must(d.Fsync("/a")) // there is nothing to do, it says
		}, []string{"a=1", "a=2", "a="}},
		{"bytes that are written anew after it", disk.POSIX(), func(d *disk.Disk) {
			write(d, "/a", "1")
			id := d.Break(disk.BadSync("/a"))
			if err := d.Fsync("/a"); !errors.Is(err, errno.EIO) {
				panic(err)
			}
			d.Mend(id)
			write(d, "/a", "2")
			must(d.Fsync("/a"), d.SyncDir("/"))
		}, []string{"a=2"}},
		{"the kernel writes the oldest by itself", short, func(d *disk.Disk) {
			must(d.Mkdir("/a", 0o700), d.Mkdir("/b", 0o700), d.Mkdir("/c", 0o700))
		}, []string{"a/ b/ c/", "a/ b/", "a/"}},
		{"tmpfs", disk.POSIX(), func(d *disk.Disk) {
			must(d.MountTmpfs("/run"))
			write(d, "/run/a", "1")
			d.Sync()
		}, []string{"run/"}},
		{"damage is on the platter", disk.POSIX(), func(d *disk.Disk) {
			write(d, "/a", "12")
			d.Sync()
			must(d.Flip("/a", 0), d.Cut("/a", 1))
		}, []string{"a=0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := cuts(tt.p, tt.do)
			if got[0] != tt.want[0] {
				t.Errorf("ordinary: got %q, want %q", got[0], tt.want[0])
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// draw does something to a disk; whether it works does not matter.
func draw(d *disk.Disk, s chance.Source) {
	path := func() string {
		p := fmt.Sprintf("/%c", 'a'+s.Choose(chance.Load, 3))
		for s.Choose(chance.Load, 2) == 0 {
			p += fmt.Sprintf("/%c", 'a'+s.Choose(chance.Load, 3))
		}
		return p
	}
	switch s.Choose(chance.Load, 8) {
	case 0:
		_ = d.Mkdir(path(), 0o700)
	case 1, 2:
		_ = d.WriteFile(path(), []byte(path()), 0o600)
	case 3:
		_ = d.Append(path(), []byte(path()))
	case 4, 5:
		_ = d.Rename(path(), path())
	case 6:
		_ = d.Remove(path())
	case 7:
		_ = d.Fsync(path())
	}
}

func TestWhatIsSyncedSurvives(t *testing.T) {
	for _, p := range []disk.Profile{disk.POSIX(), disk.Ext4(), {Backlog: 3}} {
		for seed := range uint64(200) {
			s, d := chance.Seed(seed), disk.New(p)
			for range 60 {
				draw(d, s)
			}
			before := summary(d)
			d.Reboot()
			if got := summary(d); got != before {
				t.Fatalf("seed %d: after a shutdown %q, before it %q", seed, got, before)
			}
			for range 20 {
				draw(d, s)
			}
			d.Sync()
			before = summary(d)
			d.PowerCut(func(n int) int { return s.Choose(chance.Disk, n) })
			if got := summary(d); got != before {
				t.Fatalf("seed %d: after sync and power cut %q, before it %q", seed, got, before)
			}
		}
	}
}

// TestAPowerCutLeavesATree does not look what is left, but that it is a tree in
// which everything works: no directory below itself, no file with two names.
func TestAPowerCutLeavesATree(t *testing.T) {
	for _, p := range []disk.Profile{disk.POSIX(), disk.Ext4()} {
		for seed := range uint64(300) {
			s, d := chance.Seed(seed), disk.New(p)
			for range 5 {
				for range 40 {
					draw(d, s)
				}
				d.PowerCut(func(n int) int { return s.Choose(chance.Disk, n) })
				seen := map[uint64]bool{}
				for line := range strings.Lines(d.Dump()) {
					path, _, _ := strings.Cut(line, " ")
					info, err := d.Stat(strings.TrimSuffix(path, "/"))
					if err != nil || seen[info.Ino] {
						t.Fatalf("seed %d: %s: inode %d, %v", seed, path, info.Ino, err)
					}
					seen[info.Ino] = true
				}
			}
			for _, path := range []string{"/a", "/b", "/c"} {
				if err := d.Wipe(path); err != nil && !errors.Is(err, errno.ENOENT) {
					t.Fatalf("seed %d: wipe %s: %v", seed, path, err)
				}
			}
			if left := d.Dump(); strings.HasPrefix(left, "/") {
				t.Fatalf("seed %d: left %s", seed, left)
			}
		}
	}
}

func TestTheSameStoryHasTheSameHash(t *testing.T) {
	hashes := map[uint64]string{}
	for seed := range uint64(100) {
		var last uint64
		for range 2 {
			s, d := chance.Seed(seed), disk.New(disk.POSIX())
			for range 50 {
				draw(d, s)
			}
			d.Sync()
			text, h := d.Dump(), d.Hash()
			if last != 0 && h != last {
				t.Fatalf("seed %d: %x and %x", seed, h, last)
			}
			last = h
			if other, ok := hashes[h]; ok && other != text {
				t.Errorf("one hash of\n%s\nand\n%s", other, text)
			}
			hashes[h] = text
		}
	}
}
