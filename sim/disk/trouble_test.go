package disk_test

import (
	"errors"
	"testing"

	"patchbay/sim/disk"
	"patchbay/sim/errno"
)

// asked is what is asked of a disk with a trouble.
var asked = []struct {
	name string
	do   func(*disk.Disk) error
}{
	{"read", func(d *disk.Disk) error { _, err := d.ReadFile("/d/f"); return err }},
	{"list", func(d *disk.Disk) error { _, err := d.ReadDir("/d"); return err }},
	{"append", func(d *disk.Disk) error { return d.Append("/d/f", []byte("12")) }},
	{"empty", func(d *disk.Disk) error { return d.WriteFile("/d/f", nil, 0o600) }},
	{"create", func(d *disk.Disk) error { _, err := d.Create("/d/new", 0o600); return err }},
	{"mkdir", func(d *disk.Disk) error { return d.Mkdir("/d/e", 0o700) }},
	{"sync", func(d *disk.Disk) error { return d.Fsync("/d/f") }},
	{"lock", func(d *disk.Disk) error { _, err := d.TryLock("/d/f", disk.Want{}); return err }},
	{"rename", func(d *disk.Disk) error { return d.Rename("/d/f", "/d/g") }},
	{"unlink", func(d *disk.Disk) error { return d.Unlink("/d/g") }},
	{"removing nothing", func(d *disk.Disk) error { return d.Unlink("/d/g") }},
}

func TestTrouble(t *testing.T) {
	for _, tt := range []struct {
		name    string
		trouble disk.Trouble
		err     errno.Errno
		fails   string // the names of what fails
	}{
		{"full", disk.Full("/", 1), errno.ENOSPC, "append mkdir"},
		{"over quota", disk.OverQuota("/d", 1), errno.EDQUOT, "append mkdir"},
		{"no inodes", disk.NoInodes("/d"), errno.ENOSPC, "create mkdir"},
		{
			"read-only", disk.ReadOnly("/"), errno.EROFS,
			"append empty create mkdir lock rename unlink removing nothing",
		},
		{"bad read", disk.BadRead("/d"), errno.EIO, "read list"},
		{"bad write", disk.BadWrite("/d"), errno.EIO, "append"},
		{"bad sync", disk.BadSync("/d/f"), errno.EIO, "sync"},
		{
			"denied", disk.Denied("/d"), errno.EACCES,
			"read list append empty create mkdir lock rename",
		},
		{"elsewhere", disk.ReadOnly("/data"), errno.EROFS, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := disk.New(disk.POSIX())
			must(d.Mkdir("/d", 0o700))
			write(d, "/d/f", "1")
			id := d.Break(tt.trouble)
			failed := ""
			for _, ask := range asked {
				if err := ask.do(d); errors.Is(err, tt.err) {
					failed += " " + ask.name
				} else if err != nil && !errors.Is(err, errno.ENOENT) {
					t.Errorf("%s: %v", ask.name, err)
				}
			}
			if failed != "" {
				failed = failed[1:]
			}
			if failed != tt.fails {
				t.Errorf("failed: %s, want: %s", failed, tt.fails)
			}
			d.Mend(id)
			d.Mend(id)
			if err := d.Mkdir("/d/mended", 0o700); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAFullDiskTakesWhatFits(t *testing.T) {
	d := disk.New(disk.POSIX())
	write(d, "/a", "123")
	d.Break(disk.Full("/", 2))
	if err := d.Append("/a", []byte("4567")); !errors.Is(err, errno.ENOSPC) {
		t.Errorf("got %v", err)
	}
	if got := summary(d); got != "a=12345" {
		t.Errorf("got %s", got)
	}
	if err := d.WriteFile("/b", []byte("1"), 0o600); !errors.Is(err, errno.ENOSPC) {
		t.Errorf("got %v", err)
	}
	must(d.Unlink("/a"))
	write(d, "/b", "12345")
	if err := d.Append("/b", []byte("6")); !errors.Is(err, errno.ENOSPC) {
		t.Errorf("got %v", err)
	}
}

func TestDropCaches(t *testing.T) {
	d := disk.New(disk.POSIX())
	write(d, "/a", "1")
	d.Sync()
	write(d, "/a", "2")
	d.Break(disk.BadSync("/"))
	if err := d.Fsync("/a"); !errors.Is(err, errno.EIO) {
		t.Fatal(err)
	}
	if got := summary(d); got != "a=2" {
		t.Errorf("before: %s", got)
	}
	d.DropCaches()
	if got := summary(d); got != "a=1" {
		t.Errorf("after: %s", got)
	}
}

func TestLocksEndWithTheLastProcess(t *testing.T) {
	d := disk.New(disk.POSIX())
	try := func(by disk.Proc, at int64) error {
		_, err := d.TryLock("/lock", disk.Want{At: at, Exclusive: true, By: by, Inherit: true})
		return err
	}
	must(try(1, 0), try(1, 1))
	if _, err := d.TryLock("/lock", disk.Want{At: 2, Exclusive: true, By: 1}); err != nil {
		t.Fatal(err)
	}
	d.Inherit(1, 2)
	d.Inherit(2, 3)
	d.Kill(1)
	d.Kill(3)
	for _, at := range []int64{0, 1} {
		if err := try(4, at); !errors.Is(err, errno.EAGAIN) {
			t.Errorf("byte %d, which a child still has: %v", at, err)
		}
	}
	if err := try(4, 2); err != nil {
		t.Errorf("a lock that no child has: %v", err)
	}
	d.Kill(2)
	must(try(4, 0))
	d.PowerCut(func(int) int { return 0 })
	must(try(4, 1), try(4, 0))
}

func TestUnlockIsForAll(t *testing.T) {
	d := disk.New(disk.POSIX())
	id, err := d.TryLock("/lock", disk.Want{Exclusive: true, By: 1, Inherit: true})
	must(err)
	d.Inherit(1, 2)
	d.Unlock(id)
	d.Unlock(id)
	if _, err := d.TryLock("/lock", disk.Want{Exclusive: true, By: 3}); err != nil {
		t.Error(err)
	}
}

func TestADescriptorEndsWithTheBoot(t *testing.T) {
	d := disk.New(disk.POSIX())
	f, err := d.Create("/a", 0o600)
	must(err, f.Append([]byte("1")))
	if _, err := f.Bytes(); !errors.Is(err, errno.EBADF) {
		t.Errorf("read what was opened to write: %v", err)
	}
	must(d.Unlink("/a"), f.Append([]byte("2")), f.Sync())
	d.Reboot()
	if err := f.Append(nil); !errors.Is(err, errno.EBADF) {
		t.Errorf("after the boot: %v", err)
	}
	if err := (disk.File{}).Sync(); !errors.Is(err, errno.EBADF) {
		t.Errorf("never opened: %v", err)
	}
}

func TestMounts(t *testing.T) {
	d := disk.New(disk.POSIX())
	must(d.MountTmpfs("/run/netns"), d.Mkdir("/run/other", 0o700))
	write(d, "/run/netns/a", "1")
	write(d, "/run/other/a", "1")
	for _, tt := range []struct {
		what string
		err  error
		want errno.Errno
	}{
		{"remove a mount point", d.Rmdir("/run/netns"), errno.EBUSY},
		{"rename a mount point", d.Rename("/run/netns", "/x"), errno.EBUSY},
		{"rename across", d.Rename("/run/netns/a", "/x"), errno.EXDEV},
		{"rename the root", d.Rename("/", "/x"), errno.EBUSY},
		{"unclean", d.Mkdir("/run/../x", 0o700), errno.EINVAL},
		{"relative", d.Mkdir("x", 0o700), errno.EINVAL},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.what, tt.err, tt.want)
		}
	}
	d.Reboot()
	if got := summary(d); got != "run/ run/netns/ run/other/ run/other/a=1" {
		t.Errorf("after a boot: %s", got)
	}
	write(d, "/run/netns/b", "1")
}

func TestChangesAreTold(t *testing.T) {
	d := disk.New(disk.POSIX())
	var got []string
	d.OnChange = func(c disk.Change) { got = append(got, c.Op.String()+" "+c.Path+c.To) }
	must(d.Mkdir("/d", 0o700))
	write(d, "/d/a", "1")
	must(d.Fsync("/d/a"), d.Rename("/d/a", "/d/b"), d.Flip("/d/b", 0), d.Remove("/d/b"))
	id, err := d.TryLock("/l", disk.Want{})
	must(err, d.Rmdir("/d"))
	d.Unlock(id)
	d.Reboot()
	want := []string{
		"made directory /d", "made /d/a", "wrote /d/a", "synced /d/a", "renamed /d/a/d/b",
		"damaged /d/b", "removed /d/b", "made /l", "locked /l", "removed directory /d",
		"unlocked /l", "rebooted ",
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("got %q\nwant %q", got, want)
		}
	}
}
