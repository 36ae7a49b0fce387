// Package ctlruntime acts as a container runtime does: it makes the network
// namespace of a pod and calls the plugins of a CNI network for it (CNI spec 1.1
// §3, "Execution of network configurations").
//
// It stands outside of Patchbay, as containerd and CRI-O do: it knows the
// configuration file and the plugin's standard output, and neither records nor
// definitions. It starts no containers.
package ctlruntime
