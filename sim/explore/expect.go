package explore

import (
	"fmt"

	"patchbay/sim/fault"
	"patchbay/sim/invariant"
)

// Numbers of what is judged beside the invariants of the list.
const (
	expectation = 0  // the catalogue says what a verb answers
	reference   = 54 // SameAsReference
	neutral     = 57 // AddDelNeutral
)

// compare judges a run by the one without faults.
func (r *Run) compare(ref *Run) {
	for _, line := range invariant.Diff(ref.Up, r.Up) {
		r.add(reference, "SameAsReference", "when healed, other than without faults: "+line)
	}
	for _, line := range invariant.Diff(ref.Down, r.Down) {
		r.add(reference, "SameAsReference", "without pods, other than without faults: "+line)
	}
}

func (r *Run) add(number int, name, text string) {
	r.Violations = append(r.Violations, invariant.Violation{
		Invariant: number, Name: name, Text: text,
	})
}

// expect judges the answers of the calls that were struck by what the catalogue
// expects of them. After a second strike in the same call nothing is expected,
// nor of a call that fails without any: a story may ask for what can not be.
func (r *Run) expect(struck []strike, ref *Run) {
	for i, s := range struck {
		if i+1 < len(struck) && struck[i+1].by.Call == s.by.Call ||
			i > 0 && struck[i-1].by.Call == s.by.Call {
			continue
		}
		for n, a := range r.Calls {
			fails := n < len(ref.Calls) && ref.Calls[n].Err != nil
			if a.Proc == s.by.Call && !a.Died && !fails {
				r.expectOf(a, s)
			}
		}
	}
}

// expectOf holds a verb to its word where the catalogue lets it only succeed. That
// one fails where it has to is for the invariants: who succeeds without having
// looked leaves less than is wanted, or more.
func (r *Run) expectOf(a Answer, s strike) {
	if want := s.row.Expect.Of(a.Verb); a.Err != nil && want == fault.AI {
		r.add(expectation, "Expectation", fmt.Sprintf(
			"%s of %s fails although %s was only %s; the catalogue expects %s: %v",
			a.Verb, a.Key, s.op, s.row.ID, want, a.Err))
	}
}
