package cluster

import (
	"maps"
	"time"

	"patchbay/core/record"
)

// SetStatus patches the network-status annotation by way of pods/status, with
// the UID of the pod in the patch unless it is "".
func (c *Cluster) SetStatus(who Token, pod record.Pod, text string) error {
	key := Key{pod.Namespace, pod.Name}
	if err := c.enter(who, PodStatus, Patch, key); err != nil {
		return err
	}
	sl := c.pods.slots[key]
	if sl == nil || sl.now.gone {
		return notFound(Pods, pod.Name)
	}
	old := sl.now
	if pod.UID != "" && pod.UID != old.uid {
		return immutableUID(pod.Name, pod.UID)
	}
	if old.hasStatus && old.status == text {
		return nil
	}
	next := *old
	next.status, next.hasStatus = text, true
	if err := next.validateSize(Pods); err != nil {
		return err
	}
	c.pods.commit(sl, &next, Updated, who)
	return nil
}

func immutableUID(name, uid string) error {
	return invalid(Pods, name, "metadata.uid: Invalid value: \""+uid+"\": field is immutable")
}

// Annotation is a change of one annotation.
type Annotation struct {
	Key, Value string
	Remove     bool
}

// PodPatch is a merge patch (RFC 7386) of what can be changed of a pod. A UID or
// a version in it is not changed, but must be right.
type PodPatch struct {
	UID     string
	Version uint64
	Set     []Annotation
	Phase   Phase
}

// PatchPod patches a pod by way of its main resource: annotations alone.
func (c *Cluster) PatchPod(who Token, key Key, p PodPatch) (Pod, error) {
	p.Phase = NoPhase
	return c.mergePod(who, Pods, key, p)
}

// PatchPodStatus patches a pod by way of pods/status: annotations and phase.
func (c *Cluster) PatchPodStatus(who Token, key Key, p PodPatch) (Pod, error) {
	return c.mergePod(who, PodStatus, key, p)
}

func (c *Cluster) mergePod(who Token, r Resource, key Key, p PodPatch) (Pod, error) {
	if err := c.enter(who, r, Patch, key); err != nil {
		return Pod{}, err
	}
	old := c.pods.live(key)
	if old == nil {
		return Pod{}, notFound(Pods, key.Name)
	}
	// A patch is an update of what was read just now: the version is looked at
	// as a precondition and then the UID as a field that must not change.
	if err := old.expect(Pods, "", p.Version); err != nil {
		return Pod{}, err
	}
	if p.UID != "" && p.UID != old.uid {
		return Pod{}, immutableUID(key.Name, p.UID)
	}
	next := *old
	next.apply(p.Set)
	if p.Phase != NoPhase {
		next.spec.phase = p.Phase
	}
	return c.replacePod(who, old, &next)
}

// apply changes annotations, and leaves the map alone that others have too.
func (m *meta) apply(set []Annotation) {
	var all map[string]string
	for _, a := range set {
		if a.Key == StatusKey {
			m.status, m.hasStatus = a.Value, !a.Remove
			if a.Remove {
				m.status = ""
			}
			continue
		}
		if all == nil {
			if all = maps.Clone(m.base); all == nil {
				all = map[string]string{}
			}
		}
		if a.Remove {
			delete(all, a.Key)
			continue
		}
		all[a.Key] = a.Value
	}
	if all == nil {
		return
	}
	status, has := m.status, m.hasStatus
	m.annotate(all)
	m.status, m.hasStatus = status, has
}

// replacePod is the end of every write to a pod that stays on its node.
func (c *Cluster) replacePod(who Token, old, next *object[podSpec]) (Pod, error) {
	if err := next.validateAnnotations(Pods); err != nil {
		return Pod{}, err
	}
	was, had := old.annotation(MirrorKey)
	if is, has := next.annotation(MirrorKey); is != was || has != had {
		return Pod{}, invalid(Pods, old.name, "metadata.annotations["+MirrorKey+
			"]: Forbidden: may not add, remove or update mirror pod annotation")
	}
	if next.sameAnnotations(&old.meta) && next.spec == old.spec {
		return c.podOf(old), nil
	}
	c.pods.commit(c.pods.slots[Key{old.namespace, old.name}], next, Updated, who)
	return c.podOf(next), nil
}

// UpdatePod replaces a pod: PUT of the main resource. The annotations can be
// changed; the phase is ignored, and any other node is refused.
func (c *Cluster) UpdatePod(who Token, p Pod) (Pod, error) {
	old, err := c.toUpdate(who, Pods, p)
	if err != nil {
		return Pod{}, err
	}
	if p.Node != old.spec.node || p.HostNetwork != old.spec.hostNetwork {
		return Pod{}, invalid(Pods, p.Name, "spec: Forbidden: pod updates may not change "+
			"fields other than `spec.containers[*].image` and a few more")
	}
	next := *old
	next.annotate(p.Annotations)
	return c.replacePod(who, old, &next)
}

// UpdatePodStatus replaces what PUT of pods/status can: annotations and phase.
func (c *Cluster) UpdatePodStatus(who Token, p Pod) (Pod, error) {
	old, err := c.toUpdate(who, PodStatus, p)
	if err != nil {
		return Pod{}, err
	}
	next := *old
	next.annotate(p.Annotations)
	if p.Phase != NoPhase {
		next.spec.phase = p.Phase
	}
	return c.replacePod(who, old, &next)
}

func (c *Cluster) toUpdate(who Token, r Resource, p Pod) (*object[podSpec], error) {
	key := Key{p.Namespace, p.Name}
	if err := c.enter(who, r, Update, key); err != nil {
		return nil, err
	}
	old := c.pods.live(key)
	if old == nil {
		return nil, notFound(Pods, p.Name)
	}
	return old, old.expect(Pods, p.UID, p.Version)
}

// BindPod puts a pod on a node: what the scheduler does.
func (c *Cluster) BindPod(who Token, key Key, uid, node string) error {
	if err := c.enter(who, PodBinding, Create, key); err != nil {
		return err
	}
	sl := c.pods.slots[key]
	if sl == nil || sl.now.gone {
		return notFound(Pods, key.Name)
	}
	old := sl.now
	switch {
	case node == "":
		return invalid(PodBinding, key.Name, "target.name: Required value")
	case uid != "" && uid != old.uid:
		return wrongUID(PodBinding, key.Name, uid, old.uid)
	case old.deleting:
		return conflict(PodBinding, key.Name, "pod "+key.Name+
			" is being deleted, cannot be assigned to a host")
	case old.spec.node != "":
		return conflict(PodBinding, key.Name, "pod "+key.Name+
			" is already assigned to node \""+old.spec.node+"\"")
	}
	next := *old
	next.spec.node = node
	c.pods.commit(sl, &next, Updated, who)
	c.place(sl)
	return nil
}

// Deletion says how to delete a pod.
type Deletion struct {
	UID     string
	Version uint64
	// Grace is the time that the kubelet gets; 0 deletes at once (kubectl
	// delete --force), as the kubelet does when it is done.
	Grace time.Duration
}

// DeletePod deletes a pod, or asks the kubelet to: with grace, a pod that runs
// somewhere stays and gets a deletionTimestamp. It reports whether the pod is
// gone. Who deletes again can only make the grace shorter.
func (c *Cluster) DeletePod(who Token, key Key, d Deletion) (bool, error) {
	if err := c.enter(who, Pods, Delete, key); err != nil {
		return false, err
	}
	sl := c.pods.slots[key]
	if sl == nil || sl.now.gone {
		return false, notFound(Pods, key.Name)
	}
	old := sl.now
	if err := old.expect(Pods, d.UID, d.Version); err != nil {
		return false, err
	}
	if d.Grace < 0 {
		d.Grace = time.Second // as pods' strategy does since Kubernetes 1.22
	}
	ended := old.spec.phase == Succeeded || old.spec.phase == Failed
	if d.Grace == 0 || old.spec.node == "" || ended {
		c.displace(sl)
		c.pods.drop(key, who)
		return true, nil
	}
	if old.deleting && d.Grace >= old.grace {
		return false, nil
	}
	next := *old
	began := c.opts.Now()
	if old.deleting { // the time counts from the first request
		began = old.deleteAt - old.grace
	}
	next.deleting, next.grace, next.deleteAt = true, d.Grace, began+d.Grace
	c.pods.commit(sl, &next, Updated, who)
	return false, nil
}
