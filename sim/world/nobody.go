package world

import (
	"patchbay/sim/fault"
	"patchbay/sim/proc"
)

// Nobody is a watcher that does not look. It is for watchers that look at a few
// things only.
type Nobody struct{}

var _ Watcher = Nobody{}

// Built does nothing.
func (Nobody) Built(*World) {}

// Began does nothing.
func (Nobody) Began(*Call) {}

// Ended does nothing.
func (Nobody) Ended(*Call) {}

// Stepped does nothing.
func (Nobody) Stepped(Step) {}

// Booted does nothing.
func (Nobody) Booted(*Node) {}

// Done does nothing.
func (Nobody) Done(*proc.Proc, fault.Op, fault.Outcome, error) {}

// Died does nothing.
func (Nobody) Died(*proc.Proc) {}
