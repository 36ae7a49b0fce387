package timeline

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Width is into how many columns lines fit.
const Width = 120

// The columns before the lanes.
const (
	timeWidth  = 12
	opWidth    = 6
	storyWidth = 19
	mostLanes  = 4
	before     = timeWidth + opWidth + storyWidth
)

// Span is a piece of a line with one meaning.
type Span struct {
	Mark Mark // what a person sees it in; Nothing is plain
	Text string
}

// Line is one line of the layout.
type Line []Span

// String is the line without its meaning.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return strings.TrimRight(b.String(), " ")
}

// Detail is how much of a timeline is laid out.
type Detail int

// The details.
const (
	// Near is what is near to something that went wrong, and the story.
	Near Detail = iota
	// All is every operation.
	All
)

// Lines lays the timeline out: time in milliseconds, the number of the operation,
// what the story does, and the lanes of the calls. A call keeps its lane until it
// ends; the next one may have it then.
func (t *Timeline) Lines(d Detail) []Line {
	rows := t.choose(d)
	p := newPage(rows)
	out := []Line{p.head()}
	for _, r := range rows {
		out = append(out, p.line(r))
	}
	return out
}

// Text is the timeline with its legend, for files.
func (t *Timeline) Text(d Detail) string {
	var b strings.Builder
	for _, l := range t.Lines(d) {
		b.WriteString(l.String() + "\n")
	}
	b.WriteString(Legend + "\n")
	return b.String()
}

// page knows which lane each call has.
type page struct {
	lanes  map[int]int // by call
	open   []int       // calls whose lines go on, by lane; 0: none
	width  int         // of a lane
	shared bool        // there are more calls at once than lanes
}

// newPage gives lanes to the calls.
func newPage(rows []row) *page {
	p := &page{lanes: map[int]int{}}
	var busy []int
	last := map[int]int{}
	for i, r := range rows {
		if r.Call > 0 {
			last[r.Call] = i
		}
	}
	for i, r := range rows {
		if r.Call == 0 {
			continue
		}
		if _, has := p.lanes[r.Call]; !has {
			lane := slices.Index(busy, 0)
			if lane < 0 {
				lane, busy = len(busy), append(busy, 0)
			}
			busy[lane], p.lanes[r.Call] = r.Call, lane
		}
		if last[r.Call] == i {
			busy[p.lanes[r.Call]] = 0
		}
	}
	lanes := min(max(len(busy), 1), mostLanes)
	p.shared = len(busy) > lanes
	p.open, p.width = make([]int, lanes), (Width-before)/lanes
	return p
}

func (p *page) head() Line {
	return Line{{Nothing, fmt.Sprintf("%*s%*s  %-*s%s",
		timeWidth-2, "ms", opWidth, "#", storyWidth, "story, nodes", "CNI calls")}}
}

// line lays out one row.
func (p *page) line(r row) Line {
	stamp := fmt.Sprintf("%*.2f", timeWidth-2, float64(r.At)/float64(time.Millisecond))
	op := ""
	if r.Op > 0 {
		op = number(r.Op)
	}
	line := Line{{Nothing, stamp + fmt.Sprintf("%*s  ", opWidth, op)}}
	if r.Kind == Violation {
		if r.At == 0 { // it was seen when all was over
			line[0].Text = strings.Repeat(" ", timeWidth+opWidth)
		}
		text := mark(r.Mark) + r.Text + ": " + first(r.Detail)
		return append(line, Span{r.Mark, fit(text, Width-timeWidth-opWidth)})
	}
	if r.Call == 0 {
		text := fit(strings.TrimLeft(mark(r.Mark)+r.Text, " "), storyWidth-1)
		line = append(line, Span{r.Mark, pad(text, storyWidth)})
		return append(line, p.lanesBut(-1, nil)...)
	}
	lane := min(p.lanes[r.Call], len(p.open)-1)
	cell := p.cell(r)
	line = append(line, Span{Nothing, strings.Repeat(" ", storyWidth)})
	line = append(line, p.lanesBut(lane, cell)...)
	switch r.Kind {
	case Begin:
		if r.calls+r.more == 0 {
			p.open[lane] = r.Call
		}
	case End:
		p.open[lane] = 0
	case Step, Operation, Exit, Death, Boot, Violation:
	}
	return line
}

// lanesBut draws all lanes: the line of a call that goes on, and in one of them
// what happens.
func (p *page) lanesBut(lane int, cell Line) Line {
	var out Line
	for i, call := range p.open {
		switch {
		case i == lane:
			used := 0
			for _, s := range cell {
				s.Text = fit(s.Text, p.width-1-used)
				used += width(s.Text)
				out = append(out, s)
			}
			out = append(out, Span{Nothing, strings.Repeat(" ", max(p.width-used, 0))})
		case call > 0:
			out = append(out, Span{Nothing, pad("│", p.width)})
		default:
			out = append(out, Span{Nothing, strings.Repeat(" ", p.width)})
		}
	}
	return out
}

// cell is what a lane shows of a row.
func (p *page) cell(r row) Line {
	text := shortened(r.Text)
	if p.shared && r.Kind != Begin && r.Kind != End {
		text = "[" + number(r.Call) + "] " + text
	}
	m := r.Mark
	if r.runs && (m == Done || m == Failed || m == Open) {
		m = Nothing // how it ended is told where it ends
	}
	if r.Detail != "" && m != Nothing {
		text += ": " + first(r.Detail)
	}
	switch {
	case r.calls > 1:
		text += fmt.Sprintf("  (%d operations, %d times)", r.hidden, r.calls)
	case r.calls == 1:
		text += fmt.Sprintf("  (%d operations)", r.hidden)
	}
	bars := strings.Repeat("│ ", r.Depth+1)
	switch {
	case r.more > 0:
		return Line{{Nothing, fmt.Sprintf("… %d more calls like these", r.more)}}
	case r.calls > 0: // all of the call in one line
		return Line{{Nothing, "─ "}, {m, mark(m) + text}}
	case r.Kind == Begin:
		return Line{{Nothing, "┌ " + text}}
	case r.Kind == End:
		return Line{{Nothing, "└ "}, {m, mark(m) + text}}
	case r.Kind == Exit:
		return Line{{Nothing, bars + "└ "}, {m, mark(m) + text}}
	case r.runs && m == Nothing:
		return Line{{Nothing, bars + "┌ " + text}}
	case r.runs:
		return Line{{Nothing, bars + "┌ "}, {m, mark(m) + text}}
	}
	return Line{{Nothing, bars}, {m, mark(m) + text}}
}

// shortened leaves out the directories of a long path but the last.
func shortened(text string) string {
	const long = 24
	words := strings.Split(text, " ")
	for i, w := range words {
		parts := strings.Split(w, "/")
		if n := len(parts); strings.HasPrefix(w, "/") && len(w) > long && n > 3 {
			words[i] = "…/" + parts[n-2] + "/" + parts[n-1]
		}
	}
	return strings.Join(words, " ")
}

// mark is a mark and what separates it from the text: terminals draw the
// lightning two columns wide.
func mark(m Mark) string {
	if m == PowerCut {
		return string(m)
	}
	return string(m) + " "
}

// first is the first line of a text.
func first(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	return text
}

func width(text string) int {
	return utf8.RuneCountInString(text) + strings.Count(text, string(PowerCut))
}

// fit cuts a text so that it is no wider than some columns.
func fit(text string, columns int) string {
	if width(text) <= columns {
		return text
	}
	var b strings.Builder
	used := 0
	for _, r := range text {
		if used += width(string(r)); used >= columns {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}

func pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(columns-width(text), 0))
}
