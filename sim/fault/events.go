package fault

import "slices"

// Event is something that happens in a world beside what its processes do: what
// people, the cluster and fate do. The name is that of the step of a story.
type Event string

// The events that the taxonomy needs.
const (
	whenCreate         Event = "create"
	whenDelete         Event = "delete"
	whenRecreate       Event = "recreate"
	whenCheckPod       Event = "check"
	whenStatusNode     Event = "status"
	whenCollect        Event = "gc"
	whenStopAgain      Event = "stop-again"
	whenRestartKubelet Event = "restart-kubelet"
	whenRestartRuntime Event = "restart-runtime"
	whenForgetRuntime  Event = "forget-runtime"
	whenReboot         Event = "reboot"
	whenPowerCut       Event = "power-cut"
	whenKillNetns      Event = "kill-netns"
	whenSwapNetns      Event = "swap-netns"
	whenPlainNetns     Event = "plain-netns"
	whenHostNetns      Event = "host-netns"
	whenShareNetns     Event = "share-netns"
	whenOccupyName     Event = "foreign"
	whenRemoveLink     Event = "remove-link"
	whenRenameLink     Event = "rename-link"
	whenFlapLink       Event = "flap-link"
	whenChangeNAD      Event = "change-nad"
	whenDeleteNAD      Event = "delete-nad"
	whenBreakNAD       Event = "break-nad"
	whenAPIDown        Event = "api-down"
	whenAPIStale       Event = "api-stale"
	whenRotateToken    Event = "rotate-token"
	whenRevokeRole     Event = "revoke-role"
	whenEmptyNamespace Event = "empty-namespace"
	whenMirrorPod      Event = "mirror-pod"
	whenRemovePlugin   Event = "remove-plugin"
	whenRestorePlugin  Event = "restore-plugin"
	whenDiskFull       Event = "disk-full"
	whenDiskReadOnly   Event = "disk-read-only"
	whenTearRecord     Event = "tear-record"
	whenFlipRecord     Event = "flip-record"
	whenRemoveRecord   Event = "remove-record"
	whenRemoveDir      Event = "remove-dir"
	whenOldRecord      Event = "old-record"
	whenNewRecord      Event = "new-record"
	whenForeignFile    Event = "foreign-file"
	whenSpoilStore     Event = "spoil-store"
	whenFillRange      Event = "fill-range"
	whenShrinkRange    Event = "shrink-range"
	whenTakeAddress    Event = "take-address"
	whenChangeConfig   Event = "change-config"
	whenClockJump      Event = "clock-jump"
	whenFreeze         Event = "freeze"
	whenGCDuringADD    Event = "gc-during-add"
	whenDELDuringADD   Event = "del-during-add"
	whenCHECKDuringDEL Event = "check-during-del"
	whenTwoADDs        Event = "two-adds"
	whenTwoGCs         Event = "two-gcs"
	whenChurn          Event = "churn"
	whenOddArgs        Event = "odd-args"
	whenManyNetworks   Event = "many-networks"
	whenSlowPlugins    Event = "slow-plugins"
	whenSameDefault    Event = "same-default"
)

// wanted are the events that no world offers yet.
//
//nolint:gochecknoglobals // a constant table
var wanted = []Event{}

// Offered reports whether stories can have the event yet.
func (e Event) Offered() bool { return !slices.Contains(wanted, e) }

// Events lists the events with what happens, for those who read the page and for
// those who make worlds.
func Events() [][2]string { return events[:] }

// events says what each event is.
//
//nolint:gochecknoglobals // a constant table
var events = [...][2]string{
	{string(whenCreate), "a pod is created and the kubelet is told"},
	{string(whenDelete), "a pod is deleted"},
	{string(whenRecreate), "a pod is deleted, and one of the same name made at once"},
	{string(whenCheckPod), "CHECK of a pod's sandbox"},
	{string(whenStatusNode), "STATUS of a node"},
	{string(whenCollect), "GC with what the runtime lists"},
	{string(whenStopAgain), "DEL of a sandbox that is gone, or never was"},
	{string(whenRestartKubelet), "the kubelet forgets what it was about to do"},
	{string(whenRestartRuntime), "the runtime's calls die, and it lists what it had"},
	{string(whenForgetRuntime), "the runtime's calls die, and it lists nothing any more"},
	{string(whenReboot), "a new boot, after an orderly end"},
	{string(whenPowerCut), "a new boot, after none"},
	{string(whenKillNetns), "a pod's namespace is taken away under it"},
	{string(whenSwapNetns), "and its path leads to another one"},
	{string(whenPlainNetns), "and a plain file is at its path"},
	{string(whenHostNetns), "the path of a sandbox leads to the node's own namespace"},
	{string(whenShareNetns), "two sandboxes have one namespace"},
	{string(whenOccupyName), "somebody makes a link in a sandbox, of a name that is to be used"},
	{string(whenRemoveLink), "somebody deletes a link of a pod, its peer, parent or bridge"},
	{string(whenRenameLink), "somebody renames a link of a pod"},
	{string(whenFlapLink), "the link that others are stacked on goes down, and up"},
	{string(whenChangeNAD), "a definition is changed while pods have it"},
	{string(whenDeleteNAD), "a definition is deleted while pods have it"},
	{string(whenBreakNAD), "a definition's configuration is no JSON any more"},
	{string(whenAPIDown), "the API server is away for a while"},
	{string(whenAPIStale), "reads are behind by some versions for a while"},
	{string(whenRotateToken), "our token is no longer taken; a new one is in the file later"},
	{string(whenRevokeRole), "our role may not do what it could"},
	{string(whenEmptyNamespace), "a Kubernetes namespace is deleted with all that is in it"},
	{string(whenMirrorPod), "a pod of the kubelet's own, whose UID the cluster does not know"},
	{string(whenRemovePlugin), "a plugin's executable is removed"},
	{string(whenRestorePlugin), "and is there again"},
	{string(whenDiskFull), "no block and no inode until it heals"},
	{string(whenDiskReadOnly), "no writes until it heals"},
	{string(whenTearRecord), "half of a record is there"},
	{string(whenFlipRecord), "one bit of a record is another"},
	{string(whenRemoveRecord), "somebody tidied a record up"},
	{string(whenRemoveDir), "all that we keep is gone"},
	{string(whenOldRecord), "a record is what Multus, or an earlier version, left"},
	{string(whenNewRecord), "a record is of a later version than we are"},
	{string(whenForeignFile), "files of others, and temporary ones, are beside our own"},
	{string(whenSpoilStore), "what an IPAM plugin keeps is damaged"},
	{string(whenFillRange), "others take all addresses of a range"},
	{string(whenShrinkRange), "a range becomes smaller while pods have its addresses"},
	{string(whenTakeAddress), "somebody else uses an address that a pod is to get, or had"},
	{string(whenChangeConfig), "our own configuration is another, or gone, while pods live"},
	{string(whenClockJump), "the wall clock goes ten years forward, or back"},
	{string(whenFreeze), "all processes of a node stand still for 30 s"},
	{string(whenGCDuringADD), "GC comes, with an older list, while an ADD is under way"},
	{string(whenDELDuringADD), "the runtime loses patience with an ADD, and sends DEL"},
	{string(whenCHECKDuringDEL), "CHECK comes while a DEL is under way"},
	{string(whenTwoADDs), "two ADDs of one sandbox at a time"},
	{string(whenTwoGCs), "two GCs at a time"},
	{string(whenChurn), "pods come and go faster than their sandboxes are made"},
	{string(whenOddArgs), "CNI_ARGS and names with odd characters, or very long"},
	{string(whenManyNetworks), "a pod asks for 1,000 networks, or twice for one"},
	{string(whenSlowPlugins), "all plugins together take longer than the runtime waits"},
	{string(whenSameDefault), "two networks want the default route, an address or a MAC"},
}
