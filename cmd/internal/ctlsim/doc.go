// Package ctlsim is what patchbayctl does with the simulator: it runs the modes of
// sim/explore, and makes of what they find something that a person can read and
// tell again.
//
// It decides nothing about runs: what goes wrong, what must hold and how a run is
// shrunk is the simulator's.
package ctlsim
