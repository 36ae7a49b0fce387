// Package ctlkernel looks at the links, addresses and routes of a network
// namespace, for tools that show them to people.
//
// It changes nothing, and it is not what the plugin looks with (that is
// backends/real/links): the two must be able to disagree.
package ctlkernel
