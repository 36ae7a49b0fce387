package links

import (
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"patchbay/sim/kernel"
)

// family is true for IPv6.
type family bool

const (
	four family = false
	six  family = true
)

func (v6 family) number() int {
	if v6 {
		return unix.AF_INET6
	}
	return unix.AF_INET
}

// address is RTM_NEWADDR or RTM_DELADDR.
func (b *both) address(typ, flags int) error {
	a := b.simAddr()
	msg := nl.NewIfAddrmsg(family(a.IP.Is6()).number())
	msg.Index, msg.Prefixlen, msg.Scope = uint32(b.link.Index), uint8(a.Bits), a.Scope
	around := a.IP
	if a.Peer.IsValid() {
		around = a.Peer
	}
	parts := []nl.NetlinkRequestData{
		msg, attr(unix.IFA_LOCAL, a.IP.AsSlice()), attr(unix.IFA_ADDRESS, around.AsSlice()),
	}
	if a.Broadcast.IsValid() && typ == unix.RTM_NEWADDR {
		parts = append(parts, attr(unix.IFA_BROADCAST, a.Broadcast.AsSlice()))
	}
	if a.NoPrefixRoute {
		parts = append(parts, attr(unix.IFA_FLAGS, u32(unix.IFA_F_NOPREFIXROUTE)))
	}
	if a.Label != "" {
		parts = append(parts, attr(unix.IFA_LABEL, text(a.Label)))
	}
	return b.w.m.send(b.o.ns, typ, flags, parts...)
}

func (b *both) simAddr() kernel.Addr {
	a := kernel.Addr{IP: b.o.at.Addr(), Bits: b.o.at.Bits()}
	if b.o.n&1 != 0 {
		a = kernel.NewAddr(b.o.at)
	}
	a.NoPrefixRoute = b.o.n&2 != 0
	if b.o.n&4 != 0 {
		a.Scope = kernel.ScopeLink
	}
	if b.o.n&8 != 0 {
		a.Label = b.o.link + ":x"
	}
	a.Peer = b.o.gw
	return a
}

func addAddr(name string, v6 family, weight int, more func(*chooser, *op)) opKind {
	return opKind{
		name: name, weight: weight, needs: "l",
		fill: func(c *chooser, o *op) {
			oneLink(c, o)
			o.at = c.prefix(v6)
			if more != nil {
				more(c, o)
			}
		},
		real: func(b *both) error {
			return b.address(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
		},
		sim: func(b *both) error { return b.w.p.k.AddAddr(b.link, b.simAddr()) },
	}
}

func delAddr(name string, v6 family, weight int) opKind {
	return opKind{
		name: name, weight: weight, needs: "l",
		fill: func(c *chooser, o *op) {
			oneLink(c, o)
			o.at = c.prefix(v6)
			for _, l := range c.p.slots[o.ns].Links() {
				list := l.V4
				if v6 {
					list = l.V6
				}
				if len(list) > 0 && c.r.IntN(2) == 0 {
					a := list[c.r.IntN(len(list))]
					o.link, o.at, o.gw = l.Name, netip.PrefixFrom(a.IP, a.Bits), a.Peer
				}
			}
		},
		real: func(b *both) error { return b.address(unix.RTM_DELADDR, 0) },
		sim:  func(b *both) error { return b.w.p.k.DelAddr(b.link, b.simAddr()) },
	}
}

// neighbour is RTM_NEWNEIGH or RTM_DELNEIGH.
func (b *both) neighbour(typ, flags int) error {
	head := make(raw, 12)
	head[0] = byte(family(b.o.gw.Is6()).number())
	copy(head[4:], u32(b.link.Index))
	copy(head[8:], nl.Uint16Attr(unix.NUD_PERMANENT))
	parts := []nl.NetlinkRequestData{head, attr(unix.NDA_DST, b.o.gw.AsSlice())}
	if typ == unix.RTM_NEWNEIGH {
		parts = append(parts, attr(unix.NDA_LLADDR, b.o.mac[:]))
	}
	return b.w.m.send(b.o.ns, typ, flags, parts...)
}

type raw []byte

func (r raw) Len() int          { return len(r) }
func (r raw) Serialize() []byte { return r }

func neighKinds() []opKind {
	fill := func(c *chooser, o *op) {
		o.link, o.gw, o.mac = c.linkOf(o.ns), c.gateway(c.r.IntN(2) == 0), c.mac()
	}
	return []opKind{
		{
			name: "neigh-add", weight: 4, needs: "l", fill: fill,
			real: func(b *both) error {
				return b.neighbour(unix.RTM_NEWNEIGH, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
			},
			sim: func(b *both) error {
				return b.w.p.k.AddNeigh(b.link, kernel.Neigh{IP: b.o.gw, MAC: b.o.mac})
			},
		},
		{
			name: "neigh-del", weight: 3, needs: "l",
			fill: func(c *chooser, o *op) {
				fill(c, o)
				for _, l := range c.p.slots[o.ns].Links() {
					if len(l.Neighs) > 0 && c.r.IntN(2) == 0 {
						o.link, o.gw = l.Name, l.Neighs[0].IP
					}
				}
			},
			real: func(b *both) error { return b.neighbour(unix.RTM_DELNEIGH, 0) },
			sim:  func(b *both) error { return b.w.p.k.DelNeigh(b.link, b.o.gw) },
		},
	}
}

func ipKinds() []opKind {
	kinds := []opKind{
		addAddr("addr4-add", four, 16, func(c *chooser, o *op) {
			o.n = pick(c, 0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 8, 9)
		}),
		addAddr("addr4-add-peer", four, 3, func(c *chooser, o *op) { o.gw = c.gateway(four) }),
		addAddr("addr6-add", six, 12, func(c *chooser, o *op) { o.n = pick(c, 0, 0, 0, 2) }),
		addAddr("addr6-add-peer", six, 2, func(c *chooser, o *op) { o.gw = c.gateway(six) }),
		delAddr("addr4-del", four, 8),
		delAddr("addr6-del", six, 6),
	}
	return append(append(append(kinds, neighKinds()...), routeKinds()...), ruleKinds()...)
}
