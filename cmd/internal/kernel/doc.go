// Package kernel reads which interfaces are in which network namespaces of this
// node, how they hang together (veth pairs, parents, bridges), and by which
// routes and rules packets go.
//
// It is for tools that look at a node from outside, and not what the plugin looks
// with (that is backends/real/links): the two must be able to disagree. It changes
// nothing, knows nothing of pods, and needs root to look into any namespace but
// its own. What happens while it looks may be seen in one namespace and not yet
// in another.
package kernel
