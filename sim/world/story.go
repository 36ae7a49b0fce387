package world

import (
	"slices"
	"time"
)

// Story is what happens in a world, less what goes wrong by chance. It is data,
// so that it can be printed, cut down and told again.
type Story struct {
	Name  string
	About string
	Nodes int // 0 is 1
	// Config holds members of our own configuration, as JSON without braces.
	Config string
	// Default is the configuration of the default network.
	Default  string
	Networks []Network
	Pods     []Pod
	Steps    []Step
	// Fails says that CNI calls fail even when nothing goes wrong by chance: the
	// story asks for what can not be, or takes something away.
	Fails bool
}

// Network is a NetworkAttachmentDefinition.
type Network struct {
	Namespace, Name string // Namespace "" is "default"
	Config          string // spec.config
	Annotations     map[string]string
}

// Pod is what somebody will create.
type Pod struct {
	Namespace, Name string // Namespace "" is "default"
	Node            int
	// Networks is the annotation k8s.v1.cni.cncf.io/networks.
	Networks    string
	Annotations map[string]string
}

// Step is one thing that happens, after the one before it has begun. To let the
// world come to rest there is [Settle].
type Step struct {
	Do  Do
	On  string        // the pod, network, plugin, or file it is done to
	To  string        // what it becomes
	At  int           // the node
	For time.Duration // how long, for what lasts
}

// Do is a kind of step.
type Do string

// What people, the cluster and fate do.
const (
	Create         Do = "create"          // a pod, and the kubelet is told
	Delete         Do = "delete"          // a pod, gracefully
	DeleteAll      Do = "delete-all"      // every pod that there is
	Recreate       Do = "recreate"        // delete, and create one of the same name at once
	Settle         Do = "settle"          // wait until every kubelet has nothing to do
	Wait           Do = "wait"            // let time pass
	Check          Do = "check"           // CHECK of a pod's sandbox
	Status         Do = "status"          // STATUS of a node
	Collect        Do = "gc"              // GC with what the runtime lists
	StopAgain      Do = "stop-again"      // DEL of a sandbox that is stopped already
	RestartKubelet Do = "restart-kubelet" // it forgets what it was about to do
	RestartRuntime Do = "restart-runtime" // its calls die, and it lists what it had
	ForgetRuntime  Do = "forget-runtime"  // as restart, and it lists nothing any more
	Reboot         Do = "reboot"          // orderly
	PowerCut       Do = "power-cut"
	KillNetns      Do = "kill-netns"  // a pod's namespace is taken away under it
	SwapNetns      Do = "swap-netns"  // and its path leads to another one
	PlainNetns     Do = "plain-netns" // and a plain file is at its path
	Foreign        Do = "foreign"     // somebody makes a link in a pod's sandbox
	ChangeNAD      Do = "change-nad"
	DeleteNAD      Do = "delete-nad"
	APIDown        Do = "api-down" // for a while
	APIStale       Do = "api-stale"
	RemovePlugin   Do = "remove-plugin"
	RestorePlugin  Do = "restore-plugin"
	DiskFull       Do = "disk-full" // until it heals
	DiskReadOnly   Do = "disk-read-only"
	TearRecord     Do = "tear-record"   // half of it is there
	FlipRecord     Do = "flip-record"   // one bit is another
	RemoveRecord   Do = "remove-record" // somebody tidied up
	RemoveDir      Do = "remove-dir"    // all of what we keep
	ClockJump      Do = "clock-jump"

	// Of the runtime and the kubelet.
	ForceDelete    Do = "force-delete" // the pod is gone from the cluster at once
	MirrorPod      Do = "mirror-pod"   // create, of a pod that the kubelet has from a file
	TimeOut        Do = "time-out"     // the runtime kills an ADD on its way, and sends DEL
	DELDuringADD   Do = "del-during-add"
	GCDuringADD    Do = "gc-during-add"
	CHECKDuringDEL Do = "check-during-del"
	TwoADDs        Do = "two-adds"
	TwoGCs         Do = "two-gcs"
	Churn          Do = "churn"        // a pod is deleted and made again, faster than sandboxes
	HaltAt         Do = "halt-at"      // the next call of a pod stops at an operation …
	Await          Do = "await"        // … and this is when it has
	Freeze         Do = "freeze"       // all processes of a node stand still
	SlowPlugins    Do = "slow-plugins" // every run takes so much longer, until it heals
	OddArgs        Do = "odd-args"     // CNI_ARGS of a pod have one item more

	// Of namespaces and links.
	HostNetns  Do = "host-netns"  // the path leads to the node's own namespace
	ShareNetns Do = "share-netns" // new sandboxes of a pod get the namespace of another
	RemoveLink Do = "remove-link" // of a pod, or of the node
	RenameLink Do = "rename-link"
	FlapLink   Do = "flap-link" // of the node: down, and up again

	// Of the cluster.
	BreakNAD       Do = "break-nad"       // its configuration is no JSON
	ShrinkRange    Do = "shrink-range"    // its first subnet is another
	EmptyNamespace Do = "empty-namespace" // is deleted, with all that is in it
	RotateToken    Do = "rotate-token"    // ours is refused, and later there is another
	RevokeRole     Do = "revoke-role"     // a row of our role, or all of it, is gone
	ManyNetworks   Do = "many-networks"   // create, with 1,000 networks
	SameDefault    Do = "same-default"    // create; all networks want the default route
	ChangeConfig   Do = "change-config"   // our own

	// Of files.
	OldRecord   Do = "old-record"   // what Multus has left, or its results alone
	NewRecord   Do = "new-record"   // of a later version
	ForeignFile Do = "foreign-file" // somebody else's in our directory
	SpoilStore  Do = "spoil-store"  // of addresses
	FillRange   Do = "fill-range"   // others have all addresses
	TakeAddress Do = "take-address" // others have one

	CheckAll     Do = "check-all"      // every sandbox, and STATUS of every node
	StopAllAgain Do = "stop-all-again" // every sandbox that is still remembered
	Look         Do = "look"           // nothing happens: it is for those who watch
	Heal         Do = "heal"           // no faults from here on, and all that was broken is mended
)

// Namespace is the namespace of a definition or pod.
func (n Network) namespace() string { return or(n.Namespace, "default") }

func (p Pod) namespace() string { return or(p.Namespace, "default") }

// namespaces lists those that the story needs, and those that are always there.
func (s Story) namespaces() []string {
	out := []string{"default", "kube-system"}
	for _, n := range s.Networks {
		out = append(out, n.namespace())
	}
	for _, p := range s.Pods {
		out = append(out, p.namespace())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
