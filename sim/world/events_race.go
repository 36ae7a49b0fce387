package world

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"patchbay/core/netconf"
	"patchbay/sim/cluster"
	"patchbay/sim/fault"
	"patchbay/sim/proc"
)

// raceActions are of calls that come while others are under way.
func raceActions() []action {
	return []action{
		{HaltAt, (*World).haltAt},
		{Await, func(w *World, _ Step) { w.await() }},
		{TimeOut, (*World).timeOut},
		{DELDuringADD, (*World).delDuringAdd},
		{GCDuringADD, (*World).gcDuringAdd},
		{CHECKDuringDEL, (*World).checkDuringDel},
		{TwoADDs, (*World).twoAdds},
		{TwoGCs, (*World).twoGCs},
		{Churn, func(w *World, s Step) { w.withPod(s, w.hurry) }},
		{Freeze, (*World).freeze},
		{SlowPlugins, func(w *World, s Step) {
			w.slow = s.For
			w.Stage.Before = w.before
		}},
		{OddArgs, func(w *World, s Step) {
			w.withPod(s, func(p Pod) {
				n := w.Nodes[p.Node]
				n.odd = append(n.odd, pair{p.Name, s.To})
			})
		}},
	}
}

// trap waits for the next call of a kind to come to an operation of a kind.
type trap struct {
	node   int
	verb   string
	pod    string // "" is any, and calls that are of no pod
	at     fault.Kind
	stop   time.Duration // how long the process stands still there
	spring func(*Call)   // what happens meanwhile; nil is nothing
}

// How long a process stands still where a story does not say.
const briefly = time.Second

// arm sets a trap; the operation is that of the step, or else another.
func (w *World) arm(s Step, verb string, at fault.Kind, spring func(*Call)) {
	if s.To != "" {
		at = fault.Kind(s.To)
	}
	t := &trap{node: s.At, verb: verb, pod: s.On, at: at, stop: s.For, spring: spring}
	if p, ok := w.pod(s.On); ok {
		t.node = p.Node
	} else if s.On != "" {
		w.complain(string(s.Do), fmt.Errorf("the story has no pod %q", s.On))
		return
	}
	if t.stop == 0 {
		t.stop = briefly
	}
	w.traps = append(w.traps, t)
	w.Stage.Before = w.before
}

// before is called before every operation once a story has asked for more than
// that things happen in turn.
func (w *World) before(p *proc.Proc, op fault.Op) {
	n := w.Nodes[p.Node]
	i := slices.IndexFunc(w.traps, func(t *trap) bool {
		return t.at == op.Kind && t.node == p.Node && t.about(n.callOf(p))
	})
	if i >= 0 {
		t := w.traps[i]
		w.traps = slices.Delete(w.traps, i, i+1)
		if t.spring != nil {
			t.spring(n.callOf(p))
		}
		w.rouse()
		w.Sched.Sleep(t.stop)
	}
	for left := n.frozen - w.Sched.Now(); left > 0 && !w.Sched.Closing(); {
		w.Sched.Sleep(left)
		left = n.frozen - w.Sched.Now()
	}
	if w.slow > 0 && strings.HasPrefix(string(op.Kind), "plugin.") &&
		op.Kind != fault.PluginFind { // but nobody is slower than the runtime waits
		w.Sched.Sleep(min(w.slow, p.Until-w.Sched.Now()))
	}
}

func (t *trap) about(c *Call) bool {
	return c != nil && c.Verb == t.verb &&
		(t.pod == "" || c.Sandbox != nil && c.Sandbox.Pod.Name == t.pod)
}

// callOf is the call that a process works for; nil when nobody knows it any more.
func (n *Node) callOf(p *proc.Proc) *Call {
	for _, c := range n.calls {
		if c.Proc.Proc == p.Actor.Call {
			return c
		}
	}
	return nil
}

// disarm removes the traps that nobody has come to.
func (w *World) disarm() {
	for _, t := range w.traps {
		w.complain("trap", fmt.Errorf("no %s of %s has come to %s", t.verb, t.pod, t.at))
	}
	w.traps = nil
}

// haltAt makes a process stop: To is the verb and the kind of operation.
func (w *World) haltAt(s Step) {
	verb, at, ok := strings.Cut(s.To, " ")
	if !ok {
		w.complain(string(s.Do), fmt.Errorf("%q is no verb with an operation", s.To))
		return
	}
	s.To = at
	w.arm(s, verb, "", nil)
}

// await waits until every trap has been sprung.
func (w *World) await() {
	for len(w.traps) > 0 && w.working > 0 && !w.Sched.Closing() {
		w.waitForNews()
	}
	w.disarm()
}

// waitForNews waits until the world has come to rest, or a trap was sprung.
func (w *World) waitForNews() {
	w.rest = append(w.rest, w.Sched.Current())
	w.Sched.Park(0)
}

// beside does something as a task that the world does not rest before.
func (w *World) beside(name string, do func()) {
	w.working++
	w.Sched.Go(name, func() {
		do()
		w.working--
		w.settled()
	})
}

// timeOut has the runtime kill an ADD, as it does when its patience is spent; the
// kubelet goes on with DEL.
func (w *World) timeOut(s Step) {
	w.arm(s, "ADD", fault.PluginAdd, func(c *Call) { c.Proc.Kill() })
}

// delDuringAdd has the runtime wait no longer for an ADD that stands still. Its
// kubelet goes on with DEL, and later the ADD goes on.
func (w *World) delDuringAdd(s Step) {
	w.arm(s, "ADD", fault.PluginAdd, (*Call).leave)
}

// gcDuringAdd has the runtime collect by a list on which the sandbox is not yet.
func (w *World) gcDuringAdd(s Step) {
	w.arm(s, "ADD", fault.PluginAdd, func(c *Call) {
		valid := []netconf.Attachment{}
		for _, b := range c.Node.Sandboxes() {
			if b != c.Sandbox {
				valid = append(valid, netconf.Attachment(b.Key))
			}
		}
		w.beside("gc", func() { c.Node.call(&Call{Verb: "GC", Valid: valid}) })
	})
}

func (w *World) checkDuringDel(s Step) {
	w.arm(s, "DEL", fault.PluginDel, func(c *Call) {
		w.beside("check", func() {
			c.Node.call(&Call{Verb: "CHECK", Sandbox: c.Sandbox, Netns: c.Sandbox.Netns})
		})
	})
}

// twoAdds has a second process attach the sandbox. Nobody waits for its answer.
func (w *World) twoAdds(s Step) {
	w.arm(s, "ADD", fault.PluginAdd, func(c *Call) {
		w.beside("again", func() {
			c.Node.call(&Call{Verb: "ADD", Sandbox: c.Sandbox, Netns: c.Netns})
		})
	})
}

// twoGCs begins a GC, and a second one while the first stands still.
func (w *World) twoGCs(s Step) {
	n := w.Nodes[s.At]
	w.arm(s, "GC", fault.DirList, func(*Call) {
		w.beside("gc", func() { n.collect() })
	})
	n.collect()
}

// hurry deletes a pod and makes it again, three times and faster than its sandbox
// is made.
func (w *World) hurry(p Pod) {
	const rounds, pause = 3, 5 * time.Millisecond
	for range rounds {
		w.remove(p, cluster.Deletion{})
		w.create(p)
		w.Sched.Sleep(pause)
	}
}

// freeze stops all processes of a node, at once or when an ADD comes to an
// operation.
func (w *World) freeze(s Step) {
	if s.On == "" {
		w.Stage.Before = w.before
		w.Nodes[s.At].frozen = w.Sched.Now() + s.For
		return
	}
	stop := s.For
	s.For = 0
	w.arm(s, "ADD", fault.PluginAdd, func(c *Call) { c.Node.frozen = w.Sched.Now() + stop })
}

// during makes something so for a while.
func (w *World) during(d time.Duration, is *bool) {
	*is = true
	w.Sched.Go("outage", func() {
		w.Sched.Sleep(d)
		*is = false
	})
}

func (n *Node) pokeAll() {
	for _, k := range n.workers {
		k.poke()
	}
}

// restartKubelet makes a kubelet begin anew. The runtime sees that nobody waits
// for its answer, and kills what it was doing.
func (w *World) restartKubelet(s Step) {
	n := w.Nodes[s.At]
	for _, c := range slices.Clone(n.calls) {
		if c.Verb == "ADD" || c.Verb == "DEL" {
			c.Proc.Kill()
		}
	}
	for _, k := range n.workers {
		k.tries = 0
	}
	n.pokeAll()
}

// restartRuntime ends the runtime, and the CNI calls that it has begun die with
// it or, with "leave", go on with nobody to hear their answer. What is in its
// books it finds again.
func (n *Node) restartRuntime(how string) {
	for _, c := range slices.Clone(n.calls) {
		if how == "leave" {
			c.leave()
		} else {
			c.Proc.Kill()
		}
	}
	n.pokeAll()
}

// forgetRuntime is a restart of a runtime whose books are lost. Sandboxes that
// it no longer lists are for GC.
func (w *World) forgetRuntime(s Step) {
	n := w.Nodes[s.At]
	n.restartRuntime(s.To)
	for _, k := range n.workers {
		for _, b := range k.boxes {
			n.removeNetns(b)
		}
		k.boxes = nil
		k.poke()
	}
}
