package explore

import (
	"sync"

	"patchbay/sim/chance"
	"patchbay/sim/fault"
	"patchbay/sim/invariant"
	"patchbay/sim/sched"
	"patchbay/sim/world"
)

// Soak is a long run without a story: pods come and go on many nodes, and every
// invariant looks on.
type Soak struct {
	Story      world.Story // its networks, and its first pod
	Nodes      int
	Lifecycles int
	Live       int // pods of a node at a time
	PerMillion int // operations that go wrong
	Seed       uint64
	Workers    int // worlds side by side, each with its part of the nodes
}

// Soaked is what came of it.
type Soaked struct {
	Lifecycles int
	Ops        int
	Faults     int
	Violations []invariant.Violation
	Stuck      int
}

// Run soaks as many worlds as there are workers.
func (s Soak) Run() (Soaked, error) {
	workers := max(s.Workers, 1)
	parts := make([]Soaked, workers)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() { parts[i], errs[i] = s.part(i, workers) })
	}
	wg.Wait()
	var out Soaked
	for i, p := range parts {
		if errs[i] != nil {
			return out, errs[i]
		}
		out.Lifecycles, out.Ops = out.Lifecycles+p.Lifecycles, out.Ops+p.Ops
		out.Faults, out.Stuck = out.Faults+p.Faults, out.Stuck+p.Stuck
		out.Violations = append(out.Violations, p.Violations...)
	}
	return out, nil
}

// part is one world of several.
func (s Soak) part(number, of int) (Soaked, error) {
	pool := new(sched.Pool)
	defer pool.Close()
	source := chance.Seed(s.Seed + uint64(number)) //nolint:gosec // a small number
	judge := &counting{Random: fault.NewRandom(source, fault.Options{PerMillion: s.PerMillion})}
	checker := invariant.New()
	story := s.Story
	story.Nodes = share(max(s.Nodes, 1), number, of)
	w, err := world.New(story, world.Options{
		Source: source, Judge: judge, Order: sched.InTurn{}, Pool: pool, Watch: checker,
	})
	if err != nil {
		return Soaked{}, err
	}
	defer w.Close()
	lifecycles := share(s.Lifecycles, number, of)
	w.Turnover(world.Turnover{Lifecycles: lifecycles, Live: s.Live})
	checker.Quiet(w)
	out := Soaked{
		Lifecycles: lifecycles, Ops: w.Stage.Ops(), Faults: len(judge.struck),
		Violations: checker.Violations(), Stuck: len(w.Stuck()),
	}
	if len(w.Complaints) > 0 {
		err = w.Complaints[0]
	}
	return out, err
}

// share is how much of a whole one of several gets; 1 at least.
func share(whole, number, of int) int {
	return max(1, whole*(number+1)/of-whole*number/of)
}

// Default is the topology that figures are measured with: one uplink, a bridge as
// the default network and two more attachments, a macvlan and a bridge.
func Default() world.Story {
	return world.Story{
		Name: "default", About: "a node whose pods come and go",
		Networks: networks(),
		Pods:     []world.Pod{{Name: "p", Networks: "red,blue"}},
	}
}
