package disk_test

import (
	"testing"

	"patchbay/sim/chance"
	"patchbay/sim/disk"
)

// TestAClone is done the same to as its original, in turns, and stays the same;
// and what is done to one of them is not done to the other.
func TestAClone(t *testing.T) {
	for seed := range uint64(200) {
		s, d := chance.Seed(seed), disk.New(disk.POSIX())
		must(d.MountTmpfs("/c/a"))
		for range 40 {
			draw(d, s)
		}
		c := d.Clone()
		before := d.Dump()
		for range 20 {
			draw(c, s)
		}
		c.PowerCut(func(n int) int { return s.Choose(chance.Disk, n) })
		if got := d.Dump(); got != before {
			t.Fatalf("seed %d: the original was\n%sand is\n%s", seed, before, got)
		}
		c = d.Clone()
		if c.Hash() != d.Hash() || c.Dump() != d.Dump() {
			t.Fatalf("seed %d: the clone is\n%snot\n%s", seed, c.Dump(), d.Dump())
		}
		for _, x := range []*disk.Disk{c, d} {
			same := chance.Seed(seed)
			for range 20 {
				draw(x, same)
			}
			x.PowerCut(func(n int) int { return same.Choose(chance.Disk, n) })
		}
		if c.Hash() != d.Hash() || c.Dump() != d.Dump() {
			t.Fatalf("seed %d: the clone became\n%snot\n%s", seed, c.Dump(), d.Dump())
		}
	}
}
