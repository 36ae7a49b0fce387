package record

import "encoding/json"

// Key names a record: one attachment as the runtime sees it (CNI spec 1.1,
// "an attachment is identified by container ID and interface name").
type Key struct {
	ContainerID string
	IfName      string
}

// String is also the record's file name, less its extension: a container ID
// never holds an "@" (CNI spec 1.1, CNI_CONTAINERID).
func (k Key) String() string { return k.ContainerID + "@" + k.IfName }

// Inode identifies a network namespace for as long as it exists; a path does
// not, for paths are used again.
type Inode struct {
	Dev uint64 `json:"dev"`
	Ino uint64 `json:"ino"`
}

// Pod is whose sandbox it is. All fields are empty for a container that the
// runtime did not say to belong to a pod.
type Pod struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	UID       string `json:"uid,omitempty"`
}

// String is "namespace/name".
func (p Pod) String() string {
	if p == (Pod{}) {
		return "no pod"
	}
	return p.Namespace + "/" + p.Name
}

// Record is one sandbox with all its attachments, in the order of their ADD.
type Record struct {
	Seq         uint64 `json:"seq"`    // grows with every save of this key
	BootID      string `json:"bootID"` // of the boot in which it was written
	ContainerID string `json:"containerID"`
	IfName      string `json:"ifName"`
	Netns       string `json:"netns"`
	NetnsID     Inode  `json:"netnsID"`
	Pod         Pod    `json:"pod"`
	PluginPath  string `json:"pluginPath"` // colon-separated, as CNI_PATH
	// FallbackVersion is the cniVersion that a list without one gets on DEL.
	FallbackVersion string       `json:"fallbackVersion,omitempty"`
	Compat          string       `json:"compat,omitempty"`
	Parallel        bool         `json:"parallel,omitempty"` // attachments up side by side
	Announce        bool         `json:"announce,omitempty"` // the cluster knows the pod
	Attempts        int          `json:"attempts,omitempty"` // DELs that failed so far
	Attachments     []Attachment `json:"attachments"`
	Origin          string       `json:"origin,omitempty"` // "" ours, else what it was rebuilt from
}

// Key returns the key of r.
func (r Record) Key() Key { return Key{r.ContainerID, r.IfName} }

// Attachment is one network of the pod.
type Attachment struct {
	// Network is the name that people use: "namespace/name" of a definition,
	// or the CNI network name.
	Network string `json:"network"`
	// Name is the CNI network name ("name" of the configuration).
	Name   string `json:"name"`
	IfName string `json:"ifName"`
	// Config is the effective configuration, byte for byte as ADD uses it.
	Config []byte `json:"config"`
	// Args is the value of CNI_ARGS.
	Args string `json:"args,omitempty"`
	// Capabilities is what runtimeConfig may be filled from, by capability.
	Capabilities json.RawMessage `json:"capabilities,omitempty"`
	// Master marks the network whose result the runtime gets.
	Master   bool `json:"master,omitempty"`
	Optional bool `json:"optional,omitempty"`
	// DeviceInfo is the file that describes the device, or "" (NPWG device
	// information specification 1.1.0).
	DeviceInfo string `json:"deviceInfo,omitempty"`
	// DefaultRoute holds the gateways that were asked for. Nil means that
	// nothing was asked; empty, that the network's own default route counts.
	DefaultRoute *[]string `json:"defaultRoute,omitempty"`
}

// String names an attachment in errors: "net2 (red)".
func (a Attachment) String() string { return a.IfName + " (" + a.Network + ")" }
