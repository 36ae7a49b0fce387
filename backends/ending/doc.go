// Package ending judges how a plugin ended: its exit status and what it printed.
//
// It runs nothing. The real backend judges processes by it and the simulator
// pretended ones, so that what counts as success is written once.
package ending
