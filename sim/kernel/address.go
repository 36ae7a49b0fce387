package kernel

import (
	"net/netip"
	"slices"

	"patchbay/sim/errno"
)

// Addr is an address of a link.
type Addr struct {
	// IP is the address, and Bits the length of its network's prefix.
	IP   netip.Addr
	Bits int
	// Peer is the other end of a point-to-point link; the network is then
	// around it.
	Peer      netip.Addr
	Broadcast netip.Addr
	Scope     uint8
	Label     string
	// NoPrefixRoute keeps the kernel from adding the route to the network.
	NoPrefixRoute bool
	Secondary     bool // read only
	Mark          Mark
}

// NewAddr is an address as iproute2 and the CNI plugins' library give it: in
// IPv4, with the broadcast address of its network when that has one.
func NewAddr(p netip.Prefix) Addr {
	a := Addr{IP: p.Addr(), Bits: p.Bits()}
	if p.Addr().Is4() && p.Bits() < 31 {
		a.Broadcast = lastOf(p)
	}
	return a
}

// lastOf is the network's broadcast address.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}

// around is what the prefix is counted from (IFA_ADDRESS).
func (a *Addr) around() netip.Addr {
	if a.Peer.IsValid() {
		return a.Peer
	}
	return a.IP
}

// Network is the network of the address, or of its peer.
func (a *Addr) Network() netip.Prefix {
	return netip.PrefixFrom(a.around(), a.Bits).Masked()
}

// AddAddr gives a link an address. Answers: EEXIST, it has it; EINVAL, it can
// not be; EADDRNOTAVAIL, no station can have it; EACCES, IPv6 is switched off.
func (k *Kernel) AddAddr(l *Link, a Addr) error {
	if l.dead {
		return errno.ENODEV
	}
	if !a.IP.IsValid() || a.Bits < 0 || a.Bits > a.IP.BitLen() ||
		a.Peer.IsValid() && a.Peer.Is4() != a.IP.Is4() {
		return errno.EINVAL
	}
	if a.IP.Is6() {
		return k.addAddr6(l, a)
	}
	return k.addAddr4(l, a)
}

// DelAddr takes an address away; EADDRNOTAVAIL when the link does not have it.
func (k *Kernel) DelAddr(l *Link, a Addr) error {
	if l.dead {
		return errno.ENODEV
	}
	if a.IP.Is6() {
		return k.delAddr6(l, a)
	}
	return k.delAddr4(l, a)
}

// addAddr4 is __inet_insert_ifa (net/ipv4/devinet.c).
func (k *Kernel) addAddr4(l *Link, a Addr) error {
	if a.IP.IsUnspecified() {
		return nil
	}
	a.Secondary = false
	network := a.Network()
	at := 0
	for i := range l.V4 {
		o := &l.V4[i]
		if !o.Secondary && a.Scope <= o.Scope {
			at = i + 1
		}
		if o.Bits != a.Bits || !network.Contains(o.around()) {
			continue
		}
		if o.IP == a.IP {
			return errno.EEXIST
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
	l.V4 = slices.Insert(l.V4, at, a)
	k.tellAddr(AddrAdded, l, &a)
	k.routesOf4(l, &a)
	return nil
}

func orMark(m, other Mark) Mark {
	if m == (Mark{}) {
		return other
	}
	return m
}

func (k *Kernel) tellAddr(what ChangeKind, l *Link, a *Addr) {
	if k.OnChange != nil {
		k.OnChange(Change{What: what, NS: l.NS, Link: l, Addr: keepAddr(a)})
	}
}

// keepAddr keeps addresses on the stack while nobody watches.
func keepAddr(a *Addr) *Addr {
	c := *a
	return &c
}

// routesOf4 adds what fib_add_ifaddr does (net/ipv4/fib_frontend.c). A route
// that is there already stays.
func (k *Kernel) routesOf4(l *Link, a *Addr) {
	k.auto4(l, a, Local, netip.PrefixFrom(a.IP, 32))
	if !l.Up {
		return
	}
	if a.Broadcast.IsValid() && a.Broadcast != limitedBroadcast {
		k.auto4(l, a, Broadcast, netip.PrefixFrom(a.Broadcast, 32))
	}
	network := a.Network()
	if network.Addr().IsUnspecified() || a.Secondary ||
		network.Addr() == a.IP && a.Bits == 32 {
		return
	}
	if !a.NoPrefixRoute {
		kind := Unicast
		if l.Kind == Loopback {
			kind = Local
		}
		k.auto4(l, a, kind, network)
	}
	if a.Bits < 31 {
		k.auto4(l, a, Broadcast, netip.PrefixFrom(lastOf(network), 32))
	}
}

//nolint:gochecknoglobals // a constant that Go has no literal for
var limitedBroadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// auto4 is fib_magic: a route of the kernel's own.
func (k *Kernel) auto4(l *Link, a *Addr, kind RouteType, dst netip.Prefix) {
	r := &Route{
		Dst: dst, Src: a.IP, Dev: l, Type: kind, Scope: ScopeLink, Proto: ProtoKernel,
		Table: TableLocal, Mark: a.Mark,
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
	// The kernel ignores the answer too: a route that is there serves as well.
	_ = k.put(l.NS, r)
}

// delAddr4 is inet_rtm_deladdr. With a primary address its secondaries go,
// unless promote_secondaries says that the next one becomes primary.
func (k *Kernel) delAddr4(l *Link, a Addr) error {
	i := slices.IndexFunc(l.V4, func(o Addr) bool {
		return o.IP == a.IP && o.Bits == a.Bits &&
			(!a.Peer.IsValid() || a.Peer == o.around()) &&
			(a.Label == "" || a.Label == o.Label)
	})
	if i < 0 {
		return errno.EADDRNOTAVAIL
	}
	k.removeAddr4(l, i)
	return nil
}

func (k *Kernel) removeAddr4(l *Link, i int) {
	gone := l.V4[i]
	if gone.Secondary {
		k.takeAddr4(l, i)
		return
	}
	network := gone.Network()
	promote := l.promotes()
	promoted := -1
	for j := i + 1; j < len(l.V4); {
		o := &l.V4[j]
		if !o.Secondary || o.Bits != gone.Bits || !network.Contains(o.around()) {
			j++
			continue
		}
		if promote {
			promoted = j
			break
		}
		k.takeAddr4(l, j)
	}
	k.takeAddr4(l, i)
	if promoted > 0 {
		k.promote4(l, promoted-1)
	}
}

// takeAddr4 takes one address with its routes away.
func (k *Kernel) takeAddr4(l *Link, i int) {
	gone := l.V4[i]
	l.V4 = slices.Delete(l.V4, i, i+1)
	k.unroute4(l, &gone)
	k.tellAddr(AddrDeleted, l, &gone)
	if len(l.V4) == 0 {
		// Without an address the link does no IPv4 (fib_disable_ip).
		k.flush(l, func(r *Route) bool { return !r.V6() })
	}
}

// unroute4 is fib_del_ifaddr: it deletes the routes that no other address of
// the link needs.
func (k *Kernel) unroute4(l *Link, gone *Addr) {
	needed := func(dst netip.Prefix, kind RouteType) bool {
		for i := range l.V4 {
			o := &l.V4[i]
			network := o.Network()
			switch {
			case kind == Local && o.IP == dst.Addr(),
				kind == Unicast && !o.Secondary && network == dst,
				kind == Broadcast && o.Broadcast == dst.Addr(),
				kind == Broadcast && o.Bits < 31 && lastOf(network) == dst.Addr():
				return true
			}
		}
		return false
	}
	k.flush(l, func(r *Route) bool {
		return !r.V6() && r.Proto == ProtoKernel && r.Src == gone.IP && !needed(r.Dst, r.Type)
	})
	if !l.NS.hasAddr4(gone.IP) {
		k.flushSource(l.NS, gone.IP)
	}
}

func (ns *Namespace) hasAddr4(ip netip.Addr) bool {
	for _, l := range ns.links {
		for i := range l.V4 {
			if l.V4[i].IP == ip {
				return true
			}
		}
	}
	return false
}

// flushSource drops the routes that prefer an address that is gone.
func (k *Kernel) flushSource(ns *Namespace, ip netip.Addr) {
	for _, t := range ns.tables {
		for i := len(t.routes) - 1; i >= 0; i-- {
			if t.routes[i].Src == ip {
				k.drop(ns, t.routes[i])
			}
		}
	}
}

// promote4 makes a secondary address primary.
func (k *Kernel) promote4(l *Link, i int) {
	a := l.V4[i]
	a.Secondary = false
	l.V4 = slices.Delete(l.V4, i, i+1)
	at := 0
	for at < len(l.V4) && !l.V4[at].Secondary {
		at++
	}
	l.V4 = slices.Insert(l.V4, at, a)
	k.routesOf4(l, &a)
}
