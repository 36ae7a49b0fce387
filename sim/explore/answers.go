package explore

import (
	"fmt"

	"patchbay/sim/world"
)

// answered judges the answers themselves. When nothing goes wrong every call
// succeeds, unless the story says that some fail; when all is healed and at rest,
// CHECK, STATUS, GC and a DEL that is repeated do, whatever was before.
func (r *Run) answered(story world.Story, disturbed bool) {
	for _, a := range r.Calls {
		switch {
		case a.Err == nil || a.Died:
		case !disturbed && !story.Fails:
			r.add(expectation, "Expectation", fmt.Sprintf(
				"%s of %s fails although nothing went wrong: %v", a.Verb, a.Key, a.Err))
		case a.AtRest:
			r.add(expectation, "Expectation", fmt.Sprintf(
				"%s of %s fails although all is healed and at rest: %v", a.Verb, a.Key, a.Err))
		}
	}
}
