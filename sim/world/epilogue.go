package world

import (
	"slices"

	"patchbay/backends"
	"patchbay/sim/proc"
)

// epilogueActions are what is done to every world when its story is over, to see
// that the verbs which people rarely use work as well.
func epilogueActions() []action {
	return []action{
		{CheckAll, func(w *World, _ Step) { w.checkAll() }},
		{StopAllAgain, func(w *World, _ Step) { w.stopAllAgain() }},
	}
}

// checkAll runs CHECK of every sandbox that is ready, and STATUS of every node.
func (w *World) checkAll() {
	for _, n := range w.Nodes {
		for _, b := range n.Sandboxes() {
			if b.Ready && n.reachable(b) {
				n.call(&Call{Verb: "CHECK", Sandbox: b, Netns: b.Netns})
			}
		}
		n.call(&Call{Verb: "STATUS"})
	}
}

// stopAllAgain repeats the DEL of the sandboxes of which a runtime still has the
// names, as kubelets do.
func (w *World) stopAllAgain() {
	for _, n := range w.Nodes {
		for _, b := range slices.Clone(n.stopped) {
			n.call(&Call{Verb: "DEL", Sandbox: b, Netns: ""})
		}
	}
}

// PluginWatcher is a watcher that wants to know what plugins are given. Ran is
// called before the plugin does anything.
type PluginWatcher interface {
	Ran(plugin *proc.Proc, call backends.Call)
}
