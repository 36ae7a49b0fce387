package cluster

// Resource is a kind of object, or a part of one that has rights of its own.
type Resource uint8

// The resources.
const (
	Pods Resource = iota
	PodStatus
	PodBinding
	Definitions
	Namespaces
	Nodes
	Events
	Pools
	Leases
	Objects
	resources
)

// resourceTable is how messages call the resources. Unconditional: an update
// may lack the resource version (AllowUnconditionalUpdate of their strategies;
// custom resources always need one).
//
//nolint:gochecknoglobals // a constant table
var resourceTable = [resources]struct {
	plural, group, kind string
	dump                string
	namespaced          bool
	unconditional       bool
}{
	Pods:        {"pods", "", "Pod", "pod", true, true},
	PodStatus:   {"pods/status", "", "Pod", "pod", true, true},
	PodBinding:  {"pods/binding", "", "Binding", "binding", true, true},
	Definitions: {definitions, "k8s.cni.cncf.io", definition, "nad", true, false},
	Namespaces:  {"namespaces", "", "Namespace", "namespace", false, true},
	Nodes:       {"nodes", "", "Node", "node", false, true},
	Events:      {"events", "", "Event", "event", true, true},
	Pools:       {"ippools", "whereabouts.cni.cncf.io", "IPPool", "ippool", true, false},
	Leases:      {"leases", "coordination.k8s.io", "Lease", "lease", true, false},
	Objects:     {"configmaps", "", "ConfigMap", "object", true, true},
}

const (
	definitions = "network-attachment-definitions"
	definition  = "NetworkAttachmentDefinition"
)

// String is the plural name, as in the paths of the API.
func (r Resource) String() string { return resourceTable[r].plural }

// qualified is "plural.group", as messages have it.
func (r Resource) qualified() string {
	if g := resourceTable[r].group; g != "" {
		return resourceTable[r].plural + "." + g
	}
	return resourceTable[r].plural
}

// kind is "Kind.group", as messages have it.
func (r Resource) kind() string {
	if g := resourceTable[r].group; g != "" {
		return resourceTable[r].kind + "." + g
	}
	return resourceTable[r].kind
}

// Verb is what somebody wants to do with a resource.
type Verb uint8

// The verbs; a set of them is their sum.
const (
	Get Verb = 1 << iota
	List
	Watch
	Create
	Update
	Patch
	Delete
	Read  = Get | List | Watch
	Write = Create | Update | Patch | Delete
)

// String names one verb, or all that read or write.
func (v Verb) String() string {
	switch v {
	case Get:
		return "get"
	case List:
		return "list"
	case Watch:
		return "watch"
	case Create:
		return "create"
	case Update:
		return "update"
	case Patch:
		return "patch"
	case Delete:
		return "delete"
	case Read:
		return "read"
	case Write:
		return "write"
	}
	return "several verbs"
}

// Key names an object of a resource; Namespace is "" where there is none.
type Key struct{ Namespace, Name string }

// String is "namespace/name".
func (k Key) String() string {
	if k.Namespace == "" {
		return k.Name
	}
	return k.Namespace + "/" + k.Name
}
