package fakeapi

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"patchbay/core/need"
)

// object is a Kubernetes object as JSON has it.
type object map[string]any

// Event is what matters of an event that was posted.
type Event struct {
	Namespace, Name       string
	Pod, PodUID           string // the object it is about
	Type, Reason, Message string
	Component             string
	FirstTime, LastTime   string // RFC 3339
}

func podPath(namespace, name string) string {
	return "/api/v1/namespaces/" + namespace + "/pods/" + name
}

func definitionPath(namespace, name string) string {
	return "/apis/k8s.cni.cncf.io/v1/namespaces/" + namespace +
		"/network-attachment-definitions/" + name
}

// AddPod creates a pod, or replaces the one of its name. Without a UID it gets
// one.
func (s *Server) AddPod(pod need.Pod) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.newObject("v1", "Pod", need.Definition{
		Namespace: pod.Namespace, Name: pod.Name, Annotations: pod.Annotations,
	})
	if pod.UID != "" {
		o.metadata()["uid"] = pod.UID
	}
	o["spec"] = map[string]any{"nodeName": "node-1"}
	o["status"] = map[string]any{"phase": "Pending"}
	s.objects[podPath(pod.Namespace, pod.Name)] = o
}

// AddDefinition creates a NetworkAttachmentDefinition, or replaces the one of
// its name.
func (s *Server) AddDefinition(d need.Definition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.newObject("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", d)
	o["spec"] = map[string]any{"config": d.Config}
	s.objects[definitionPath(d.Namespace, d.Name)] = o
}

// newObject has a name, a namespace and annotations of its own, a new UID and
// the next resource version.
func (s *Server) newObject(version, kind string, d need.Definition) object {
	s.version++
	metadata := map[string]any{
		"namespace":         d.Namespace,
		"name":              d.Name,
		"uid":               fmt.Sprintf("00000000-0000-4000-8000-%012d", s.version),
		"resourceVersion":   strconv.Itoa(s.version),
		"creationTimestamp": "2026-01-01T00:00:00Z",
	}
	if len(d.Annotations) > 0 {
		annotations := map[string]any{}
		for k, v := range d.Annotations {
			annotations[k] = v
		}
		metadata["annotations"] = annotations
	}
	return object{"apiVersion": version, "kind": kind, "metadata": metadata}
}

// DeletePod removes a pod at once, without a grace period.
func (s *Server) DeletePod(namespace, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, podPath(namespace, name))
}

// ReplacePod exchanges a pod for a new one of the same name and annotations, as
// a StatefulSet does.
func (s *Server) ReplacePod(namespace, name, uid string) {
	pod, _ := s.Pod(namespace, name)
	delete(pod.Annotations, statusKey)
	pod.Namespace, pod.Name, pod.UID = namespace, name, uid
	s.AddPod(pod)
}

// Annotate sets an annotation of a pod that exists, as another writer would.
func (s *Server) Annotate(namespace, name, key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.objects[podPath(namespace, name)]; ok {
		metadata := o.metadata()
		annotations, _ := metadata["annotations"].(map[string]any)
		metadata["annotations"] = with(annotations, key, value)
		s.touch(o)
	}
}

// Pod returns a pod as it is now.
func (s *Server) Pod(namespace, name string) (need.Pod, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[podPath(namespace, name)]
	if !ok {
		return need.Pod{}, false
	}
	uid, _ := o.metadata()["uid"].(string)
	pod := need.Pod{Namespace: namespace, Name: name, UID: uid, Annotations: map[string]string{}}
	annotations, _ := o.metadata()["annotations"].(map[string]any)
	for k, v := range annotations {
		pod.Annotations[k], _ = v.(string)
	}
	return pod, true
}

// Status returns the network-status annotation of a pod, or "".
func (s *Server) Status(namespace, name string) string {
	pod, _ := s.Pod(namespace, name)
	return pod.Annotations[statusKey]
}

// Events lists the events that were posted, in order.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// statusKey is the annotation of the NPWG de-facto standard 1.3, §3.5.
const statusKey = "k8s.v1.cni.cncf.io/network-status"

func (o object) metadata() map[string]any {
	metadata, _ := o["metadata"].(map[string]any)
	return metadata
}

// touch gives an object that was changed the next resource version.
func (s *Server) touch(o object) {
	s.version++
	o.metadata()["resourceVersion"] = strconv.Itoa(s.version)
}

// with returns a copy of m that has one more value.
func with(m map[string]any, key string, value any) map[string]any {
	out := maps.Clone(m)
	if out == nil {
		out = map[string]any{}
	}
	out[key] = value
	return out
}
