// Package plugins pretends to be the CNI plugins of a node: the reference
// plugins of containernetworking/plugins v1.9.1, flannel, and an IPAM that keeps
// its addresses in the cluster.
//
// A plugin is a row of a table: its name and a function for each verb that the
// real one has. A function does to sim/kernel and sim/disk what the real plugin
// does to Linux, in the same order and one [proc.Proc.Call] for each step, so
// that a kill in between leaves what it leaves of a real one. It refuses what the
// real one refuses, with the same code and the same words, and undoes of its own
// failures only as much as the real one does, which is often less than one would
// wish. ci/fidelity/plugins compares every row with the real executable.
//
// The package does not know Patchbay. It decides no fault, and reads no [kernel.Mark].
package plugins
