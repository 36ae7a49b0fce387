package timeline

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"patchbay/sim/fault"
	"patchbay/sim/proc"
	"patchbay/sim/world"
)

// Recorder listens to a run and keeps what happens. Make one for each run.
type Recorder struct {
	Timeline

	// Stop is before which operation AtStop is called, once, with the world as it
	// is then: from 1; 0 is never.
	Stop   int
	AtStop func(w *world.World)

	w       *world.World
	stopped bool
	calls   map[int]int // the number of a call by that of its process
	procs   []*process  // that have not ended, in the order in which they began
	next    int         // the step of the story that comes next
}

// process is a process that has not ended.
type process struct {
	by    fault.Actor
	depth int
	of    int   // the operation of its parent that it is; -1: the runtime began it
	doing []int // operations that have not ended, by their places
}

var _ world.Watcher = (*Recorder)(nil)

// Built begins the timeline.
func (r *Recorder) Built(w *world.World) {
	r.w, r.calls = w, map[int]int{}
	r.step()
}

// step notes the step of the story that is next.
func (r *Recorder) step() {
	if r.next < len(r.w.Story.Steps) {
		s := r.w.Story.Steps[r.next]
		text := strings.TrimSpace(string(s.Do) + " " + s.On)
		if s.At > 0 {
			text += " on n" + strconv.Itoa(s.At)
		}
		if s.For != 0 {
			text += " " + s.For.String()
		}
		r.note(Event{Kind: Step, Text: text})
	}
	r.next++
}

// Stepped notes that the next step begins. When there is none, and all operations
// that there were come before the one to stop at, it is the time to stop.
func (r *Recorder) Stepped(world.Step) {
	r.step()
	if r.next > len(r.w.Story.Steps) && r.Ops+1 == r.Stop {
		r.stop()
	}
}

// Booted notes that a node lost all but its disk.
func (r *Recorder) Booted(n *world.Node) { r.note(Event{Kind: Boot, Text: n.Name + " boots"}) }

// note adds an event of now.
func (r *Recorder) note(e Event) int {
	e.At = r.now()
	if e.Mark == 0 {
		e.Mark = Nothing
	}
	if e.Kind != Operation && e.Kind != Exit {
		e.of = -1
	}
	r.Events = append(r.Events, e)
	return len(r.Events) - 1
}

func (r *Recorder) now() time.Duration { return r.w.Sched.Now() }

// Began notes a call.
func (r *Recorder) Began(c *world.Call) {
	r.Calls++
	r.calls[c.Proc.Proc] = r.Calls
	r.procs = append(r.procs, &process{by: c.Proc.Actor, of: -1})
	r.note(Event{Kind: Begin, Call: r.Calls, Text: titleOf(c)})
}

func titleOf(c *world.Call) string {
	if c.Sandbox == nil {
		return c.Verb + " " + c.Node.Name
	}
	return c.Verb + " " + c.Sandbox.Key.ContainerID + " " + c.Sandbox.Pod.Name
}

// Ended notes how a call ended.
func (r *Recorder) Ended(c *world.Call) {
	e := Event{Kind: End, Call: r.calls[c.Proc.Proc], Mark: Done, Text: titleOf(c)}
	switch {
	case c.Died:
		e.Mark, e.Detail = Crashed, "no answer"
	case c.Err != nil:
		e.Mark, e.Detail = Failed, c.Err.Error()
	}
	r.note(e)
	r.procs = slices.DeleteFunc(r.procs, func(p *process) bool {
		return p.by.Call == c.Proc.Proc
	})
}

// Died notes that a process was killed, unless it was by the last operation.
func (r *Recorder) Died(p *proc.Proc) {
	call := r.calls[p.Actor.Call]
	state := r.find(p.Proc)
	if state == nil {
		return // it has done nothing
	}
	r.procs = slices.DeleteFunc(r.procs, func(o *process) bool { return o == state })
	if last := r.Events[len(r.Events)-1]; last.Kind == Operation && last.Call == call &&
		(last.Mark == Crashed || last.Mark == PowerCut) {
		return
	}
	r.note(Event{
		Kind: Death, Mark: Crashed, Call: call, Depth: state.depth,
		Text: p.Program + " " + p.Verb + " is killed",
	})
}

func (r *Recorder) find(number int) *process {
	for _, p := range r.procs {
		if p.by.Proc == number {
			return p
		}
	}
	return nil
}

// Hear returns a judge that answers as another one does, and writes down every
// operation as it begins.
func (r *Recorder) Hear(judge fault.Judge) fault.Judge { return &ear{r, judge} }

type ear struct {
	*Recorder

	judge fault.Judge
}

// Judge asks, and writes down.
func (e *ear) Judge(by fault.Actor, op fault.Op) fault.Outcome {
	if e.Ops+1 == e.Stop {
		e.stop()
	}
	out := e.judge.Judge(by, op)
	e.begins(by, op, out)
	return out
}

// stop lets somebody look at the world, once.
func (r *Recorder) stop() {
	if r.AtStop != nil && !r.stopped {
		r.stopped = true
		r.AtStop(r.w)
	}
}

// Heal passes it on.
func (e *ear) Heal() {
	if h, ok := e.judge.(fault.Healer); ok {
		h.Heal()
	}
}

// begins writes down an operation that begins.
func (r *Recorder) begins(by fault.Actor, op fault.Op, out fault.Outcome) {
	r.Ops++
	p := r.find(by.Proc)
	if p == nil {
		p = r.born(by)
	}
	p.by = by // it may undo from now on
	e := Event{
		Kind: Operation, Mark: markOf(out.How), Op: r.Ops, Call: r.calls[by.Call],
		Depth: p.depth, Text: op.String(), of: p.of,
	}
	if p.depth > 0 && r.abreast(p) {
		e.Text = by.Program + ": " + e.Text
	}
	if out.How != fault.OK {
		e.Detail = out.How.String()
		if row := fault.Match(op.Kind, out); row != nil {
			e.Detail = strings.TrimPrefix(row.ID, string(op.Kind)+" ")
		}
	}
	p.doing = append(p.doing, r.note(e))
}

// born is a process that is seen for the first time: what an operation of
// another one has started that runs plugins and has none yet.
func (r *Recorder) born(by fault.Actor) *process {
	p := &process{by: by, depth: 1, of: -1}
	for _, parent := range r.procs {
		if parent.by.Call != by.Call {
			continue
		}
		for _, place := range parent.doing {
			if e := &r.Events[place]; !e.runs && runsPlugin(e.Text, by.Program) && p.of < 0 {
				e.runs, p.depth, p.of = true, parent.depth+1, place
			}
		}
	}
	r.procs = append(r.procs, p)
	return p
}

// runsPlugin reports whether an operation is a run of a program.
func runsPlugin(text, program string) bool {
	for _, class := range []string{"plugin.", "ipam."} {
		if _, after, ok := strings.Cut(text, class); ok {
			_, name, _ := strings.Cut(after, " ")
			return name == program || strings.HasPrefix(name, program+" ")
		}
	}
	return false
}

// abreast reports whether a process has others beside it in its call.
func (r *Recorder) abreast(p *process) bool {
	return slices.ContainsFunc(r.procs, func(o *process) bool {
		return o != p && o.by.Call == p.by.Call && o.depth == p.depth
	})
}

// Done notes how an operation ended.
func (r *Recorder) Done(p *proc.Proc, op fault.Op, _ fault.Outcome, err error) {
	state := r.find(p.Proc)
	if state == nil {
		return // it was killed by this operation, which its mark says
	}
	place, ok := state.ended(r.Events, op)
	if !ok {
		return
	}
	e := &r.Events[place]
	mark, detail := Done, ""
	if err != nil {
		mark, detail = Failed, err.Error()
	}
	if e.Mark == Open {
		e.Mark, e.Detail = mark, detail
	}
	if e.runs {
		exit := Event{
			Kind: Exit, Call: e.Call, Depth: e.Depth, Text: e.Text, Mark: mark, Detail: detail,
			of: place,
		}
		r.note(exit)
		r.procs = slices.DeleteFunc(r.procs, func(o *process) bool { return o.of == place })
	}
}

// ended takes an operation from those that a process is doing: the last of its
// kind, for a process may do several side by side.
func (p *process) ended(events []Event, op fault.Op) (int, bool) {
	for i, place := range slices.Backward(p.doing) {
		text := events[place].Text
		if text == op.String() || strings.HasSuffix(text, ": "+op.String()) {
			p.doing = slices.Delete(p.doing, i, i+1)
			return place, true
		}
	}
	return 0, false
}

// Process is a process as it is between two operations.
type Process struct {
	Number  int    `json:"process"`
	Program string `json:"program"`
	Verb    string `json:"verb"`
	For     string `json:"for,omitempty"`
	Undoing bool   `json:"undoing,omitempty"`
	// Doing is the operation that it waits for; "": it is between two.
	Doing string `json:"doing,omitempty"`
}

// Processes lists those that have not ended, in the order in which they began.
func (r *Recorder) Processes() []Process {
	var out []Process
	for _, p := range r.procs {
		one := Process{
			Number: p.by.Proc, Program: p.by.Program, Verb: p.by.Verb, Undoing: p.by.Undoing,
		}
		if p.by.Key.ContainerID != "" {
			one.For = p.by.Key.String()
		}
		if n := len(p.doing); n > 0 {
			e := r.Events[p.doing[n-1]]
			one.Doing = "#" + number(e.Op) + " " + e.Text
		}
		out = append(out, one)
	}
	return out
}

func number(n int) string { return strconv.Itoa(n) }
