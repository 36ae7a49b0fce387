package fault

import (
	"slices"
	"strings"

	"patchbay/sim/errno"
)

// entry is a row of the catalogue as it is written down, for one or several kinds
// of operations:
//
//	before(errno.EBUSY).degrade(partway, "K04", "a VF that is just reset")
type entry struct {
	how      How
	err      error
	n        int
	mark     Mark
	expect   Expect
	taxonomy string // separated by spaces
	why      string
}

// The beginnings of an entry: what happens.

func before(err error) entry        { return entry{how: FailBefore, err: err} }
func after(err error) entry         { return entry{how: FailAfter, err: err} }
func partly(err error, n int) entry { return entry{how: Partial, err: err, n: n} }
func lostReply() entry              { return entry{how: LostReply} }
func hangs() entry                  { return entry{how: Hang} }
func late(milliseconds int) entry   { return entry{how: Late, n: milliseconds} }
func lies() entry                   { return entry{how: Lie} }
func doubled() entry                { return entry{how: Duplicate} }
func spoilt(how Spoil) entry        { return entry{how: Corrupt, n: int(how)} }
func prints(odd *Answer) entry      { return entry{how: Corrupt, err: odd} }
func ends(how How) entry            { return entry{how: how} }

// The ends of an entry: what it may cost, what is expected then, and why.

func (e entry) tolerate(expect Expect, taxonomy, why string) entry {
	return e.marked(Tolerate, expect, taxonomy, why)
}

func (e entry) degrade(expect Expect, taxonomy, why string) entry {
	return e.marked(Degrade, expect, taxonomy, why)
}

func (e entry) outside(expect Expect, taxonomy, why string) entry {
	return e.marked(Outside, expect, taxonomy, why)
}

func (e entry) marked(mark Mark, expect Expect, taxonomy, why string) entry {
	e.mark, e.expect, e.taxonomy, e.why = mark, expect, taxonomy, why
	return e
}

// tableOf writes entries down for each of some kinds.
func tableOf(on []Kind, entries ...entry) []Row {
	rows := make([]Row, 0, len(on)*len(entries))
	for _, kind := range on {
		for _, e := range entries {
			rows = append(rows, Row{
				Kind: kind, How: e.how, Err: e.err, N: e.n, Mark: e.mark,
				Expect:   e.expect.within(kind),
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
	// undone is of what turns the walk of an ADD round. STATUS fails for the networks
	// of all pods, and warns of those that only some have.
	undone = Expect{Add: RB, Del: CT, GC: CT, Check: FF, Status: FF | AI}
	// missing is of a plugin that is not there: to detach can not succeed by being
	// repeated, and is set aside.
	missing = Expect{Add: RB | QR, Del: CT | QR, GC: CT | QR, Check: FF, Status: FF | AI}
	// refused is of what is looked at before anything is changed. DEL looks at it where
	// there is no record, and then has nothing to do.
	refused = Expect{Add: FF, Del: CT | ID, GC: CT, Check: FF, Status: FF}
	// retried is of what is asked again, and fails only if that does not help.
	retried = Expect{
		Add: RT | RB, Del: RT | CT, GC: RT | CT, Check: RT | FF, Status: RT | FF,
	}
	// lived is of processes that die: there is no answer.
	lived = Expect{Add: LV, Del: LV, GC: LV, Check: LV, Status: LV}
)

// killed is how a plugin ended that somebody killed, and failed how one did that says
// what is wrong.
const (
	killed = "signal: killed"
	failed = "exit status 1"
)

// enoexec is ENOEXEC (include/uapi/asm-generic/errno-base.h).
const enoexec errno.Errno = 8
