// Package drive performs plans on a backend: it asks what the core needs to
// know, walks ladders up and down, and owns goroutines, deadlines and locks.
//
// Every CNI verb is one method of [Driver]. What is to be done is decided in the
// core; how patiently is the table in core/plan. The package knows no kernel, no
// files and no API server, so that it drives the real node and the simulated one
// alike.
package drive
