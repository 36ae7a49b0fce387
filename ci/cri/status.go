package cri

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// NetworkStatus is what we read of an element of a pod's network-status (NPWG
// §5, "Network Attachment Result").
type NetworkStatus struct {
	Name      string   `json:"name"`
	Interface string   `json:"interface"`
	IPs       []string `json:"ips"`
	Default   bool     `json:"default"`
}

// status reads the network-status of a pod, which patchbay writes beside the
// manifests where there is no API server to write it to.
func (n *Node) status(pod Pod) ([]NetworkStatus, error) {
	content, err := os.ReadFile(n.statusPath(pod))
	if err != nil {
		return nil, fmt.Errorf("reading the status of %s: %w", pod.Name, err)
	}
	var status []NetworkStatus
	if err := json.Unmarshal(content, &status); err != nil {
		return nil, fmt.Errorf("reading the status of %s: %w", pod.Name, err)
	}
	return status, nil
}

func (n *Node) statusPath(pod Pod) string {
	return filepath.Join(n.path("manifests"), "status", pod.Namespace+"_"+pod.Name+".json")
}
