package proc

import (
	"context"
	"errors"
	"slices"
	"time"

	"patchbay/sim/fault"
	"patchbay/sim/sched"
)

// ErrDead is the answer to everything a dead process asks for. Nobody in the
// world sees it: there is only the rest of a call that has no effect any more.
var ErrDead = errors.New("the process is dead")

// Stage is what all processes of a world share.
type Stage struct {
	Sched *sched.Sched
	Judge fault.Judge
	// Watch, when set, is told of every operation that was not swallowed.
	Watch Watcher
	// Cut makes the power of a node go.
	Cut func(node int)
	// Before, when set, is called before every operation and may hold it up. The
	// process may be dead when it returns.
	Before func(p *Proc, op fault.Op)
	// Cost is how much virtual time an operation takes.
	Cost func(fault.Kind) time.Duration

	actor *Proc
	procs int
	ops   int
	hash  uint64
}

// Watcher looks at the world around every operation.
type Watcher interface {
	// Done is called when an operation has ended as the outcome says, with the
	// error that its process is told.
	Done(p *Proc, op fault.Op, out fault.Outcome, err error)
	// Died is called when a process was killed.
	Died(p *Proc)
}

// Proc is a process.
type Proc struct {
	fault.Actor
	Stage  *Stage
	Parent *Proc
	// Until is when somebody will kill the process; 0 never.
	Until time.Duration
	// Left is after how many operations somebody kills the process; 0 never.
	Left int
	// Orphan says that the process survives the death of its parent, as what a
	// plugin has started does; others die with it.
	Orphan bool
	// OnDeath, when set, is called when the process was killed.
	OnDeath func()

	dead  bool
	young []*Proc // children that have not ended
}

// Begin makes a process. It runs on whatever task its operations are done on.
func (s *Stage) Begin(actor fault.Actor) *Proc {
	s.procs++
	actor.Proc = s.procs
	if actor.Call == 0 {
		actor.Call = s.procs
	}
	return &Proc{Actor: actor, Stage: s}
}

// Child makes a process that p waits for; end tells that it has ended.
func (p *Proc) Child(program, verb string) (*Proc, func()) {
	actor := p.Actor
	actor.Program, actor.Verb = program, verb
	child := p.Stage.Begin(actor)
	child.Parent, child.dead = p, p.dead
	p.young = append(p.young, child)
	return child, func() {
		i := slices.Index(p.young, child)
		p.young = slices.Delete(p.young, i, i+1)
	}
}

// Actor is the process whose operation is under way; nil between operations.
func (s *Stage) Actor() *Proc { return s.actor }

// Ops is how many operations there were.
func (s *Stage) Ops() int { return s.ops }

// Hash stands for all that has happened: two runs with the same are the same.
func (s *Stage) Hash() uint64 { return s.hash }

// Note adds to the hash what is not an operation.
func (s *Stage) Note(text string) { s.mix(text) }

// mix is FNV-1a, with the end of a text as a byte of its own.
func (s *Stage) mix(text string) {
	h := s.hash
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 0x100000001b3
	}
	s.hash = (h ^ 0xff) * 0x100000001b3
}

// Dead reports whether the process was killed.
func (p *Proc) Dead() bool { return p.dead }

// Kill kills the process and the children that die with it.
func (p *Proc) Kill() {
	if p.dead {
		return
	}
	p.dead = true
	for _, c := range p.young {
		if !c.Orphan {
			c.Kill()
		}
	}
	if p.Stage.Watch != nil {
		p.Stage.Watch.Died(p)
	}
	if p.OnDeath != nil {
		p.OnDeath()
	}
}

// KillGroup kills the process and all its children, as we do with a plugin that
// has used up its time, and as a power cut does.
func (p *Proc) KillGroup() {
	p.Kill()
	for _, c := range p.young {
		c.KillGroup()
	}
}

// alive looks whether the process may do something more.
func (p *Proc) alive() bool {
	if p.Until > 0 && p.Stage.Sched.Now() >= p.Until {
		p.KillGroup()
	}
	return !p.dead && !p.Stage.Sched.Closing()
}

// Do performs one operation: others may go first, then what happens is judged.
// happen is called with the outcome so that what can happen in part, or be
// answered wrongly, can do so; it is called not at all, once or twice.
func (p *Proc) Do(
	ctx context.Context, op fault.Op, happen func(fault.Outcome) error,
) error {
	if !p.alive() {
		return ErrDead
	}
	if p.Left > 0 {
		if p.Left--; p.Left == 0 {
			p.Kill()
			return ErrDead
		}
	}
	s := p.Stage
	if s.Before != nil {
		s.Before(p, op)
	}
	s.actor = nil // what others do in between is not the deed of who waits
	s.Sched.Yield()
	if !p.alive() {
		return ErrDead
	}
	if err := ctx.Err(); err != nil {
		return &CutShort{Op: op, Err: err}
	}
	out := s.Judge.Judge(p.Actor, op)
	s.ops++
	s.mix(string(op.Kind))
	s.mix(op.On)
	s.hash = (s.hash ^ uint64(out.How)<<32 ^ uint64(p.Proc)) * 0x100000001b3
	if s.Cost != nil {
		s.Sched.Spend(s.Cost(op.Kind))
	}
	err := p.perform(ctx, op, out, happen)
	if s.Watch != nil && err != ErrDead { //nolint:errorlint // it is never wrapped here
		s.Watch.Done(p, op, out, err)
	}
	if p.dead {
		return ErrDead
	}
	return err
}

// Call performs an operation that nobody gives up but who kills the process: a
// system call of a plugin.
func (p *Proc) Call(kind fault.Kind, on string, happen func() error) error {
	return p.Do(context.Background(), fault.Op{Kind: kind, On: on},
		func(fault.Outcome) error { return happen() })
}

// perform lets the outcome come true.
func (p *Proc) perform(
	ctx context.Context, op fault.Op, out fault.Outcome, happen func(fault.Outcome) error,
) error {
	switch out.How {
	case fault.FailBefore:
		return out.Err
	case fault.FailAfter, fault.Partial:
		if err := p.act(out, happen); err != nil {
			return err
		}
		return out.Err
	case fault.LostReply:
		if err := p.act(out, happen); err != nil {
			return err
		}
		return p.hang(ctx, op)
	case fault.Hang:
		return p.hang(ctx, op)
	case fault.Late:
		p.Stage.Sched.Sleep(time.Duration(out.N) * time.Millisecond)
		if !p.alive() {
			return ErrDead
		}
		return p.act(out, happen)
	case fault.Lie:
		return nil
	case fault.Duplicate:
		_ = p.act(out, happen)
		return p.act(out, happen)
	}
	return p.last(out, happen)
}

// last are the outcomes after which the process, or all of them, is no more.
func (p *Proc) last(out fault.Outcome, happen func(fault.Outcome) error) error {
	switch out.How {
	case fault.CrashBefore:
		p.victim().Kill()
		if !p.dead { // it is not of those that die with the victim
			return p.act(out, happen)
		}
		return ErrDead
	case fault.CutBefore:
		p.Stage.cut(p.Node)
		return ErrDead
	}
	err := p.act(out, happen)
	switch out.How {
	case fault.CrashAfter:
		p.victim().Kill()
	case fault.CutAfter:
		p.Stage.cut(p.Node)
	}
	return err
}

// cut is nobody's deed, though it comes in the middle of somebody's.
func (s *Stage) cut(node int) {
	s.actor = nil
	s.Cut(node)
}

// victim is who is killed when an operation of p is struck: the process that
// the runtime has started. A plugin that dies alone is an outcome of its run.
func (p *Proc) victim() *Proc {
	for p.Parent != nil {
		p = p.Parent
	}
	return p
}

func (p *Proc) act(out fault.Outcome, happen func(fault.Outcome) error) error {
	p.Stage.actor = p
	err := happen(out)
	p.Stage.actor = nil // what happened may have had operations of its own
	return err
}

// hang waits until somebody loses patience: whoever set the deadline, or the one
// who will kill the process.
func (p *Proc) hang(ctx context.Context, op fault.Op) error {
	s := p.Stage.Sched
	left := sched.Left(ctx, s, forever)
	for q := p; q != nil; q = q.Parent {
		if q.Until > 0 {
			left = min(left, q.Until-s.Now())
		}
	}
	s.Sleep(left)
	for q := p; q != nil; q = q.Parent {
		q.alive()
	}
	if p.dead {
		return ErrDead
	}
	return &CutShort{Op: op, Err: context.DeadlineExceeded}
}

// forever is longer than anybody in the world waits.
const forever = 24 * time.Hour

// CutShort is the error of an operation that whoever waited gave up.
type CutShort struct {
	Op  fault.Op
	Err error
}

// Error says which operation was given up, and why.
func (c *CutShort) Error() string { return c.Op.String() + ": given up: " + c.Err.Error() }

// Unwrap returns the error of the context.
func (c *CutShort) Unwrap() error { return c.Err }
