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

// status reads the network-status of a pod from the file that patchbay writes
// where there is no API server to write it to.
func (n *Node) status(pod Pod) ([]NetworkStatus, error) {
	name := pod.Namespace + "_" + pod.Name + ".json"
	content, err := os.ReadFile(filepath.Join(n.path("manifests"), ".status", name))
	if err != nil {
		return nil, fmt.Errorf("reading the status of %s: %w", pod.Name, err)
	}
	var file struct {
		UID    string
		Status string // the annotation
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("decoding the status of %s: %w", pod.Name, err)
	}
	if file.UID != pod.UID {
		return nil, fmt.Errorf("the status of %s is for %s, not %s", pod.Name, file.UID, pod.UID)
	}
	var status []NetworkStatus
	if err := json.Unmarshal([]byte(file.Status), &status); err != nil {
		return nil, fmt.Errorf("decoding the network-status of %s: %w", pod.Name, err)
	}
	return status, nil
}
