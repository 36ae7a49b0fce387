package world

import (
	"strconv"

	"patchbay/sim/cluster"
)

// Churn makes pods and deletes them again, so many in all and so many at a time
// on every node, each as the first pod of the story is. It is the work of a node
// whose pods come and go, without an end to the story.
func (w *World) Churn(lifecycles, at int) {
	made := w.Story.Pods[0]
	w.Sched.Go("churn", func() {
		var live []Pod
		for i := range lifecycles {
			p := made
			p.Name, p.Node = "p"+strconv.Itoa(i), i%len(w.Nodes)
			w.create(p)
			live = append(live, p)
			if len(live) < at*len(w.Nodes) {
				continue
			}
			w.settle()
			w.remove(live[0], cluster.Deletion{Grace: grace})
			live = live[1:]
		}
		w.settle()
		for _, p := range live {
			w.remove(p, cluster.Deletion{Grace: grace})
		}
		w.settle()
	})
	w.Sched.Run()
}
