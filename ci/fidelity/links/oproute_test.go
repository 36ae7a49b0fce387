package links

import (
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"patchbay/sim/kernel"
)

var scopes = [...]uint8{
	kernel.ScopeUniverse, kernel.ScopeLink, kernel.ScopeHost, kernel.ScopeSite, kernel.ScopeNowhere,
}

// The number of a route operation holds its metric, table, type and scope.
type routeBits struct {
	metric, table, typ, scope int
	onlink                    bool
}

func (o op) routeBits() routeBits {
	return routeBits{
		metric: o.n % 4 * 100, table: []int{0, 0, 0, 100, 300, 254, 255}[o.n/4%7],
		typ: o.n / 28 % 10, scope: o.n / 280 % 5, onlink: o.n/1400%2 == 1,
	}
}

func packRoute(metric, table, typ, scope, onlink int) int {
	return metric + 4*table + 28*typ + 280*scope + 1400*onlink
}

func (b *both) route(typ, flags int) error {
	bits := b.o.routeBits()
	msg := &nl.RtMsg{}
	msg.Family = uint8(family(b.o.at.Addr().Is6()).number())
	msg.Dst_len = uint8(b.o.at.Bits())
	msg.Table = unix.RT_TABLE_MAIN
	msg.Scope, msg.Type = scopes[bits.scope], uint8(bits.typ)
	if typ == unix.RTM_NEWROUTE {
		msg.Protocol = unix.RTPROT_BOOT
		if msg.Type == 0 {
			msg.Type = unix.RTN_UNICAST
		}
	} else {
		msg.Scope = unix.RT_SCOPE_NOWHERE
	}
	if bits.onlink {
		msg.Flags |= unix.RTNH_F_ONLINK
	}
	parts := []nl.NetlinkRequestData{msg}
	if b.o.at.Bits() > 0 {
		parts = append(parts, attr(unix.RTA_DST, b.o.at.Addr().AsSlice()))
	}
	if b.link != nil {
		parts = append(parts, attr(unix.RTA_OIF, u32(b.link.Index)))
	}
	if b.o.gw.IsValid() {
		parts = append(parts, attr(unix.RTA_GATEWAY, b.o.gw.AsSlice()))
	}
	if b.o.src.IsValid() {
		parts = append(parts, attr(unix.RTA_PREFSRC, b.o.src.AsSlice()))
	}
	if bits.metric > 0 {
		parts = append(parts, attr(unix.RTA_PRIORITY, u32(bits.metric)))
	}
	if bits.table > 0 {
		msg.Table = unix.RT_TABLE_UNSPEC
		parts = append(parts, attr(unix.RTA_TABLE, u32(bits.table)))
	}
	return b.w.m.send(b.o.ns, typ, flags, parts...)
}

func (b *both) simRoute() kernel.Route {
	bits := b.o.routeBits()
	return kernel.Route{
		Dst: b.o.at, Gw: b.o.gw, Src: b.o.src, Dev: b.link, Table: bits.table,
		Metric: bits.metric, Type: kernel.RouteType(bits.typ), Scope: scopes[bits.scope],
		Proto: kernel.ProtoBoot, OnLink: bits.onlink,
	}
}

func someMetric(c *chooser) int { return pick(c, 0, 0, 0, 1, 2) }
func someTable(c *chooser) int  { return pick(c, 0, 0, 0, 3, 4, 5, 6) }

func (b *both) ns() *kernel.Namespace { return b.w.p.slots[b.o.ns] }

func addRoute(name string, v6 family, weight int, fill func(*chooser, *op)) opKind {
	return opKind{
		name: name, weight: weight, needs: "l?",
		fill: func(c *chooser, o *op) {
			o.at = c.dst(v6)
			o.n = packRoute(someMetric(c), someTable(c), 0, 0, 0)
			fill(c, o)
		},
		real: func(b *both) error {
			return b.route(unix.RTM_NEWROUTE, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
		},
		sim: func(b *both) error { return b.w.p.k.AddRoute(b.ns(), b.simRoute()) },
	}
}

// prependRoute adds a route even beside others of its metric, as the library of
// the CNI plugins does with the routes of a result.
func prependRoute(name string, v6 family, weight int) opKind {
	k := addRoute(name, v6, weight, func(c *chooser, o *op) {
		o.gw = c.gateway(v6)
		o.n = packRoute(pick(c, 0, 0, 0, 1), pick(c, 0, 0, 0, 3), 0, 0, 0)
		if c.r.IntN(2) == 0 {
			o.link = c.linkOf(o.ns)
		}
	})
	k.real = func(b *both) error { return b.route(unix.RTM_NEWROUTE, unix.NLM_F_CREATE) }
	k.sim = func(b *both) error { return b.w.p.k.PrependRoute(b.ns(), b.simRoute()) }
	return k
}

func delRoute(name string, v6 family, weight int) opKind {
	return opKind{
		name: name, weight: weight, needs: "l?",
		fill: func(c *chooser, o *op) {
			o.at = c.dst(v6)
			o.n = packRoute(someMetric(c), someTable(c), 0, 0, 0)
			ns := c.p.slots[o.ns]
			for i, table := range []int{254, 100, 300, 255} {
				routes := ns.Routes(bool(v6), table)
				if len(routes) == 0 || c.r.IntN(3) == 0 {
					continue
				}
				r := routes[c.r.IntN(len(routes))]
				o.at = r.Dst
				o.n = packRoute(0, []int{0, 3, 4, 6}[i], 0, 0, 0)
				own := r.Dst.Addr().IsLinkLocalUnicast() || r.Dst.Addr().IsMulticast()
				if r.Dev != nil && (own || c.r.IntN(2) == 0) { // ledger: L4
					o.link = r.Dev.Name
				}
				if c.r.IntN(3) == 0 {
					o.gw = r.Gw
				}
				break
			}
		},
		real: func(b *both) error { return b.route(unix.RTM_DELROUTE, 0) },
		sim: func(b *both) error {
			r := b.simRoute()
			r.Proto = 0
			return b.w.p.k.DelRoute(b.ns(), r)
		},
	}
}

func routeKinds() []opKind {
	var kinds []opKind
	for _, v6 := range []family{four, six} {
		n := "4"
		if v6 {
			n = "6"
		}
		kinds = append(kinds,
			addRoute("route"+n+"-link", v6, 6, func(c *chooser, o *op) {
				o.link = c.linkOf(o.ns)
				o.n += packRoute(0, 0, 0, pick(c, 0, 1, 1, 2, 3, 4), 0)
			}),
			addRoute("route"+n+"-gateway", v6, 12, func(c *chooser, o *op) {
				o.gw = c.gateway(v6)
				if c.r.IntN(2) == 0 {
					o.link = c.linkOf(o.ns)
				}
				if c.rarely() {
					o.n += packRoute(0, 0, 0, c.r.IntN(4), 0)
				}
			}),
			addRoute("route"+n+"-onlink", v6, 3, func(c *chooser, o *op) {
				o.gw, o.link = c.gateway(v6), c.linkOf(o.ns)
				o.n += packRoute(0, 0, 0, 0, 1)
			}),
			addRoute("route"+n+"-source", v6, 4, func(c *chooser, o *op) {
				o.link, o.src = c.linkOf(o.ns), c.own(o.ns, v6)
				if c.r.IntN(2) == 0 {
					o.gw = c.gateway(v6)
				}
			}),
			addRoute("route"+n+"-type", v6, 3, func(c *chooser, o *op) {
				o.n += packRoute(0, 0, pick(c, 6, 7, 8, 9), 0, 0)
				if c.rarely() {
					o.link = c.linkOf(o.ns)
				}
			}),
			prependRoute("route"+n+"-prepend", v6, 8),
			delRoute("route"+n+"-del", v6, 7),
		)
	}
	return kinds
}

// The number of a rule operation holds its priority and table.
func (b *both) simRule() kernel.Rule {
	r := kernel.Rule{
		V6: bool(b.o.v6), Priority: []int{0, 0, 100, 200, 32766}[b.o.n%5],
		Table: []int{100, 300, 254, 0}[b.o.n/5%4], IIF: b.o.link, OIF: b.o.other,
		FwMark: uint32(b.o.n / 20 % 2), Proto: kernel.ProtoBoot,
	}
	if b.o.on {
		r.Dst = b.o.at
	} else {
		r.Src = b.o.at
	}
	return r
}

func (b *both) rule(typ, flags int) error {
	r := b.simRule()
	msg := &nl.RtMsg{}
	msg.Family = uint8(family(r.V6).number())
	if typ == unix.RTM_NEWRULE {
		msg.Type = unix.RTN_UNICAST
		msg.Protocol = unix.RTPROT_BOOT
	}
	parts := []nl.NetlinkRequestData{msg}
	if typ == unix.RTM_NEWRULE {
		parts = append(parts, attr(nl.FRA_PROTOCOL, []byte{unix.RTPROT_BOOT}))
	}
	for _, p := range []struct {
		typ int
		at  netip.Prefix
		n   *uint8
	}{{nl.FRA_SRC, r.Src, &msg.Src_len}, {nl.FRA_DST, r.Dst, &msg.Dst_len}} {
		if p.at.IsValid() {
			*p.n = uint8(p.at.Bits())
			parts = append(parts, attr(p.typ, p.at.Addr().AsSlice()))
		}
	}
	if r.Priority > 0 {
		parts = append(parts, attr(nl.FRA_PRIORITY, u32(r.Priority)))
	}
	if r.Table > 0 {
		parts = append(parts, attr(nl.FRA_TABLE, u32(r.Table)))
	}
	if r.FwMark > 0 {
		parts = append(parts, attr(nl.FRA_FWMARK, u32(int(r.FwMark))))
	}
	if r.IIF != "" {
		parts = append(parts, attr(nl.FRA_IIFNAME, text(r.IIF)))
	}
	if r.OIF != "" {
		parts = append(parts, attr(nl.FRA_OIFNAME, text(r.OIF)))
	}
	return b.w.m.send(b.o.ns, typ, flags, parts...)
}

func fillRule(c *chooser, o *op) {
	o.v6 = c.r.IntN(3) == 0
	o.n = c.r.IntN(40)
	flip(c, o)
	if c.r.IntN(3) > 0 {
		o.at = c.dst(o.v6)
	}
	if c.r.IntN(4) == 0 {
		o.link = c.linkOf(o.ns)
	}
	if c.r.IntN(6) == 0 {
		o.other = c.linkOf(o.ns)
	}
}

func ruleKinds() []opKind {
	return []opKind{
		{
			name: "rule-add", weight: 5, fill: fillRule,
			real: func(b *both) error {
				return b.rule(unix.RTM_NEWRULE, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
			},
			sim: func(b *both) error { return b.w.p.k.AddRule(b.ns(), b.simRule()) },
		},
		{
			name: "rule-del", weight: 6, fill: fillRule,
			real: func(b *both) error { return b.rule(unix.RTM_DELRULE, 0) },
			sim: func(b *both) error {
				r := b.simRule()
				r.Proto = 0
				return b.w.p.k.DelRule(b.ns(), r)
			},
		},
	}
}
