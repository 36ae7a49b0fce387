package invariant

import (
	"strconv"
	"strings"

	"patchbay/sim/proc"
)

// does looks at something that a call does to a sandbox: whether it may, and
// whether it is its turn. It is called at every change.
func (n *node) does(k *call, b *box, what string) {
	if b.by == k.number && !k.quiet {
		return
	}
	n.looks(k, what)
	if k.box == nil {
		n.collects(k, b, what)
	}
	switch {
	case b.by == k.number:
		return
	case b.was == k.number:
		n.c.report(14, n, b.key, what+" was changed by call "+strconv.Itoa(k.number)+
			" after call "+strconv.Itoa(b.by)+" had begun to")
	}
	b.was, b.by = b.by, k.number
}

// looks reports a change by a verb that only looks.
func (n *node) looks(k *call, what string) {
	if k.quiet && (!n.spoilt || !strings.HasPrefix(what, "result ")) {
		n.c.report(40, n, k.key(), what+" was changed by "+k.world.Verb)
	}
}

// collects looks at what GC does to a sandbox.
func (n *node) collects(k *call, b *box, what string) {
	switch {
	case k.world.Verb != "GC":
	case b.adding:
		n.c.report(33, n, b.key, what+" was changed by GC during an ADD")
	case b.listed == k.number:
		n.c.report(32, n, b.key, what+" was changed by GC, and the runtime lists it")
	case b.added > k.first && k.first > 0:
		n.c.report(32, n, b.key, what+" was changed by GC, which began before the ADD")
	case b.added > k.number:
		// The runtime made its list, then attached a pod, and then GC began to look:
		// against the specification, and nobody can tell.
		b.outside, n.c.beyond = true, true
	}
}

// made looks at something that a process has made for a sandbox.
func (n *node) made(p *proc.Proc, k *call, b *box, kind, name string) {
	if k == nil {
		n.late(p, kind+" "+name)
		return
	}
	n.does(k, b, name)
	switch {
	case k.box != nil && b != k.box:
		n.others(b, kind+" "+name)
	case p.Verb != "ADD" && p.Parent != nil, k.world.Verb != "ADD":
		n.c.report(9, n, b.key, kind+" "+name+" was made by a "+p.Verb)
	case b.gone > k.number:
		n.c.report(15, n, b.key, kind+" "+name+" was made by ADD, call "+
			strconv.Itoa(k.number)+", after DEL, call "+strconv.Itoa(b.gone)+", had succeeded")
	}
	if b.boot != n.boot {
		n.c.report(6, n, b.key, kind+" "+name+" was made for a sandbox of an earlier boot")
	}
	if !b.rec.durable() && !b.outside && !b.damaged && (!n.lied || !b.rec.there) {
		n.c.report(3, n, b.key, kind+" "+name+" was made before a record that survives: "+
			b.rec.String())
	}
}

// String says what is there of a record.
func (p *paper) String() string {
	switch {
	case !p.there:
		return "there is none"
	case !p.bytes:
		return "its bytes are not synced"
	case !p.name:
		return "its name is not synced"
	}
	return "it is durable"
}

// late reports an effect of a call that has ended.
func (n *node) late(p *proc.Proc, what string) {
	n.c.report(50, n, p.Key, what+" was changed by a process whose call has ended")
}
