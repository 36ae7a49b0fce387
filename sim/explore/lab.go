package explore

import (
	"fmt"
	"slices"

	"patchbay/core/record"
	"patchbay/sim/chance"
	"patchbay/sim/fault"
	"patchbay/sim/invariant"
	"patchbay/sim/sched"
	"patchbay/sim/world"
)

// Settings are one way to tell a story.
type Settings struct {
	Story world.Story
	// Source chooses; nil is a source that chooses what is ordinary.
	Source chance.Source
	// Judge lets things go wrong; nil lets nothing.
	Judge fault.Judge
	// Any lets every operation be preceded by those of others; else a process
	// goes on until it waits.
	Any bool
	// Order, when set, is how processes take turns instead.
	Order sched.Order
	// Watch is told of everything, beside the invariants; nil is nobody.
	Watch world.Watcher
}

// Run is what came of telling a story.
type Run struct {
	Hash       uint64
	Ops        int
	Violations []invariant.Violation
	// Stuck are pods that their kubelet gave up after everything was healed.
	Stuck []record.Pod
	// Complaints are about the story: it asked for what can not be.
	Complaints []error
	// Up is the world when all was healed and at rest, Down when all pods were
	// deleted.
	Up, Down invariant.State
	Calls    []Answer
}

// Answer is how one CNI call ended.
type Answer struct {
	Verb string
	Key  record.Key
	Died bool
	Err  error
	Proc int
	// AtRest: it was asked when all was healed and nothing was to be done.
	AtRest bool
}

// Failed reports whether something did not hold.
func (r *Run) Failed() bool { return len(r.Violations) > 0 || len(r.Stuck) > 0 }

// Names are the invariants that did not hold, sorted, for telling one failure
// from another. A pod that is stuck is one of them.
func (r *Run) Names() []string {
	var out []string
	for _, v := range r.Violations {
		out = append(out, fmt.Sprintf("%d %s", v.Invariant, v.Name))
	}
	if len(r.Stuck) > 0 {
		out = append(out, "49 Converge")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Lab tells stories one after the other. It keeps what every world needs anew
// and is not to be used by two goroutines.
type Lab struct {
	pool    *sched.Pool
	shared  *world.Shared
	checker *invariant.Checker
}

// NewLab returns a lab.
func NewLab() *Lab {
	return &Lab{
		pool: new(sched.Pool), shared: world.NewShared(), checker: invariant.New(),
	}
}

// Close ends the coroutines of the lab.
func (l *Lab) Close() { l.pool.Close() }

// Tell tells a story once, heals the world, and looks at it at rest: first with
// all pods that are wanted, then with none.
func (l *Lab) Tell(s Settings) (Run, error) {
	if s.Source == nil {
		s.Source = chance.Ordinary{}
	}
	if s.Order == nil {
		s.Order = sched.InTurn{}
	}
	if s.Any {
		s.Order = sched.AnyOrder{}
	}
	l.checker.Reset()
	see := &seer{Checker: l.checker, more: s.Watch}
	w, err := world.New(withEpilogue(s.Story), world.Options{
		Source: s.Source, Judge: s.Judge, Order: s.Order, Pool: l.pool,
		Shared: l.shared, Watch: see,
	})
	if err != nil {
		return Run{}, err
	}
	defer w.Close()
	w.Run()
	see.run.Hash, see.run.Ops = w.Stage.Hash(), w.Stage.Ops()
	see.run.Violations = slices.Clone(l.checker.Violations())
	see.run.Complaints = w.Complaints
	return see.run, nil
}

// Looks are the two places in the epilogue where the world is looked at.
const (
	lookUp   = "up"
	lookDown = "down"
)

// withEpilogue appends to a story what comes after every one: faults end, the
// world comes to rest, and in the end nobody wants any pod.
func withEpilogue(s world.Story) world.Story {
	collect := make([]world.Step, 0, max(s.Nodes, 1))
	for n := range max(s.Nodes, 1) {
		collect = append(collect, world.Step{Do: world.Collect, At: n})
	}
	rest := slices.Concat(
		[]world.Step{{Do: world.Heal}, {Do: world.Settle}}, collect,
		[]world.Step{
			{Do: world.Look, On: lookUp},
			{Do: world.CheckAll},
			{Do: world.DeleteAll},
			{Do: world.Settle},
			{Do: world.StopAllAgain},
		},
		collect, []world.Step{{Do: world.Look, On: lookDown}},
	)
	s.Steps = slices.Concat(s.Steps, rest)
	return s
}

// seer watches for the lab, and for whoever else wants to.
type seer struct {
	*invariant.Checker
	more world.Watcher
	w    *world.World
	run  Run
	// seen says that all was at rest once, and rested that it is.
	seen, rested bool
}
