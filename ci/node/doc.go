// Package node tests the built program on real network namespaces with the
// reference CNI plugins: killed at every moment, many at once, after a reboot,
// after a power cut, and on a node that Multus left. Its tests ask one question
// in the end: is anything left?
//
// Every test has a node of its own. It is a network namespace that plays the
// host's, with bridges and the lower device of macvlan in it, and a directory
// for everything that is written. So tests run beside each other, what is left
// is seen exactly, and nothing has to be cleaned up on the machine.
//
// The package is not for what one part does by itself: the records, the plugin
// runner and the routes have their own tests. It holds no code of the product.
package node
