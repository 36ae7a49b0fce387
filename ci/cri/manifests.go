package cri

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Pod is a pod of the manifest directory. Its sandbox has the same UID, as a
// static pod's would.
type Pod struct {
	Namespace, Name, UID string
}

const podManifest = `apiVersion: v1
kind: Pod
metadata:
  namespace: %s
  name: %s
  uid: %s
  annotations:
    k8s.v1.cni.cncf.io/networks: %s
`

const definitionManifest = `apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata:
  namespace: %s
  name: %s
spec:
  config: '%s'
`

// Network is a CNI network of the node whose addresses come from host-local.
type Network struct {
	Name   string
	Type   string
	Key    string // of the configuration, that names the link on the node
	Link   string
	Subnet string // an IPv4 /16
}

// networks are the networks of every pod; the first is the default network,
// and the others are definitions that the pods ask for as net1, net2.
//
//nolint:gochecknoglobals // a constant table
var networks = []Network{
	{Name: "home", Type: "bridge", Key: "bridge", Link: "br-home", Subnet: "10.188.0.0/16"},
	{Name: "east", Type: "macvlan", Key: "master", Link: "up-east", Subnet: "10.189.0.0/16"},
	{Name: "west", Type: "bridge", Key: "bridge", Link: "br-west", Subnet: "10.190.0.0/16"},
}

// config is the network's CNI configuration, with its leases below dataDir.
func (n Network) config(dataDir string) map[string]any {
	return map[string]any{
		"cniVersion": "1.0.0",
		"name":       n.Name,
		"type":       n.Type,
		n.Key:        n.Link,
		"ipam": map[string]any{
			"type":    "host-local",
			"subnet":  n.Subnet,
			"dataDir": dataDir,
		},
	}
}

// writePod adds a pod with all networks to the manifest directory.
func (n *Node) writePod(name string) (Pod, error) {
	pod := Pod{Namespace: n.Name, Name: name, UID: "uid-of-" + name}
	asked := networks[1].Name + "," + networks[2].Name
	manifest := fmt.Sprintf(podManifest, pod.Namespace, pod.Name, pod.UID, asked)
	path := filepath.Join(n.path("manifests"), name+".yaml")
	if err := os.WriteFile(path, []byte(manifest), 0o600); err != nil {
		return Pod{}, fmt.Errorf("writing the manifest of a pod: %w", err)
	}
	return pod, nil
}

// writeDefinitions adds the networks that are not the default one.
func (n *Node) writeDefinitions() error {
	for _, network := range networks[1:] {
		config, err := json.Marshal(network.config(n.path("leases")))
		if err != nil {
			return fmt.Errorf("encoding network %s: %w", network.Name, err)
		}
		manifest := fmt.Sprintf(definitionManifest, n.Name, network.Name, config)
		path := filepath.Join(n.path("manifests"), "net-"+network.Name+".yaml")
		if err := os.WriteFile(path, []byte(manifest), 0o600); err != nil {
			return fmt.Errorf("writing the manifest of a network: %w", err)
		}
	}
	return nil
}
