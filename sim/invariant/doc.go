// Package invariant says what must hold in a pretended world, and looks.
//
// The sixty invariants are the rows of [Rows]: a number, a name, a sentence, and
// when it is looked at. A [Checker] watches a world. It is fed with every change
// of a node's kernel, disk and cluster and with every call of a runtime, keeps
// books of its own from that, and compares: what holds at every step costs a few
// comparisons for each change and never a search. What holds at rest is searched
// for in [Checker.Quiet]. Two worlds are compared by their [State].
//
// Whose an object is says its [kernel.Mark], which the pretended software can not
// read; what the runtime thinks it has says the world. The checker never asks
// Patchbay, and reads of its files only whose they are, so that a defect of the
// core can not be one of its judge.
//
// It does not decide what goes wrong, changes nothing, and does not know what
// would mend what it finds. That an outcome is outside of what anybody can
// survive says the catalogue of sim/fault; the rows that such an outcome voids are
// not looked at for the sandbox that it struck.
package invariant
