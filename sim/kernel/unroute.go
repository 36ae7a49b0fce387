package kernel

import "net/netip"

// keeps is what of a deleted address' routes other addresses of its link need.
type keeps struct{ local, broadcast, last, first bool }

// unroute4 is fib_del_ifaddr (net/ipv4/fib_frontend.c): it deletes the routes of
// an address, but not more. prim is the primary address that is about to go
// when a is one of its secondaries that will be promoted.
func (k *Kernel) unroute4(l *Link, a, prim *Addr, gone bool) {
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
	if gone && l.NS.typeOf4(a.IP) != Local {
		k.flushSource(l.NS, l.tableOf(TableMain), a.IP)
	}
}

// needed4 looks through the addresses of a link for what another one of the
// same preferred source needs. prim is the address being replaced, if any.
func (l *Link) needed4(a, owner, prim *Addr) keeps {
	var keep keeps
	var source *Addr
	same := false
	network := a.Network()
	for i := range l.V4 {
		o := &l.V4[i]
		if *o == *a || prim != nil && o.beside(prim) {
			continue
		}
		switch {
		case !o.Secondary:
			if owner.IP != o.IP {
				continue
			}
			source = o
			same = same || *owner != *o
		case o.beside(owner):
			source = owner
		default:
			if !same {
				continue
			}
			if source == nil || !o.beside(source) {
				source = l.primary(o)
			}
			if source == nil || source.IP != owner.IP {
				continue
			}
		}
		keep.add(a, o, network, source == o)
	}
	return keep
}

// add notes what o has in common with the routes of a.
func (keep *keeps) add(a, o *Addr, network netip.Prefix, primary bool) {
	first, last := network.Addr(), lastOf(network)
	keep.local = keep.local || a.IP == o.IP
	keep.broadcast = keep.broadcast || a.Broadcast == o.Broadcast
	keep.last = keep.last || last == o.Broadcast
	keep.first = keep.first || first == o.Broadcast
	if !primary || o.Bits >= 31 || zeronet(o.Network().Addr()) { //nolint:revive // a fact
		return
	}
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
	for i := len(t.routes) - 1; i >= 0; i-- {
		if t.routes[i].Src == ip {
			k.drop(ns, t.routes[i])
		}
	}
}
