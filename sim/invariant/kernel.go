package invariant

import (
	"patchbay/core/record"
	"patchbay/sim/kernel"
	"patchbay/sim/proc"
)

// kernelChanged is told of every change of the node's kernel.
func (n *node) kernelChanged(ch *kernel.Change) {
	p, k := n.c.actor()
	switch ch.What {
	case kernel.LinkAdded:
		n.linkAdded(p, k, ch.Link)
	case kernel.LinkDeleted:
		n.linkDeleted(p, k, ch)
	case kernel.LinkMoved:
		if n.acts(p, ch) {
			n.linkMoved(p, k, ch)
		}
	case kernel.LinkRenamed, kernel.LinkChanged, kernel.AddrDeleted, kernel.NeighChanged:
		if n.acts(p, ch) {
			n.touched(p, k, ch.Link)
		}
	case kernel.AddrAdded:
		if n.acts(p, ch) {
			n.touched(p, k, ch.Link)
			n.addrAdded(k, ch)
		}
	case kernel.RouteAdded, kernel.RouteDeleted, kernel.RouteChanged:
		if p != nil && alive(ch) {
			n.routeChanged(p, k, ch)
		}
	case kernel.RuleAdded, kernel.RuleDeleted, kernel.FilterChanged, kernel.SysctlChanged:
		if n.acts(p, ch) {
			n.inside(p, k, ch.NS)
		}
	case kernel.NamespaceMade, kernel.NamespaceDying, kernel.NamespaceGone,
		kernel.PathChanged, kernel.Rebooted:
		// What runtimes do. That a node has started again says Booted.
	}
}

// acts reports whether a change is one that a plugin makes. Patchbay itself changes
// routes alone. The kernel cleans up namespaces that are dying when it likes, also
// while a process waits for another.
func (n *node) acts(p *proc.Proc, ch *kernel.Change) bool {
	return p != nil && p.Parent != nil && alive(ch)
}

func alive(ch *kernel.Change) bool {
	if ch.NS != nil && !ch.NS.Alive() || ch.From != nil && !ch.From.Alive() {
		return false
	}
	l := ch.Link
	return l == nil || l.Peer == nil || l.Peer.NS.Alive()
}

// linkAdded keeps the books of links, and looks at who makes one.
func (n *node) linkAdded(p *proc.Proc, k *call, l *kernel.Link) {
	if l.Kind == kernel.Loopback {
		return
	}
	if l.Mark.Key == (record.Key{}) {
		n.foreign = append(n.foreign, foreignOf(l))
		if p != nil && p.Parent != nil && l.Mark.Proc == p.Proc && k != nil && k.box != nil {
			n.c.report(4, n, k.box.key, "link "+l.Name+" was made for nobody")
		}
		return
	}
	b := n.boxOf(l.Mark.Key)
	if l.Kind != kernel.Bridge {
		b.links = append(b.links, l)
	}
	if p == nil || l.Mark.Proc != p.Proc {
		return // by another hand, while the process waits
	}
	n.made(p, k, b, "link", l.Name)
	n.inside(p, k, l.NS)
}

// linkDeleted keeps the books, and looks at who deletes.
func (n *node) linkDeleted(p *proc.Proc, k *call, ch *kernel.Change) {
	l := ch.Link
	if n.acts(p, ch) {
		n.touched(p, k, l)
		if l.Kind == kernel.Bridge && l.NS == n.world.Kernel.Host() {
			n.c.report(4, n, p.Key, "bridge "+l.Name+", which pods share, was deleted")
		}
	}
	if l.Mark.Key == (record.Key{}) {
		n.dropForeign(l)
		return
	}
	b := n.find(l.Mark.Key)
	if b == nil {
		return
	}
	for i, o := range b.links {
		if o == l {
			last := len(b.links) - 1
			b.links[i], b.links[last] = b.links[last], nil
			b.links = b.links[:last]
			break
		}
	}
	if b.gone > 0 && len(b.links) == 0 {
		n.forget(b)
	}
}

// linkMoved looks where a link goes.
func (n *node) linkMoved(p *proc.Proc, k *call, ch *kernel.Change) {
	l, host := ch.Link, n.world.Kernel.Host()
	if l.Kind == kernel.Device {
		if ch.From != host && ch.From.Mark.Key != p.Key {
			n.c.report(1, n, p.Key, "card "+l.Name+" was taken out of the sandbox of "+
				whose(ch.From.Mark.Key))
		}
		if p.Program == giver {
			n.lend(l, p.Key)
			n.inside(p, k, ch.NS)
			return
		}
	}
	n.touched(p, k, l)
	n.inside(p, k, ch.From)
}

// lend notes that a sandbox has a card.
func (n *node) lend(l *kernel.Link, key record.Key) {
	for i := range n.foreign {
		if n.foreign[i].link == l {
			n.foreign[i].owner = key
		}
	}
}

// giver is the plugin that may move cards.
const giver = "host-device"

// inside looks at a change in a namespace that is about no link of ours.
func (n *node) inside(p *proc.Proc, k *call, ns *kernel.Namespace) {
	if k == nil {
		n.late(p, "something in a namespace")
		return
	}
	if ns == n.world.Kernel.Host() {
		n.looks(k, "something on the node")
		return
	}
	key := ns.Mark.Key
	switch {
	case k.box == nil:
		if b := n.find(key); b != nil {
			n.does(k, b, "something in its sandbox")
			return
		}
	case key == k.box.key:
		n.does(k, k.box, "something in its sandbox")
		return
	}
	n.c.report(5, n, p.Key, "something was changed in the namespace of "+whose(key))
}

// touched looks at a change of a link that is there.
func (n *node) touched(p *proc.Proc, k *call, l *kernel.Link) {
	if k == nil {
		n.late(p, "link "+l.Name)
		return
	}
	key := l.Mark.Key
	if k.box != nil && key == k.box.key {
		if l.NS != n.world.Kernel.Host() && l.NS.Mark.Key != key {
			n.inside(p, k, l.NS)
			return
		}
		n.does(k, k.box, l.Name)
		return
	}
	switch {
	case key == (record.Key{}):
		n.touchedForeign(p, k, l)
	case l.Kind == kernel.Bridge && l.NS == n.world.Kernel.Host(): // all share it
		n.looks(k, "bridge "+l.Name)
	case k.box == nil: // GC, which works for one after the other
		n.does(k, n.boxOf(key), "link "+l.Name)
	default:
		n.others(n.boxOf(key), "link "+l.Name)
	}
}

// others reports that something of another sandbox was touched.
func (n *node) others(b *box, what string) {
	number := 4
	if b.live {
		number = 35
	}
	n.c.report(number, n, b.key, what+" of "+b.key.String()+" was changed")
}

// touchedForeign looks whether a link of nobody is still as it was.
func (n *node) touchedForeign(p *proc.Proc, k *call, l *kernel.Link) {
	n.looks(k, "link "+l.Name)
	if l.NS != n.world.Kernel.Host() && (k.box == nil || l.NS.Mark.Key != k.box.key) {
		n.inside(p, k, l.NS)
	}
	if l.Kind == kernel.Device && p.Program == giver {
		return
	}
	for i := range n.foreign {
		f := &n.foreign[i]
		if f.link != l {
			continue
		}
		if f.changed() {
			n.c.report(8, n, p.Key, "link "+f.name+", which is nobody's of ours, was changed")
			*f = foreignOf(l)
		}
		return
	}
}

func (n *node) dropForeign(l *kernel.Link) {
	for i := range n.foreign {
		if n.foreign[i].link == l {
			n.foreign = append(n.foreign[:i], n.foreign[i+1:]...)
			return
		}
	}
}

// routeChanged looks at routes, which come and go with links too.
func (n *node) routeChanged(p *proc.Proc, k *call, ch *kernel.Change) {
	if ch.NS != n.world.Kernel.Host() {
		n.inside(p, k, ch.NS)
		return
	}
	if p.Parent == nil {
		return // Patchbay has none on the node: it is another hand
	}
	if ch.Link == nil {
		n.inside(p, k, ch.NS)
		return
	}
	n.touched(p, k, ch.Link)
}

// addrAdded looks whether an address is somebody else's too.
func (n *node) addrAdded(k *call, ch *kernel.Change) {
	l, ip := ch.Link, ch.Addr.IP
	if k == nil || k.box == nil || l.NS == n.world.Kernel.Host() || !ip.IsGlobalUnicast() {
		return
	}
	old := n.addrs[ip]
	n.addrs[ip] = l
	if old == nil || old == l || !old.Alive() || old.NS == l.NS || !old.NS.Alive() ||
		segment(old) != segment(l) || !hasAddr(old, ch.Addr) {
		return
	}
	b := n.find(old.Mark.Key)
	if b == nil || b.outside || k.box.outside || !b.live && !b.adding ||
		len(b.leased)+len(k.box.leased) == 0 {
		return
	}
	n.c.report(2, n, k.box.key, "address "+ip.String()+" of "+l.Name+" is that of "+
		old.Name+" of "+b.key.String()+" too")
}

// segment is what a link of a sandbox shares with its neighbours.
func segment(l *kernel.Link) *kernel.Link {
	switch {
	case l.Lower != nil:
		return l.Lower
	case l.Peer != nil:
		return l.Peer.Master
	}
	return l
}

func hasAddr(l *kernel.Link, a *kernel.Addr) bool {
	list := l.V4
	if a.IP.Is6() {
		list = l.V6
	}
	for i := range list {
		if list[i].IP == a.IP {
			return true
		}
	}
	return false
}
