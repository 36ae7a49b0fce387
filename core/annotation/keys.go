package annotation

import "slices"

// The annotation keys that are read or written.
const (
	Networks       = "k8s.v1.cni.cncf.io/networks"
	DefaultNetwork = "v1.multus-cni.io/default-network"
	Status         = "k8s.v1.cni.cncf.io/network-status"
	ResourceName   = "k8s.v1.cni.cncf.io/resourceName"
	Optional       = "patchbay.dev/optional"
)

// Where says on what an annotation, or a key, is found.
type Where string

// The places.
const (
	OnPod        Where = "pod"
	OnDefinition Where = "definition" // a NetworkAttachmentDefinition
	InElement    Where = "element"    // of the JSON list in Networks or DefaultNetwork
)

// Key is one row of the documentation of what may be asked for.
type Key struct {
	Key   string
	Where Where
	Does  string
}

// annotations is the table of annotation keys.
//
//nolint:gochecknoglobals // a constant table
var annotations = [...]Key{
	{Networks, OnPod, "selects the networks that the pod gets beside its default network"},
	{DefaultNetwork, OnPod, "selects the one network that replaces the cluster's default network"},
	{Status, OnPod, "is written by Patchbay: the networks that the pod got"},
	{ResourceName, OnDefinition, "names the device plugin resource that has its devices"},
	{Optional, OnDefinition, "set to true, lets pods start without this network"},
}

// Keys returns every annotation key, for documentation.
func Keys() []Key { return slices.Clone(annotations[:]) }

// ElementKeys returns every key of a JSON selection element, for
// documentation.
func ElementKeys() []Key {
	keys := make([]Key, 0, len(fields))
	for _, f := range fields {
		keys = append(keys, Key{f.key, InElement, f.does})
	}
	return keys
}
