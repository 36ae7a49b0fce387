package kernel

import (
	"slices"

	"patchbay/sim/errno"
)

// Spec says what link to make.
type Spec struct {
	Kind Kind
	// Name may be empty or hold one "%d": the kernel then takes the first name
	// that is free ("veth0").
	Name string
	// Index is zero to let the kernel choose; EEXIST when a link has it.
	Index int
	MAC   MAC // zero: the kernel chooses
	MTU   int // zero: the kernel chooses
	// Parent is what a macvlan, macvtap, ipvlan or vlan sits on, and a vxlan
	// may. It may be in another namespace.
	Parent *Link
	// PeerName, PeerNS and PeerMAC are of a veth's other end; no namespace
	// means the same one.
	PeerName string
	PeerNS   *Namespace
	PeerMAC  MAC
	Mode     Mode
	VlanID   int
	VNI      int
	Table    int // of a VRF
	Mark     Mark
}

// Add makes a link in a namespace. Answers: EBADF, the namespace is gone;
// EOPNOTSUPP, the kernel knows no such kind; EINVAL, the name or an attribute
// can not be; ERANGE, the name is longer than 15 bytes; EEXIST, the name is
// taken; EADDRNOTAVAIL, the address is no station's; others by kind.
func (k *Kernel) Add(ns *Namespace, spec Spec) (*Link, error) {
	if err := k.checkSpec(ns, &spec); err != nil {
		return nil, err
	}
	l := &Link{
		Kind: spec.Kind, MAC: spec.MAC, MTU: spec.MTU, Mode: spec.Mode,
		Mark: spec.Mark, setMAC: spec.MAC != MAC{}, home: ns,
	}
	if spec.MTU != 0 && badMTU(spec.Kind, spec.MTU) {
		return nil, errno.EINVAL
	}
	if l.MTU == 0 {
		l.MTU = defaultMTU(spec.Kind)
	}
	l.Index = spec.Index
	if spec.Kind == Veth {
		return k.addVeth(ns, l, &spec)
	}
	if spec.Kind == Vxlan && k.vxlanOf(ns, spec.VNI) != nil {
		return nil, errno.EEXIST
	}
	var err error
	if l.Name, err = ns.chooseName(nameOr(spec.Name, spec.Kind)); err != nil {
		return nil, err
	}
	switch spec.Kind {
	case Macvlan, Macvtap:
		err = k.stackMacvlan(l, &spec)
	case Ipvlan:
		err = k.stackIpvlan(l, &spec)
	case Vlan:
		err = k.stackVlan(l, &spec)
	case Vxlan:
		err = k.stackVxlan(l, &spec)
	case VRF:
		err = k.makeVRF(ns, l, &spec)
	case Bridge:
		l.Bridge = BridgeAttrs{DefaultPVID: 1, AgeingTime: defaultAgeing}
		l.dark = l.setMAC
	case Device, Loopback, Dummy, Tap, Tun, Ifb, Bond, Veth:
	}
	if err != nil {
		return nil, err
	}
	if reserved(l.Name) {
		if l.Index == 0 {
			ns.freeIndex()
		}
		return nil, errno.EINVAL
	}
	if l.Lower != nil {
		l.Lower.uppers = append(l.Lower.uppers, l)
		l.dark = l.Kind != Vxlan && !l.Lower.lit()
	}
	k.finishMAC(ns, l)
	k.register(ns, l)
	return l, nil
}

// reserved names are directories of conf/ themselves; a link can not have one,
// and the index that it had been given is lost.
func reserved(name string) bool { return name == allPart || name == defaultFor }

// finishMAC gives a link that was made without an address one, but for tun,
// which has none.
func (k *Kernel) finishMAC(ns *Namespace, l *Link) {
	if l.MAC == (MAC{}) && l.Kind != Tun && l.Kind != Loopback {
		l.MAC = k.freshMAC(ns, l.Name)
	}
}

// nameOr is a name, or the pattern for one that was left to the kernel.
func nameOr(name string, kind Kind) string {
	if name == "" {
		return kind.String() + "%d"
	}
	return name
}

// checkSpec is what rtnl_newlink refuses before it asks the kind's own code.
func (k *Kernel) checkSpec(ns *Namespace, s *Spec) error {
	if ns.state != alive {
		return errno.EBADF
	}
	missing := s.Kind == Device || s.Kind == Loopback || s.Kind == 0 ||
		slices.Contains(k.Profile.Missing, s.Kind)
	switch {
	case len(s.Name) > nameMax && s.Kind != Tap && s.Kind != Tun:
		return errno.ERANGE
	case !missing && (badStation(s.MAC) || badStation(s.PeerMAC)):
		return errno.EADDRNOTAVAIL
	case s.Kind == Vlan && !missing && (s.VlanID < 0 || s.VlanID >= 4096):
		return errno.ERANGE
	case (s.Kind == Veth || s.Kind == Vxlan) && s.MTU != 0 && badMTU(s.Kind, s.MTU):
		return errno.EINVAL
	case len(s.PeerName) > nameMax:
		return errno.ERANGE
	case s.Index != 0 && ns.ByIndex(s.Index) != nil:
		return errno.EEXIST
	case s.Index == 0 && s.Name != "" && ns.ByName(s.Name) != nil:
		if s.Kind == Tap || s.Kind == Tun {
			return errno.EBUSY // of the device file, with IFF_TUN_EXCL
		}
		return errno.EEXIST
	case missing:
		return errno.EOPNOTSUPP
	}
	return nil
}

// badStation reports an address that was given and can be no station's.
func badStation(m MAC) bool { return m != MAC{} && m.multicast() }

// addVeth makes both ends; the peer is registered first (drivers/net/veth.c).
func (k *Kernel) addVeth(ns *Namespace, l *Link, s *Spec) (*Link, error) {
	peerNS := s.PeerNS
	if peerNS == nil {
		peerNS = ns
	}
	if peerNS.state != alive {
		return nil, errno.EBADF
	}
	peerName, err := peerNS.chooseName(nameOr(s.PeerName, Veth))
	if err != nil {
		return nil, err
	}
	peer := &Link{
		Kind: Veth, Name: peerName, MAC: s.PeerMAC, MTU: l.MTU, Mark: s.Mark,
		setMAC: s.PeerMAC != MAC{}, home: peerNS,
	}
	beside := ""
	if peerNS == ns {
		beside = peerName
	}
	if reserved(peerName) {
		peerNS.freeIndex()
		return nil, errno.EINVAL
	}
	l.Name, err = ns.chooseNameBeside(nameOr(s.Name, Veth), beside)
	if err == nil && reserved(l.Name) {
		err = errno.EINVAL
	}
	if err != nil {
		peerNS.freeIndex() // the peer has had it
		if reserved(l.Name) && l.Index == 0 {
			ns.freeIndex()
		}
		return nil, err
	}
	peer.Peer, l.Peer = l, peer
	k.finishMAC(peerNS, peer)
	k.register(peerNS, peer)
	k.finishMAC(ns, l)
	k.register(ns, l)
	return l, nil
}

// Delete deletes a link, what sits on it and, for a veth, its peer. The answer
// is EOPNOTSUPP for the loopback and for cards.
func (k *Kernel) Delete(l *Link) error {
	if l.dead {
		return errno.ENODEV
	}
	if !l.Kind.Virtual() {
		return errno.EOPNOTSUPP
	}
	k.destroy(l)
	return nil
}

// destroy takes a link out of the world, with what can not be without it.
func (k *Kernel) destroy(l *Link) {
	if l.dead {
		return
	}
	k.down(l)
	l.dead = true
	for len(l.uppers) > 0 {
		k.destroy(l.uppers[len(l.uppers)-1])
	}
	for len(l.ports) > 0 {
		k.release(l.ports[len(l.ports)-1])
	}
	if l.Master != nil {
		k.release(l)
	}
	if l.Lower != nil {
		l.Lower.uppers = without(l.Lower.uppers, l)
		if l.Mode == ModePassthru && l.Lower.MAC != l.lowerMAC && !l.Lower.dead {
			k.changeMAC(l.Lower, l.lowerMAC)
		}
	}
	k.dropAddresses(l)
	l.NS.remove(l)
	k.tellLink(LinkDeleted, l)
	if peer := l.Peer; peer != nil {
		l.Peer = nil
		k.destroy(peer)
	}
}
