// Package fault says what can become of an operation.
//
// An operation is anything that a pretended process asks of its world: a system
// call, a request to the API server, the run of a plugin. Its outcome is ok or
// one of the ways in which such things go wrong. Which outcomes an operation can
// have, and what Patchbay owes its user in each case, is the catalogue, a table.
// The package judges by what it is told; it injects nothing by itself.
package fault
