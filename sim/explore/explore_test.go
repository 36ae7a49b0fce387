package explore_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"patchbay/sim/explore"
)

// whole reports whether everything is to be explored, which "make sim" asks for.
// Without it each mode is only tried, so that a package's tests stay quick.
func whole() bool { return os.Getenv("PATCHBAY_SIM") == "whole" }

func options() explore.Options {
	return explore.Options{Workers: runtime.GOMAXPROCS(0), Most: 5}
}

// judged fails the test with what a mode has found.
func judged(t *testing.T, began time.Time, r *explore.Report, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d runs, %d operations in %v",
		r.Mode, r.Runs, r.Ops, time.Since(began).Round(time.Millisecond))
	if r.Runs == 0 {
		t.Error("nothing was run")
	}
	for _, f := range r.Findings {
		t.Errorf("%s %s: %v seed %d: %v", f.Mode, f.Story, f.Points, f.Seed, f.Names)
		for _, v := range f.Run.Violations {
			t.Errorf("  %d %s: %s", v.Invariant, v.Name, v.Text)
		}
		for _, p := range f.Run.Stuck {
			t.Errorf("  stuck: %s", p)
		}
	}
}

// Every operation of every core story, and everything that may become of it.
func TestEverySingleFault(t *testing.T) {
	stories := explore.Core()
	if !whole() {
		stories = stories[:1]
	}
	began := time.Now()
	r, err := explore.Single(stories, options())
	judged(t, began, r, err)
}

// Two faults, the second at any time after the first.
func TestEveryDoubleFault(t *testing.T) {
	if !whole() {
		t.Skip("only of make sim")
	}
	began := time.Now()
	r, err := explore.Double(explore.Core()[:doubled], options())
	judged(t, began, r, err)
}

// doubled is of how many core stories all pairs of faults are tried.
const doubled = 1

// Every order in which the processes of a race can take turns with one preemption;
// those with more are for the swarm.
func TestEveryOrder(t *testing.T) {
	began := time.Now()
	r, err := explore.Orders(explore.Races(), 1, options())
	judged(t, began, r, err)
}

// What a power cut leaves, and when kubelets and kernels do things.
func TestEveryChance(t *testing.T) {
	most := 1
	if whole() {
		most = 2
	}
	began := time.Now()
	r, err := explore.Chances(explore.Core(), most, options())
	judged(t, began, r, err)
}

func TestSwarm(t *testing.T) {
	began := time.Now()
	r, err := explore.Swarm(explore.Core(), 0, seeds(t, 500), options())
	judged(t, began, r, err)
}

// Whatever the catalogue allows has happened, and the run was judged to its end.
func TestCoverage(t *testing.T) {
	began := time.Now()
	o := options()
	o.Most = 1 << 20
	r, err := explore.Cover(explore.All(), 1, o)
	judged(t, began, r, err)
	for _, row := range r.Coverage.Missing() {
		t.Errorf("%s never happened", row.ID)
	}
}
