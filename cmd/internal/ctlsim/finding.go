package ctlsim

import (
	"patchbay/sim/explore"
	"patchbay/sim/timeline"
	"patchbay/sim/world"
)

// Finding is a run that failed, as small as it can be.
type Finding struct {
	Story string   `json:"story"`
	Mode  string   `json:"mode"`
	Seed  uint64   `json:"seed,omitempty"`
	Names []string `json:"fails"`
	// Points are where faults struck when it was found.
	Points []string `json:"points,omitempty"`
	// What does not hold, in the shrunk run.
	Violations []string `json:"violations"`
	// Runs is how many it took to shrink it; Minimal says that nothing more can be
	// left out.
	Runs    int  `json:"runs"`
	Minimal bool `json:"minimal"`
	// Without lists the parts without any one of which it passes.
	Without []string `json:"passesWithout"`
	Repro   string   `json:"repro"`
	// File is where the repro was written.
	File string `json:"file,omitempty"`
	// Error says why there is no more than the names: the run can not be told as a
	// list of faults and choices.
	Error string `json:"error,omitempty"`

	Timeline timeline.Timeline `json:"timeline"`
	Shrunk   explore.Repro     `json:"-"`
}

// Analyse makes of a finding the smallest run that fails in the same way, and says
// what a person wants to know of it.
func Analyse(f *explore.Finding, stories []world.Story) Finding {
	out := Finding{
		Story: f.Story, Mode: f.Mode, Seed: f.Seed, Names: f.Names, Without: []string{},
		Violations: violations(&f.Run),
	}
	for _, p := range f.Points {
		out.Points = append(out.Points, p.String())
	}
	lab := explore.NewLab()
	defer lab.Close()
	repro, err := lab.Reproduce(f, stories)
	if err == nil {
		err = out.shrink(lab, repro)
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

// Shrink makes a repro smaller.
func Shrink(r explore.Repro) (Finding, error) {
	lab := explore.NewLab()
	defer lab.Close()
	out := Finding{
		Story: r.Story.Name, Mode: r.Mode, Seed: r.Seed, Names: r.Names, Without: []string{},
	}
	return out, out.shrink(lab, r)
}

func (f *Finding) shrink(lab *explore.Lab, r explore.Repro) error {
	small, err := lab.Shrink(r, nil)
	if err != nil {
		return err
	}
	f.Shrunk, f.Names = small.Repro, small.Repro.Names
	f.Runs, f.Minimal = small.Tries, small.Minimal
	for _, n := range small.Neighbours {
		if n.Passes() {
			f.Without = append(f.Without, n.Without)
		}
	}
	told, err := tell(lab, &small.Repro)
	if err != nil {
		return err
	}
	f.Timeline, f.Violations = told.Timeline, told.Violations
	f.Repro = small.Repro.Text(f.Timeline.Text(timeline.Near))
	return nil
}

// Told is a repro that was told again.
type Told struct {
	Story string   `json:"story"`
	Names []string `json:"fails"`
	// Expected are those that the repro names.
	Expected []string `json:"expected,omitempty"`
	// Same says that everything that the repro names does not hold.
	Same bool `json:"same"`
	// Identical says that it is the run that was written down, to the last operation.
	Identical  bool              `json:"identical"`
	Violations []string          `json:"violations"`
	Timeline   timeline.Timeline `json:"timeline"`

	Run explore.Run `json:"-"`
}

// Replay tells a repro again.
func Replay(r *explore.Repro) (Told, error) {
	lab := explore.NewLab()
	defer lab.Close()
	return tell(lab, r)
}

func tell(lab *explore.Lab, r *explore.Repro) (Told, error) {
	rec := new(timeline.Recorder)
	run, err := lab.Replay(r, rec)
	if err != nil {
		return Told{}, err
	}
	rec.Add(run.Violations)
	names := run.Names()
	if names == nil {
		names = []string{}
	}
	return Told{
		Story: r.Story.Name, Names: names, Expected: r.Names, Same: r.Same(&run),
		Identical: run.Hash == r.Hash, Violations: violations(&run),
		Timeline: rec.Timeline, Run: run,
	}, nil
}

// OfSeed is the run of a seed of the swarm. Invalid: the stories are none.
func OfSeed(seed uint64, stories []world.Story) (explore.Repro, error) {
	lab := explore.NewLab()
	defer lab.Close()
	drawn := explore.Draw(seed, len(stories))
	return lab.Unroll(&explore.Finding{
		Story: stories[drawn.Story].Name, Mode: "swarm", Seed: seed,
	}, stories)
}

// violations are what does not hold, a sentence each.
func violations(run *explore.Run) []string {
	out := []string{}
	for _, v := range run.Violations {
		out = append(out, violation(v))
	}
	for _, p := range run.Stuck {
		out = append(out, "49 Converge: the kubelet has given up pod "+p.String())
	}
	return out
}
