// Package links compares sim/kernel with the kernel that runs the tests: the
// same random sequences of operations on links, addresses, routes, rules and
// namespaces, with the same error number after each step and the same state.
//
// It is fidelity, level one (level two compares whole plugins). It needs root,
// and works in namespaces of its own. What may differ stands in sim/ledger.md.
//
//	go test ./ci/fidelity/links                                 a few seconds
//	PATCHBAY_FIDELITY_STEPS=100000 go test ./ci/fidelity/links  the long run
//	PATCHBAY_FIDELITY_SEED=7 go test ./ci/fidelity/links        one sequence, or
//	                                                           with STEPS, from there on
//
// It is NOT a test of what packets do.
package links
