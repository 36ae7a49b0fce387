// Package fault says what can become of an operation.
//
// An operation is anything that a pretended process asks of its world: a system
// call, a request to the API server, the run of a plugin. Its outcome is ok or
// one of the ways in which such things go wrong. Which outcomes an operation can
// have, and what Patchbay owes its user in each case, is the catalogue, a table;
// the taxonomy says which row of it, or which event of a world, shows a thing that
// has gone wrong for somebody. docs/faults.md is both, for people.
//
// Judges decide when an outcome comes: as a list says ([At]), at the n-th
// operation ([Nth]), or by chance ([Random]). [Record] makes a list of what
// happened, and [Coverage] counts it.
//
// A new fault is one line in a file rows_*.go:
//
//	before(errno.EBUSY).degrade(partway, "K04", "a VF that is just reset"),
//
// The package injects nothing by itself and knows no world: how an outcome comes
// true is for sim/proc and for those whose operations these are.
package fault
