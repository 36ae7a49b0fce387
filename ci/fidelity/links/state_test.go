package links

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A state is a namespace as sorted lines. Both kernels write the same ones.
type state []string

// reader collects the lines of one namespace of the machine.
type reader struct {
	m     *machine
	slot  int
	names map[int]string
	lines state
}

func (m *machine) state(slot int) (state, error) {
	r := &reader{m: m, slot: slot, names: map[int]string{}}
	for _, d := range []struct {
		typ  int
		head nl.NetlinkRequestData
		each func([]byte)
	}{
		{unix.RTM_GETLINK, nl.NewIfInfomsg(unix.AF_UNSPEC), r.link},
		{unix.RTM_GETADDR, nl.NewIfInfomsg(unix.AF_UNSPEC), r.addr},
		{unix.RTM_GETROUTE, &nl.RtMsg{}, r.route},
		{unix.RTM_GETRULE, &nl.RtMsg{}, r.rule},
		{unix.RTM_GETNEIGH, &nl.RtMsg{}, r.neigh},
	} {
		parts := []nl.NetlinkRequestData{d.head}
		if d.typ == unix.RTM_GETLINK {
			parts = append(parts, attr(unix.IFLA_EXT_MASK, u32(1<<3))) // without statistics
		}
		msgs, err := m.ask(slot, d.typ, unix.NLM_F_DUMP, parts...)
		if err != nil {
			return nil, err
		}
		for _, b := range msgs {
			d.each(b)
		}
	}
	slices.Sort(r.lines)
	return r.lines, nil
}

func (r *reader) sayf(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func num(b []byte) int {
	switch len(b) {
	case 1:
		return int(b[0])
	case 2:
		return int(binary.NativeEndian.Uint16(b))
	case 4:
		return int(int32(binary.NativeEndian.Uint32(b)))
	}
	return 0
}

func str(b []byte) string { return strings.TrimRight(string(b), "\x00") }

// attrs calls each for every attribute.
func attrs(b []byte, each func(typ int, v []byte)) {
	for len(b) >= 4 {
		n := int(binary.NativeEndian.Uint16(b))
		typ := int(binary.NativeEndian.Uint16(b[2:])) &^ unix.NLA_F_NESTED
		if n < 4 || n > len(b) {
			return
		}
		each(typ, b[4:n])
		b = b[min((n+3)&^3, len(b)):]
	}
}

// linkLine is what is compared of a link.
type linkLine struct {
	index                int
	name, kind           string
	flags                string
	mac                  string
	mtu, qlen            int
	master, lower        int
	elsewhere            bool // the lower link or peer is in another namespace
	mode, vni            int
	under                int // the lower link of a vxlan, that IFLA_LINK does not say
	alias, alts          string
	port, bridge, config string
}

func (l linkLine) String() string {
	return fmt.Sprintf("link %d %s %s [%s] %s mtu %d qlen %d master %d lower %d/%t mode %d vni %d"+
		" alias %q alts %q port %s bridge %s conf %s", l.index, l.name, l.kind, l.flags, l.mac, l.mtu,
		l.qlen, l.master, l.lower, l.elsewhere, l.mode, l.vni, l.alias, l.alts, l.port, l.bridge,
		l.config)
}

func (r *reader) link(b []byte) {
	head := nl.DeserializeIfInfomsg(b)
	l := linkLine{index: int(head.Index), flags: realFlags(head.Flags)}
	attrs(b[unix.SizeofIfInfomsg:], func(typ int, v []byte) {
		switch typ {
		case unix.IFLA_IFNAME:
			l.name = str(v)
		case unix.IFLA_ADDRESS:
			if len(v) == 6 {
				l.mac = fmt.Sprintf("%x", v)
			}
		case unix.IFLA_MTU:
			l.mtu = num(v)
		case unix.IFLA_TXQLEN:
			l.qlen = num(v)
		case unix.IFLA_MASTER:
			l.master = num(v)
		case unix.IFLA_LINK:
			l.lower = num(v)
		case unix.IFLA_LINK_NETNSID:
			l.elsewhere = true
		case unix.IFLA_IFALIAS:
			l.alias = str(v)
		case unix.IFLA_PROP_LIST:
			attrs(v, func(_ int, v []byte) { l.alts += str(v) + " " })
		case unix.IFLA_LINKINFO:
			l.info(v)
		case unix.IFLA_AF_SPEC:
			l.afSpec(v)
		}
	})
	if l.kind == "vxlan" {
		l.lower, l.elsewhere = l.under, l.under != 0 && l.elsewhere
	}
	r.names[l.index] = l.name
	r.lines = append(r.lines, l.String())
}

func realFlags(f uint32) string {
	var s string
	for _, x := range []struct {
		bit  uint32
		word string
	}{
		{unix.IFF_UP, "up"},
		{unix.IFF_PROMISC, " promisc"},
		{unix.IFF_ALLMULTI, " allmulti"},
		{unix.IFF_LOWER_UP, " carrier"},
	} {
		if f&x.bit != 0 {
			s += x.word
		}
	}
	return s
}

func (l *linkLine) info(b []byte) {
	attrs(b, func(typ int, v []byte) {
		switch typ {
		case nl.IFLA_INFO_KIND:
			l.kind = str(v)
		case nl.IFLA_INFO_DATA:
			attrs(v, func(typ int, v []byte) { l.data(typ, v) })
		case nl.IFLA_INFO_SLAVE_DATA:
			attrs(v, func(typ int, v []byte) {
				if typ == nl.IFLA_BRPORT_MODE && v[0] == 1 {
					l.port += "hairpin "
				}
				if typ == nl.IFLA_BRPORT_ISOLATED && v[0] == 1 {
					l.port += "isolated "
				}
			})
		}
	})
}

func (l *linkLine) data(typ int, v []byte) {
	switch {
	case (l.kind == "macvlan" || l.kind == "macvtap") && typ == nl.IFLA_MACVLAN_MODE:
		l.mode = num(v)
	case l.kind == "vxlan" && typ == nl.IFLA_VXLAN_ID:
		l.vni = num(v)
	case l.kind == "vxlan" && typ == nl.IFLA_VXLAN_LINK:
		l.under = num(v)
	case l.kind == "bridge" && typ == nl.IFLA_BR_VLAN_FILTERING && v[0] != 0:
		l.bridge += "filtering "
	case l.kind == "tun" && typ == 3: // IFLA_TUN_TYPE
		l.kind = map[byte]string{1: "tun", 2: "tap"}[v[0]]
	}
}

// The switches of a link that are compared, by their place in the kernel's
// arrays (include/uapi/linux/ip.h and ipv6.h).
var conf4 = []struct {
	at   int
	name string
}{{1, "forwarding"}, {3, "proxy_arp"}, {8, "rp_filter"}, {20, "promote_secondaries"}, {22, "arp_notify"}}

var conf6 = []struct {
	at   int
	name string
}{{0, "forwarding"}, {3, "accept_ra"}, {26, "disable_ipv6"}, {27, "accept_dad"}}

func (l *linkLine) afSpec(b []byte) {
	var c4, c6 string
	attrs(b, func(family int, v []byte) {
		attrs(v, func(typ int, v []byte) {
			switch {
			case family == unix.AF_INET && typ == 1: // IFLA_INET_CONF
				for _, c := range conf4 {
					c4 += fmt.Sprintf("%d ", num(v[4*(c.at-1):4*c.at]))
				}
			case family == unix.AF_INET6 && typ == 2: // IFLA_INET6_CONF
				for _, c := range conf6 {
					c6 += fmt.Sprintf("%d ", num(v[4*c.at:4*c.at+4]))
				}
			case family == unix.AF_INET6 && typ == 8: // IFLA_INET6_ADDR_GEN_MODE
				c6 += fmt.Sprintf("gen %d", v[0])
			}
		})
	})
	l.config = c4 + "6: " + c6
}

func ip(b []byte) string {
	if a, ok := netip.AddrFromSlice(b); ok {
		return a.String()
	}
	return ""
}

func (r *reader) addr(b []byte) {
	head := nl.DeserializeIfAddrmsg(b)
	var local, around, brd, label string
	flags := int(head.Flags)
	attrs(b[unix.SizeofIfAddrmsg:], func(typ int, v []byte) {
		switch typ {
		case unix.IFA_LOCAL:
			local = ip(v)
		case unix.IFA_ADDRESS:
			around = ip(v)
		case unix.IFA_BROADCAST:
			brd = ip(v)
		case unix.IFA_LABEL:
			label = str(v)
		case unix.IFA_FLAGS:
			flags = num(v)
		}
	})
	if local == "" {
		local = around
	}
	r.sayf("addr %s %s around %s/%d brd %s scope %d label %s secondary %t noprefixroute %t tentative %t",
		r.names[int(head.Index)], local, around, head.Prefixlen, brd, head.Scope, label,
		flags&unix.IFA_F_SECONDARY != 0, flags&unix.IFA_F_NOPREFIXROUTE != 0,
		flags&unix.IFA_F_TENTATIVE != 0)
}

func (r *reader) route(b []byte) {
	head := nl.DeserializeRtMsg(b)
	if head.Family != unix.AF_INET && head.Family != unix.AF_INET6 || head.Flags&unix.RTM_F_CLONED != 0 {
		return
	}
	v6 := head.Family == unix.AF_INET6
	var gw, src, dev string
	var metric int
	var hops []byte
	table := int(head.Table)
	dst := "0.0.0.0"
	if v6 {
		dst = "::"
	}
	attrs(b[unix.SizeofRtMsg:], func(typ int, v []byte) {
		switch typ {
		case unix.RTA_DST:
			dst = ip(v)
		case unix.RTA_GATEWAY:
			gw = ip(v)
		case unix.RTA_MULTIPATH:
			hops = v
		case unix.RTA_PREFSRC:
			src = ip(v)
		case unix.RTA_OIF:
			dev = r.names[num(v)]
		case unix.RTA_TABLE:
			table = num(v)
		case unix.RTA_PRIORITY:
			metric = num(v)
		}
	})
	line := func(flags int) {
		r.sayf("route %d %s/%d via %s dev %s src %s table %d metric %d scope %d proto %d onlink %t",
			head.Type, dst, head.Dst_len, gw, dev, src, table, metric, head.Scope, head.Protocol,
			flags&unix.RTNH_F_ONLINK != 0)
	}
	if hops == nil {
		line(int(head.Flags))
	}
	for len(hops) >= unix.SizeofRtNexthop {
		n := num(hops[:2])
		dev = r.names[num(hops[4:8])]
		attrs(hops[unix.SizeofRtNexthop:n], func(typ int, v []byte) {
			if typ == unix.RTA_GATEWAY {
				gw = ip(v)
			}
		})
		line(int(hops[2]))
		hops = hops[min((n+3)&^3, len(hops)):]
	}
}

func (r *reader) rule(b []byte) {
	head := nl.DeserializeRtMsg(b)
	if head.Family != unix.AF_INET && head.Family != unix.AF_INET6 {
		return // those of multicast routing
	}
	var src, dst, iif, oif string
	var priority, mark int
	table := int(head.Table)
	proto := 0
	attrs(b[unix.SizeofRtMsg:], func(typ int, v []byte) {
		switch typ {
		case nl.FRA_SRC:
			src = fmt.Sprintf("%s/%d", ip(v), head.Src_len)
		case nl.FRA_DST:
			dst = fmt.Sprintf("%s/%d", ip(v), head.Dst_len)
		case nl.FRA_IIFNAME:
			iif = str(v)
		case nl.FRA_OIFNAME:
			oif = str(v)
		case nl.FRA_PRIORITY:
			priority = num(v)
		case nl.FRA_FWMARK:
			mark = num(v)
		case nl.FRA_TABLE:
			table = num(v)
		case nl.FRA_PROTOCOL:
			proto = num(v)
		}
	})
	r.sayf("rule v6 %t %d from %s to %s iif %s oif %s mark %d table %d proto %d",
		head.Family == unix.AF_INET6, priority, src, dst, iif, oif, mark, table, proto)
}

func (r *reader) neigh(b []byte) {
	// struct ndmsg: family, 3 bytes of padding, index, state, flags, type
	index, status := num(b[4:8]), num(b[8:10])
	if status&unix.NUD_PERMANENT == 0 {
		return
	}
	var to, mac string
	attrs(b[12:], func(typ int, v []byte) {
		switch typ {
		case unix.NDA_DST:
			to = ip(v)
		case unix.NDA_LLADDR:
			mac = fmt.Sprintf("%x", v)
		}
	})
	r.sayf("neigh %s %s %s", r.names[index], to, mac)
}
