// Package kernel reads which interfaces are in which network namespaces of this
// node, and how they hang together: veth pairs, parents, bridges.
//
// It is for tools that look at a node from outside. It changes nothing, knows
// nothing of pods, and needs root to look into any namespace but its own. What
// happens while it looks may be seen in one namespace and not yet in another.
package kernel
