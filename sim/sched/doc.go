// Package sched runs the pretended processes of a world one at a time, in
// virtual time.
//
// A task is ordinary blocking Go on a coroutine (iter.Pull), so that the driver
// that pods get is run as it is. Whenever a task lets others go first, the next
// one is a choice; time passes only when somebody spends it or when everybody
// waits. There is never more than one goroutine at work, so nothing depends on
// the machine. The package knows neither processes nor faults; sim/proc does.
package sched
