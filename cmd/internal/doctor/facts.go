package doctor

import (
	"net/netip"

	"patchbay/backends"
	"patchbay/cmd/internal/kernel"
	"patchbay/cmd/internal/lint"
	"patchbay/cmd/internal/nodefiles"
	"patchbay/cmd/internal/topology"
	"patchbay/core/record"
)

// Facts is everything that a diagnosis is made from.
type Facts struct {
	BootID      string
	Sandboxes   []Sandbox
	Quarantined []backends.Quarantined
	Results     []nodefiles.Result
	Temporary   []string // paths
	Leases      []nodefiles.Lease
	// Configured are the names of networks that the configuration speaks of.
	Configured []string
	// Addresses are those that an interface has, in any namespace. It is only
	// meant when AllSeen.
	Addresses map[netip.Addr]bool
	// AllSeen: every namespace of the node could be looked at.
	AllSeen bool
	Pairs   []Pair // the halves of veth pairs in the node's own namespace
	// DeviceInfo are the paths of the files about devices of attachments.
	DeviceInfo []string
	Lint       []lint.Finding
	// Unseen says what could not be looked at.
	Unseen []string
}

// Sandbox is a record, and what it is about.
type Sandbox struct {
	Key    record.Key
	File   string
	Record record.Record
	Err    error // why the record can not be read; all below is then unknown
	State  topology.State
	// Recycled: the path of the namespace leads to another one now.
	Recycled bool
	Links    []kernel.Link // in the namespace; nil when it was not looked into
	// Owned are the names of the interfaces that the results speak of.
	Owned []string
	// Absent are the types of plugins that a DEL needs and nobody finds.
	Absent []string
}

// Pair is the half of a veth pair that the node has.
type Pair struct {
	Name string
	// Found: a namespace that has a name or a process has the other half.
	Found bool
}

// attachments are all that are recorded, set aside or not.
func (f Facts) attachments() []record.Attachment {
	var out []record.Attachment
	for _, s := range f.Sandboxes {
		out = append(out, s.Record.Attachments...)
	}
	for _, q := range f.Quarantined {
		if q.Record != nil {
			out = append(out, q.Record.Attachments...)
		}
	}
	return out
}
