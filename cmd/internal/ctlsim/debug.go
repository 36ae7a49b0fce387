package ctlsim

import (
	"strings"

	"patchbay/cmd/internal/ctlout"
	"patchbay/core/fail"
	"patchbay/sim/explore"
	"patchbay/sim/timeline"
	"patchbay/sim/world"
)

// State is the world after an operation has begun, before the next one does.
type State struct {
	Op int `json:"operation"`
	// Ops is how many operations the run has.
	Ops int     `json:"operations"`
	At  float64 `json:"ms"`
	// Last is what happened since the operation began, and Next what comes.
	Last      []timeline.Event   `json:"last"`
	Next      []timeline.Event   `json:"next"`
	Processes []timeline.Process `json:"processes"`
	Nodes     []NodeState        `json:"nodes"`
	API       []string           `json:"api"`
}

// NodeState is a machine.
type NodeState struct {
	Name   string   `json:"name"`
	BootID string   `json:"bootID"`
	Kernel []string `json:"kernel"`
	// Disk has the files, those that are not synced with a star, and the locks.
	Disk []string `json:"disk"`
	// Sandboxes are those that the runtime knows.
	Sandboxes []string `json:"sandboxes"`
}

// coming is how many events are shown of what comes next, and of what was.
const coming = 5

// At tells a repro and looks at the world after so many operations have begun.
// Invalid: it has not so many.
func At(r *explore.Repro, op int) (State, error) {
	lab := explore.NewLab()
	defer lab.Close()
	out := State{Op: op}
	seen := -1
	rec := new(timeline.Recorder)
	rec.Stop = op + 1
	rec.AtStop = func(w *world.World) {
		seen = len(rec.Events)
		out.look(w, rec)
	}
	if _, err := lab.Replay(r, rec); err != nil {
		return out, err
	}
	out.Ops = rec.Ops
	if op < 0 || op > rec.Ops || seen < 0 {
		return out, fail.New(fail.Invalid, "the run has operations 0 to %d, and no %d", rec.Ops, op)
	}
	out.Last = rec.Events[:seen]
	for i, e := range out.Last {
		if e.Op == op && op > 0 {
			out.Last = out.Last[max(0, i-coming):]
			break
		}
	}
	out.Next = rec.Events[seen:min(seen+coming, len(rec.Events))]
	return out, nil
}

func (s *State) look(w *world.World, rec *timeline.Recorder) {
	s.At = float64(w.Sched.Now()) / 1e6
	s.Processes = rec.Processes()
	s.API = lines(w.API.Dump())
	for _, n := range w.Nodes {
		node := NodeState{
			Name: n.Name, BootID: n.BootID, Kernel: lines(n.Kernel.Dump()),
			Disk: lines(n.Disk.Dump()), Sandboxes: []string{},
		}
		for _, key := range n.Live() {
			node.Sandboxes = append(node.Sandboxes, key.String())
		}
		s.Nodes = append(s.Nodes, node)
	}
}

func lines(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }

// ShowState shows the world.
func ShowState(p *ctlout.Page, s *State) {
	p.Title("After operation %d of %d, at %.2f ms", s.Op, s.Ops, s.At)
	for _, e := range s.Last {
		p.Say("  %s", event(p, e))
	}
	p.Title("Processes")
	t := ctlout.Table{Indent: 2, Head: []string{"PROCESS", "PROGRAM", "VERB", "FOR", "DOES"}}
	for _, x := range s.Processes {
		does := x.Doing
		if x.Undoing {
			does += " (undoing)"
		}
		t.Add(ctlout.Cells(itoa(x.Number), x.Program, x.Verb, x.For, does)...)
	}
	if len(s.Processes) == 0 {
		p.Say("  none")
	} else {
		p.Table(t)
	}
	for _, n := range s.Nodes {
		p.Title("Node %s, boot %s", n.Name, n.BootID)
		p.Say("  sandboxes %s", strings.Join(n.Sandboxes, ", "))
		p.Say("  %s", p.Paint(ctlout.Faint, "kernel"))
		p.Indented(4, strings.Join(n.Kernel, "\n"))
		p.Say("  %s", p.Paint(ctlout.Faint, "disk (path, mode, bytes; * is not synced)"))
		p.Indented(4, strings.Join(clipped(n.Disk), "\n"))
	}
	p.Title("API server")
	p.Indented(2, strings.Join(clipped(s.API), "\n"))
	p.Title("What comes next")
	for _, e := range s.Next {
		p.Say("  %s", event(p, e))
	}
	if len(s.Next) == 0 {
		p.Say("  nothing: the run is over")
	}
}

// event is an event in a line of its own.
func event(p *ctlout.Page, e timeline.Event) string {
	text := string(e.Mark) + " "
	if e.Op > 0 {
		text += "#" + itoa(e.Op) + " "
	}
	text += strings.Repeat("  ", e.Depth) + e.Text
	switch e.Kind {
	case timeline.Begin:
		text += " begins"
	case timeline.End, timeline.Exit:
		text += " ends"
	case timeline.Step, timeline.Operation, timeline.Death, timeline.Boot, timeline.Violation:
	}
	if e.Detail != "" {
		head, _, _ := strings.Cut(e.Detail, "\n")
		text += ": " + head
	}
	return p.Paint(styleOf(e.Mark), text)
}

// clipped are lines as a terminal can take them; programs get them in full.
func clipped(list []string) []string {
	const columns = 160
	out := make([]string, 0, len(list))
	for _, line := range list {
		if r := []rune(line); len(r) > columns {
			line = string(r[:columns-1]) + "…"
		}
		out = append(out, line)
	}
	return out
}
