package plan

import (
	"patchbay/core/ladder"
	"patchbay/core/record"
)

// Effect is one of the effect types of this package.
//
//sumtype:decl
type Effect interface {
	ladder.Effect
	isEffect()
}

type (
	// SaveRecord writes the record, before the first change.
	SaveRecord struct{ Key record.Key }
	// DropRecord removes it, after the last undo.
	DropRecord struct{ Key record.Key }
	// RequireAbsent changes nothing. It fails when the sandbox has the
	// interface already, so that a foreign one is never undone as ours.
	RequireAbsent struct{ IfName string }
	// Attach runs ADD of every plugin of a network, in order.
	Attach struct{ IfName, Network string }
	// Detach runs DEL of every plugin of a network, in reverse, and goes on
	// when one of them fails.
	Detach struct{ IfName, Network string }
	// SaveResult keeps the result of an attachment for CHECK and DEL.
	SaveResult struct{ IfName, Network string }
	// DropResult forgets it, once the network is detached.
	DropResult struct{ IfName, Network string }
	// DropDeviceInfo removes the file that describes an attachment's device.
	DropDeviceInfo struct{ IfName, Path string }
	// MoveDefault makes the default route of one family be on one interface.
	// It does nothing when that interface, of an optional network, is not
	// there. Gateway "" keeps the default route the interface has by itself.
	MoveDefault struct {
		V6      bool
		IfName  string
		Gateway string
	}
	// WriteStatus tells the cluster what the pod got.
	WriteStatus struct{ Pod record.Pod }
	// Check runs CHECK of every plugin of a network.
	Check struct{ IfName, Network string }
)

func (SaveRecord) isEffect()     {}
func (DropRecord) isEffect()     {}
func (RequireAbsent) isEffect()  {}
func (Attach) isEffect()         {}
func (Detach) isEffect()         {}
func (SaveResult) isEffect()     {}
func (DropResult) isEffect()     {}
func (DropDeviceInfo) isEffect() {}
func (MoveDefault) isEffect()    {}
func (WriteStatus) isEffect()    {}
func (Check) isEffect()          {}

// String says the effect as a line of a trace.
func (e SaveRecord) String() string     { return "save-record " + e.Key.String() }
func (e DropRecord) String() string     { return "drop-record " + e.Key.String() }
func (e RequireAbsent) String() string  { return "require-absent " + e.IfName }
func (e Attach) String() string         { return "attach " + e.IfName + " " + e.Network }
func (e Detach) String() string         { return "detach " + e.IfName + " " + e.Network }
func (e SaveResult) String() string     { return "save-result " + e.IfName + " " + e.Network }
func (e DropResult) String() string     { return "drop-result " + e.IfName + " " + e.Network }
func (e DropDeviceInfo) String() string { return "drop-device-info " + e.IfName }
func (e WriteStatus) String() string    { return "write-status " + e.Pod.String() }
func (e Check) String() string          { return "check " + e.IfName + " " + e.Network }

// String says the effect as a line of a trace.
func (e MoveDefault) String() string {
	family := "ipv4"
	if e.V6 {
		family = "ipv6"
	}
	if e.Gateway == "" {
		return "move-default " + family + " " + e.IfName
	}
	return "move-default " + family + " " + e.IfName + " via " + e.Gateway
}
