package invariant

// When says at what times an invariant is looked at.
type When uint8

// The times.
const (
	Step    When = iota + 1 // at every change, and around every call
	End                     // when everything was healed and has come to rest
	Live                    // when it should have come to rest
	Compare                 // of two worlds that are over
)

// String names the time.
func (w When) String() string {
	return [...]string{"never", "step", "end", "live", "compare"}[w]
}

// Row is one invariant.
type Row struct {
	Number int
	Name   string
	// Text says what must hold.
	Text string
	When When
	// By says what looks, and at what.
	By string
	// Except lists what is allowed although the text does not say so.
	Except string
	// Waits names what must be there before any of it can be looked at here.
	Waits string
	// Elsewhere says where it is looked at instead, when a simulator can not see it.
	Elsewhere string
}

// Checked reports whether this package looks at the invariant.
func (r *Row) Checked() bool { return r.Waits == "" && r.Elsewhere == "" }

// Rows lists all invariants by number. Nobody changes the list.
func Rows() []Row { return table }

// Number of rows, and one more so that they can be indexed by number.
const numbers = 61

// table is all rows in the order of their numbers.
//
//nolint:gochecknoglobals // a constant table
var table = concat(ownRows, fenceRows, answerRows, verbRows, restRows, liveRows, compareRows)

func concat(parts ...[]Row) []Row {
	var out []Row
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// nameOf is the name of an invariant.
func nameOf(number int) string { return table[number-1].Name }
