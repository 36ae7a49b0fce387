package fault

import "patchbay/core/record"

// Kind names a kind of operation: "link.add".
type Kind string

// Op is one operation: what is done, and to what.
type Op struct {
	Kind Kind
	On   string
}

// String is "link.add net1".
func (o Op) String() string {
	if o.On == "" {
		return string(o.Kind)
	}
	return string(o.Kind) + " " + o.On
}

// How is the way in which an operation ends.
type How uint8

// The ways, from the ordinary to the worst.
const (
	OK          How = iota
	FailBefore      // it fails, and nothing has happened
	FailAfter       // it has happened, and the answer says that it failed
	Partial         // it has happened in part, and fails
	LostReply       // it has happened, and no answer comes
	Hang            // nothing happens until whoever waits gives up
	Late            // it happens, but takes long
	Lie             // nothing has happened, and the answer says ok
	Duplicate       // it happens twice
	Corrupt         // it has happened, and the answer is not what it should be
	CrashBefore     // the process dies, and nothing has happened
	CrashAfter      // the process dies when it has happened
	CutBefore       // the power goes before
	CutAfter        // the power goes after
	hows
)

// String names the way, as the catalogue and scenarios do.
func (h How) String() string {
	return [hows]string{
		"ok", "fail-before", "fail-after", "partial", "lost-reply", "hang", "late", "lie",
		"duplicate", "corrupt", "crash-before", "crash-after", "cut-before", "cut-after",
	}[h]
}

// Outcome is what becomes of one operation.
type Outcome struct {
	How How
	// Err is the answer where one comes that is not ok.
	Err error
	// N is how much, which, or how many milliseconds, as the kind has it.
	N int
}

// Actor is whose operation it is.
type Actor struct {
	Node    int
	Proc    int        // a number that no other process of the world has
	Call    int        // the number of the process that the runtime began
	Program string     // "patchbay", "bridge"
	Verb    string     // "ADD"
	Key     record.Key // of the sandbox it works for
	Undoing bool       // the walk has turned round, or is one down from the start
}

// Judge decides what becomes of operations.
type Judge interface {
	Judge(by Actor, op Op) Outcome
}

// Never is the judge of a world without faults.
type Never struct{}

// Judge says ok.
func (Never) Judge(Actor, Op) Outcome { return Outcome{} }
