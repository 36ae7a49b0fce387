package ctlruntime

import (
	"crypto/sha256"
	"encoding/hex"

	"patchbay/core/netconf"
	"patchbay/core/record"
)

// Dir is where namespaces are mounted: the directory of iproute2, so that
// "ip netns exec" reaches them.
const Dir = "/run/netns"

// IfName is the interface of the default network, as the kubelet has it.
const IfName = "eth0"

// Sandbox is a pod as a runtime names it to plugins.
type Sandbox struct {
	Pod         record.Pod
	ContainerID string
	Netns       string // "" when there is none any more
	IfName      string
}

// Of returns the sandbox of a pod. The container ID follows from the names, so
// that a later command finds what an earlier one made.
func Of(pod record.Pod) Sandbox {
	sum := sha256.Sum256([]byte(pod.Namespace + "/" + pod.Name))
	return Sandbox{
		Pod:         pod,
		ContainerID: hex.EncodeToString(sum[:16]),
		Netns:       Dir + "/pb-" + pod.Namespace + "-" + pod.Name,
		IfName:      IfName,
	}
}

// Key returns the key of the record that the plugin keeps of the sandbox.
func (s Sandbox) Key() record.Key {
	return record.Key{ContainerID: s.ContainerID, IfName: s.IfName}
}

// Args is CNI_ARGS as containerd and CRI-O send it.
func (s Sandbox) Args() netconf.Args {
	return netconf.Args{
		{Key: "IgnoreUnknown", Value: "1"},
		{Key: "K8S_POD_NAMESPACE", Value: s.Pod.Namespace},
		{Key: "K8S_POD_NAME", Value: s.Pod.Name},
		{Key: "K8S_POD_INFRA_CONTAINER_ID", Value: s.ContainerID},
		{Key: "K8S_POD_UID", Value: s.Pod.UID},
	}
}
