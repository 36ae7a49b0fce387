package fault

import (
	"slices"
	"strings"

	"patchbay/sim/errno"
)

// entry is a row of the catalogue as it is written down: one line, for one or
// several kinds of operations.
type entry struct {
	how      How
	err      error
	n        int
	mark     Mark
	expect   Expect
	taxonomy string // separated by spaces
	why      string
}

// rowsOf writes entries down for each of some kinds.
func rowsOf(on []Kind, entries ...entry) []Row {
	rows := make([]Row, 0, len(on)*len(entries))
	for _, kind := range on {
		for _, e := range entries {
			rows = append(rows, Row{
				Kind: kind, How: e.how, Err: e.err, N: e.n, Mark: e.mark, Expect: e.expect,
				Taxonomy: strings.Fields(e.taxonomy), Why: e.why,
			})
		}
	}
	return rows
}

func concat(tables ...[]Row) []Row { return slices.Concat(tables...) }

// on is the list of the kinds of a table.
func on(kinds ...Kind) []Kind { return kinds }

// What is expected where verbs do not differ, or as they usually do.
//
//nolint:gochecknoglobals // constant tables
var (
	// asIf is of what nobody notices.
	asIf = Expect{Add: AI, Del: AI, GC: AI, Check: AI, Status: AI}
	// undone is of what turns the walk of an ADD round.
	undone = Expect{Add: RB, Del: CT, GC: CT, Check: FF, Status: FF}
	// refused is of what is looked at before anything is changed.
	refused = Expect{Add: FF, Del: CT, GC: CT, Check: FF, Status: FF}
	// retried is of what is asked again, and fails only if that does not help.
	retried = Expect{
		Add: RT | RB, Del: RT | CT, GC: RT | CT, Check: RT | FF, Status: RT | FF,
	}
	// lived is of processes that die: there is no answer.
	lived = Expect{Add: LV, Del: LV, GC: LV, Check: LV, Status: LV}
)

// died is the status of a plugin that was killed, and failed that of one that says
// so.
const (
	killed = "signal: killed"
	failed = "exit status 1"
)

// enoexec is ENOEXEC (include/uapi/asm-generic/errno-base.h).
const enoexec errno.Errno = 8
