package fault

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"patchbay/core/fail"
	"patchbay/sim/cluster"
	"patchbay/sim/errno"
)

// Row is one way in which one kind of operation goes wrong, and what Patchbay
// owes its user then.
type Row struct {
	// ID is kind, way and name, which no other row has: "link.add fail-before
	// EBUSY". It follows from the other fields.
	ID   string
	Kind Kind
	How  How
	// Err is the answer, of the type that the operation gives to whoever asks: an
	// [errno.Errno] of the kernel and of files, an [*Answer] of a plugin, a
	// [*cluster.StatusError] of the API server, and a [*fail.Error] where its
	// client can not make sense of what it gets.
	Err error
	// N is the milliseconds of Late, a share in percent or a number of operations
	// of Partial, and the [Spoil] of Corrupt.
	N        int
	Mark     Mark
	Expect   Expect
	Taxonomy []string
	Why      string

	at int // the place in the catalogue, from 1; 0: it is not there
}

// Outcome is what a judge answers for the row.
func (r *Row) Outcome() Outcome { return Outcome{How: r.How, Err: r.Err, N: r.N} }

// Name is the last part of the ID: "EBUSY", "2s", "truncated", or nothing.
func (r *Row) Name() string { return nameOf(r.Outcome()) }

// String is the ID.
func (r *Row) String() string { return r.ID }

func nameOf(o Outcome) string {
	name := errorName(o.Err)
	switch {
	case o.How == Late:
		return (time.Duration(o.N) * time.Millisecond).String()
	case o.How == Partial:
		return name + "-" + strconv.Itoa(o.N)
	case o.How == Corrupt && o.N > 0:
		return Spoil(o.N).String()
	}
	return name
}

// errorName is the word that stands for an error in an ID.
func errorName(err error) string {
	if err == nil {
		return ""
	}
	if a, ok := errors.AsType[*Answer](err); ok {
		return a.Name
	}
	if s := cluster.StatusOf(err); s != nil {
		code := strconv.Itoa(s.Code)
		switch {
		case s.RetryAfterSeconds > 0:
			return code + "-after-" + strconv.Itoa(s.RetryAfterSeconds) + "s"
		case s.Name != "": // it is about an object, and so not of a server in between
			return code + "-" + s.Reason
		}
		return code
	}
	if e, ok := errors.AsType[errno.Errno](err); ok {
		return e.Name()
	}
	return strings.ReplaceAll(fail.Of(err).String(), " ", "-")
}

// Mark says how much one occurrence may cost.
type Mark uint8

// The marks.
const (
	// Tolerate: the verb succeeds, or its process is no more and the next thing
	// that the runtime does anyway puts everything right.
	Tolerate Mark = iota
	// Degrade: the verb says that it failed. When all is healed and the runtime has
	// repeated DEL, or collected, nothing is left.
	Degrade
	// Outside: nobody in Patchbay's place could notice, or help. The row says why.
	Outside
	marks
)

// String names the mark.
func (m Mark) String() string { return [marks]string{"tolerate", "degrade", "outside"}[m] }

// Response is what is expected of a verb: a set, for there may be a choice.
type Response uint16

// The responses, by the codes of the taxonomy. AI is ours, for what the taxonomy
// has no code for.
const (
	AI Response = 1 << iota // as if: the verb succeeds, and nothing is different
	ID                      // idempotent: DEL succeeds, by its record
	RT                      // retried a few times within the deadline, then as the others say
	RB                      // rolled back: an error, and all plugins that ran are undone
	CT                      // continued: the rest is done, what failed is kept, an error
	FF                      // failed first: an error before anything was changed
	QR                      // quarantined: set aside, loudly, until somebody looked
	NO                      // nothing that is not ours is touched
	LV                      // live: put right after healing
)

// responses are the names, in the order of the bits.
const responses = "AI ID RT RB CT FF QR NO LV"

// String lists the codes: "RT RB".
func (r Response) String() string {
	var codes []string
	for i, code := range strings.Fields(responses) {
		if r&(1<<i) != 0 {
			codes = append(codes, code)
		}
	}
	return strings.Join(codes, " ")
}

// Has reports whether all of some responses are in r.
func (r Response) Has(some Response) bool { return r&some == some }

// MaySucceed reports whether a verb may succeed.
func (r Response) MaySucceed() bool { return r&(AI|ID|RT) != 0 }

// MayFail reports whether a verb may say that it failed. One that may neither
// succeed nor fail does not answer.
func (r Response) MayFail() bool { return r&(RB|CT|FF|QR) != 0 }

// Expect is what is expected of each verb. Zero: a verb has no such operation.
type Expect struct{ Add, Del, GC, Check, Status Response }

// Of is what is expected of a verb by its name.
func (e Expect) Of(verb string) Response {
	switch verb {
	case "ADD":
		return e.Add
	case "DEL":
		return e.Del
	case "GC":
		return e.GC
	case "CHECK":
		return e.Check
	case "STATUS":
		return e.Status
	}
	return 0
}

// Spoil is how an answer differs from the right one.
type Spoil int

// The ways to spoil an answer. A number below Truncated is of a stale answer:
// how many versions it is behind.
const (
	Behind1   Spoil = 1
	Behind3   Spoil = 3
	Truncated Spoil = iota + 998 // the first half is there
	Emptied                      // there is no byte
	Flipped                      // one bit is another
	Zeroed                       // as long as it was, and all NUL
	Foreign                      // something valid that is about somebody else
	Shortened                    // a list lacks its second half
	Unsynced                     // it is there until the power goes
)

// spoils are the names, from Truncated on.
//
//nolint:gochecknoglobals // a constant table
var spoils = []string{
	"truncated", "emptied", "flipped", "zeroed", "foreign", "shortened", "unsynced",
}

// String names the way: "truncated", "behind-1".
func (s Spoil) String() string {
	if n := s.Stale(); n > 0 {
		return "behind-" + strconv.Itoa(n)
	}
	return spoils[s-Truncated]
}

// Stale reports how many versions an answer is behind; 0: it is spoilt otherwise.
func (s Spoil) Stale() int {
	if s < Truncated {
		return int(s)
	}
	return 0
}
