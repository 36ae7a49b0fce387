package world

import (
	"slices"
	"strconv"
	"time"

	"patchbay/core/netconf"
	"patchbay/core/record"
	"patchbay/sim/chance"
	"patchbay/sim/sched"
)

// What a kubelet and its runtime wait between tries (pkg/kubelet: backOffPeriod).
const backOff = 10 * time.Second

// MaxTries is after how many tries since the healing a pod counts as stuck.
const MaxTries = 50

// remembered is of how many stopped sandboxes a runtime still has the names.
const remembered = 16

// worker is a kubelet's goroutine for one pod.
type worker struct {
	node  *Node
	pod   record.Pod
	uid   string     // that the cluster has for it; a mirror's is another
	boxes []*Sandbox // that are not gone; the last is the newest
	tries int        // since the last success, or the healing
	idle  bool
	done  bool
	poked bool
	task  *sched.Task // while it waits
}

// Stuck reports whether the worker has given up.
func (k *worker) stuck() bool { return k.tries > MaxTries }

// startWorker makes the kubelet look after a pod.
func (n *Node) startWorker(pod record.Pod) {
	n.startMirror(pod, pod.UID)
}

// startMirror is startWorker of a pod that the cluster knows by another UID.
func (n *Node) startMirror(pod record.Pod, uid string) {
	k := &worker{node: n, pod: pod, uid: uid, idle: true}
	n.workers = append(n.workers, k)
	k.poke()
}

// poke tells the worker that something may have changed. One that has nothing to
// do is no task, so that a pod which only lives costs nothing.
func (k *worker) poke() {
	w := k.node.World
	k.poked = true
	switch {
	case k.idle:
		k.idle = false
		w.working++
		w.Sched.Go("kubelet", k.run)
	case k.task != nil:
		w.Sched.Wake(k.task)
	}
}

// run is the sync loop of one pod: make what is wanted so, until it is.
func (k *worker) run() {
	w := k.node.World
	for !w.Sched.Closing() {
		k.poked = false
		ok := k.sync()
		if k.done {
			k.node.forgetWorker(k)
			break
		}
		if (ok || k.stuck()) && !k.poked {
			k.idle = true
			break
		}
		if !ok {
			k.tries++
			k.pause()
		}
	}
	w.working--
	w.settled()
}

// pause waits before the next try, or for news.
func (k *worker) pause() {
	if k.poked {
		return
	}
	k.task = k.node.World.Sched.Current()
	k.node.World.Sched.Park(backOff)
	k.task = nil
}

// sync does one round and reports whether everything is as it should be.
func (k *worker) sync() bool {
	if k.node.down {
		return false
	}
	if !k.wanted() {
		k.done = k.stopAll(k.boxes) && k.node.removeAll(k)
		return k.done
	}
	if box := k.ready(); box != nil {
		return k.stopAll(k.old(box))
	}
	// A kubelet stops what is there first, but a runtime that answers late may
	// have it begin the new one before.
	w := k.node.World
	first := len(k.boxes) == 0 || w.Chance.Choose(chance.Load, 8) < 7
	if first && !k.stopAll(k.boxes) {
		return false
	}
	return k.start() && k.stopAll(k.old(k.boxes[len(k.boxes)-1]))
}

func (k *worker) wanted() bool {
	return k.node.World.alive(record.Pod{
		Namespace: k.pod.Namespace, Name: k.pod.Name, UID: k.uid,
	})
}

func (k *worker) ready() *Sandbox {
	for _, b := range k.boxes {
		if b.Ready {
			return b
		}
	}
	return nil
}

// old are the sandboxes but one.
func (k *worker) old(but *Sandbox) []*Sandbox {
	return slices.DeleteFunc(slices.Clone(k.boxes), func(b *Sandbox) bool { return b == but })
}

// start makes a sandbox, as RunPodSandbox of a runtime: a namespace, then ADD;
// what failed is torn down at once, and kept in the books when that fails too.
func (k *worker) start() bool {
	n := k.node
	n.boxes++
	id := n.Name + "-" + strconv.Itoa(n.boxes)
	box := &Sandbox{
		Key:   record.Key{ContainerID: id, IfName: "eth0"},
		Pod:   k.pod,
		Netns: "/var/run/netns/" + id,
	}
	if !n.unshare(box) {
		return false
	}
	k.boxes = append(k.boxes, box)
	boot := n.boots
	call := n.call(&Call{Verb: "ADD", Sandbox: box, Netns: box.Netns})
	if n.boots != boot {
		return false // nobody waits for the answer any more
	}
	if call.succeeded() {
		box.Ready = true
		k.tries = 0
		return true
	}
	k.stop(box) // if that fails too, the next round does it
	return false
}

// stopAll stops sandboxes and forgets those of which it succeeds.
func (k *worker) stopAll(boxes []*Sandbox) bool {
	all := true
	for _, b := range slices.Clone(boxes) {
		all = k.stop(b) && all
	}
	return all
}

// stop is StopPodSandbox: DEL, with the namespace if that is still there, then
// the namespace goes. Kubelets do it more than once.
func (k *worker) stop(box *Sandbox) bool {
	n := k.node
	box.Ready = false
	for {
		netns := box.Netns
		if !n.reachable(box) && n.World.Chance.Choose(chance.Load, 2) == 0 {
			netns = ""
		}
		boot := n.boots
		call := n.call(&Call{Verb: "DEL", Sandbox: box, Netns: netns})
		if n.boots != boot || !call.succeeded() {
			return false
		}
		box.Stopped = true
		n.removeNetns(box)
		if n.World.Chance.Choose(chance.Load, 16) < 15 {
			break
		}
	}
	k.boxes = slices.DeleteFunc(k.boxes, func(b *Sandbox) bool { return b == box })
	n.stopped = append(n.stopped, box)
	if len(n.stopped) > remembered {
		n.stopped = n.stopped[1:]
	}
	return true
}

// Sandboxes lists what the runtime has of all pods.
func (n *Node) Sandboxes() []*Sandbox {
	var out []*Sandbox
	for _, k := range n.workers {
		out = append(out, k.boxes...)
	}
	return out
}

// collect is the runtime's garbage collection: GC with all that it still has.
func (n *Node) collect() {
	valid := []netconf.Attachment{}
	for _, b := range n.Sandboxes() {
		valid = append(valid, netconf.Attachment(b.Key))
	}
	n.call(&Call{Verb: "GC", Valid: valid})
}

func (n *Node) forgetWorker(k *worker) {
	n.workers = slices.DeleteFunc(n.workers, func(o *worker) bool { return o == k })
}
