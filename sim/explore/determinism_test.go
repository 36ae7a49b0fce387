package explore_test

import (
	"os"
	"runtime"
	"strconv"
	"testing"

	"patchbay/sim/chance"
	"patchbay/sim/explore"
	"patchbay/sim/world"
)

// seeds is how many seeds are told twice: few by default, for "make sim" tells
// 100,000.
func seeds(t *testing.T, few uint64) uint64 {
	t.Helper()
	text := os.Getenv("PATCHBAY_SEEDS")
	if text == "" {
		return few
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("PATCHBAY_SEEDS: %v", err)
	}
	return n
}

// One seed is one run: with one processor or two, in a lab that has told others
// before or in a new one.
func TestOneSeedIsOneRun(t *testing.T) {
	stories := explore.Core()
	all := seeds(t, 1_000)
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	first := hashes(t, stories, all)
	runtime.GOMAXPROCS(max(before, 2))
	second := hashes(t, stories, all)
	different := map[uint64]bool{}
	for seed := range all {
		if first[seed] != second[seed] {
			t.Errorf("seed %d: %x with one processor, %x with several",
				seed, first[seed], second[seed])
		}
		different[first[seed]] = true
	}
	if len(different) < int(all)/2 {
		t.Errorf("%d seeds gave only %d runs that differ", all, len(different))
	}
	t.Logf("%d seeds, each told twice; %d different runs", all, len(different))
}

// hashes tells every seed, on as many goroutines as there are processors.
func hashes(t *testing.T, stories []world.Story, all uint64) []uint64 {
	t.Helper()
	out, err := explore.Hashes(stories, 0, all, explore.Options{Workers: runtime.GOMAXPROCS(0)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// leak is chance that does not come from the source: the order of a map.
type leak struct {
	world.Nobody
	w *world.World
}

func (l *leak) Built(w *world.World) { l.w = w }

func (l *leak) Stepped(world.Step) {
	for name := range map[string]bool{"a": true, "b": true, "c": true, "d": true, "e": true} {
		l.w.Stage.Note(name)
	}
}

// The check above can fail: of a world into which the order of a map leaks it
// sees it.
func TestALeakOfChanceIsSeen(t *testing.T) {
	lab := explore.NewLab()
	defer lab.Close()
	seen := map[uint64]bool{}
	for range 20 {
		run, err := lab.Tell(explore.Settings{
			Story: explore.Core()[0], Source: chance.Seed(1), Watch: &leak{},
		})
		if err != nil {
			t.Fatal(err)
		}
		seen[run.Hash] = true
	}
	if len(seen) == 1 {
		t.Error("the order of a map leaked into 20 runs, and all have one hash")
	}
}
