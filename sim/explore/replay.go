package explore

import (
	"patchbay/sim/chance"
	"patchbay/sim/fault"
	"patchbay/sim/world"
)

// Listener hears of a run while it is told: of its operations before they
// happen, and of everything else as it happens.
type Listener interface {
	world.Watcher
	// Hear returns a judge that answers as another one does, and hears of every
	// operation with the answer.
	Hear(judge fault.Judge) fault.Judge
}

// Replay tells a repro again and judges it as its mode did. A listener may be
// nil. Its error is one of the story: it asks for what can not be, even without
// faults.
func (l *Lab) Replay(r *Repro, listener Listener) (Run, error) {
	plain, err := l.Plain(r.Story)
	if err != nil {
		return Run{}, err
	}
	return l.again(r, &plain.Run, listener)
}

// again is Replay when the run without faults is known.
func (l *Lab) again(r *Repro, plain *Run, listener Listener) (Run, error) {
	record := fault.NewRecord(fault.NewAt(r.Faults...))
	s := Settings{Story: r.Story, Source: &asked{chance.Script{List: r.Choices}}, Judge: record}
	if listener != nil {
		s.Judge, s.Watch = listener.Hear(record), listener
	}
	r.Turns.set(&s)
	run, err := l.Tell(s)
	if err != nil {
		return run, err
	}
	r.judge(&run, plain, strikes(record))
	return run, nil
}

// judge looks at a run that is over as its mode does.
func (r *Repro) judge(run, plain *Run, struck []strike) {
	switch r.Mode {
	case modeFree:
		run.answered(r.Story, struck, false)
	case modeSingle:
		run.answered(r.Story, struck, true)
		run.expect(struck, plain)
	case modeDouble:
		run.answered(r.Story, struck, true)
	}
	run.compare(plain)
}

// strikes are what a record saw go wrong.
func strikes(record *fault.Record) []strike {
	fired := record.Fired()
	out := make([]strike, 0, len(fired))
	for _, f := range fired {
		out = append(out, strike{by: f.By, op: f.Op, row: f.Row})
	}
	return out
}
