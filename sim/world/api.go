package world

import (
	"maps"
	"time"

	"patchbay/core/annotation"
	"patchbay/core/need"
	"patchbay/core/record"
	"patchbay/sim/cluster"
)

// admin is who may do everything.
//
//nolint:gochecknoglobals // a constant
var admin cluster.Token

// newAPI makes the API server of a story, with its definitions.
func (w *World) newAPI() error {
	w.API = cluster.New(cluster.Options{
		History: 4, Now: func() time.Duration { return w.Sched.Now() },
	})
	w.token = w.API.AddUser("patchbay")
	for _, r := range role() {
		w.API.Allow(w.token, "", r.resource, r.verbs)
	}
	w.stale = w.API.View("read by nodes")
	for _, namespace := range w.Story.namespaces() {
		if err := w.API.CreateNamespace(admin, namespace); err != nil {
			return err
		}
	}
	for _, n := range w.Story.Networks {
		_, err := w.API.CreateDefinition(admin, cluster.Definition{
			Definition: need.Definition{
				Namespace: n.namespace(), Name: n.Name,
				Annotations: n.Annotations, Config: n.Config,
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// right is what a role allows.
type right struct {
	resource cluster.Resource
	verbs    cluster.Verb
}

// role is what Patchbay, and an IPAM plugin that keeps pools, may do.
func role() []right {
	return []right{
		{cluster.Pods, cluster.Get},
		{cluster.PodStatus, cluster.Patch},
		{cluster.Definitions, cluster.Get},
		{cluster.Events, cluster.Create},
		{cluster.Pools, cluster.Read | cluster.Write},
	}
}

// create makes a pod of the story, and its kubelet hears of it.
func (w *World) create(p Pod) {
	made, err := w.API.CreatePod(admin, w.object(p))
	if err != nil {
		w.complain("create pod "+p.Name, err)
		return
	}
	w.Nodes[p.Node].startWorker(record.Pod{
		Namespace: made.Namespace, Name: made.Name, UID: made.UID,
	})
}

// object is a pod as somebody asks for it.
func (w *World) object(p Pod) cluster.Pod {
	annotations := maps.Clone(p.Annotations)
	if p.Networks != "" {
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[annotation.Networks] = p.Networks
	}
	return cluster.Pod{
		Pod: need.Pod{
			Namespace: p.namespace(), Name: p.Name, Annotations: annotations,
		},
		Node: w.Nodes[p.Node].Name, Phase: cluster.Pending,
	}
}

// remove asks for the end of a pod; the kubelet makes it come true.
func (w *World) remove(p Pod, at cluster.Deletion) {
	_, err := w.API.DeletePod(admin, cluster.Key{Namespace: p.namespace(), Name: p.Name}, at)
	if err != nil {
		w.complain("delete pod "+p.Name, err)
		return
	}
	for _, k := range w.Nodes[p.Node].workers {
		if k.pod.Name == p.Name && k.pod.Namespace == p.namespace() {
			k.poke()
		}
	}
}

// removeAll asks for the end of every pod.
func (w *World) removeAll() {
	all, err := w.API.ListPods(admin, "")
	w.complain("list pods", err)
	for _, p := range all {
		key := cluster.Key{Namespace: p.Namespace, Name: p.Name}
		_, err := w.API.DeletePod(admin, key, cluster.Deletion{Grace: grace})
		w.complain("delete pod "+p.Name, err)
	}
	for _, n := range w.Nodes {
		n.pokeAll()
	}
}

// alive reports whether somebody still wants a pod.
func (w *World) alive(pod record.Pod) bool {
	p, err := w.API.GetPod(admin, pod.Namespace, pod.Name)
	return err == nil && p.UID == pod.UID && !p.Deleting
}

// finalize is how a kubelet says that a pod is no more.
func (w *World) finalize(key cluster.Key, uid string) {
	// NotFound or another UID: somebody was faster, and that is as good.
	_, _ = w.API.DeletePod(admin, key, cluster.Deletion{UID: uid})
}

// pod finds a pod of the story by its name.
func (w *World) pod(name string) (Pod, bool) {
	for _, p := range w.Story.Pods {
		if p.Name == name {
			return p, true
		}
	}
	return Pod{}, false
}
