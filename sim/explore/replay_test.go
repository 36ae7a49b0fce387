package explore_test

import (
	"testing"

	"patchbay/sim/explore"
	"patchbay/sim/fault"
)

// A run that was written down is the same run, to the last operation.
func TestReplayIsTheRunOfTheSeed(t *testing.T) {
	lab := explore.NewLab()
	defer lab.Close()
	stories := explore.Core()
	faults := 0
	for seed := range uint64(150) {
		d := explore.Draw(seed, len(stories))
		first, err := lab.Tell(d.Settings(stories[d.Story]))
		if err != nil {
			t.Fatal(err)
		}
		r, err := lab.Unroll(&explore.Finding{
			Story: stories[d.Story].Name, Mode: "swarm", Seed: seed,
		}, stories)
		if err != nil {
			t.Fatal(err)
		}
		read, err := explore.ParseRepro(r.Text(""))
		if err != nil {
			t.Fatal(err)
		}
		again, err := lab.Replay(&read, nil)
		if err != nil {
			t.Fatal(err)
		}
		faults += len(r.Faults)
		if r.Hash != first.Hash || again.Hash != first.Hash {
			t.Errorf("seed %d: the run is %x, written down %x, and told again %x; faults %v",
				seed, first.Hash, r.Hash, again.Hash, r.Faults)
		}
	}
	if faults < 50 {
		t.Errorf("only %d faults in all runs", faults)
	}
}

// The other modes: what enumerates gives a list of points or of choices.
func TestReplayOfEveryMode(t *testing.T) {
	lab := explore.NewLab()
	defer lab.Close()
	stories := explore.Core()
	plain, err := lab.Plain(stories[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []explore.Finding{
		{Mode: "fault-free"},
		{Mode: "single", Points: []explore.Point{point(plain, 20)}},
		{Mode: "double", Points: []explore.Point{point(plain, 3), {Nth: 5, Row: point(plain, 8).Row}}},
		{Mode: "orders", Choices: []int{0, 1, 0, 1}},
		{Mode: "chances", Choices: []int{0, 1, 2}},
	} {
		f.Story = stories[1].Name
		t.Run(f.Mode, func(t *testing.T) {
			r, err := lab.Unroll(&f, stories)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Faults) > len(f.Points) || f.Mode == "single" && len(r.Faults) == 0 {
				t.Errorf("%d points are %d faults", len(f.Points), len(r.Faults))
			}
			for range 2 {
				run, err := lab.Replay(&r, nil)
				if err != nil {
					t.Fatal(err)
				}
				if run.Hash != r.Hash {
					t.Errorf("the run is %x, and told again %x", r.Hash, run.Hash)
				}
			}
		})
	}
}

// point lets an operation of a story go wrong in the first way there is.
func point(p explore.Plain, nth int) explore.Point {
	return explore.Point{Nth: nth, Row: rowOf(p.Ops[nth-1].Kind)}
}

func rowOf(kind fault.Kind) *fault.Row { return fault.RowsOf(kind)[0] }
