package backends

import (
	"context"
	"time"

	"patchbay/core/need"
	"patchbay/core/record"
)

// Backend is a node. It is a struct and not one interface so that parts can be
// exchanged: real namespaces with a pretended cluster is an assignment.
type Backend struct {
	Cluster Cluster
	Plugins Plugins
	Links   Links
	Devices Devices
	Records Records
	Confs   Confs
	Clock   Clock
}

// Cluster is where pods and network definitions come from.
type Cluster interface {
	// Pod reads a pod. The error is of kind NotFound when the cluster says
	// that there is none, and Transient when it could not be asked in time.
	Pod(ctx context.Context, namespace, name string) (need.Pod, error)
	// Definition reads a NetworkAttachmentDefinition, with errors as Pod's.
	Definition(ctx context.Context, namespace, name string) (need.Definition, error)
	// SetStatus sets the network-status annotation of the pod with this UID
	// and touches nothing else of it. NotFound: the pod is gone or another
	// pod has its name.
	SetStatus(ctx context.Context, pod record.Pod, status string) error
	// Report tells people what happened to a pod. It is best effort, but it
	// has been sent, or has failed, when it returns.
	Report(ctx context.Context, pod record.Pod, events []Event) error
}

// Event is a line in a pod's event list.
type Event struct {
	Warning bool
	Reason  string // CamelCase, as Kubernetes has it
	Message string
}

// Call is one execution of a CNI plugin.
type Call struct {
	Path  string            // of the executable
	Env   map[string]string // CNI_*; the rest of the environment is inherited
	Stdin []byte
}

// Plugins runs CNI plugins.
type Plugins interface {
	// Find looks for an executable plugin in a colon-separated list of
	// directories. NotFound: it is in none of them.
	Find(ctx context.Context, name, path string) (string, error)
	// Run executes a plugin and returns its output: exactly one JSON document,
	// or nothing. When the context ends the plugin and all its children are
	// killed before Run returns. An error that the plugin reported itself is a
	// *types.Error in the chain; the plugin's standard error is in the text.
	Run(ctx context.Context, call Call) ([]byte, error)
}

// Sandbox is a network namespace, named by path and held by identity.
type Sandbox struct {
	Path string
	ID   record.Inode
}

// Links looks at and changes what is inside a network namespace. Every method
// checks the identity first and answers Gone when there is no namespace at the
// path any more, or another one.
type Links interface {
	// Look identifies the namespace at a path and lists its interfaces.
	// BadSandbox: there is none, or it is the node's own.
	Look(ctx context.Context, path string) (need.Sandbox, error)
	// Absent fails with Invalid when the sandbox has an interface of that name.
	Absent(ctx context.Context, sandbox Sandbox, ifName string) error
	// MoveDefault makes the default route of one family (main table) be on one
	// interface. It returns the interfaces that lost theirs.
	MoveDefault(ctx context.Context, sandbox Sandbox, want DefaultRoute) ([]string, error)
	// Present fails with NotFound when the sandbox lacks an interface.
	Present(ctx context.Context, sandbox Sandbox, ifNames []string) error
}

// DefaultRoute says on which interface the default route has to be.
type DefaultRoute struct {
	V6      bool
	IfName  string
	Gateway string   // "" keeps the default routes that IfName has by itself
	Others  []string // interfaces that lose theirs, when IfName has one
}

// Devices knows hardware devices and the files that describe them.
type Devices interface {
	// Info reads a device information file; nil when there is none.
	Info(ctx context.Context, path string) ([]byte, error)
	// DropInfo removes a device information file.
	DropInfo(ctx context.Context, path string) error
}

// Confs reads configuration files.
type Confs interface {
	// Read returns the file at a path or, when it is a directory, all regular
	// files in it with one of the suffixes (comma-separated), sorted by name.
	// NotFound: there is nothing at the path.
	Read(ctx context.Context, path, suffixes string) (need.Files, error)
}

// Clock is the time.
type Clock interface {
	Now() time.Time
	// Sleep waits, or returns the context's error when that ends first.
	Sleep(ctx context.Context, d time.Duration) error
	// WithTimeout returns a context that ends after d by this clock.
	WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

// Records keeps what must survive a crash.
type Records interface {
	// BootID names this boot of the node.
	BootID(ctx context.Context) (string, error)
	// Lock takes the lock of one sandbox, across processes. It is released by
	// calling unlock or by the death of the process. Busy: it could not be had
	// before the context ended.
	Lock(ctx context.Context, key record.Key) (unlock func(), err error)
	// LockNode keeps garbage collection (exclusive) and everything that makes
	// new attachments (shared) apart, as Lock does.
	LockNode(ctx context.Context, exclusive bool) (unlock func(), err error)
	// Load reads a record. NotFound: there is none. Decode: there was one that
	// can not be believed and nothing to rebuild it from; it is quarantined.
	// Version: a later Patchbay wrote it; it is left as it is. The Origin of the
	// record says whether it was rebuilt.
	Load(ctx context.Context, key record.Key) (record.Record, error)
	// Save writes a record durably: after it returns the record survives a
	// power cut, and before that the old one does.
	Save(ctx context.Context, r record.Record) error
	// Drop removes a record and what else is kept under its key.
	Drop(ctx context.Context, key record.Key) error
	// Sweep removes temporary files that nobody is writing. The caller holds the
	// lock of the node alone.
	Sweep(ctx context.Context) error
	// List returns the keys of all records, sorted.
	List(ctx context.Context) ([]record.Key, error)
	// Quarantine sets a record aside with a reason, for people and for GC.
	Quarantine(ctx context.Context, key record.Key, reason string) error
	// Quarantined lists what was set aside, sorted by key.
	Quarantined(ctx context.Context) ([]Quarantined, error)
	// DropQuarantined forgets what was set aside under a key.
	DropQuarantined(ctx context.Context, key record.Key) error

	// SaveResult keeps the result of an attachment, in libcni's cache format.
	SaveResult(ctx context.Context, r record.Record, ifName string, result []byte) error
	// Result reads it back; nil when there is none.
	Result(ctx context.Context, r record.Record, ifName string) ([]byte, error)
	// DropResult removes it.
	DropResult(ctx context.Context, r record.Record, ifName string) error
}

// Quarantined is a record that was set aside.
type Quarantined struct {
	Key    record.Key
	Reason string
	Record *record.Record // nil when it can not be read
	// Partial says that beside the record there is something that can not be
	// read, and may stand for one more attachment.
	Partial bool
	File    string // where the bytes are
}
