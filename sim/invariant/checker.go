package invariant

import (
	"fmt"
	"time"

	"patchbay/core/record"
	"patchbay/sim/cluster"
	"patchbay/sim/disk"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
	"patchbay/sim/proc"
	"patchbay/sim/world"
)

// Violation is an invariant that did not hold.
type Violation struct {
	Invariant  int
	Name, Text string
	Node       int
	Key        record.Key
	At         time.Duration
	// Op is how many operations the world had had.
	Op int

	proc int // whose operation it was; 0 nobody's
}

// String says the violation in a line.
func (v *Violation) String() string {
	return fmt.Sprintf("%d %s: node %d, sandbox %s, at %v, operation %d: %s",
		v.Invariant, v.Name, v.Node, v.Key, v.At, v.Op, v.Text)
}

// most is how many violations are kept; after so many the rest says nothing new.
const most = 64

// Checker watches a world. It is good for one world at a time; Reset, or the next
// world, begins anew. The zero Checker is none: use New.
type Checker struct {
	w     *world.World
	nodes []*node
	off   [numbers]bool
	found []Violation
	fresh int   // violations whose operation is still under way
	last  *call // whose operation was the last

	newest int  // the process with the greatest number so far
	beyond bool // something has happened that nobody could survive

	wants  map[string][]want // what networks annotations ask for
	status reader

	spareNodes []*node
	spareBoxes []*box
	spareCalls []*call
}

var _ world.Watcher = (*Checker)(nil)

// New returns a checker that looks at everything.
func New() *Checker { return &Checker{wants: map[string][]want{}} }

// Off switches invariants off, for experiments.
func (c *Checker) Off(list ...int) {
	for _, n := range list {
		c.off[n] = true
	}
}

// Violations lists what did not hold, in the order in which it was seen. The list
// is good until the next Reset.
func (c *Checker) Violations() []Violation { return c.found }

// Beyond reports whether something has happened that nobody in Patchbay's place could
// survive: an outcome outside of the catalogue's promises. The end of such a run need
// not be that of the reference.
func (c *Checker) Beyond() bool { return c.beyond }

// Reset forgets everything but what is switched off.
func (c *Checker) Reset() {
	for _, n := range c.nodes {
		n.clear()
	}
	c.spareNodes = append(c.spareNodes, c.nodes...)
	clear(c.nodes)
	clear(c.found)
	clear(c.wants)
	c.nodes, c.found, c.fresh = c.nodes[:0], c.found[:0], 0
	c.w, c.last, c.newest, c.beyond = nil, nil, 0, false
}

// Built begins to watch a world.
func (c *Checker) Built(w *world.World) {
	if c.w != nil {
		c.Reset()
	}
	c.w = w
	for i, wn := range w.Nodes {
		n := c.takeNode()
		n.index, n.world = i, wn
		n.rememberForeign()
		n.readDisk()
		wn.Kernel.OnChange = n.onKernel
		wn.Disk.OnChange = n.onDisk
		c.nodes = append(c.nodes, n)
	}
	w.API.OnChange(func(ch cluster.Change) { c.onAPI(&ch) })
}

func (c *Checker) takeNode() *node {
	if i := len(c.spareNodes) - 1; i >= 0 {
		n := c.spareNodes[i]
		c.spareNodes = c.spareNodes[:i]
		return n
	}
	return newNode(c)
}

// Stepped is told of the steps of a story, which need no looking at: what they do
// comes as changes.
func (*Checker) Stepped(world.Step) {}

// actor is the process whose operation is under way, with its call; nil, nil when
// it is the world itself that acts.
func (c *Checker) actor() (*proc.Proc, *call) {
	p := c.w.Stage.Actor()
	if p == nil || p.Dead() { // who is dead does nothing: it is the end of the node
		return nil, nil
	}
	if c.last != nil && c.last.number == p.Actor.Call {
		return p, c.last
	}
	return p, c.callOf(p)
}

// callOf finds the call that a process belongs to; nil when that is over.
func (c *Checker) callOf(p *proc.Proc) *call {
	if c.last != nil && c.last.number == p.Actor.Call {
		return c.last
	}
	for _, k := range c.nodes[p.Node].calls {
		if k.number == p.Actor.Call {
			c.last = k
			return k
		}
	}
	return nil
}

// report notes a violation. It is the slow path, and may build texts.
func (c *Checker) report(number int, n *node, key record.Key, text string) {
	if c.off[number] || len(c.found) >= most {
		return
	}
	v := Violation{
		Invariant: number, Name: nameOf(number), Text: text, Node: n.index, Key: key,
		At: c.w.Sched.Now(), Op: c.w.Stage.Ops(),
	}
	if p := c.w.Stage.Actor(); p != nil {
		v.proc = p.Proc
		v.Text += ", by " + p.Program + " " + p.Verb + " for " + whose(p.Key)
		c.fresh++
	}
	c.found = append(c.found, v)
}

func whose(key record.Key) string {
	if key == (record.Key{}) {
		return "no sandbox"
	}
	return key.String()
}

// explain says of violations that a process has just brought about in which
// operation it did.
func (c *Checker) explain(p *proc.Proc, op fault.Op, out fault.Outcome) {
	c.fresh = 0
	for i := range c.found {
		v := &c.found[i]
		if v.proc != p.Proc || v.proc == 0 {
			continue
		}
		v.proc = 0
		v.Text += ", in " + op.String()
		if out.How != fault.OK {
			v.Text += " (" + out.How.String() + ")"
		}
	}
}

// onKernel, onDisk and onAPI are the feeds.
func (n *node) onKernel(ch kernel.Change) { n.kernelChanged(&ch) }
func (n *node) onDisk(ch disk.Change)     { n.diskChanged(&ch) }
