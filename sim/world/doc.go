// Package world puts a pretended cluster together: nodes with a kernel, a disk
// and plugins, an API server, and on every node a container runtime and a
// kubelet that behave, and retry, as the real ones do.
//
// A [Story] says what people do to such a world. Patchbay itself is not
// pretended: every CNI call is [patchbay/backends/drive.Driver] on the record
// store of the real node, over this world. The package decides no fault and
// judges nothing; sim/fault and sim/invariant do.
package world
