package explore

import (
	"slices"

	"patchbay/core/fail"
	"patchbay/sim/chance"
	"patchbay/sim/fault"
	"patchbay/sim/sched"
	"patchbay/sim/world"
)

// Repro is a run that anybody can tell again: a story, what goes wrong in it,
// and what chance decides. Nothing in it depends on how it was found, so that a
// part can be taken out and the rest is still a run.
type Repro struct {
	Story   world.Story
	Faults  []fault.Fault
	Turns   Turns
	Choices []int
	// Names are the invariants that do not hold in it, as [Run.Names] has them.
	Names []string
	// Mode and Seed say how it was found.
	Mode string
	Seed uint64
	// Hash stands for the run as it was when it was written down; 0 is not known.
	// With other code a run has another, and may fail all the same.
	Hash uint64
}

// Turns is how the processes of a run take turns.
type Turns struct {
	How TurnsHow
	// Preemptions is how often a process is stopped for another, of [ByRank].
	Preemptions int
}

// TurnsHow is a way to take turns.
type TurnsHow uint8

// The ways.
const (
	InTurn   TurnsHow = iota // a process goes on until it waits
	AnyOrder                 // who goes on is a choice before every operation
	ByRank                   // by priorities that are choices
)

// set makes settings take turns so. The source must be there already: an order
// by rank draws from it before the run begins.
func (t Turns) set(s *Settings) {
	switch t.How {
	case InTurn:
	case AnyOrder:
		s.Any = true
	case ByRank:
		s.Order = sched.NewByRank(s.Source, t.Preemptions, expectedTurns)
	}
}

// Reproduce turns a finding into a repro, and tells that to see that it fails in
// the same way. The stories are those in which it was found, in their order.
// Internal: it does not fail, or otherwise.
func (l *Lab) Reproduce(f *Finding, stories []world.Story) (Repro, error) {
	r, err := l.Unroll(f, stories)
	if err != nil {
		return r, err
	}
	run, err := l.Replay(&r, nil)
	if err != nil {
		return r, err
	}
	if !r.Same(&run) {
		return r, fail.New(fail.Internal,
			"story %s fails with %v, and as a list of faults and choices with %v",
			f.Story, f.Names, run.Names())
	}
	return r, nil
}

// Unroll tells the run of a finding once more and writes down what was drawn, so
// that nothing depends on a mode or a seed any more.
func (l *Lab) Unroll(f *Finding, stories []world.Story) (Repro, error) {
	i := slices.IndexFunc(stories, func(s world.Story) bool { return s.Name == f.Story })
	if i < 0 {
		return Repro{}, fail.New(fail.Invalid, "there is no story %q", f.Story)
	}
	r := Repro{Story: stories[i], Mode: f.Mode, Seed: f.Seed, Names: f.Names}
	tape := new(chance.Tape)
	s := Settings{Story: r.Story, Source: tape, Judge: fault.Never{}}
	switch {
	case f.Mode == modeSwarm:
		d := Draw(f.Seed, len(stories))
		s = d.Settings(r.Story)
		tape = d.tape
		r.Turns = Turns{AnyOrder, 0}
		if d.Preemptions >= 0 {
			r.Turns = Turns{ByRank, d.Preemptions}
		}
	case f.Mode == modeOrders:
		tape.Source = chance.Split{
			Of: chance.Next, By: &asked{chance.Script{List: f.Choices}}, Other: chance.Ordinary{},
		}
		s.Any, r.Turns = true, Turns{AnyOrder, 0}
	case len(f.Points) > 0:
		tape.Source = chance.Ordinary{}
		s.Judge = newPoints(f.Points...)
	default:
		tape.Source = &asked{chance.Script{List: f.Choices}}
	}
	list := &listing{judge: s.Judge}
	record := fault.NewRecord(list)
	s.Judge = record
	run, err := l.Tell(s)
	if err != nil {
		return r, err
	}
	r.Hash, r.Faults = run.Hash, recorded(record, list)
	for i, c := range tape.List {
		if tape.Kinds[i] != chance.Fault { // those are the faults
			r.Choices = append(r.Choices, c)
		}
	}
	r.Choices = trimmed(r.Choices)
	return r, nil
}

// recorded is the list of faults that lets the same go wrong again. A record
// counts an operation on nothing among those on nothing, and a fault that names
// nothing is about all of its kind, so that it must be counted among these.
func recorded(record *fault.Record, list *listing) []fault.Fault {
	var out []fault.Fault
	for _, f := range record.Fired() {
		if f.On == "" {
			f.Nth = 0
			for i := range f.Ordinal {
				by := list.by[i]
				if list.ops[i].Kind == f.Kind && by.Program == f.Program &&
					by.Verb == f.Verb && by.Undoing == f.By.Undoing {
					f.Nth++
				}
			}
		}
		out = append(out, f.Fault)
	}
	return out
}

// The modes that are told from others by their name.
const (
	modeFree   = "fault-free"
	modeSwarm  = "swarm"
	modeOrders = "orders"
	modeSingle = "single"
	modeDouble = "double"
)

// asked is a script that is not used up by questions with one answer: those that
// recorded it were not asked them.
type asked struct{ chance.Script }

// Choose returns the next of the list where there is something to choose.
func (a *asked) Choose(k chance.Kind, n int) int {
	if n <= 1 {
		return 0
	}
	return a.Script.Choose(k, n)
}

// Same reports whether a run fails as the repro says: everything that did not
// hold then does not hold now. More may.
func (r *Repro) Same(run *Run) bool {
	names := run.Names()
	missing := func(name string) bool { return !slices.Contains(names, name) }
	return run.Failed() && !slices.ContainsFunc(r.Names, missing)
}
