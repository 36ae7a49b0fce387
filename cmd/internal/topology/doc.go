// Package topology draws which pods of a node are plugged into which networks:
// a [Model], read from the records and, where root may look, from the kernel,
// and pure renderers of it as text, SVG, Graphviz and Mermaid.
//
// It is a picture of attachments and not of traffic: routes, firewalls and what
// is beyond this node are not in it. Reading takes no locks, so a picture that
// is taken while pods come and go may show half of a change.
package topology
