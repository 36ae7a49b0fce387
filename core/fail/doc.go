// Package fail says what kind of failure an error is and which CNI error code
// it becomes at the edge.
//
// An error here is a sentence about an object ("net2 (red): plugin macvlan:
// device busy"). People read the sentence; code switches on the [Kind]. The
// package is not a logger and holds no table of messages.
package fail
