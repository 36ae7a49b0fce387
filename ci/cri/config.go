package cri

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
)

// containerdConfig takes root, state, opt, socket, image, CNI binaries, CNI
// configuration and runc's root.
//
//   - restrict_oom_score_adj: a sandbox asks for -998, which a root without
//     CAP_SYS_RESOURCE may not set; runc then fails without saying why.
//   - the native snapshotter copies the one small file of the image, where
//     overlayfs would need a file system below that can carry it.
//   - netns_mounts_under_state_dir: else namespaces of two nodes would stand
//     side by side in /run/netns.
const containerdConfig = `version = 2
root = %q
state = %q
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.overlayfs",
  "io.containerd.snapshotter.v1.zfs",
]
[plugins."io.containerd.internal.v1.opt"]
  path = %q
[grpc]
  address = %q
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_apparmor = true
  disable_tcp_service = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = %q
    conf_dir = %q
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
    default_runtime_name = "runc"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    Root = %q
    SystemdCgroup = false
`

func (n *Node) writeContainerdConfig() error {
	config := fmt.Sprintf(containerdConfig, n.path("root"), n.path("state"), n.path("opt"),
		n.socket(), sandboxImage, n.path("bin"), n.path("net.d"),
		n.path("runc"))
	if err := os.WriteFile(n.path("containerd.toml"), []byte(config), 0o600); err != nil {
		return fmt.Errorf("writing containerd's configuration: %w", err)
	}
	return nil
}

// networkName is the CNI name of the network that containerd knows.
const networkName = "patchbay"

// pluginConfig is patchbay's own configuration on the node.
func (n *Node) pluginConfig() map[string]any {
	return map[string]any{
		"type":        "patchbay",
		"manifestDir": n.path("manifests"),
		"cniDir":      n.path("cni"),
		"binDir":      n.path("bin"),
		"delegates":   []any{networks[0].config(n.path("leases"))},
	}
}

// writeNetworkConfig makes patchbay the first, and only, network in
// containerd's configuration directory.
func (n *Node) writeNetworkConfig() error {
	list, err := json.MarshalIndent(map[string]any{
		"cniVersion": "1.0.0", // the newest that containerd 1.6 speaks
		"name":       networkName,
		"plugins":    []any{n.pluginConfig()},
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the CNI configuration: %w", err)
	}
	path := filepath.Join(n.path("net.d"), "00-patchbay.conflist")
	if err := os.WriteFile(path, list, 0o600); err != nil {
		return fmt.Errorf("writing the CNI configuration: %w", err)
	}
	return nil
}

// gcConfig is the configuration of the GC verb, as a runtime derives it from
// the list on disk (CNI spec 1.1 §4, "Deriving request configuration from
// plugin configuration"): valid are the containers whose eth0 is in use.
func (n *Node) gcConfig(valid []string) ([]byte, error) {
	type attachment struct {
		ContainerID string `json:"containerID"`
		IfName      string `json:"ifname"`
	}
	attachments := []attachment{}
	for _, id := range valid {
		attachments = append(attachments, attachment{ContainerID: id, IfName: "eth0"})
	}
	config := maps.Clone(n.pluginConfig())
	config["cniVersion"] = "1.1.0"
	config["name"] = networkName
	config["cni.dev/valid-attachments"] = attachments
	encoded, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("encoding the GC configuration: %w", err)
	}
	return encoded, nil
}
