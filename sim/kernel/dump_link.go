package kernel

import "strconv"

func (l *Link) append(b []byte) []byte {
	b = append(append(b, "  link "...), l.Name...)
	b = append(append(b, ' '), l.Kind.String()...)
	if l.Up {
		b = append(b, " up"...)
	}
	b = l.MAC.append(append(b, ' '))
	b = appendInt(b, " mtu ", l.MTU)
	b = appendInt(b, " txqlen ", l.TxQLen)
	b = appendLink(b, " master ", l.Master, l.NS)
	b = appendLink(b, " lower ", l.Lower, l.NS)
	b = appendLink(b, " peer ", l.Peer, l.NS)
	b = appendStr(b, " mode ", l.Mode.String())
	b = appendInt(b, " vlan ", l.VlanID)
	b = appendInt(b, " vni ", l.VNI)
	b = appendInt(b, " vrf ", l.Table)
	b = appendStr(b, " pci ", l.PCI)
	b = appendStr(b, " alias ", l.Alias)
	b = appendFlag(b, " promisc", l.Promisc)
	b = appendFlag(b, " allmulti", l.AllMulti)
	for _, alt := range l.Alt {
		b = appendStr(b, " altname ", alt)
	}
	b = l.appendBridge(b)
	b = append(b, '\n')
	for i := range l.V4 {
		b = l.V4[i].append(b)
	}
	for i := range l.V6 {
		b = l.V6[i].append(b)
	}
	for _, n := range l.Neighs {
		b = n.MAC.append(append(n.IP.AppendTo(append(b, "    neigh "...)), ' '))
		b = append(b, '\n')
	}
	for _, q := range l.Qdiscs {
		b = append(append(append(append(b, "    qdisc "...), q.Parent...), ' '), q.Kind...)
		b = strconv.AppendUint(append(b, " rate "...), q.Rate, 10)
		b = strconv.AppendUint(append(b, " burst "...), uint64(q.Burst), 10)
		b = append(appendStr(b, " redirect ", q.Redirect), '\n')
	}
	return appendSettings(b, l.sys)
}

func (l *Link) appendBridge(b []byte) []byte {
	if l.Kind == Bridge {
		b = appendFlag(b, " vlan_filtering", l.Bridge.VlanFiltering)
		b = appendVLANs(b, l.Bridge.VLANs)
	}
	b = appendFlag(b, " hairpin", l.Port.Hairpin)
	b = appendFlag(b, " isolated", l.Port.Isolated)
	return appendVLANs(b, l.Port.VLANs)
}

type flag = bool

func appendVLANs(b []byte, list []PortVLAN) []byte {
	for _, v := range list {
		b = appendInt(b, " vid ", v.ID)
		b = appendFlag(b, "/pvid", v.PVID)
		b = appendFlag(b, "/untagged", v.Untagged)
	}
	return b
}

func appendFlag(b []byte, word string, on flag) []byte {
	if on {
		return append(b, word...)
	}
	return b
}

// appendLink writes a link, with its namespace's inode when it is in another.
func appendLink(b []byte, word string, l *Link, here *Namespace) []byte {
	if l == nil {
		return b
	}
	b = append(append(b, word...), l.Name...)
	if l.NS != here {
		b = strconv.AppendUint(append(b, '@'), l.NS.id.Ino, 10)
	}
	return b
}

func (a *Addr) append(b []byte) []byte {
	b = appendIP(b, "    addr ", a.IP)
	b = appendInt(b, "/", a.Bits)
	b = appendIP(b, " peer ", a.Peer)
	b = appendIP(b, " brd ", a.Broadcast)
	b = appendInt(b, " scope ", int(a.Scope))
	b = appendStr(b, " label ", a.Label)
	b = appendFlag(b, " secondary", a.Secondary)
	b = appendFlag(b, " noprefixroute", a.NoPrefixRoute)
	return append(b, '\n')
}
