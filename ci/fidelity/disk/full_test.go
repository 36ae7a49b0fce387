package disk_test

import (
	"fmt"
	"strings"
	"testing"

	"patchbay/sim/disk"
)

// exhaust makes calls on both places until the real one has no more of something.
func exhaust(t *testing.T, p *pair, next func(i int) call) {
	t.Helper()
	for i := range 1000 {
		c := next(i)
		if p.real.do(c) == "ENOSPC" {
			if c.kind == write { // what was made of it on the way
				p.pretended.do(call{kind: create, path: c.path})
			}
			return
		}
		p.pretended.do(c)
	}
	t.Fatal("the file system is never full")
}

// each makes the calls on both.
func (p *pair) each(t *testing.T, calls []call) {
	t.Helper()
	for _, c := range calls {
		if got, want := p.pretended.do(c), p.real.do(c); got != want {
			t.Errorf("%s: pretended %q, real %q", c, got, want)
		}
		if got, want := p.pretended.tree(), p.real.tree(); got != want {
			t.Fatalf("%s: pretended\n%s\nreal\n%s", c, got, want)
		}
	}
}

func TestNoInodes(t *testing.T) {
	seen := newTally()
	p := &pair{
		&pretended{disk: disk.New(disk.POSIX())}, newReal(t, mounted(t, "nr_inodes=20")), &seen,
	}
	exhaust(t, p, func(i int) call {
		return call{kind: create, path: fmt.Sprintf("/%d", i), data: "x"}
	})
	p.pretended.disk.Break(disk.NoInodes("/"))
	p.each(t, []call{
		{kind: create, path: "/new"},
		{kind: create, path: "/0"},
		{kind: mkdir, path: "/new"},
		{kind: mkdir, path: "/0"},
		{kind: write, path: "/new"},
		{kind: lock, path: "/new"},
		{kind: write, path: "/0", data: "xx"},
		{kind: appendTo, path: "/0", data: "xx"},
		{kind: lock, path: "/0"},
		{kind: rename, path: "/0", to: "/new"},
		{kind: unlink, path: "/new"},
		{kind: unlink, path: "/new"},
	})
}

// TestFull is about bytes. Whether a directory needs a block differs between file
// systems; the pretended one needs it, as ext4, and tmpfs does not.
func TestFull(t *testing.T) {
	seen := newTally()
	p := &pair{
		&pretended{disk: disk.New(disk.POSIX())}, newReal(t, mounted(t, "size=32k")), &seen,
	}
	page := strings.Repeat("x", 4096)
	exhaust(t, p, func(i int) call {
		return call{kind: write, path: fmt.Sprintf("/%d", i), data: page}
	})
	p.pretended.disk.Break(disk.Full("/", 0))
	p.each(t, []call{
		{kind: create, path: "/new"},
		{kind: appendTo, path: "/new", data: "x"},
		{kind: appendTo, path: "/0", data: "x"},
		{kind: write, path: "/other", data: "x"},
		{kind: write, path: "/other"},
		{kind: lock, path: "/lock"},
		{kind: rename, path: "/other", to: "/new"},
		{kind: unlink, path: "/0"},
		{kind: write, path: "/new", data: page},
		{kind: appendTo, path: "/new", data: page},
	})
}
