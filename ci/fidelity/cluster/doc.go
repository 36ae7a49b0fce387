// Package cluster holds the pretended cluster of the simulator (sim/cluster)
// against the real client (backends/real/cluster): the client must make of each
// trouble what the simulator's table says, and must get from a server that the
// pretended cluster is behind what it gets from ci/fakeapi.
//
// It has tests only. It does not ask a real API server.
package cluster
