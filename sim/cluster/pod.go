package cluster

import (
	"maps"
	"slices"
	"time"

	"patchbay/core/need"
)

// Annotations of pods that the kubelet did not get from the API server, but
// from a file on the node. What the API server has of such a pod is its mirror:
// another object, with a UID of its own.
const (
	SourceKey = "kubernetes.io/config.source" // "api", "file" or "http"
	HashKey   = "kubernetes.io/config.hash"   // the UID that the kubelet gave it
	MirrorKey = "kubernetes.io/config.mirror" // the hash again; makes it a mirror
)

// Phase is where a pod is in its life (core/v1 PodPhase).
type Phase uint8

// The phases; NoPhase in a request leaves it as it is.
const (
	NoPhase Phase = iota
	Pending
	Running
	Succeeded
	Failed
	Unknown
)

// String is the name that Kubernetes has for it.
func (p Phase) String() string {
	return [...]string{"", "Pending", "Running", "Succeeded", "Failed", "Unknown"}[p]
}

// Pod is a pod as readers get it. As with Meta, its UID and Version are
// preconditions in an update, unless they are zero.
type Pod struct {
	need.Pod
	Version     uint64
	Node        string // "": the scheduler has not been there
	HostNetwork bool
	Phase       Phase
	// Deleting says that it has a deletionTimestamp, which is DeleteAt, and
	// Grace is how long the kubelet may take.
	Deleting bool
	DeleteAt time.Duration
	Grace    time.Duration
}

// podSpec is what is stored of it, beside meta.
type podSpec struct {
	node        string
	hostNetwork bool
	phase       Phase
}

// Mirror is the mirror of a static pod, as the kubelet creates it. hash is the
// UID that the kubelet gave the pod; the API server gives another.
func Mirror(p Pod, hash string) Pod {
	annotations := make(map[string]string, len(p.Annotations)+3)
	maps.Copy(annotations, p.Annotations)
	annotations[SourceKey], annotations[HashKey], annotations[MirrorKey] = "file", hash, hash
	p.Annotations, p.UID, p.Version = annotations, "", 0
	return p
}

func (c *Cluster) podOf(o *object[podSpec]) Pod {
	return Pod{
		Pod: need.Pod{
			Namespace: o.namespace, Name: o.name, UID: o.uid,
			Annotations: c.annotations(&o.meta),
		},
		Version: o.version, Node: o.spec.node, HostNetwork: o.spec.hostNetwork,
		Phase: o.spec.phase, Deleting: o.deleting, DeleteAt: o.deleteAt, Grace: o.grace,
	}
}

// GetPod reads a pod.
func (c *Cluster) GetPod(who Token, namespace, name string) (Pod, error) {
	o, err := c.pods.get(who, Key{namespace, name}, now)
	if err != nil {
		return Pod{}, err
	}
	return c.podOf(o), nil
}

// GetPodAt reads a pod as a view sees it.
func (c *Cluster) GetPodAt(who Token, view *View, key Key) (Pod, error) {
	o, err := c.pods.get(who, key, view.Version())
	if err != nil {
		return Pod{}, err
	}
	return c.podOf(o), nil
}

// GetPodBehind reads a pod as it was k versions of itself ago, or as the oldest
// version that is remembered: the answer of a cache that is late.
func (c *Cluster) GetPodBehind(who Token, key Key, k int) (Pod, error) {
	if err := c.enter(who, Pods, Get, key); err != nil {
		return Pod{}, err
	}
	o := c.pods.behind(key, k)
	if o == nil {
		return Pod{}, notFound(Pods, key.Name)
	}
	return c.podOf(o), nil
}

// ListPods lists the pods of a namespace, or of all for "", sorted.
func (c *Cluster) ListPods(who Token, namespace string) ([]Pod, error) {
	return c.podsAt(who, namespace, now)
}

// ListPodsAt is ListPods as a view sees it. It has no pod that was deleted so
// long ago that the cluster has forgotten it.
func (c *Cluster) ListPodsAt(who Token, view *View, namespace string) ([]Pod, error) {
	return c.podsAt(who, namespace, view.Version())
}

func (c *Cluster) podsAt(who Token, namespace string, horizon uint64) ([]Pod, error) {
	list, err := c.pods.getAll(who, namespace, horizon)
	if err != nil {
		return nil, err
	}
	return c.podsOf(list), nil
}

func (c *Cluster) podsOf(list []*object[podSpec]) []Pod {
	out := make([]Pod, len(list))
	for i, o := range list {
		out[i] = c.podOf(o)
	}
	return out
}

// ListPodsOn lists the pods of a node (field selector spec.nodeName), sorted.
// It costs what the pods of this node cost.
func (c *Cluster) ListPodsOn(who Token, node string) ([]Pod, error) {
	if err := c.enter(who, Pods, List, Key{}); err != nil {
		return nil, err
	}
	var list []*object[podSpec]
	if n := c.onNode[node]; n != nil {
		list = make([]*object[podSpec], len(n.slots))
		for i, sl := range n.slots {
			list[i] = sl.now
		}
	}
	sortObjects(list)
	return c.podsOf(list), nil
}

// CountPods is how many pods there are; it costs nothing.
func (c *Cluster) CountPods() int { return c.pods.alive }

// CreatePod makes a pod. It is Pending unless it says otherwise, and may be on a
// node already, as those of DaemonSets and mirrors are.
func (c *Cluster) CreatePod(who Token, p Pod) (Pod, error) {
	spec := podSpec{p.Node, p.HostNetwork, p.Phase}
	if spec.phase == NoPhase {
		spec.phase = Pending
	}
	if _, mirror := p.Annotations[MirrorKey]; mirror && p.Node == "" {
		if err := c.enter(who, Pods, Create, Key{p.Namespace, p.Name}); err != nil {
			return Pod{}, err
		}
		return Pod{}, invalid(Pods, p.Name,
			"spec.nodeName: Required value: must be set for a mirror pod")
	}
	sl, err := c.pods.create(who, Meta{
		Namespace: p.Namespace, Name: p.Name, Version: p.Version, Annotations: p.Annotations,
	}, spec)
	if err != nil {
		return Pod{}, err
	}
	c.place(sl)
	return c.podOf(sl.now), nil
}

// nodePods has the pods of a node, in an order that only says what happened.
type nodePods struct{ slots []*slot[podSpec] }

// place notes that a pod is on a node now.
func (c *Cluster) place(sl *slot[podSpec]) {
	node := sl.now.spec.node
	if node == "" {
		return
	}
	n := c.onNode[node]
	if n == nil {
		n = &nodePods{}
		c.onNode[node] = n
	}
	sl.at = int32(len(n.slots)) //nolint:gosec // pods of one node
	n.slots = append(n.slots, sl)
}

// displace notes that a pod is no longer there.
func (c *Cluster) displace(sl *slot[podSpec]) {
	node := sl.now.spec.node
	if node == "" {
		return
	}
	n := c.onNode[node]
	last := len(n.slots) - 1
	n.slots[sl.at] = n.slots[last]
	n.slots[sl.at].at = sl.at
	n.slots = slices.Delete(n.slots, last, last+1)
}
