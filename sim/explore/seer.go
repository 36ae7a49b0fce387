package explore

import (
	"patchbay/backends"
	"patchbay/sim/fault"
	"patchbay/sim/invariant"
	"patchbay/sim/proc"
	"patchbay/sim/world"
)

// Built begins a run.
func (s *seer) Built(w *world.World) {
	s.w = w
	s.Checker.Built(w)
	if s.more != nil {
		s.more.Built(w)
	}
}

// Began notes a call.
func (s *seer) Began(c *world.Call) {
	s.Checker.Began(c)
	if s.more != nil {
		s.more.Began(c)
	}
}

// Ended notes the answer of a call.
func (s *seer) Ended(c *world.Call) {
	s.Checker.Ended(c)
	a := Answer{
		Verb: c.Verb, Died: c.Died, Err: c.Err, Proc: c.Proc.Proc, AtRest: s.rested,
	}
	if c.Sandbox != nil {
		a.Key = c.Sandbox.Key
	}
	s.run.Calls = append(s.run.Calls, a)
	if s.more != nil {
		s.more.Ended(c)
	}
}

// Ran tells what a plugin is given.
func (s *seer) Ran(plugin *proc.Proc, call backends.Call) {
	for _, w := range []any{s.Checker, s.more} {
		if w, ok := w.(world.PluginWatcher); ok {
			w.Ran(plugin, call)
		}
	}
}

// Stepped looks at the world where the epilogue says so.
func (s *seer) Stepped(step world.Step) {
	s.Checker.Stepped(step)
	if step.Do == world.DeleteAll {
		s.rested = false // a DEL may have to be repeated
	}
	if step.Do == world.Settle && s.seen {
		s.rested = true
	}
	if step.Do == world.Look {
		s.look(step.On)
	}
	if s.more != nil {
		s.more.Stepped(step)
	}
}

func (s *seer) look(at string) {
	s.seen, s.rested = true, true
	s.run.Stuck = append(s.run.Stuck, s.w.Stuck()...)
	s.Quiet(s.w)
	if at == lookUp {
		s.run.Up = invariant.Snapshot(s.w)
	} else {
		s.run.Down = invariant.Snapshot(s.w)
	}
}

// Booted tells that a node lost all but its disk.
func (s *seer) Booted(n *world.Node) {
	s.Checker.Booted(n)
	if s.more != nil {
		s.more.Booted(n)
	}
}

// Done is told of every operation.
func (s *seer) Done(p *proc.Proc, op fault.Op, out fault.Outcome, err error) {
	s.Checker.Done(p, op, out, err)
	if s.more != nil {
		s.more.Done(p, op, out, err)
	}
}

// Died is told of every process that was killed.
func (s *seer) Died(p *proc.Proc) {
	s.Checker.Died(p)
	if s.more != nil {
		s.more.Died(p)
	}
}
