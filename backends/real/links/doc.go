// Package links looks at and changes what is inside the network namespace of a
// sandbox: which interfaces there are, and which of them has the default route.
//
// It makes and removes no interfaces and no addresses, decides nothing about
// networks, and never touches the node's own namespace. Policy routing is
// outside its view: only the main table counts.
//
// A namespace is held by identity. Every method opens the path, checks what it
// got, and works through a netlink socket that belongs to that namespace, so
// that a path that is used again meanwhile does no harm. The code runs in the
// node's namespace all the time, but for the moment in which a thread of its
// own opens the socket.
//
// A dump of the kernel that a change interrupted (NLM_F_DUMP_INTR) is never
// taken for an answer, for what is missing in it may well be there; after
// several attempts it is an error. That is why netlinksafe of the reference
// plugins, which then takes it for one, is not used.
package links
