// Package timeline writes down what happens in a pretended world so that a person
// can read it: in lanes, one for each CNI call that is under way, with the plugins
// that it runs indented in it, what the story does beside, and a mark for how
// everything ended.
//
// A [Recorder] listens to one run. What it heard is a [Timeline], which is data,
// and which [Timeline.Lines] lays out: only what is near to something that went
// wrong, unless all is wanted. The same run gives the same text.
//
// It judges nothing: what did not hold it is told by [Timeline.Add].
package timeline
