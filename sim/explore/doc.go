// Package explore tells stories again and again, with every fault, every crash
// and every order, and says what did not hold.
//
// A [Lab] tells one story once and looks at what came of it. The modes differ in
// what they vary: one fault, two faults, the order in which things end, or all of
// it by chance. What failed is cut down to what matters and told as a timeline.
//
// It is the only package of the simulator with goroutines: independent runs, one
// world each, on as many processors as there are. What it reports is in the
// order of the runs and does not depend on them.
package explore
