package links

import (
	"fmt"
	"net/netip"
	"slices"

	"patchbay/sim/kernel"
)

// pretence is the pretended kernel, with the same slots as the machine.
type pretence struct {
	k     *kernel.Kernel
	slots [slots]*kernel.Namespace
}

func (p *pretence) path(n int) string { return fmt.Sprintf("p%d", n) }

func (p *pretence) drop(slot int) {
	if ns := p.slots[slot]; ns != nil {
		p.slots[slot] = nil
		ns.Release()
	}
}

func (p *pretence) unshare(slot, path int) error {
	ns, err := p.k.Unshare(p.path(path), kernel.Mark{})
	if err != nil {
		return err
	}
	return p.take(slot, ns)
}

func (p *pretence) open(slot, path int) error {
	ns, err := p.k.Open(p.path(path))
	if err != nil {
		return err
	}
	return p.take(slot, ns)
}

func (p *pretence) take(slot int, ns *kernel.Namespace) error {
	if err := ns.Hold(); err != nil {
		return err
	}
	p.drop(slot)
	p.slots[slot] = ns
	return nil
}

func (p *pretence) bind(path, slot int) error { return p.k.Bind(p.path(path), p.slots[slot]) }

// state writes a namespace as the machine's reader does.
func (p *pretence) state(slot int) state {
	ns := p.slots[slot]
	var lines state
	for _, l := range ns.Links() {
		lines = append(lines, simLink(l).String())
		for _, a := range l.V4 {
			lines = append(lines, simAddr(l, a))
		}
		for _, a := range l.V6 {
			lines = append(lines, simAddr(l, a))
		}
		for _, n := range l.Neighs {
			mac := n.MAC[:]
			if l.Kind == kernel.Tun {
				mac = nil
			}
			lines = append(lines, fmt.Sprintf("neigh %s %s %x", l.Name, n.IP, mac))
		}
	}
	for _, v6 := range []bool{false, true} {
		for _, table := range ns.Tables(v6) {
			for _, r := range ns.Routes(v6, table) {
				lines = append(lines, simRoute(r))
			}
		}
	}
	for _, r := range ns.Rules() {
		lines = append(lines, simRule(&r))
	}
	slices.Sort(lines)
	return lines
}

func simLink(l *kernel.Link) linkLine {
	s := linkLine{
		index: l.Index, name: l.Name, kind: l.Kind.String(), mtu: l.MTU, qlen: l.TxQLen,
		mac: fmt.Sprintf("%x", l.MAC[:]), vni: l.VNI, alias: l.Alias,
	}
	if l.Kind == kernel.Loopback {
		s.kind = ""
	}
	if l.Kind == kernel.Tun {
		s.mac = ""
	}
	if l.Up {
		s.flags = "up"
	}
	if l.Promisc {
		s.flags += " promisc"
	}
	if l.AllMulti {
		s.flags += " allmulti"
	}
	if l.Carrier() {
		s.flags += " carrier"
	}
	if l.Master != nil {
		s.master = l.Master.Index
	}
	for _, o := range []*kernel.Link{l.Lower, l.Peer} {
		if o != nil {
			s.lower, s.elsewhere = o.Index, o.NS != l.NS
		}
	}
	s.mode = map[kernel.Mode]int{
		kernel.ModePrivate: 1, kernel.ModeVepa: 2, kernel.ModeBridge: 4, kernel.ModePassthru: 8,
		kernel.ModeSource: 16,
	}[l.Mode]
	for _, alt := range l.Alt {
		s.alts += alt + " "
	}
	if l.Port.Hairpin {
		s.port += "hairpin "
	}
	if l.Port.Isolated {
		s.port += "isolated "
	}
	if l.Bridge.VlanFiltering {
		s.bridge = "filtering "
	}
	s.config = simConf(l)
	return s
}

func simConf(l *kernel.Link) string {
	var c string
	for _, x := range conf4 {
		if !l.IPv4() {
			break
		}
		c += l.Sysctl("net/ipv4/conf/"+x.name) + " "
	}
	c += "6: "
	if !l.IPv6() {
		return c
	}
	for _, x := range conf6 {
		c += l.Sysctl("net/ipv6/conf/"+x.name) + " "
	}
	return c + "gen " + l.Sysctl("net/ipv6/conf/addr_gen_mode")
}

func opt(a netip.Addr) string {
	if a.IsValid() {
		return a.String()
	}
	return ""
}

func simAddr(l *kernel.Link, a kernel.Addr) string {
	around := a.IP
	if a.Peer.IsValid() {
		around = a.Peer
	}
	return fmt.Sprintf("addr %s %s around %s/%d brd %s scope %d label %s secondary %t"+
		" noprefixroute %t tentative %t", l.Name, a.IP, around, a.Bits, opt(a.Broadcast), a.Scope, a.Label,
		a.Secondary, a.NoPrefixRoute, false)
}

func simRoute(r *kernel.Route) string {
	dev := ""
	if r.Dev != nil {
		dev = r.Dev.Name
	}
	return fmt.Sprintf("route %d %s via %s dev %s src %s table %d metric %d scope %d proto %d onlink %t",
		r.Type, r.Dst, opt(r.Gw), dev, opt(r.Src), r.Table, r.Metric, r.Scope, r.Proto, r.OnLink)
}

func simRule(r *kernel.Rule) string {
	prefix := func(p netip.Prefix) string {
		if p.IsValid() {
			return p.String()
		}
		return ""
	}
	return fmt.Sprintf("rule v6 %t %d from %s to %s iif %s oif %s mark %d table %d proto %d",
		r.V6, r.Priority, prefix(r.Src), prefix(r.Dst), r.IIF, r.OIF, r.FwMark, r.Table, r.Proto)
}
