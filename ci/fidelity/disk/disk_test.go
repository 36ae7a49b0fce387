package disk_test

import (
	"os"
	"strconv"
	"strings"
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

// pair is the two places, and what was seen of them.
type pair struct {
	pretended *pretended
	real      *real
	seen      *tally
}

// compare makes calls on both.
func (p *pair) compare(t *testing.T, s chance.Source, calls int) {
	t.Helper()
	a, b := p.pretended, p.real
	var last []call
	for step := range calls {
		c := draw(s)
		last = append(last, c)
		got, want := a.do(c), b.do(c)
		gotTree, wantTree := a.tree(), b.tree()
		if got == want && gotTree == wantTree {
			p.seen.count(c.kind, want)
			continue
		}
		for _, c := range last[max(0, len(last)-12):] {
			t.Log(c)
		}
		t.Fatalf("step %d: pretended %q, real %q\npretended:\n%.2000s\nreal:\n%.2000s",
			step, got, want, gotTree, wantTree)
	}
}

// tally is how often a kind of call worked, and how often each error was seen.
type tally struct {
	worked [kinds]int
	failed map[string]int
}

func newTally() tally { return tally{failed: map[string]int{}} }

func (l *tally) count(k kind, answer string) {
	if strings.HasPrefix(answer, "E") {
		l.failed[answer]++
		return
	}
	l.worked[k]++
}

// wantAll wants that the calls were not all refused, and not all in the same way.
func (l *tally) wantAll(t *testing.T) {
	t.Helper()
	for k, n := range l.worked {
		if n == 0 {
			t.Errorf("%s has never worked: nothing was compared", kind(k))
		}
	}
	for _, e := range []string{
		"ENOENT", "ENOTDIR", "EISDIR", "EEXIST", "ENOTEMPTY", "EINVAL", "ENAMETOOLONG",
		"EAGAIN", "EBADF",
	} {
		if l.failed[e] == 0 {
			t.Errorf("%s was never seen: nothing was compared", e)
		}
	}
	t.Logf("worked %v, failed %v", l.worked, l.failed)
}

func TestTheSameCallsHaveTheSameAnswers(t *testing.T) {
	const round = 500 // then a new tree: old ones get deep and boring
	seen := newTally()
	for seed := range uint64((steps(t) + round - 1) / round) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			p := &pair{&pretended{disk: disk.New(disk.Ext4())}, newReal(t, t.TempDir()), &seen}
			p.compare(t, chance.Seed(seed), round)
		})
	}
	seen.wantAll(t)
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
		a, b, seen := &pretended{disk: disk.New(disk.POSIX())}, newReal(t, dir), newTally()
		p, s := &pair{a, b, &seen}, chance.Seed(seed)
		p.compare(t, s, 100)
		_ = unix.Close(b.handle) // a file system with a writer can not be made read-only
		b.handle = -1
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
		p.compare(t, s, 300)
		if seen.failed["EROFS"] == 0 {
			t.Error("EROFS was never seen: nothing was compared")
		}
	}
}
