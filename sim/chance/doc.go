// Package chance is the only source of choice in the simulator.
//
// A choice is a small number: which of n things happens. 0 is always the most
// ordinary of them, so that a run of which nothing is known but zeros is the
// undisturbed one, and a run is told whole by the list of its choices. Where the
// numbers come from is what the sources differ in: a seed, a list, or all lists
// there are, one after the other. The package does not know what is chosen.
package chance
