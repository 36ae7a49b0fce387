// Package lint finds what is wrong, or likely not meant, in the files that people
// write for Patchbay: our configuration, CNI configurations, definitions of
// networks, and pods that ask for them.
//
// It judges texts, and asks the core where the core has an opinion. It looks at
// no cluster and no node, so it knows only the networks in the files it is
// given.
package lint
