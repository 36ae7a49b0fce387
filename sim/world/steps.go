package world

import (
	"fmt"
	"slices"
	"time"

	"patchbay/sim/cluster"
	"patchbay/sim/disk"
	"patchbay/sim/kernel"
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
		{RestartKubelet, func(w *World, s Step) { w.Nodes[s.At].pokeAll() }},
		{RestartRuntime, func(w *World, s Step) { w.Nodes[s.At].restartRuntime() }},
		{ForgetRuntime, (*World).forgetRuntime},
		{Reboot, func(w *World, s Step) { w.Nodes[s.At].reboot() }},
		{PowerCut, func(w *World, s Step) { w.Nodes[s.At].powerCut() }},
		{KillNetns, func(w *World, s Step) { w.withBox(s, (*Node).killNetns) }},
		{SwapNetns, func(w *World, s Step) { w.withBox(s, (*Node).swapNetns) }},
		{PlainNetns, func(w *World, s Step) { w.withBox(s, (*Node).plainNetns) }},
		{Foreign, (*World).foreign},
		{ChangeNAD, (*World).changeNAD},
		{DeleteNAD, func(w *World, s Step) {
			w.complain("delete "+s.On, w.API.DeleteDefinition(admin, nad(s.On), ""))
		}},
		{APIDown, func(w *World, s Step) { w.during(s.For, &w.apiDown) }},
		{APIStale, func(w *World, _ Step) { w.stale.Freeze() }},
		{RemovePlugin, func(w *World, s Step) {
			w.Nodes[s.At].Missing = append(w.Nodes[s.At].Missing, s.On)
		}},
		{RestorePlugin, func(w *World, s Step) { w.Nodes[s.At].Missing = nil }},
		{DiskFull, func(w *World, s Step) { w.Nodes[s.At].Disk.Break(disk.Full("/var", 0)) }},
		{DiskReadOnly, func(w *World, s Step) {
			w.Nodes[s.At].Disk.Break(disk.ReadOnly("/var"))
		}},
		{TearRecord, (*World).damage},
		{FlipRecord, (*World).damage},
		{RemoveRecord, (*World).damage},
		{RemoveDir, func(w *World, s Step) {
			w.complain("remove "+StateDir, w.Nodes[s.At].Disk.Wipe(StateDir))
		}},
		{ClockJump, func(w *World, s Step) { w.jump += s.For }},
		{DeleteAll, func(w *World, _ Step) { w.removeAll() }},
		{Look, func(*World, Step) {}},
		{Heal, func(w *World, _ Step) { w.heal() }},
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

// restartRuntime kills the runtime and, as systemd does by default, the CNI
// calls that it has begun. What is in its books it finds again.
func (n *Node) restartRuntime() {
	for _, c := range slices.Clone(n.calls) {
		c.Proc.Kill()
	}
	n.pokeAll()
}

// forgetRuntime is a restart of a runtime whose books are lost. Sandboxes that
// it no longer lists are for GC.
func (w *World) forgetRuntime(s Step) {
	n := w.Nodes[s.At]
	n.restartRuntime()
	for _, k := range n.workers {
		for _, b := range k.boxes {
			n.removeNetns(b)
		}
		k.boxes = nil
		k.poke()
	}
}

func (n *Node) killNetns(b *Sandbox) { n.removeNetns(b) }

// swapNetns makes the path of a sandbox lead to another namespace, as happens
// when names are used again.
func (n *Node) swapNetns(b *Sandbox) {
	n.removeNetns(b)
	_, err := n.Kernel.Unshare(b.Netns, kernel.Mark{})
	n.World.complain("swap "+b.Netns, err)
}

func (n *Node) plainNetns(b *Sandbox) {
	n.removeNetns(b)
	n.Kernel.Touch(b.Netns)
}

// foreign makes a link in a sandbox that has nothing to do with us.
func (w *World) foreign(s Step) {
	w.withBox(s, func(n *Node, b *Sandbox) {
		_, err := n.Kernel.Add(b.NS, kernel.Spec{Kind: kernel.Tap, Name: s.To})
		w.complain("foreign link", err)
	})
}

// nad is the key of a definition by its name.
func nad(name string) cluster.Key { return cluster.Key{Namespace: "default", Name: name} }

func (w *World) changeNAD(s Step) {
	key := nad(s.On)
	def, err := w.API.GetDefinition(admin, key.Namespace, key.Name)
	if err == nil {
		def.Config = s.To
		_, err = w.API.UpdateDefinition(admin, def)
	}
	w.complain("change "+s.On, err)
}

// damage does something to the record of a pod's sandbox.
func (w *World) damage(s Step) {
	w.withBox(s, func(n *Node, b *Sandbox) {
		at := StateDir + "/records/" + b.Key.String() + ".json"
		data, err := n.Disk.ReadFile(at)
		if err == nil {
			switch s.Do {
			case TearRecord:
				err = n.Disk.Cut(at, len(data)/2)
			case FlipRecord:
				err = n.Disk.Flip(at, len(data)*4)
			default:
				err = n.Disk.Remove(at)
			}
		}
		w.complain(string(s.Do), err)
	})
}

// heal ends all faults: from here on the world only has to come to rest.
func (w *World) heal() {
	if h, ok := w.opts.Judge.(Healer); ok {
		h.Heal()
	}
	w.healed, w.apiDown = true, false
	w.stale.Follow(0)
	for _, n := range w.Nodes {
		n.Disk.MendAll()
		n.Missing = nil
		for _, k := range n.workers {
			k.tries = 0
			k.poke()
		}
	}
}
