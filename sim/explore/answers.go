package explore

import (
	"fmt"
	"slices"

	"patchbay/sim/fault"
	"patchbay/sim/world"
)

// answered judges the answers themselves. When nothing goes wrong every call
// succeeds, unless the story says that some fail; when all is healed and at rest,
// CHECK, STATUS, GC and a DEL that is repeated do, whatever was before.
func (r *Run) answered(story world.Story, struck []strike, disturbed bool) {
	for _, a := range r.Calls {
		switch {
		case a.Err == nil || a.Died || a.Verb == "CHECK" && spoiled(struck):
		case !disturbed && !story.Fails:
			r.add(expectation, "Expectation", fmt.Sprintf(
				"%s of %s fails although nothing went wrong: %v", a.Verb, a.Key, a.Err))
		case a.AtRest:
			r.add(expectation, "Expectation", fmt.Sprintf(
				"%s of %s fails although all is healed and at rest: %v", a.Verb, a.Key, a.Err))
		}
	}
}

// spoiled reports whether a file was spoiled on its disk, for good. Without the
// result of ADD there is nothing to check against, and CHECK has to say so.
func spoiled(struck []strike) bool {
	return slices.ContainsFunc(struck, func(s strike) bool {
		return s.row.Kind == fault.FileRead && s.row.How == fault.Corrupt
	})
}
