package explore

import (
	"slices"

	"patchbay/sim/chance"
	"patchbay/sim/fault"
)

// Likelihood is how often a run fails when it is as it was up to an operation,
// and everything after that is left to chance: other choices and other faults.
// Where it rises is where the failure became inevitable.
type Likelihood struct {
	// Op is the last operation that is as it was, from 1; 0: not even the first.
	Op int `json:"operation"`
	// Text is that operation, and what became of it.
	Text   string `json:"text,omitempty"`
	Failed int    `json:"failed"`
	Of     int    `json:"of"`
}

// How much is told to find out where a failure comes from.
const (
	mostForks  = 60
	leastForks = 10
	forkedOps  = 60_000 // in all forks that are told once
	freshRate  = 20_000 // faults in a million operations
	freshFault = 2      // faults at most
)

// Likelihoods tells a repro again from about sixty of its operations on, or fewer
// if it is long, so many times each, and counts how often it fails in the same way.
// The operations at
// which faults strike are among them, with those before.
func (l *Lab) Likelihoods(r *Repro, times int) ([]Likelihood, error) {
	plain, err := l.Plain(r.Story)
	if err != nil {
		return nil, err
	}
	list := &listing{judge: fault.NewAt(r.Faults...)}
	record := &untilHealed{Record: fault.NewRecord(list)}
	s := Settings{
		Story: r.Story, Judge: record, Source: &asked{chance.Script{List: r.Choices}},
	}
	r.Turns.set(&s)
	told, err := l.Tell(s)
	if err != nil {
		return nil, err
	}
	record.forks = min(max(forkedOps/max(told.Ops, 1), leastForks), mostForks)
	var out []Likelihood
	for _, op := range forks(record) {
		one := Likelihood{Op: op, Of: times}
		if op > 0 {
			one.Text = list.ops[op-1].String()
			for _, f := range record.Fired() {
				if f.Ordinal == op {
					one.Text = f.Row.ID + " (" + f.Op.On + ")"
				}
			}
		}
		for i := range times {
			run, err := l.forked(r, op, seed(op, i))
			if err != nil {
				return nil, err
			}
			r.judge(&run, &plain.Run, nil) // what is expected of other faults is another thing
			if r.Same(&run) {
				one.Failed++
			}
		}
		out = append(out, one)
	}
	return out, nil
}

// seed is another one for each operation and each time.
func seed(op, i int) uint64 { return uint64(op)<<16 + uint64(i) } //nolint:gosec // they are small

// forks are the operations from which a run is told again.
func forks(record *untilHealed) []int {
	ops := record.at
	step := max(1, (ops+record.forks-1)/record.forks)
	var out []int
	for op := 0; op <= ops; op += step {
		out = append(out, op)
	}
	for _, f := range record.Fired() {
		out = append(out, f.Ordinal-1, f.Ordinal)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// untilHealed is a record that knows how many operations there were when the
// time of faults was over.
type untilHealed struct {
	*fault.Record

	ops, at int
	forks   int // from how many operations it is told again, about
}

// Judge counts.
func (u *untilHealed) Judge(by fault.Actor, op fault.Op) fault.Outcome {
	u.ops++
	return u.Record.Judge(by, op)
}

// Heal remembers when.
func (u *untilHealed) Heal() {
	u.at = u.ops
	u.Record.Heal()
}

// forked tells a repro as it is up to an operation, and by a seed from there on.
func (l *Lab) forked(r *Repro, op int, seed uint64) (Run, error) {
	fresh := chance.Seed(seed)
	f := &fork{
		left: op, old: fault.NewAt(r.Faults...), script: &asked{chance.Script{List: r.Choices}},
		seeded: fresh,
		fresh: fault.NewRandom(fresh, fault.Options{
			PerMillion: freshRate, Most: freshFault,
		}),
	}
	s := Settings{Story: r.Story, Judge: f, Source: f}
	r.Turns.set(&s)
	return l.Tell(s)
}

// fork is a judge and a source that are as they were for a while, and then not.
type fork struct {
	left   int
	old    *fault.At
	fresh  *fault.Random
	script *asked
	seeded *chance.Seeded
}

// Judge asks the one whose time it is.
func (f *fork) Judge(by fault.Actor, op fault.Op) fault.Outcome {
	if f.left > 0 {
		f.left--
		return f.old.Judge(by, op)
	}
	return f.fresh.Judge(by, op)
}

// Heal heals both.
func (f *fork) Heal() {
	f.old.Heal()
	f.fresh.Heal()
}

// Choose asks the one whose time it is.
func (f *fork) Choose(k chance.Kind, n int) int {
	if f.left > 0 {
		return f.script.Choose(k, n)
	}
	return f.seeded.Choose(k, n)
}

// Counterfactuals tells the runs that differ from a repro in one thing: one part
// is not there, or everything that was chosen is ordinary.
func (l *Lab) Counterfactuals(r *Repro) []Neighbour {
	out := l.Neighbours(*r)
	if r.Turns.How == InTurn && len(r.Choices) == 0 {
		return out
	}
	plain := *r
	plain.Turns, plain.Choices = Turns{}, nil
	run, err := l.Replay(&plain, nil)
	n := Neighbour{Without: "its order: every process goes on until it waits", Names: run.Names()}
	if err != nil {
		n.Why = err.Error()
	}
	return append(out, n)
}
