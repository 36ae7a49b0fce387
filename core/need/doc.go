// Package need asks what must still be known before anything is done, and
// settles it: from a request and the facts so far to either more questions or
// a complete record of what is to be attached.
//
// [Missing] and [Settle] run the same resolution, so they can not disagree.
// Everything that can be refused is refused here, before the first effect. The
// package asks nobody: questions are values, answers are handed in.
package need
