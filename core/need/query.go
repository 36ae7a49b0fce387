package need

import (
	"fmt"

	"patchbay/core/record"
)

// Query is a question to the world: a comparable value, the key of its answer.
type Query interface {
	fmt.Stringer
	isQuery()
}

type (
	// ReadPod asks for a pod; the answer is a Pod.
	ReadPod struct{ Namespace, Name, UID string }
	// ReadDefinition asks for a NetworkAttachmentDefinition; a Definition.
	ReadDefinition struct{ Namespace, Name string }
	// ReadFiles asks for a file, or for the files of a directory that have one
	// of the comma-separated suffixes; the answer is Files.
	ReadFiles struct{ Path, Suffixes string }
	// LookSandbox asks which namespace is at a path and what is in it; Sandbox.
	LookSandbox struct{ Path string }
	// FindPlugin asks where the executable of a plugin type is; a string.
	FindPlugin struct{ Type, Path string }
	// ReadBootID asks which boot this is; a string.
	ReadBootID struct{}
)

func (ReadPod) isQuery()        {}
func (ReadDefinition) isQuery() {}
func (ReadFiles) isQuery()      {}
func (LookSandbox) isQuery()    {}
func (FindPlugin) isQuery()     {}
func (ReadBootID) isQuery()     {}

// String says the question in words, for traces.
func (q ReadPod) String() string        { return "read pod " + q.Namespace + "/" + q.Name }
func (q ReadDefinition) String() string { return "read definition " + q.Namespace + "/" + q.Name }
func (q ReadFiles) String() string      { return "read files " + q.Path }
func (q LookSandbox) String() string    { return "look at sandbox " + q.Path }
func (q FindPlugin) String() string     { return "find plugin " + q.Type }
func (ReadBootID) String() string       { return "read boot id" }

// Fact is the answer to a query: a value of the type that the query names, or
// an error with a kind.
type Fact struct {
	Value any
	Err   error
}

// Facts is everything known so far.
type Facts map[Query]Fact

// Pod is what matters of a Kubernetes pod.
type Pod struct {
	Namespace, Name, UID string
	Annotations          map[string]string
}

// Static reports whether the kubelet, and not the API server, is the source of
// the pod; the UIDs of the two then differ.
func (p Pod) Static() bool {
	source, ok := p.Annotations["kubernetes.io/config.source"]
	return ok && source != "api"
}

// Definition is what matters of a NetworkAttachmentDefinition.
type Definition struct {
	Namespace, Name string
	Annotations     map[string]string
	Config          string // spec.config
}

// Files is the answer to ReadFiles.
type Files struct {
	Dir  bool // the path is a directory
	List []File
}

// File is one configuration file.
type File struct {
	Path  string
	Bytes []byte
}

// Sandbox is a network namespace as it was found.
type Sandbox struct {
	ID    record.Inode
	Links []string // names of its interfaces
}
