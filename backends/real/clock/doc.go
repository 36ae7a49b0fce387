// Package clock is the wall clock, as a [patchbay/backends.Clock].
//
// It is the one place besides cmd that reads the time or waits for it. It is
// not a scheduler and knows no deadlines of its own.
package clock
