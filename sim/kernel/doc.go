// Package kernel pretends to be the network side of the Linux kernel of one
// node: namespaces, links, addresses, routes, rules, neighbours, switches under
// /proc/sys/net and a small packet filter.
//
// It is plain data for one goroutine: no lock, no clock, no choice of its own.
// It is strict: what Linux refuses it refuses with the same error number, which
// is a sim/errno.Errno and never wrapped. It does by itself what Linux does by
// itself: routes that come and go with addresses and links, a veth that takes
// its peer along, cards that come home when their namespace dies. What Linux
// does later, on a work queue, waits until somebody calls [Kernel.Reap].
//
// Objects are pointers, and a pointer is an identity: a [Link] that was deleted
// answers ENODEV to everything for ever, a [Namespace] that is gone EBADF.
// Fields of a Link may be read by everybody and are changed through the
// Kernel's methods only.
//
// What a node's kernel can and does differs by version; a [Profile] says it.
// What this package is known to do differently from Linux stands in
// sim/ledger.md, and ci/fidelity/links compares the two step by step.
//
// It is NOT a data path: no packet is ever sent, so conntrack, ARP and the
// effect of a firewall rule do not exist. It does not know CNI, faults or
// processes; a [Mark] is carried for checkers and never read here.
package kernel
