package ladder

import (
	"errors"
	"fmt"
	"slices"
)

// Effect is a request to the outside world: plain, comparable, printable data.
type Effect interface{ fmt.Stringer }

// A Task is one reversible step. Both halves must be safe to repeat, and Down
// must be safe when Up never happened. A nil half means nothing to do.
type Task struct{ Up, Down Effect }

// A Ladder is done bottom first and undone top first. When an optional ladder
// fails on its way up it alone turns round, and the walk goes on without it.
type Ladder struct {
	Tasks    []Task
	Optional bool
}

// A Stage is a set of independent ladders. A ground stage comes down only when
// nothing above it is left; any other comes down also beside a ladder that is
// stuck, for one network that can not be detached is no reason to keep another.
type Stage struct {
	Ladders []Ladder
	Ground  bool
}

// A Plan is a list of stages; a stage goes up after all stages before it and
// comes down before any of them.
type Plan []Stage

// Issued is an effect the machine asked for, to be handed back to Step.
type Issued struct {
	Effect        Effect
	stage, ladder int
	down          bool
}

// Undo reports whether the effect is the Down half of its task.
func (is Issued) Undo() bool { return is.down }

// Failure is one effect that did not do what it was asked to.
type Failure struct {
	Effect   Effect
	Err      error
	Optional bool // it was on its way up in an optional ladder
	Undo     bool // it was an undo, so something may be left
}

type climb struct {
	height int  // tasks below this may have happened
	busy   bool // an effect is outstanding
	down   bool // this ladder turned round
	stuck  bool // an undo failed: whatever is under it must stay
}

// Machine is one walk over a plan.
type Machine struct {
	plan  Plan
	at    [][]climb
	down  bool
	fails []Failure
}

// Up returns a machine that carries out p, or undoes what it began.
func Up(p Plan) *Machine {
	ladders := 0
	for _, stage := range p {
		ladders += len(stage.Ladders)
	}
	m := &Machine{plan: p, at: make([][]climb, len(p))}
	all := make([]climb, ladders)
	for s, stage := range p {
		n := len(stage.Ladders)
		m.at[s], all = all[:n:n], all[n:]
	}
	return m
}

// Down returns a machine that undoes whatever part of p may have happened.
func Down(p Plan) *Machine {
	m := Up(p)
	m.turn()
	for s, stage := range p {
		for l, ladder := range stage.Ladders {
			m.at[s][l].height = len(ladder.Tasks)
		}
	}
	return m
}

// turn makes every ladder go down.
func (m *Machine) turn() {
	m.down = true
	for s := range m.at {
		for l := range m.at[s] {
			m.at[s][l].down = true
		}
	}
}

// Next returns every effect that may start now. When it returns none and
// nothing is outstanding, the walk is over.
func (m *Machine) Next() []Issued { return m.AppendNext(nil) }

// AppendNext adds what Next returns to a list.
func (m *Machine) AppendNext(out []Issued) []Issued {
	stuck := false
	for i := range m.plan {
		s := i
		if m.down {
			s = len(m.plan) - 1 - i
		}
		if m.down && m.plan[s].Ground && stuck {
			break
		}
		finished := true
		for l := range m.plan[s].Ladders {
			if is, ok := m.issue(s, l); ok {
				out = append(out, is)
			}
			c := m.at[s][l]
			stuck = stuck || c.stuck
			finished = finished && !c.busy // issue starts whatever there is to start
		}
		if !finished {
			break
		}
	}
	return out
}

// issue starts the next effect of one ladder, if there is one to start.
func (m *Machine) issue(s, l int) (Issued, bool) {
	c := &m.at[s][l]
	if c.busy || c.stuck {
		return Issued{}, false
	}
	e := m.skipEmpty(s, l)
	if e == nil {
		return Issued{}, false
	}
	c.busy = true
	return Issued{e, s, l, c.down}, true
}

// Step reports how an issued effect ended.
func (m *Machine) Step(is Issued, err error) {
	c := &m.at[is.stage][is.ladder]
	optional := m.plan[is.stage].Ladders[is.ladder].Optional
	c.busy = false
	switch {
	case is.down && err == nil:
		c.height--
	case is.down:
		c.stuck = true
	default:
		c.height++ // even if it failed: it may have half happened
		if err != nil && optional {
			c.down = true
		} else if err != nil {
			m.turn()
		}
	}
	if err != nil {
		m.fails = append(m.fails, Failure{is.Effect, err, optional && !is.down, is.down})
	}
}

// Failures lists everything that went wrong, in the order it was reported.
func (m *Machine) Failures() []Failure { return slices.Clone(m.fails) }

// TurnedRound reports whether the whole plan is being, or was, undone.
func (m *Machine) TurnedRound() bool { return m.down }

// Clean reports that no undo failed: nothing that was begun and then given up
// is left.
func (m *Machine) Clean() bool {
	return !slices.ContainsFunc(m.fails, func(f Failure) bool { return f.Undo })
}

// Err joins what kept the machine from its goal; nil means it was reached. A
// failure of an optional ladder does not count, nor does a failed undo of one
// while the plan as a whole went up: they are in Failures.
func (m *Machine) Err() error {
	var errs []error
	for _, f := range m.fails {
		if m.down && !f.Optional {
			errs = append(errs, f.Err)
		}
	}
	return errors.Join(errs...)
}

// Clone returns a machine with an independent future.
func (m *Machine) Clone() *Machine {
	c := *m
	c.at, c.fails = slices.Clone(m.at), slices.Clone(m.fails)
	for s := range c.at {
		c.at[s] = slices.Clone(c.at[s])
	}
	return &c
}

// skipEmpty walks past tasks with nothing to do in this direction and returns
// the effect it stops at.
func (m *Machine) skipEmpty(s, l int) Effect {
	c, tasks := &m.at[s][l], m.plan[s].Ladders[l].Tasks
	for {
		switch {
		case c.down && c.height > 0:
			if e := tasks[c.height-1].Down; e != nil {
				return e
			}
			c.height--
		case !c.down && c.height < len(tasks):
			if e := tasks[c.height].Up; e != nil {
				return e
			}
			c.height++
		default:
			return nil
		}
	}
}
