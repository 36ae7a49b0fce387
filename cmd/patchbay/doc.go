// Command patchbay is the CNI plugin: environment and standard input in, result
// or error as JSON out, exit code 0 or 1 (CNI spec 1.1 §2).
//
// It holds no logic of its own. By the name "multus" it is the same program; by
// the name "passthru" it is the plugin at the head of an auxiliary chain, which
// attaches nothing.
package main
