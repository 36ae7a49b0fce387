package world

import "time"

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
	Look           Do = "look" // nothing happens: it is for those who watch
	Heal           Do = "heal" // no faults from here on, and all that was broken is mended
)

// Namespace is the namespace of a definition or pod.
func (n Network) namespace() string { return or(n.Namespace, "default") }

func (p Pod) namespace() string { return or(p.Namespace, "default") }

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
