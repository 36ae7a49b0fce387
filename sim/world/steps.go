package world

import (
	"fmt"
	"slices"
	"time"

	"patchbay/sim/cluster"
)

// How long a node is down, and how long the kernel takes to clean up.
const (
	bootTime = 40 * time.Second
	reapTime = 150 * time.Millisecond
)

// grace is terminationGracePeriodSeconds.
const grace = 30 * time.Second

// action is what a kind of step does.
type action struct {
	do  Do
	how func(w *World, s Step)
}

// actions is the table of all that a story can have happen. It is a function,
// for the actions refer to what refers to it.
func actions() []action {
	return slices.Concat(
		podActions(), nodeActions(), raceActions(), linkActions(), apiActions(), fileActions(),
		epilogueActions(),
	)
}

// podActions are about pods and the calls of a runtime.
func podActions() []action {
	return []action{
		{Create, func(w *World, s Step) { w.withPod(s, w.create) }},
		{Delete, func(w *World, s Step) {
			w.withPod(s, func(p Pod) { w.remove(p, cluster.Deletion{Grace: grace}) })
		}},
		{Recreate, (*World).recreate},
		{Settle, func(w *World, _ Step) { w.settle() }},
		{Wait, func(w *World, s Step) { w.Sched.Sleep(s.For) }},
		{Check, (*World).check},
		{Status, func(w *World, s Step) { w.Nodes[s.At].call(&Call{Verb: "STATUS"}) }},
		{Collect, func(w *World, s Step) { w.Nodes[s.At].collect() }},
		{StopAgain, (*World).stopAgain},
		{DeleteAll, func(w *World, _ Step) { w.removeAll() }},
		{ForceDelete, func(w *World, s Step) {
			w.withPod(s, func(p Pod) { w.remove(p, cluster.Deletion{}) })
		}},
		{MirrorPod, func(w *World, s Step) { w.withPod(s, w.mirror) }},
		{Look, func(*World, Step) {}},
		{Heal, func(w *World, _ Step) { w.heal() }},
	}
}

// nodeActions are about a node and what runs on it.
func nodeActions() []action {
	return []action{
		{RestartKubelet, (*World).restartKubelet},
		{RestartRuntime, func(w *World, s Step) { w.Nodes[s.At].restartRuntime(s.To) }},
		{ForgetRuntime, (*World).forgetRuntime},
		{Reboot, func(w *World, s Step) { w.Nodes[s.At].reboot() }},
		{PowerCut, func(w *World, s Step) { w.Nodes[s.At].powerCut() }},
		{RemovePlugin, func(w *World, s Step) {
			w.Nodes[s.At].Missing = append(w.Nodes[s.At].Missing, s.On)
		}},
		{RestorePlugin, func(w *World, s Step) { w.Nodes[s.At].Missing = nil }},
		{ClockJump, func(w *World, s Step) { w.jump += s.For }},
	}
}

// Dos lists every kind of step there is.
func Dos() []Do {
	var out []Do
	for _, a := range actions() {
		out = append(out, a.do)
	}
	return out
}

// do performs one step.
func (w *World) do(s Step) {
	all := actions()
	i := slices.IndexFunc(all, func(a action) bool { return a.do == s.Do })
	if i < 0 {
		w.complain("step", fmt.Errorf("nobody knows how to %q", s.Do))
		return
	}
	w.Stage.Note(string(s.Do) + s.On)
	all[i].how(w, s)
}

// complain notes what is wrong with the story itself.
func (w *World) complain(what string, err error) {
	if err != nil {
		w.Complaints = append(w.Complaints, fmt.Errorf("%s: %w", what, err))
	}
}

func (w *World) withPod(s Step, do func(Pod)) {
	p, ok := w.pod(s.On)
	if !ok {
		w.complain(string(s.Do), fmt.Errorf("the story has no pod %q", s.On))
		return
	}
	do(p)
}

// withBox does something to the newest sandbox of a pod, if it has one.
func (w *World) withBox(s Step, do func(*Node, *Sandbox)) {
	w.withPod(s, func(p Pod) {
		n := w.Nodes[p.Node]
		if box := n.boxOf(p); box != nil {
			do(n, box)
		}
	})
}

// boxOf is the newest sandbox of a pod.
func (n *Node) boxOf(p Pod) *Sandbox {
	var out *Sandbox
	for _, k := range n.workers {
		if k.pod.Name == p.Name && k.pod.Namespace == p.namespace() && len(k.boxes) > 0 {
			out = k.boxes[len(k.boxes)-1]
		}
	}
	return out
}

// boxNamed is boxOf by the name of the pod.
func (n *Node) boxNamed(pod string) *Sandbox {
	p, ok := n.World.pod(pod)
	if !ok {
		return nil
	}
	return n.boxOf(p)
}

// settle waits until every kubelet has nothing to do.
func (w *World) settle() {
	for w.working > 0 && !w.Sched.Closing() {
		w.rest = append(w.rest, w.Sched.Current())
		w.Sched.Park(0)
	}
}

func (w *World) recreate(s Step) {
	w.withPod(s, func(p Pod) {
		w.remove(p, cluster.Deletion{}) // by force, so that the name is free at once
		w.create(p)
	})
}

func (w *World) check(s Step) {
	w.withBox(s, func(n *Node, b *Sandbox) {
		n.call(&Call{Verb: "CHECK", Sandbox: b, Netns: b.Netns})
	})
}

func (w *World) stopAgain(s Step) {
	for _, b := range w.Nodes[s.At].stopped {
		if b.Pod.Name == s.On {
			w.Nodes[s.At].call(&Call{Verb: "DEL", Sandbox: b, Netns: ""})
			return
		}
	}
}

// mended notes how to undo what was broken.
func (w *World) mended(undo func()) { w.mends = append(w.mends, undo) }

// heal ends all faults: from here on the world only has to come to rest.
func (w *World) heal() {
	if h, ok := w.opts.Judge.(Healer); ok {
		h.Heal()
	}
	w.healed, w.apiDown, w.slow = true, false, 0
	w.stale.Follow(0)
	w.disarm()
	for _, mend := range slices.Backward(w.mends) {
		mend()
	}
	w.mends = nil
	for _, n := range w.Nodes {
		n.Disk.MendAll()
		n.Missing, n.shared, n.odd, n.frozen = nil, nil, nil, 0
		for _, k := range n.workers {
			k.tries = 0
			k.poke()
		}
	}
}
