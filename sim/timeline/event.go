package timeline

import (
	"time"

	"patchbay/sim/fault"
	"patchbay/sim/invariant"
)

// Mark says how something ended, in one character.
type Mark rune

// The marks. Nothing is the mark of what has only begun.
const (
	Nothing  Mark = ' '
	Done     Mark = '·' // as it should
	Failed   Mark = '!' // with an error, that nobody injected here
	Struck   Mark = '↯' // a fault was injected
	Crashed  Mark = '☠' // a process was killed
	PowerCut Mark = '⚡'
	Violated Mark = '✗' // an invariant does not hold
	Open     Mark = '~' // it has not ended
)

// Legend explains the marks in one line.
const Legend = "· ok   ! failed   ↯ fault injected   ☠ killed   ⚡ power cut   " +
	"✗ does not hold   ~ never ended"

// Kind is what an event is about.
type Kind string

// The kinds of events.
const (
	Step      Kind = "step"      // of the story
	Begin     Kind = "begin"     // of a call
	End       Kind = "end"       // of a call
	Operation Kind = "operation" // of a process
	Exit      Kind = "exit"      // of a plugin
	Death     Kind = "death"     // of a process
	Boot      Kind = "boot"      // of a node
	Violation Kind = "violation"
)

// Event is one line of a timeline.
type Event struct {
	At   time.Duration // virtual, since the world began
	Kind Kind
	Mark Mark
	// Op is which operation of the run it is, from 1, as faults and --step count;
	// 0 of what is none.
	Op int
	// Call is which of the calls it belongs to, from 1; 0: to none.
	Call int
	// Depth is 0 of the process that the runtime began, 1 of a plugin, 2 of what
	// the plugin runs.
	Depth int
	// Text says what, and Detail how it ended if not well.
	Text, Detail string

	// runs says that a plugin ran within this operation.
	runs bool
	// of is the operation, by its place, within which a plugin did this, or whose
	// end it is; -1 of none.
	of int
}

// Timeline is what happened in one run, in order.
type Timeline struct {
	Events []Event `json:"events"`
	// Calls is how many there were.
	Calls int `json:"calls"`
	// Ops is how many operations there were.
	Ops int `json:"operations"`
}

// Add puts in what a checker has found, where it has found it. What is about the
// run as a whole comes last.
func (t *Timeline) Add(list []invariant.Violation) {
	for _, v := range list {
		e := Event{
			At: v.At, Kind: Violation, Mark: Violated, of: -1,
			Text: number(v.Invariant) + " " + v.Name, Detail: v.Text,
		}
		place := len(t.Events)
		if v.Op > 0 || v.At > 0 {
			for i, other := range t.Events {
				if other.At > v.At || other.Op > v.Op {
					place = i
					break
				}
			}
		}
		t.insert(place, e)
	}
}

// insert puts an event in, and moves what refers to places behind it.
func (t *Timeline) insert(place int, e Event) {
	t.Events = append(t.Events, Event{})
	copy(t.Events[place+1:], t.Events[place:])
	t.Events[place] = e
	for i := range t.Events {
		if t.Events[i].of >= place {
			t.Events[i].of++
		}
	}
}

// markOf is how an operation ends by what was decided about it.
func markOf(how fault.How) Mark {
	switch how { //nolint:exhaustive // the default is all that is neither
	case fault.OK:
		return Open
	case fault.CrashBefore, fault.CrashAfter:
		return Crashed
	case fault.CutBefore, fault.CutAfter:
		return PowerCut
	default:
		return Struck
	}
}
