package world

import (
	"strconv"

	"patchbay/sim/cluster"
)

// Turnover is the work of nodes whose pods come and go.
type Turnover struct {
	Lifecycles int // of all nodes together
	Live       int // pods of a node that live at a time
}

// Turnover makes pods as the first pod of the story, and deletes the oldest when a
// node has as many as it may. In the end all is healed, every pod is deleted, and
// every runtime collects.
func (w *World) Turnover(c Turnover) {
	w.Sched.Go("churn", func() {
		var live []Pod
		most := max(c.Live, 1) * len(w.Nodes)
		for i := range c.Lifecycles {
			p := w.Story.Pods[0]
			p.Name, p.Node = "p"+strconv.Itoa(i), i%len(w.Nodes)
			w.create(p)
			live = append(live, p)
			if len(live) < most {
				continue
			}
			w.settle()
			w.remove(live[0], cluster.Deletion{Grace: grace})
			live = live[1:]
			if w.Sched.Closing() {
				return
			}
		}
		w.heal()
		w.settle()
		w.removeAll()
		w.settle()
		for _, n := range w.Nodes {
			n.collect()
		}
	})
	w.Sched.Run()
}
