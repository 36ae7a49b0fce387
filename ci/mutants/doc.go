// Mutants puts one bug after the other into the core, the driver and the store,
// and shows that the simulator finds it: in which story, by which invariant, and
// in how long. A simulator that finds no bugs either looks at code without any, or
// does not look.
//
// A mutant is a row in rows/*.txtar: what the bug is, where it was seen before,
// what is expected to find it, and the lines that it changes. It is applied by
// `go test -overlay`, and so the tree is never touched. Its old lines are found
// wherever they are, as long as they are there exactly once, with whatever
// white space; a test says when they are not, and when a mutant does not compile.
//
// It does not invent mutants. Each one is a bug that somebody had, or would have
// without the comment beside it.
package main
