package invariant

import (
	"net/netip"

	"patchbay/core/rawjson"
	"patchbay/sim/cluster"
	"patchbay/sim/kernel"
)

// onAPI is told of every change of the cluster.
func (c *Checker) onAPI(ch *cluster.Change) {
	if ch.By == (cluster.Token{}) {
		return // people, and kubelets
	}
	p, k := c.actor()
	if p == nil || p.Parent != nil {
		return
	}
	n := c.nodes[p.Node]
	if k == nil {
		n.late(p, "the cluster")
		return
	}
	n.looks(k, "the cluster")
	switch {
	case ch.Resource == cluster.Events && ch.Op == cluster.Created:
		k.events++
	case ch.Resource == cluster.Pods && ch.Restated && k.box != nil:
		n.statusWritten(k, ch)
	}
}

// statusWritten looks at a status when it is written.
func (n *node) statusWritten(k *call, ch *cluster.Change) {
	b := k.box
	if ch.UID != b.sandbox.Pod.UID {
		n.c.report(7, n, b.key, "the status of pod "+ch.String()+" with UID "+ch.UID+
			" was written for UID "+b.sandbox.Pod.UID)
		return
	}
	if b.outside || k.odd || b.sandbox.NS == nil || !b.sandbox.NS.Alive() {
		return
	}
	n.compareStatus(b, ch.Status, 22, 23)
}

// compareStatus compares a status with the sandbox, and reports an interface that
// is not there and one that is otherwise. It returns how many it names.
func (n *node) compareStatus(b *box, status string, absent, other int) int {
	named := 0
	ok := n.c.status.each(status, func(e *entry) {
		if e.failed || len(e.ifName) == 0 {
			return
		}
		named++
		l := b.sandbox.NS.ByName(string(e.ifName))
		if l == nil {
			n.c.report(absent, n, b.key, "the status names interface "+string(e.ifName)+
				", which is not there")
			return
		}
		if len(e.mac) > 0 && !sameMAC(l.MAC, string(e.mac)) {
			n.c.report(other, n, b.key, "the status says that "+l.Name+" has MAC "+
				string(e.mac)+", and it has "+l.MAC.String())
		}
		for _, text := range e.ips {
			if !hasText(l, text) {
				n.c.report(other, n, b.key, "the status says that "+l.Name+" has "+string(text))
			}
		}
	})
	if !ok {
		n.c.report(absent, n, b.key, "the status can not be read")
	}
	return named
}

func hasText(l *kernel.Link, text []byte) bool {
	ip, err := netip.ParseAddr(string(text))
	return err == nil && hasIn(l, ip.Unmap())
}

// entry is an element of a status.
type entry struct {
	name, ifName, mac []byte
	ips               [][]byte
	gateways          int
	isDefault         bool
	failed            bool // it says why the network is not there
}

// reader reads statuses, one after the other, in the same memory.
type reader struct {
	text []byte
	e    entry
}

// each walks over the network-status annotation (NPWG de-facto standard 1.3, §5.2).
// It reports whether it could be read.
func (r *reader) each(status string, visit func(*entry)) bool {
	r.text = append(r.text[:0], status...)
	c := rawjson.Over(r.text)
	e := &r.e
	for c.Enter('['); c.Next(']'); {
		*e = entry{ips: e.ips[:0]}
		for c.Enter('{'); c.Next('}'); {
			switch string(c.Key()) {
			case "name":
				e.name = c.Plain()
			case "interface":
				e.ifName = c.Plain()
			case "mac":
				e.mac = c.Plain()
			case "ips":
				for c.Enter('['); c.Next(']'); {
					e.ips = append(e.ips, c.Plain())
				}
			case "gateway", "default-route":
				for c.Enter('['); c.Next(']'); {
					c.Value()
					e.gateways++
				}
			case "default":
				e.isDefault = string(c.Value()) == "true"
			case "error":
				c.Value()
				e.failed = true
			default:
				c.Value()
			}
		}
		visit(e)
	}
	return c.Done()
}
