package kernel

import (
	"net/netip"
	"slices"

	"patchbay/sim/errno"
)

// addAddr6 is inet6_addr_add (net/ipv6/addrconf.c). Addresses are as good as
// checked for duplicates when they are added.
func (k *Kernel) addAddr6(l *Link, a Addr) error {
	switch {
	case l.no6:
		return errno.EINVAL
	case l.has6(a.IP):
		return errno.EEXIST
	case l.disabled6():
		return errno.EACCES
	}
	// The link gets this route even when the address is refused.
	k.mroute6(l)
	if a.IP.IsUnspecified() || a.IP.IsMulticast() ||
		a.IP.IsLoopback() && l.Kind != Loopback {
		return errno.EADDRNOTAVAIL
	}
	a.Broadcast, a.Label, a.Secondary = netip.Addr{}, "", false
	a.Scope = scope6(a.IP)
	if a.Peer == a.IP {
		a.Peer = netip.Addr{}
	}
	a.Mark = orMark(a.Mark, l.Mark)
	k.insert6(l, a)
	k.networkOf6(l, &a)
	if a.Peer.IsValid() && l.Up {
		k.auto6(l, &a, netip.PrefixFrom(a.Peer, 128))
	}
	return nil
}

// insert6 adds an address with the route to itself.
func (k *Kernel) insert6(l *Link, a Addr) {
	l.V6 = append(l.V6, a)
	k.tellAddr(AddrAdded, l, &a)
	_ = k.put(l.NS, &Route{
		Dst: netip.PrefixFrom(a.IP, 128), Dev: l, Type: Local, Proto: ProtoKernel,
		Table: l.tableOf(TableLocal), Mark: a.Mark,
	})
}

func scope6(ip netip.Addr) uint8 {
	switch {
	case ip.IsLoopback():
		return ScopeHost
	case ip.IsLinkLocalUnicast():
		return ScopeLink
	}
	return ScopeUniverse
}

func (l *Link) has6(ip netip.Addr) bool {
	return slices.ContainsFunc(l.V6, func(o Addr) bool { return o.IP == ip })
}

// isLocal6 reports whether a namespace has an address; one whose scope is not
// the whole world counts on its own link only (ipv6_chk_addr).
func (ns *Namespace) isLocal6(ip netip.Addr, dev *Link) bool {
	if scope6(ip) != ScopeUniverse {
		return dev != nil && dev.has6(ip)
	}
	for _, l := range ns.links {
		if l.has6(ip) {
			return true
		}
	}
	return false
}

// tableOf is the table that the routes of a link's addresses go to.
func (l *Link) tableOf(id int) int {
	if l.Master != nil && l.Master.Kind == VRF {
		return l.Master.Table
	}
	return id
}

// networkOf6 adds the route to the network of an address.
func (k *Kernel) networkOf6(l *Link, a *Addr) {
	if l.Up && !a.NoPrefixRoute {
		k.auto6(l, a, a.network6())
	}
}

// network6 is the network of the address itself; a peer has a route of its own.
func (a *Addr) network6() netip.Prefix { return netip.PrefixFrom(a.IP, a.Bits).Masked() }

func (k *Kernel) auto6(l *Link, a *Addr, dst netip.Prefix) {
	_ = k.put(l.NS, &Route{
		Dst: dst, Dev: l, Type: Unicast, Metric: metric6Kernel,
		Proto: ProtoKernel, Table: l.tableOf(TableMain), Mark: a.Mark,
	})
}

//nolint:gochecknoglobals // constants that Go has no literals for
var (
	multicast6 = netip.MustParsePrefix("ff00::/8")
	linkLocal6 = netip.MustParseAddr("fe80::")
)

// mroute6 adds the route to all groups that each link with IPv6 has.
func (k *Kernel) mroute6(l *Link) {
	if l.Kind == Loopback || l.Kind == VRF || !l.Up {
		return
	}
	_ = k.put(l.NS, &Route{
		Dst: multicast6, Dev: l, Type: Multicast, Metric: metric6Kernel,
		Proto: ProtoKernel, Table: l.tableOf(TableLocal), Mark: l.Mark,
	})
}

// delAddr6 is inet6_addr_del.
func (k *Kernel) delAddr6(l *Link, a Addr) error {
	if l.no6 {
		return errno.ENXIO
	}
	i := slices.IndexFunc(l.V6, func(o Addr) bool { return o.IP == a.IP && o.Bits == a.Bits })
	if i < 0 {
		return errno.EADDRNOTAVAIL
	}
	ip := l.V6[i].IP
	k.removeAddr6(l, i)
	k.unsource6(l.NS, ip)
	return nil
}

func (k *Kernel) removeAddr6(l *Link, i int) {
	gone := l.V6[i]
	l.V6 = slices.Delete(l.V6, i, i+1)
	network := gone.network6()
	shared := slices.ContainsFunc(l.V6, func(o Addr) bool { return o.network6() == network })
	k.flush(l, func(r *Route) bool {
		return r.V6() && (r.Type == Local && r.Dst.Addr() == gone.IP ||
			!shared && r.Type == Unicast && r.Proto == ProtoKernel && r.Dst == network ||
			gone.Peer.IsValid() && r.Proto == ProtoKernel && r.Dst.Bits() == 128 &&
				r.Dst.Addr() == gone.Peer)
	})
	k.tellAddr(AddrDeleted, l, &gone)
}

// unsource6 lets routes forget that they prefer an address that was deleted
// (fib6_remove_prefsrc). Linux forgets to when the address goes with its link.
func (k *Kernel) unsource6(ns *Namespace, ip netip.Addr) {
	if !ns.sources6 {
		return
	}
	for _, t := range ns.tables {
		if !t.v6 {
			continue
		}
		for _, r := range t.routes {
			if r.Src == ip && !ns.isLocal6(ip, r.Dev) {
				r.Src = netip.Addr{}
				k.tell(Change{What: RouteChanged, NS: ns, Link: r.Dev, Route: r})
			}
		}
	}
}

// ready6 lets IPv6 begin on a link that is up and has a carrier: it gets its
// link-local address (addrconf_dev_config).
func (k *Kernel) ready6(l *Link) {
	if l.ready || !l.Up || l.no6 || l.disabled6() || !l.Carrier() || l.Kind == Loopback {
		return
	}
	l.ready = true
	k.mroute6(l)
	if l.Kind == Tun || l.genNone() {
		return
	}
	a := Addr{IP: eui64(l.MAC), Bits: 64, Scope: ScopeLink, Mark: l.Mark}
	if !l.has6(a.IP) {
		k.insert6(l, a)
		k.networkOf6(l, &a)
	}
}

// eui64 is the link-local address of a station (RFC 4291, appendix A).
func eui64(m MAC) netip.Addr {
	b := linkLocal6.As16()
	copy(b[8:], []byte{m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]})
	return netip.AddrFrom16(b)
}

//nolint:gochecknoglobals // constants that Go has no literals for
var (
	loopback4 = netip.MustParseAddr("127.0.0.1")
	loopback6 = netip.IPv6Loopback()
)

// loopbackUp4 gives the loopback its address, which it may have.
func (k *Kernel) loopbackUp4(lo *Link) {
	_ = k.addAddr4(lo, Addr{IP: loopback4, Bits: 8, Scope: ScopeHost})
}

// loopbackUp6 does so for IPv6, unless the loopback was made too small for it.
func (k *Kernel) loopbackUp6(lo *Link) {
	if lo.MTU < minMTU6 {
		k.end6(lo)
		return
	}
	if !lo.disabled6() && !lo.has6(loopback6) {
		k.insert6(lo, Addr{IP: loopback6, Bits: 128, Scope: ScopeHost, Mark: lo.Mark})
	}
}

// addressesUp brings back the routes of a link's addresses.
func (k *Kernel) addressesUp(l *Link) {
	for i := range l.V4 {
		k.routesOf4(l, &l.V4[i])
	}
	for i := range l.V6 {
		k.networkOf6(l, &l.V6[i])
	}
	k.ready6(l)
}

// addressesDown takes away what a link that goes down loses: the routes out of
// it, but not the local ones of IPv4, and all addresses of IPv6.
func (k *Kernel) addressesDown(l *Link) {
	k.flush(l, func(r *Route) bool { return r.V6() || r.Scope < ScopeHost })
	for len(l.V6) > 0 {
		k.removeAddr6(l, len(l.V6)-1)
	}
}

// dropAddresses takes everything away that is IP.
func (k *Kernel) dropAddresses(l *Link) {
	k.flush(l, func(*Route) bool { return true })
	k.dropAddresses4(l)
	for len(l.V6) > 0 {
		k.removeAddr6(l, len(l.V6)-1)
	}
	l.Neighs = nil
}

// dropAddresses4 takes the addresses away without regard to which is primary.
func (k *Kernel) dropAddresses4(l *Link) {
	gone := l.V4
	if len(gone) == 0 {
		return // and what routes there are stay
	}
	l.V4 = nil
	k.flush(l, func(r *Route) bool { return !r.V6() })
	for i := range gone {
		k.tellAddr(AddrDeleted, l, &gone[i])
		if l.NS.typeOf4(gone[i].IP) != Local {
			k.flushSource(l.NS, l.tableOf(TableMain), gone[i].IP)
		}
	}
}

// mtu6 ends IPv6 on a link that became too small for it, and begins it again.
func (k *Kernel) mtu6(l *Link) {
	small := l.MTU < minMTU6
	if small == l.no6 || !small && reserved(l.Name) {
		return
	}
	l.no6 = small
	if small {
		l.ready = false
		k.end6(l)
		return
	}
	l.renew(conf6)
	k.begin6(l)
}

// begin6 lets IPv6 do on a link what it does when it comes up.
func (k *Kernel) begin6(l *Link) {
	if !l.Up {
		return
	}
	if l.Kind == Loopback {
		k.loopbackUp6(l)
	}
	k.ready6(l)
}

// end6 takes all of IPv6 off a link.
func (k *Kernel) end6(l *Link) {
	for len(l.V6) > 0 {
		k.removeAddr6(l, len(l.V6)-1)
	}
	k.flush(l, (*Route).V6)
	l.Neighs = slices.DeleteFunc(l.Neighs, func(n Neigh) bool { return n.IP.Is6() })
}
