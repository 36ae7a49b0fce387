// Package plugins compares sim/plugins with the reference plugins: the same
// configurations, environments and preparations on a private namespace of this
// kernel and on sim/kernel with sim/disk, and after each run the same result or
// error, the same links, addresses, routes, rules, packet filter, queueing
// disciplines and switches, and the same files.
//
// It is fidelity, level two (level one compares kernels). It needs root, the nft
// command, and the plugins that "make plugins" builds. Rows whose kind of link
// this kernel does not have are skipped as "needs: vm", never passed. What may
// differ stands in sim/ledger.md.
//
// It is NOT a test of what packets do.
package plugins
