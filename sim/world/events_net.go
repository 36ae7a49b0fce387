package world

import (
	"fmt"
	"strings"

	"patchbay/sim/errno"
	"patchbay/sim/kernel"
)

// linkActions are of namespaces and links.
func linkActions() []action {
	return []action{
		{KillNetns, func(w *World, s Step) { w.withBox(s, (*Node).killNetns) }},
		{SwapNetns, func(w *World, s Step) { w.withBox(s, (*Node).swapNetns) }},
		{PlainNetns, func(w *World, s Step) { w.withBox(s, (*Node).plainNetns) }},
		{HostNetns, func(w *World, s Step) { w.withBox(s, (*Node).hostNetns) }},
		{ShareNetns, (*World).shareNetns},
		{Foreign, (*World).foreign},
		{RemoveLink, func(w *World, s Step) {
			w.withLink(s, func(k *kernel.Kernel, l *kernel.Link) error { return k.Delete(l) })
		}},
		{RenameLink, (*World).renameLink},
		{FlapLink, (*World).flapLink},
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

// hostNetns makes the path of a sandbox lead to the node's own namespace.
func (n *Node) hostNetns(b *Sandbox) {
	n.removeNetns(b)
	n.World.complain("bind "+b.Netns, n.Kernel.Bind(b.Netns, n.Kernel.Host()))
}

// shareNetns gives new sandboxes of a pod the namespace of another one.
func (w *World) shareNetns(s Step) {
	w.withPod(s, func(p Pod) {
		n := w.Nodes[p.Node]
		if n.boxNamed(s.To) == nil {
			w.complain(string(s.Do), fmt.Errorf("pod %q has no sandbox to share", s.To))
			return
		}
		n.shared = append(n.shared, pair{p.Name, s.To})
	})
}

// foreign makes a link in a sandbox that has nothing to do with us.
func (w *World) foreign(s Step) {
	w.withBox(s, func(n *Node, b *Sandbox) {
		_, err := n.Kernel.Add(b.NS, kernel.Spec{Kind: kernel.Tap, Name: s.To})
		w.complain("foreign link", err)
	})
}

// withLink does something to a link: of a pod, or of the node if the step names
// no pod. A new name may follow its name.
func (w *World) withLink(s Step, do func(*kernel.Kernel, *kernel.Link) error) {
	name, _, _ := strings.Cut(s.To, "=")
	n := w.Nodes[s.At]
	ns := n.Kernel.Host()
	if s.On != "" {
		b := n.boxNamed(s.On)
		if b == nil {
			w.complain(string(s.Do), fmt.Errorf("pod %q has no sandbox", s.On))
			return
		}
		ns = b.NS
	}
	err := error(errno.ENODEV)
	if l := ns.ByName(name); l != nil {
		err = do(n.Kernel, l)
	}
	w.complain(string(s.Do)+" "+name, err)
}

// renameLink gives a link another name: To is "net1=lan".
func (w *World) renameLink(s Step) {
	_, name, _ := strings.Cut(s.To, "=")
	w.withLink(s, func(k *kernel.Kernel, l *kernel.Link) error { return k.SetName(l, name) })
}

// flapLink takes a link of the node down, and up again after a while.
func (w *World) flapLink(s Step) {
	s.To, s.On = s.On, ""
	w.withLink(s, func(k *kernel.Kernel, l *kernel.Link) error {
		w.Sched.Go("flap", func() {
			w.Sched.Sleep(s.For)
			if l.Alive() { // else the node was started again meanwhile
				w.complain("up "+l.Name, k.SetUp(l))
			}
		})
		return k.SetDown(l)
	})
}
