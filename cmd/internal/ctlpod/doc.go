// Package ctlpod says what became of a pod: what is in its network namespace,
// beside what the network-status annotation says of it.
//
// [Compare] is pure. The package makes and changes nothing; bringing pods up is
// ctlruntime's.
package ctlpod
