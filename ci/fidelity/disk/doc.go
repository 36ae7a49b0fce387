// Package disk holds the pretended disk (patchbay/sim/disk) against the file
// system of this machine: the same random calls on both, and after each of them
// the same answer, number by number, and the same tree.
//
// What it can not hold against anything is what the pretended disk is for: power
// cuts and failing platters. To try those takes a virtual machine whose disk can
// be taken away from it; their rules are those of the sources that sim/disk
// names, and no more.
//
// PATCHBAY_FIDELITY_STEPS is the number of calls; it is some thousands by
// default.
package disk
