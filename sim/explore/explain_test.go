package explore_test

import (
	"testing"

	"patchbay/sim/explore"
	"patchbay/sim/fault"
)

// A run is told again from many places: it is the same up to there, and the last
// of them, where nothing is left to chance, decides as the run itself does.
func TestLikelihoods(t *testing.T) {
	lab := explore.NewLab()
	defer lab.Close()
	r := explore.Repro{
		Story:  explore.Core()[0],
		Faults: parsed(t, "link.add #1 of bridge ADD: fail-before EBUSY"),
	}
	const times = 3
	list, err := lab.Likelihoods(&r, times)
	if err != nil {
		t.Fatal(err)
	}
	again, err := lab.Likelihoods(&r, times)
	if err != nil {
		t.Fatal(err)
	}
	struck := 0
	for i, one := range list {
		if one.Of != times || one != again[i] || i > 0 && one.Op <= list[i-1].Op {
			t.Errorf("%+v, again %+v", one, again[i])
		}
		if one.Text == "link.add fail-before EBUSY (cbr0)" {
			struck = one.Op
		}
	}
	if struck == 0 || list[0].Op != 0 || len(list) > 70 {
		t.Errorf("%d operations, the fault at %d: %+v", len(list), struck, list)
	}
}

// What would have been: each part of a run in turn is not there.
func TestCounterfactuals(t *testing.T) {
	lab := explore.NewLab()
	defer lab.Close()
	r := explore.Repro{
		Story:   explore.Core()[0],
		Faults:  []fault.Fault{parsed(t, "link.add #1 of bridge ADD: fail-before EBUSY")[0]},
		Turns:   explore.Turns{How: explore.AnyOrder},
		Choices: []int{0, 1},
	}
	all := lab.Counterfactuals(&r)
	parts := []string{
		"fault 1: link.add #1 of bridge ADD: fail-before EBUSY", "step 1: create p", "step 2: settle",
		"pod p",
	}
	if len(all) < len(parts)+2 {
		t.Fatalf("%+v", all)
	}
	for i, want := range parts {
		if all[i].Without != want {
			t.Errorf("the part is %q, want %q", all[i].Without, want)
		}
	}
	if last := all[len(all)-1].Without; last != "its order: every process goes on until it waits" {
		t.Errorf("the last is %q", last)
	}
}
