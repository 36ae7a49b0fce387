package kernel

import (
	"net/netip"

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

// AddAddr gives a link an address. Answers: EEXIST, it has it; ERANGE, its label
// is longer than 15 bytes; EINVAL, it can
// not be; EADDRNOTAVAIL, no station can have it; EACCES, IPv6 is switched off.
func (k *Kernel) AddAddr(l *Link, a Addr) error {
	if len(a.Label) > nameMax {
		return errno.ERANGE
	}
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
	if len(a.Label) > nameMax {
		return errno.ERANGE
	}
	if l.dead {
		return errno.ENODEV
	}
	if a.IP.Is6() {
		return k.delAddr6(l, a)
	}
	return k.delAddr4(l, a)
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
