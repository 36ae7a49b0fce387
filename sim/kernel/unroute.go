package kernel

import (
	"net/netip"
	"slices"
)

// keeps is what of a deleted address' routes other addresses of its link need.
type keeps struct{ local, broadcast, last, first bool }

// unroute4 is fib_del_ifaddr (net/ipv4/fib_frontend.c): it deletes the routes of
// an address, but not more. prim is the primary address that is about to go
// when a is one of its secondaries and stays.
func (k *Kernel) unroute4(l *Link, a, prim *Addr) {
	other := a
	subnet := false
	network := a.Network()
	if a.Secondary {
		if other = l.primary(a); other == nil {
			return
		}
	} else if a.hasNetwork() {
		if !a.NoPrefixRoute {
			k.unauto4(l, other, networkType(l), network)
		}
		subnet = true
	}
	owner := *other
	keep := l.needed4(a, &owner, prim)
	if !keep.broadcast && a.Broadcast.IsValid() {
		k.unauto4(l, &owner, Broadcast, netip.PrefixFrom(a.Broadcast, 32))
	}
	if subnet && a.Bits < 31 {
		if !keep.last {
			k.unauto4(l, &owner, Broadcast, netip.PrefixFrom(lastOf(network), 32))
		}
		if !keep.first {
			k.unauto4(l, &owner, Broadcast, netip.PrefixFrom(network.Addr(), 32))
		}
	}
	if keep.local {
		return
	}
	k.unauto4(l, &owner, Local, netip.PrefixFrom(a.IP, 32))
	if prim == nil && l.NS.typeOf4(a.IP) != Local {
		k.flushSource(l.NS, l.tableOf(TableMain), a.IP)
	}
}

// needed4 looks through the addresses of a link for what another one of the
// same preferred source needs. prim is the address being replaced, if any.
func (l *Link) needed4(a, owner, prim *Addr) keeps {
	var keep keeps
	var source *Addr
	same := false
	for i := range l.V4 {
		o := &l.V4[i]
		if *o == *a || prim != nil && o.beside(prim) {
			continue
		}
		switch {
		case !o.Secondary && owner.IP != o.IP, o.Secondary && !same && !o.beside(owner):
			continue
		case !o.Secondary:
			source = o
			same = same || *owner != *o
		default:
			if source = l.sourceOf(o, owner, source); source == nil || source.IP != owner.IP {
				continue
			}
		}
		keep.shared(a, o)
		if source == o {
			keep.network(a, o)
		}
	}
	return keep
}

// sourceOf is the primary address of a secondary one.
func (l *Link) sourceOf(o, owner, last *Addr) *Addr {
	switch {
	case o.beside(owner):
		return owner
	case last != nil && o.beside(last):
		return last
	}
	return l.primary(o)
}

// shared notes what an address needs of another one's routes.
func (keep *keeps) shared(a, o *Addr) {
	network := a.Network()
	keep.local = keep.local || a.IP == o.IP
	keep.broadcast = keep.broadcast || a.Broadcast == o.Broadcast
	keep.last = keep.last || lastOf(network) == o.Broadcast
	keep.first = keep.first || network.Addr() == o.Broadcast
}

// network notes what the network of a primary address needs of them.
func (keep *keeps) network(a, o *Addr) {
	if o.Bits >= 31 || zeronet(o.Network().Addr()) {
		return
	}
	first, last := a.Network().Addr(), lastOf(a.Network())
	itsFirst, itsLast := o.Network().Addr(), lastOf(o.Network())
	keep.broadcast = keep.broadcast || a.Broadcast == itsLast || a.Broadcast == itsFirst
	keep.last = keep.last || last == itsLast || last == itsFirst
	keep.first = keep.first || first == itsLast || first == itsFirst
}

// flushSource drops the routes of a table that prefer an address that is gone
// (fib_sync_down_addr).
func (k *Kernel) flushSource(ns *Namespace, id int, ip netip.Addr) {
	t := ns.table(false, id)
	if t == nil {
		return
	}
	for _, r := range slices.Backward(t.routes) {
		if r.Src == ip {
			k.drop(ns, r)
		}
	}
}
