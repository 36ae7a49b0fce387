// Package plan says what is to be done about a sandbox, as a plan of
// reversible effects.
//
// [Of] is a function of a record alone: ADD walks its plan up, DEL, GC and
// recovery from a crash walk the same plan down. The effects name what they are
// about and carry no handles, so that a plan can be printed, compared and
// replayed. The package performs nothing; [PolicyOf] says how patiently each
// effect is to be performed.
package plan
