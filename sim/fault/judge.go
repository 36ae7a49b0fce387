package fault

import "math"

// Healer is a judge that can be told that the time of faults is over.
type Healer interface {
	Judge
	// Heal makes every further answer OK.
	Heal()
}

// Tri is yes, no, or that it does not matter.
type Tri uint8

// The three.
const (
	Any Tri = iota
	Yes
	No
)

// undoing is whether a process undoes.
func undoing(by *Actor) Tri {
	if by.Undoing {
		return Yes
	}
	return No
}

// Fault is one thing that goes wrong: which operation, and how.
type Fault struct {
	Kind Kind
	// On is what the operation is done to. A "*" in it stands for anything; ""
	// is everything.
	On string
	// Nth is which one of all the operations that this is about, from 1; 0 is
	// every one of them.
	Nth int
	// Program and Verb are those of the process; "" is any.
	Program, Verb string
	Undoing       Tri
	Row           *Row
}

// about reports whether the fault is about an operation.
func (f *Fault) about(by *Actor, op *Op) bool {
	return f.Kind == op.Kind &&
		(f.Program == "" || f.Program == by.Program) &&
		(f.Verb == "" || f.Verb == by.Verb) &&
		(f.Undoing == Any || f.Undoing == undoing(by)) &&
		(f.On == "" || glob(f.On, op.On))
}

// glob matches text against a pattern in which "*" stands for anything.
func glob(pattern, text string) bool {
	star, mark, p, t := -1, 0, 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0: // the last star takes one byte more
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// At lets faults happen that somebody listed.
type At struct {
	faults []Fault
	seen   []int
	hits   []int
	healed bool
}

var _ Healer = (*At)(nil)

// NewAt returns the judge of a list of faults. Where two of them are about the
// same operation the first happens; all of them count it.
func NewAt(faults ...Fault) *At {
	return &At{
		faults: faults, seen: make([]int, len(faults)), hits: make([]int, len(faults)),
	}
}

// Judge answers with the first fault that is due.
func (a *At) Judge(by Actor, op Op) Outcome {
	if a.healed {
		return Outcome{}
	}
	due := -1
	for i := range a.faults {
		f := &a.faults[i]
		if !f.about(&by, &op) {
			continue
		}
		a.seen[i]++
		if due < 0 && (f.Nth == 0 || f.Nth == a.seen[i]) {
			due = i
		}
	}
	if due < 0 {
		return Outcome{}
	}
	a.hits[due]++
	return a.faults[due].Row.Outcome()
}

// Heal ends all faults.
func (a *At) Heal() { a.healed = true }

// Missed are the faults that never happened: the run had no such operation.
func (a *At) Missed() []Fault {
	var missed []Fault
	for i, n := range a.hits {
		if n == 0 {
			missed = append(missed, a.faults[i])
		}
	}
	return missed
}

// Nth lets one operation of a run go wrong, or two: all single and double faults
// of a run are explored with it. Make one with [NewNth] or [NewPair].
type Nth struct {
	left   int
	row    *Row
	n      int
	then   *Row
	missed bool
}

var _ Healer = (*Nth)(nil)

// NewNth is the judge that answers the n-th operation, from 1, with a row.
func NewNth(n int, row *Row) *Nth { return &Nth{left: n, row: row} }

// NewPair is as NewNth, and answers the m-th operation after that with another.
func NewPair(n int, row *Row, m int, then *Row) *Nth {
	return &Nth{left: n, row: row, n: m, then: then}
}

// Judge counts.
func (j *Nth) Judge(_ Actor, op Op) Outcome {
	j.left--
	if j.left != 0 {
		return Outcome{}
	}
	row := j.row
	j.row, j.then, j.left, j.n = j.then, nil, j.n, 0
	if row == nil || row.Kind != op.Kind {
		j.row, j.missed = nil, true
		return Outcome{}
	}
	return row.Outcome()
}

// Heal ends all faults.
func (j *Nth) Heal() { j.left, j.row, j.then = math.MaxInt, nil, nil }

// Missed reports that an operation was of another kind than its row: the run is
// not the one that somebody counted.
func (j *Nth) Missed() bool { return j.missed }

// Pending reports that the run has ended before its faults.
func (j *Nth) Pending() bool { return j.row != nil }
