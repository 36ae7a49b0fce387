package invariant

import (
	"strconv"
	"time"

	"patchbay/core/annotation"
	"patchbay/core/record"
	"patchbay/sim/cluster"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
	"patchbay/sim/proc"
	"patchbay/sim/world"
)

// call is a CNI call under way.
type call struct {
	world  *world.Call
	number int
	box    *box // nil of GC and STATUS
	boot   int
	quiet  bool // it is of a verb that only looks
	bare   bool // there was no record when it began
	first  int  // the newest process when it did something first
	ops    int
	limit  int
	events int
	runs   []run
	wants  []want
	undone int // place in the box's adds of the last plugin that was undone, plus 1

	struck  bool // an operation did not end well
	outside bool // in a way that nobody could survive
	held    bool // it was held up
	odd     bool // a plugin has printed something else than it did
	unknown bool // the cluster does not know its pod
	untold  bool // the status was not written
	crowded bool // another call of the sandbox or GC was under way with it

	main settled
}

// settled is how the plugins of the default network have left its interface.
type settled struct {
	link  *kernel.Link
	up    bool
	mtu   int
	mac   kernel.MAC
	addrs int
}

func settledOf(l *kernel.Link) settled {
	return settled{l, l.Up, l.MTU, l.MAC, len(l.V4)}
}

// want is a network that a pod asks for.
type want struct {
	ifName   string
	optional bool
}

func (k *call) key() record.Key {
	if k.box == nil {
		return record.Key{}
	}
	return k.box.key
}

// What a call may need (row Bounded).
const (
	opsOfCall = 20_000
	opsOfBox  = 500
)

// Began opens the books of a call.
func (c *Checker) Began(wc *world.Call) {
	n := c.nodes[wc.Node.Index]
	k := c.takeCall()
	k.world, k.number, k.boot = wc, wc.Proc.Proc, n.boot
	k.quiet = wc.Verb == "CHECK" || wc.Verb == "STATUS"
	k.crowded = len(n.calls) > 0
	k.limit = opsOfCall
	for _, o := range n.calls {
		o.crowded = true
	}
	n.calls = append(n.calls, k)
	c.last = k
	if wc.Verb == "GC" {
		k.limit += opsOfBox * len(n.boxes)
		for _, a := range wc.Valid {
			if b := n.find(record.Key(a)); b != nil {
				b.listed = k.number
			}
		}
	}
	if wc.Sandbox == nil {
		return
	}
	b := n.boxOf(wc.Sandbox.Key)
	k.box, b.sandbox, k.bare = b, wc.Sandbox, !b.rec.there
	b.calls++
	switch wc.Verb {
	case "ADD":
		b.added, b.adding, b.ending = k.number, true, false
		k.wants = c.wanted(wc.Sandbox.Pod)
		b.wants = k.wants
	case "DEL":
		b.live, b.ending = false, true
		b.blind = b.blind || wc.Netns == "" || wc.Sandbox.NS == nil || !wc.Sandbox.NS.Alive()
	}
}

func (c *Checker) takeCall() *call {
	i := len(c.spareCalls) - 1
	if i < 0 {
		return &call{}
	}
	k := c.spareCalls[i]
	c.spareCalls = c.spareCalls[:i]
	clear(k.runs)
	*k = call{runs: k.runs[:0]}
	return k
}

// wanted lists the networks that a pod asks for. What can not be read is for
// Patchbay to refuse.
func (c *Checker) wanted(pod record.Pod) []want {
	p, err := c.w.API.GetPod(cluster.Token{}, pod.Namespace, pod.Name)
	if err != nil || p.UID != pod.UID {
		return nil
	}
	text := p.Annotations[annotation.Networks]
	if text == "" {
		return nil
	}
	if list, ok := c.wants[text]; ok {
		return list
	}
	list := c.readWants(text, pod.Namespace)
	c.wants[text] = list
	return list
}

func (c *Checker) readWants(text, namespace string) []want {
	selections, err := annotation.Parse(text, namespace, annotation.MultusV4)
	if err != nil {
		return nil
	}
	var list []want
	for i, s := range selections {
		x := want{s.Interface, s.Optional}
		if x.ifName == "" {
			x.ifName = "net" + strconv.Itoa(i+1)
		}
		def, err := c.w.API.GetDefinition(cluster.Token{}, s.Namespace, s.Name)
		x.optional = x.optional || err == nil && def.Annotations[annotation.Optional] == "true"
		list = append(list, x)
	}
	return list
}

// optional reports whether the pod may go without an interface.
func (k *call) optional(ifName string) bool {
	for _, x := range k.wants {
		if x.ifName == ifName {
			return x.optional
		}
	}
	return false
}

// Done is told of every operation. It is called for each of them, so it does next
// to nothing for those of plugins that end well.
func (c *Checker) Done(p *proc.Proc, op fault.Op, out fault.Outcome, err error) {
	if out.How == fault.Corrupt && op.Kind == fault.FileRead {
		c.nodes[p.Node].spoilt = true
	}
	if c.fresh > 0 {
		c.explain(p, op, out)
	}
	k := c.callOf(p)
	if k == nil {
		return
	}
	c.newest = max(c.newest, p.Proc)
	if k.first == 0 {
		k.first = c.newest
	}
	if op.Kind != fault.FileLock { // a real plugin sleeps until it is woken
		k.ops++
	}
	if k.ops == k.limit {
		c.report(30, c.nodes[p.Node], k.key(), "call "+k.world.Verb+" has had "+
			strconv.Itoa(k.ops)+" operations")
	}
	if out.How != fault.OK {
		c.struck(k, p, op, out)
	}
	if p.Parent != nil {
		return
	}
	switch op.Kind { //nolint:exhaustive // those that say something
	case fault.PluginAdd:
		c.ran(k, p.Node, run{on: op.On, failed: failed(out, err)})
	case fault.PluginDel:
		r := run{on: op.On, del: true, failed: failed(out, err) && !excused(out, err)}
		c.ran(k, p.Node, r)
	case fault.PluginFind:
		if err != nil && k.box != nil {
			k.box.unsure = true
		}
	case fault.PodGet:
		k.unknown = k.unknown || err != nil
	case fault.StatusPatch:
		k.untold = err != nil
	}
}

// struck notes that an operation did not end well.
func (c *Checker) struck(k *call, p *proc.Proc, op fault.Op, out fault.Outcome) {
	k.struck = true
	switch out.How { //nolint:exhaustive // those that say something
	case fault.Hang, fault.LostReply, fault.Late:
		k.held = true
	case fault.Corrupt:
		// What a plugin prints is believed, as far as it can be.
		k.odd = k.odd || op.Kind == fault.PluginAdd || op.Kind == fault.IPAMAdd
	}
	row := fault.Match(op.Kind, out)
	outside := row == nil || row.Mark == fault.Outside
	mark := func(b *box) {
		b.unsure = b.unsure || k.odd
		b.misled = b.misled || out.How == fault.FailBefore && saysGone(out.Err)
		b.outside = b.outside || outside
	}
	if k.box != nil {
		mark(k.box)
	}
	if k.world.Verb == "GC" { // for which of them it was, nobody says
		for _, b := range c.nodes[p.Node].boxes { // in any order: a mark is put on
			if b.listed != k.number {
				mark(b)
			}
		}
	}
	if !outside {
		return
	}
	k.outside, c.beyond = true, true
	if out.How == fault.Corrupt && fault.Spoil(out.N) == fault.Unsynced {
		c.nodes[p.Node].lied = true
	}
}

// Died notes that a process was killed.
func (c *Checker) Died(p *proc.Proc) {
	k := c.callOf(p)
	if k == nil || k.box == nil {
		return
	}
	k.box.unsure = true
	if p.Parent == nil {
		k.box.adding = false
	}
}

// Booted notes that a node has lost all but its disk.
func (c *Checker) Booted(wn *world.Node) {
	n := c.nodes[wn.Index]
	n.boot++
	n.locks = 0
	for _, k := range n.calls {
		if k.box != nil {
			k.box.calls--
		}
		c.spareCalls = append(c.spareCalls, k)
	}
	clear(n.calls)
	n.calls = n.calls[:0]
	c.last = nil
	for _, b := range n.boxes { // in any order: all are changed alike
		clear(b.links)
		b.links = b.links[:0]
		b.live, b.adding, b.unsure = false, false, true
		b.outside = b.outside || n.lied
	}
	n.lied = false
	clear(n.addrs)
	n.rememberForeign()
	n.readDisk()
}

// patience is how long a runtime waits for an answer, as sim/world has it.
const patience = 4 * time.Minute
