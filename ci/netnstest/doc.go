// Package netnstest gives a test network namespaces of its own: made by [New],
// entered by [Do], and gone when the test ends.
//
// It is for tests only, needs root (package require says so for it), and puts
// no interfaces into a namespace but the "lo" that the kernel does.
package netnstest
