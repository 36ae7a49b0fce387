// Package store keeps records, results, quarantine and locks in one directory of
// the node, over a file system that is real or pretended. It is the one
// implementation of [patchbay/backends.Records]; backends/real/records gives it
// the files of this machine, and the simulator those of a node that can lose
// its power.
//
//	<dir>/records/<containerID>@<ifName>.json      what undo needs; durable
//	<dir>/results/<netName>-<containerID>-<ifName> libcni's cache; not durable
//	<dir>/quarantine/<containerID>@<ifName>/       what could not be believed or undone
//	<dir>/lock                                     byte-range locks; always empty
//	<dir>/<containerID>                            Multus' scratch file
//
// The last is read always, so that pods outlive a change from Multus, and
// written on request, so that they outlive the change back.
//
// The package does not decide: what is in a record, when one is given up, and
// who waits for whom are questions to the core. It does not lock by itself
// either. Save, Drop, Load and Quarantine of one key want the caller to hold
// [Store.Lock] against other processes; that a saved record survives a power cut
// is promised to those who do. It opens no file by itself, and starts
// and waits for nothing but the pauses of its clock.
package store
