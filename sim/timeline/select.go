package timeline

import (
	"fmt"
	"slices"
)

// row is an event that is laid out, or what stands for several.
type row struct {
	Event

	hidden int // how many operations it stands for, of the first call if there are several
	calls  int // how many calls, if it stands for all of some
	more   int // how many rows of calls, if it stands for those
}

// around is how many operations before and after one that went wrong are shown.
const around = 2

// choice is which events are shown.
type choice struct {
	*Timeline

	keep  []bool
	calls []bool          // those of which anything is shown, by number
	told  map[string]bool // how plugins have failed already
}

// choose picks the events that are laid out, and puts the others together.
func (t *Timeline) choose(d Detail) []row {
	if d == All {
		rows := make([]row, 0, len(t.Events))
		for _, e := range t.Events {
			rows = append(rows, row{Event: e})
		}
		return rows
	}
	c := &choice{t, make([]bool, len(t.Events)), make([]bool, t.Calls+1), map[string]bool{}}
	for i := range t.Events {
		if c.matters(i) {
			c.near(i)
		}
	}
	c.turns()
	c.beside()
	for i, e := range t.Events {
		if c.keep[i] && e.Call > 0 {
			c.calls[e.Call] = true
		}
	}
	return short(folded(c.rows()))
}

// matters reports whether something went wrong that nobody foresaw in the code.
func (c *choice) matters(i int) bool {
	switch e := &c.Events[i]; e.Mark {
	case Struck, Crashed, PowerCut, Violated:
		return e.Kind != End // which is shown anyway, if anything is
	case Open:
		return !e.runs
	case Failed:
		if e.Kind == Exit && !c.told[e.Text+e.Detail] {
			c.told[e.Text+e.Detail] = true
			return true
		}
		return false // it is as it was the first time
	case Nothing, Done:
	}
	return c.Events[i].Call == 0
}

// near keeps an event, those of the same call around it, and the plugins that it
// happened in.
func (c *choice) near(i int) {
	c.keep[i] = true
	if e := &c.Events[i]; e.Kind == Violation {
		if e.At > 0 || e.Op > 0 { // else it is about the run as a whole
			c.cause(i)
		}
		return
	}
	c.within(i)
	if c.Events[i].Call == 0 || c.Events[i].Kind == Exit {
		return
	}
	for _, step := range []int{-1, 1} {
		left := around
		for j := i + step; j >= 0 && j < len(c.Events) && left > 0; j += step {
			if c.Events[j].Call == c.Events[i].Call && c.Events[j].Kind == Operation {
				c.keep[j] = true
				c.within(j)
				left--
			}
		}
	}
}

// mostTurns is how many turns are shown: where there are more nobody sees which
// of them matters.
const mostTurns = 40

// turns keeps the operations between which one call was stopped for another, for
// that may be all that is out of the ordinary.
func (c *choice) turns() {
	var at []int
	last := -1
	open := make([]bool, c.Calls+1)
	for i, e := range c.Events {
		switch e.Kind {
		case Begin:
			open[e.Call] = true
		case End:
			open[e.Call] = false
		case Operation:
			if last >= 0 && c.Events[last].Call != e.Call && open[c.Events[last].Call] {
				at = append(at, last, i)
			}
			last = i
		case Step, Exit, Death, Boot, Violation:
		}
	}
	if len(at) > 2*mostTurns {
		return
	}
	for _, i := range at {
		c.keep[i] = true
		c.within(i)
	}
}

// mostBeside is how many calls are shown only because others are under way with
// them.
const mostBeside = 12

// beside shows the calls that are under way at one time, unless they are many.
func (c *choice) beside() {
	var open, all []int
	for _, e := range c.Events {
		switch e.Kind {
		case Begin:
			if open = append(open, e.Call); len(open) > 1 {
				all = append(all, open...)
			}
		case End:
			open = slices.DeleteFunc(open, func(call int) bool { return call == e.Call })
		case Operation, Step, Exit, Death, Boot, Violation:
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) > mostBeside {
		return
	}
	for _, call := range all {
		c.calls[call] = true
	}
}

// cause keeps the operation that came before a violation.
func (c *choice) cause(i int) {
	for j := i - 1; j >= 0; j-- {
		if c.Events[j].Kind == Operation {
			c.keep[j] = true
			c.within(j)
			return
		}
		if c.Events[j].Kind == Step {
			return // it was seen at rest
		}
	}
}

// within keeps the beginning of the plugins that an event is within.
func (c *choice) within(i int) {
	for at := c.Events[i].of; at >= 0; at = c.Events[at].of {
		c.keep[at] = true
	}
}

// rows puts together what is not kept.
func (c *choice) rows() []row {
	var out []row
	counts := make([]count, c.Calls+1)
	flush := func(call int) {
		if n := &counts[call]; n.ok+n.failed > 0 {
			out = append(out, n.row(call))
			*n = count{}
		}
	}
	for i, e := range c.Events {
		switch {
		case e.Kind == Violation || e.Call == 0:
			out = append(out, row{Event: e})
		case !c.calls[e.Call]:
			out = c.whole(out, i)
		case c.keep[i] || e.Kind == Begin || e.Kind == End || e.Kind == Exit && c.keep[e.of]:
			flush(e.Call)
			out = append(out, row{Event: e})
		case e.Kind == Operation:
			counts[e.Call].add(e)
		}
	}
	for call := range counts {
		flush(call)
	}
	return out
}

// whole stands for a call in which nothing went wrong; several of the same that
// come after one another are one row.
func (c *choice) whole(out []row, i int) []row {
	e := c.Events[i]
	if e.Kind != Begin {
		return out
	}
	n := count{}
	for _, other := range c.Events[i:] {
		if other.Call != e.Call {
			continue
		}
		n.add(other)
		if other.Kind == End {
			e.Mark, e.Detail = other.Mark, other.Detail
		}
	}
	if last := len(out) - 1; last >= 0 && out[last].calls > 0 && out[last].Text == e.Text &&
		out[last].Mark == e.Mark && out[last].Detail == e.Detail {
		out[last].calls++
		return out
	}
	return append(out, row{e, n.ok + n.failed, 1, 0})
}

// count is how many operations are not shown.
type count struct {
	ok, failed int
	at         Event
}

func (n *count) add(e Event) {
	if e.Kind != Operation {
		return
	}
	if n.ok+n.failed == 0 {
		n.at = e
	}
	n.at.Depth = min(n.at.Depth, e.Depth)
	if e.Mark == Done {
		n.ok++
	} else {
		n.failed++
	}
}

func (n *count) row(call int) row {
	text := fmt.Sprintf("… %d ok", n.ok)
	if n.failed > 0 {
		text += fmt.Sprintf(", %d %c", n.failed, Failed)
	}
	return row{
		Event{
			At: n.at.At, Kind: Operation, Mark: Nothing, Call: call, Depth: n.at.Depth,
			Text: text, of: -1,
		},
		n.ok + n.failed, 0, 0,
	}
}

// atEnds is how many calls are shown at either end of a row of calls in which
// nothing went wrong; at most so many and a few more are shown in full.
const atEnds = 3

// folded puts calls together of which each is one row, where there are many: a
// kubelet tries again and again.
func folded(rows []row) []row {
	var out []row
	for i := 0; i < len(rows); {
		n := 0
		for i+n < len(rows) && rows[i+n].calls > 0 {
			n++
		}
		if n <= 2*atEnds+2 {
			out = append(out, rows[i:i+max(n, 1)]...)
			i += max(n, 1)
			continue
		}
		out = append(out, rows[i:i+atEnds]...)
		middle := rows[i+atEnds : i+n-atEnds]
		more := row{Event: middle[0].Event, more: len(middle)}
		more.Mark, more.Detail = Nothing, ""
		out = append(out, more)
		out = append(out, rows[i+n-atEnds:i+n]...)
		i += n
	}
	return out
}

// mostWhole is how many lines there are about the run as a whole; the others are
// with what does not hold.
const mostWhole = 3

// short leaves out violations of the run as a whole, where there are many.
func short(rows []row) []row {
	whole := func(r row) bool { return r.Kind == Violation && r.At == 0 && r.Op == 0 }
	n := 0
	for n < len(rows) && whole(rows[len(rows)-1-n]) {
		n++
	}
	if n <= mostWhole+1 {
		return rows
	}
	at := len(rows) - n + mostWhole
	more := rows[at]
	more.Text, more.Detail = fmt.Sprintf("… and %d more", n-mostWhole), "see what does not hold"
	return append(rows[:at], more)
}
