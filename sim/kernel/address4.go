package kernel

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"patchbay/sim/errno"
)

// addAddr4 is __inet_insert_ifa (net/ipv4/devinet.c).
func (k *Kernel) addAddr4(l *Link, a Addr) error {
	if l.no4 {
		return errno.ENOBUFS
	}
	if a.IP.IsUnspecified() {
		return nil
	}
	if slices.ContainsFunc(l.V4, func(o Addr) bool { return o.IP == a.IP && o.beside(&a) }) {
		return errno.EEXIST
	}
	a.Secondary = false
	at := 0
	for i := range l.V4 {
		o := &l.V4[i]
		if !o.Secondary && a.Scope <= o.Scope {
			at = i + 1
		}
		if !o.beside(&a) {
			continue
		}
		if o.Scope != a.Scope {
			return errno.EINVAL
		}
		a.Secondary = true
	}
	if a.Secondary {
		at = len(l.V4)
	}
	if a.Label == "" {
		a.Label = l.Name
	}
	a.Mark = orMark(a.Mark, l.Mark)
	l.ownConf4 = true
	l.V4 = slices.Insert(l.V4, at, a)
	k.tellAddr(AddrAdded, l, &a)
	k.routesOf4(l, &a)
	return nil
}

// beside reports whether two addresses are of the same network
// (inet_ifa_match, with the same mask).
func (a *Addr) beside(o *Addr) bool {
	return a.Bits == o.Bits && a.Network().Contains(o.around())
}

// primary finds the address whose routes serve the network of another too
// (inet_ifa_byprefix).
func (l *Link) primary(a *Addr) *Addr {
	for i := range l.V4 {
		if l.V4[i].beside(a) {
			return &l.V4[i]
		}
	}
	return nil
}

// routesOf4 is fib_add_ifaddr (net/ipv4/fib_frontend.c). A route that is there
// already stays.
func (k *Kernel) routesOf4(l *Link, a *Addr) {
	prim := a
	if a.Secondary {
		if prim = l.primary(a); prim == nil {
			return
		}
	}
	k.auto4(l, prim, Local, netip.PrefixFrom(a.IP, 32))
	if !l.Up {
		return
	}
	if a.Broadcast.IsValid() && a.Broadcast != limitedBroadcast {
		k.auto4(l, prim, Broadcast, netip.PrefixFrom(a.Broadcast, 32))
	}
	if a.Secondary || !a.hasNetwork() {
		return
	}
	network := a.Network()
	if !a.NoPrefixRoute {
		k.auto4(l, prim, networkType(l), network)
	}
	if a.Bits < 31 {
		k.auto4(l, prim, Broadcast, netip.PrefixFrom(lastOf(network), 32))
	}
}

// hasNetwork reports whether there is more than the address to be reached.
func (a *Addr) hasNetwork() bool {
	network := a.Network().Addr()
	return !zeronet(network) && (network != a.IP || a.Bits < 32)
}

func zeronet(ip netip.Addr) bool { return ip.As4()[0] == 0 }

func networkType(l *Link) RouteType {
	if l.Kind == Loopback {
		return Local
	}
	return Unicast
}

//nolint:gochecknoglobals // a constant that Go has no literal for
var limitedBroadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// magic4 is what fib_magic asks for: a route of the kernel's own.
func magic4(l *Link, prim *Addr, kind RouteType, dst netip.Prefix) Route {
	r := Route{
		Dst: dst, Src: prim.IP, Dev: l, Type: kind, Scope: ScopeLink, Proto: ProtoKernel,
		Table: TableLocal, Mark: prim.Mark,
	}
	if kind == Local {
		r.Scope = ScopeHost
	}
	if kind == Unicast {
		r.Table = TableMain
	}
	if l.Master != nil && l.Master.Kind == VRF {
		r.Table = l.Master.Table
	}
	return r
}

func (k *Kernel) auto4(l *Link, prim *Addr, kind RouteType, dst netip.Prefix) {
	r := magic4(l, prim, kind, dst)
	if r.Src != dst.Addr() || kind != Local {
		if l.NS.typeOf4(r.Src) != Local {
			return
		}
	}
	// The kernel ignores the answer too: a route that is there serves as well.
	_ = k.put(l.NS, keep(&r))
}

// unauto4 deletes the route that auto4 has added, if it is there.
func (k *Kernel) unauto4(l *Link, prim *Addr, kind RouteType, dst netip.Prefix) {
	want := magic4(l, prim, kind, dst)
	for _, r := range l.routes {
		if r.Dst == dst && r.Table == want.Table && r.Type == kind && r.Src == want.Src &&
			r.Scope == want.Scope && r.Proto == ProtoKernel {
			k.drop(l.NS, r)
			return
		}
	}
}

// typeOf4 says what an address is to the namespace (inet_addr_type).
func (ns *Namespace) typeOf4(ip netip.Addr) RouteType {
	switch {
	case zeronet(ip) || ip == limitedBroadcast:
		return Broadcast
	case ip.IsMulticast():
		return Multicast
	case ns.table(false, TableLocal) == nil:
		return Broadcast // so the kernel answers before the first address
	}
	r := ns.lookupIn(false, TableLocal, ip, nil, ScopeUniverse)
	if r != nil && !r.Type.rejects() {
		return r.Type
	}
	return Unicast
}

// delAddr4 is inet_rtm_deladdr.
func (k *Kernel) delAddr4(l *Link, a Addr) error {
	if l.no4 {
		return errno.ENODEV
	}
	i := slices.IndexFunc(l.V4, func(o Addr) bool {
		return o.IP == a.IP && (a.Label == "" || a.Label == o.Label) && o.beside(&a)
	})
	if i < 0 {
		return errno.EADDRNOTAVAIL
	}
	k.removeAddr4(l, i)
	return nil
}

// removeAddr4 is __inet_del_ifa. With a primary address its secondaries go,
// unless promote_secondaries says that the first of them becomes primary.
func (k *Kernel) removeAddr4(l *Link, i int) {
	gone := l.V4[i]
	promoted := Addr{}
	at := i // where the promoted one goes
	if !gone.Secondary {
		for j := i + 1; j < len(l.V4); {
			o := &l.V4[j]
			if !o.Secondary && gone.Scope <= o.Scope {
				at = j
			}
			if !o.Secondary || !o.beside(&gone) {
				j++
				continue
			}
			if l.promotes() {
				promoted = *o
				break
			}
			k.takeAddr4(l, j)
		}
	}
	if !promoted.IP.IsValid() {
		k.takeAddr4(l, i)
		return
	}
	// All its secondaries get another primary, and their routes its address.
	for j := i + 1; j < len(l.V4); j++ {
		if l.V4[j].Secondary && l.V4[j].beside(&gone) {
			a := l.V4[j]
			k.unroute4(l, &a, &gone)
		}
	}
	k.takeAddr4(l, i)
	k.promote4(l, &promoted, at)
}

// promote4 makes a secondary address primary, and gives those beside it their
// routes back.
func (k *Kernel) promote4(l *Link, a *Addr, at int) {
	from := slices.IndexFunc(l.V4, func(o Addr) bool { return o.IP == a.IP && o.beside(a) })
	l.V4 = slices.Delete(l.V4, from, from+1)
	a.Secondary = false
	l.V4 = slices.Insert(l.V4, min(at, from), *a)
	k.routesOf4(l, a)
	for j := at + 1; j < len(l.V4); j++ {
		if o := l.V4[j]; o.Secondary && o.beside(a) {
			k.routesOf4(l, &o)
		}
	}
}

// takeAddr4 takes one address with its routes away.
func (k *Kernel) takeAddr4(l *Link, i int) {
	gone := l.V4[i]
	l.V4 = slices.Delete(l.V4, i, i+1)
	k.unroute4(l, &gone, nil)
	k.tellAddr(AddrDeleted, l, &gone)
	if len(l.V4) == 0 {
		// Without an address the link does no IPv4 (fib_disable_ip).
		k.flush(l, func(r *Route) bool { return !r.V6() })
		l.forget4()
	}
}

// forget4 drops the IPv4 neighbours (arp_ifdown).
func (l *Link) forget4() {
	l.Neighs = slices.DeleteFunc(l.Neighs, func(n Neigh) bool { return n.IP.Is4() })
}

// relabel gives the addresses of a link that was renamed their new labels: the
// first is the name, others keep what is behind the colon or get a number
// (inetdev_changename).
func (l *Link) relabel() {
	for i := range l.V4 {
		if i == 0 {
			l.V4[i].Label = l.Name
			continue
		}
		tail := ":" + strconv.Itoa(i+1)
		if at := strings.IndexByte(l.V4[i].Label, ':'); at >= 0 {
			tail = l.V4[i].Label[at:]
		}
		l.V4[i].Label = l.Name[:min(len(l.Name), nameMax-len(tail))] + tail
	}
}

// mtu4 ends IPv4 on a link that became too small for it, and lets it begin
// again (inetdev_event, NETDEV_CHANGEMTU).
func (k *Kernel) mtu4(l *Link) {
	small := l.MTU < minMTU4
	if small == l.no4 {
		return
	}
	l.no4 = small
	if small {
		k.dropAddresses4(l)
		l.forget4()
		return
	}
	l.ownConf4 = false
	l.renew(conf4)
}
