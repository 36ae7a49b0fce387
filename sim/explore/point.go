package explore

import (
	"fmt"

	"patchbay/sim/fault"
)

// Point is one thing that goes wrong in a run: the Nth operation after the point
// before, from 1, ends as a row of the catalogue says.
type Point struct {
	Nth int
	Row *fault.Row
}

// String is "#17 link.add fail-before EBUSY".
func (p Point) String() string { return fmt.Sprintf("#%d %s", p.Nth, p.Row.ID) }

// points is the judge of one or two points, and remembers what they struck.
type points struct {
	*fault.Nth
	list   []Point
	struck []strike
}

// strike is an operation that went wrong.
type strike struct {
	by  fault.Actor
	op  fault.Op
	row *fault.Row
}

func newPoints(list ...Point) *points {
	p := &points{list: list}
	if len(list) == 1 {
		p.Nth = fault.NewNth(list[0].Nth, list[0].Row)
	} else {
		p.Nth = fault.NewPair(list[0].Nth, list[0].Row, list[1].Nth, list[1].Row)
	}
	return p
}

// Judge asks, and remembers what is not ok.
func (p *points) Judge(by fault.Actor, op fault.Op) fault.Outcome {
	out := p.Nth.Judge(by, op)
	if out.How != fault.OK {
		p.struck = append(p.struck, strike{by, op, p.list[len(p.struck)].Row})
	}
	return out
}

// listing is a judge that lets another decide and keeps the list of operations.
type listing struct {
	judge fault.Judge
	ops   []fault.Op
	by    []fault.Actor
	sick  int // how many operations there were until all was healed
}

// Judge asks, and lists the operation.
func (l *listing) Judge(by fault.Actor, op fault.Op) fault.Outcome {
	l.ops, l.by = append(l.ops, op), append(l.by, by)
	return l.judge.Judge(by, op)
}

// Heal passes it on.
func (l *listing) Heal() {
	l.sick = len(l.ops)
	if h, ok := l.judge.(fault.Healer); ok {
		h.Heal()
	}
}
