// Package nodefiles reads the files that Patchbay and the host-local IPAM plugin
// keep on a node, for tools that look at it from outside.
//
// It changes nothing. That is why it is there beside backends/real/records, of
// which a Load sets aside what can not be believed: looking must not move the
// evidence. It takes no locks, so what it sees may be half of a change.
package nodefiles
