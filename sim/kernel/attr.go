package kernel

import (
	"slices"

	"patchbay/sim/errno"
)

// SetUp brings a link up. ENETDOWN: it is a vlan and its parent is down.
// EADDRINUSE: it is a macvlan and its parent, or another one that is up, has
// its address.
func (k *Kernel) SetUp(l *Link) error {
	if l.dead {
		return errno.ENODEV
	}
	if l.Up {
		return nil
	}
	switch {
	case l.Kind == Vlan && !l.Lower.Up:
		return errno.ENETDOWN
	case l.macvlan() && l.Mode != ModePassthru && l.Lower.stationBusy(l.MAC):
		return errno.EADDRINUSE
	}
	k.up(l)
	return nil
}

// SetDown takes a link down, with the routes that go out of it.
func (k *Kernel) SetDown(l *Link) error {
	if l.dead {
		return errno.ENODEV
	}
	k.down(l)
	return nil
}

func (k *Kernel) up(l *Link) {
	l.Up = true
	if l.Kind == Loopback {
		k.loopbackUp4(l)
	}
	k.addressesUp(l)
	if l.Kind == Loopback {
		k.loopbackUp6(l)
	}
	k.tellLink(LinkChanged, l)
	for _, p := range l.ports {
		k.checkPort(p)
	}
	k.carrierChanged(l)
	for _, u := range l.uppers {
		if u.Kind == Vlan && !u.Up {
			k.up(u)
		}
	}
}

func (k *Kernel) down(l *Link) {
	if !l.Up {
		return
	}
	for _, u := range l.uppers {
		if u.Kind == Vlan && u.Up {
			k.down(u)
		}
	}
	l.Up, l.ready = false, false
	k.addressesDown(l)
	l.Neighs = nil
	k.tellLink(LinkChanged, l)
	if l.Kind == Bridge {
		k.bridgeDown(l)
	}
	if br := l.Master; br != nil && br.Up {
		l.Port.forwarding = false
		k.selectPorts(br)
	}
	k.carrierChanged(l)
}

// carrierChanged looks at everything that may have got or lost a carrier
// because l came up or went down.
func (k *Kernel) carrierChanged(l *Link) {
	if p := l.Peer; p != nil && p.Up {
		k.carrierEvent(p)
	}
	k.carrierEvent(l)
}

// carrierEvent tells what depends on a link that it is up, down, or up with
// another carrier (NETDEV_CHANGE, netif_stacked_transfer_operstate).
func (k *Kernel) carrierEvent(l *Link) {
	k.ready6(l)
	lit := l.lit()
	for _, u := range l.uppers {
		if u.Kind == Vxlan || u.dark != lit {
			continue
		}
		u.dark = !lit
		if u.Up {
			k.carrierEvent(u)
		}
	}
	if l.Master != nil {
		k.checkPort(l)
	}
}

// SetName renames a link. EBUSY: it is up and the kernel is old. EEXIST: the
// name is taken, be it by an alternative name of the link itself.
func (k *Kernel) SetName(l *Link, name string) error {
	switch {
	case len(name) > nameMax:
		return errno.ERANGE
	case l.dead:
		return errno.ENODEV
	case !validName(name):
		return errno.EINVAL
	case name == l.Name:
		return nil
	case l.Up && !k.Profile.RenameWhileUp:
		return errno.EBUSY
	}
	name, err := l.NS.chooseName(name)
	if err != nil {
		return err
	}
	if reserved(name) && !l.no6 {
		l.relabel() // there and back
		return errno.EINVAL
	}
	l.NS.forget(l.Name)
	l.Name = name
	l.NS.enter(l)
	l.relabel()
	k.tellLink(LinkRenamed, l)
	return nil
}

// AddAltName gives a link one more name. EEXIST: it is taken.
func (k *Kernel) AddAltName(l *Link, name string) error {
	switch {
	case len(name) > altNameMax:
		return errno.ERANGE
	case l.dead:
		return errno.ENODEV
	case name == "":
		return errno.EINVAL
	case l.NS.ByName(name) != nil:
		return errno.EEXIST
	}
	l.Alt = append(l.Alt, name)
	l.NS.enter(l)
	k.tellLink(LinkChanged, l)
	return nil
}

// DelAltName takes an alternative name away. ENOENT: no link of the namespace
// has it. EINVAL: it is another link's, or a first name.
func (k *Kernel) DelAltName(l *Link, name string) error {
	switch {
	case len(name) > altNameMax:
		return errno.ERANGE
	case l.dead:
		return errno.ENODEV
	}
	i := slices.Index(l.Alt, name)
	if i < 0 {
		if l.NS.ByName(name) != nil {
			return errno.EINVAL
		}
		return errno.ENOENT
	}
	l.Alt = slices.Delete(l.Alt, i, i+1)
	l.NS.forget(name)
	k.tellLink(LinkChanged, l)
	return nil
}

// SetAlias sets the free text of a link; "" removes it. ERANGE: it is longer
// than 255 bytes.
func (k *Kernel) SetAlias(l *Link, alias string) error {
	if l.dead {
		return errno.ENODEV
	}
	if len(alias) > aliasMax {
		return errno.ERANGE
	}
	l.Alias = alias
	k.tellLink(LinkChanged, l)
	return nil
}

// SetMTU sets the MTU, in bytes. EINVAL: the kind can not have it. A macvlan
// or vlan above whose MTU is greater follows.
func (k *Kernel) SetMTU(l *Link, mtu int) error {
	if l.dead {
		return errno.ENODEV
	}
	if mtu == l.MTU {
		return nil
	}
	if badMTU(l.Kind, mtu) {
		return errno.EINVAL
	}
	switch {
	case l.macvlan() && mtu > l.Lower.MTU,
		l.Kind == Vxlan && l.Lower != nil && mtu > l.Lower.MTU-vxlanOverhead:
		return errno.EINVAL
	case l.Kind == Vlan && mtu > l.Lower.MTU:
		return errno.ERANGE
	}
	l.Bridge.userMTU = l.Kind == Bridge
	k.changeMTU(l, mtu)
	return nil
}

func (k *Kernel) changeMTU(l *Link, mtu int) {
	l.MTU = mtu
	k.tellLink(LinkChanged, l)
	k.mtu4(l)
	k.mtu6(l)
	for _, u := range l.uppers {
		follows := u.Kind == Ipvlan || (u.macvlan() || u.Kind == Vlan) && u.MTU > mtu
		if follows && !badMTU(u.Kind, mtu) {
			k.changeMTU(u, mtu)
		}
	}
	if l.Master != nil {
		k.adjustBridge(l.Master)
	}
}

// SetMAC sets the address. EADDRNOTAVAIL: it is zero or a group's. EOPNOTSUPP:
// the kind has none or keeps it.
// EADDRINUSE: as SetUp's. The address that the link has is always good.
func (k *Kernel) SetMAC(l *Link, mac MAC) error {
	switch {
	case l.dead:
		return errno.ENODEV
	case l.Kind == Tun || l.Kind == Ifb:
		return errno.EOPNOTSUPP
	case mac == l.MAC:
		l.setMAC, l.Neighs = true, nil
		return nil
	case mac == (MAC{}) || mac.multicast():
		return errno.EADDRNOTAVAIL
	case l.macvlan() && l.Mode == ModePassthru:
		given := l.lowerMAC
		err := k.SetMAC(l.Lower, mac) // and this one follows
		l.lowerMAC = given
		return err
	case l.macvlan() && l.Lower.stationBusy(mac):
		return errno.EADDRINUSE
	}
	k.changeMAC(l, mac)
	l.setMAC = true
	return nil
}

func (k *Kernel) changeMAC(l *Link, mac MAC) {
	l.MAC = mac
	l.Neighs = nil
	k.tellLink(LinkChanged, l)
	k.selectPorts(l)
	for _, u := range l.uppers {
		if u.Kind == Ipvlan || u.Mode == ModePassthru {
			u.lowerMAC = mac
			k.changeMAC(u, mac)
		}
	}
	if l.Master != nil {
		k.adjustBridge(l.Master)
	}
}

// SetPromisc says whether the link receives what is not for it.
func (k *Kernel) SetPromisc(l *Link, on bool) error {
	if l.dead {
		return errno.ENODEV
	}
	l.Promisc = on
	k.tellLink(LinkChanged, l)
	return nil
}

// SetAllMulti says whether the link receives all groups' packets.
func (k *Kernel) SetAllMulti(l *Link, on bool) error {
	if l.dead {
		return errno.ENODEV
	}
	l.AllMulti = on
	k.tellLink(LinkChanged, l)
	return nil
}

// SetTxQLen sets the length of the transmit queue, in packets.
func (k *Kernel) SetTxQLen(l *Link, n int) error {
	if l.dead {
		return errno.ENODEV
	}
	if n < 0 {
		return errno.ERANGE
	}
	l.TxQLen = n
	k.tellLink(LinkChanged, l)
	return nil
}
