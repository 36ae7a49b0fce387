package disk_test

import (
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"patchbay/ci/require"
	"patchbay/sim/chance"
	"patchbay/sim/disk"
)

// steps is how many calls are made.
func steps(t *testing.T) int {
	t.Helper()
	text := os.Getenv("PATCHBAY_FIDELITY_STEPS")
	if text == "" {
		return 5000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("PATCHBAY_FIDELITY_STEPS: %v", err)
	}
	return n
}

// compare makes calls on both places.
func compare(t *testing.T, a *pretended, b *real, s chance.Source, calls int) {
	t.Helper()
	var last []call
	for step := range calls {
		c := draw(s)
		last = append(last, c)
		got, want := a.do(c), b.do(c)
		gotTree, wantTree := a.tree(), b.tree()
		if got == want && gotTree == wantTree {
			continue
		}
		for _, c := range last[max(0, len(last)-12):] {
			t.Log(c)
		}
		t.Fatalf("step %d: pretended %q, real %q\npretended:\n%.2000s\nreal:\n%.2000s",
			step, got, want, gotTree, wantTree)
	}
}

func TestTheSameCallsHaveTheSameAnswers(t *testing.T) {
	const round = 500 // then a new tree: old ones get deep and boring
	for seed := range uint64((steps(t) + round - 1) / round) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			a := &pretended{disk: disk.New(disk.Ext4())}
			compare(t, a, newReal(t, t.TempDir()), chance.Seed(seed), round)
		})
	}
}

// mounted is a file system of its own, which can be made to refuse.
func mounted(t *testing.T, options string) string {
	t.Helper()
	require.Root(t)
	dir := t.TempDir()
	if err := unix.Mount("patchbay-test", dir, "tmpfs", 0, "mode=0700,"+options); err != nil {
		t.Fatalf("mount a file system: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount it: %v", err)
		}
	})
	return dir
}

func TestReadOnly(t *testing.T) {
	for seed := range uint64(4) {
		dir := mounted(t, "size=1m")
		a, b := &pretended{disk: disk.New(disk.POSIX())}, newReal(t, dir)
		s := chance.Seed(seed)
		compare(t, a, b, s, 100)
		kept := b.handle // a file system with a writer can not be made read-only
		b.handle = -1
		if err := unix.Close(kept); err != nil {
			t.Fatal(err)
		}
		a.handle = disk.File{}
		for _, p := range []disk.Proc{1, 2} {
			c := call{kind: kill, want: disk.Want{By: p}}
			a.do(c)
			b.do(c)
		}
		if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		a.disk.Break(disk.ReadOnly("/"))
		compare(t, a, b, s, 300)
	}
}
