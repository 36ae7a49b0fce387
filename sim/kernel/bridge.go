package kernel

import (
	"slices"

	"patchbay/sim/errno"
)

const defaultAgeing = 300 // seconds

// BridgeAttrs are a bridge's own settings.
type BridgeAttrs struct {
	VlanFiltering bool
	DefaultPVID   int
	AgeingTime    int // seconds
	VLANs         []PortVLAN

	userMTU bool // the MTU was set, so that ports do not change it
}

// PortAttrs are a bridge port's settings (IFLA_BRPORT_*).
type PortAttrs struct {
	Hairpin  bool
	Isolated bool
	// MACSpoofCheck of the bridge plugin is a rule of the filter, not a setting.
	VLANs []PortVLAN

	forwarding bool
}

// PortVLAN is a VLAN that a port is a member of.
type PortVLAN struct {
	ID       int
	PVID     bool // of packets that come without a tag
	Untagged bool // packets leave without a tag
}

// SetMaster makes a link a port of a bridge, VRF or bond; nil takes it away.
// Answers: EINVAL, the loopback or something that is no master; ELOOP, a
// bridge into a bridge; EBUSY, something else handles what the link receives.
func (k *Kernel) SetMaster(l, master *Link) error {
	if l.dead {
		return errno.ENODEV
	}
	if master == nil {
		if l.Master != nil {
			k.release(l)
		}
		return nil
	}
	if master.dead || master.NS != l.NS {
		return errno.EINVAL
	}
	if l.Master == master {
		return nil
	}
	// The link leaves the old master before the new one is asked.
	if l.Master != nil {
		k.release(l)
	}
	return k.enslave(l, master)
}

func (k *Kernel) enslave(l, master *Link) error {
	switch {
	case master.Kind == Bridge:
		if err := canBridge(l); err != nil {
			return err
		}
		l.Port = PortAttrs{}
		if v := master.Bridge.DefaultPVID; v != 0 && k.Profile.BridgeVLANs {
			l.Port.VLANs = []PortVLAN{{ID: v, PVID: true, Untagged: true}}
		}
	case master.Kind != VRF && master.Kind != Bond:
		return errno.EOPNOTSUPP
	case l.Kind == Loopback || l.Kind == master.Kind:
		return errno.EINVAL
	}
	if master.under(l) {
		return errno.EBUSY
	}
	l.Master = master
	master.ports = append(master.ports, l)
	k.tellLink(LinkChanged, l)
	k.adjustBridge(master)
	k.checkPort(l)
	return nil
}

// under reports whether a link is, at some remove, below another one
// (__netdev_has_upper_dev).
func (l *Link) under(top *Link) bool {
	if l == top {
		return true
	}
	for _, u := range l.uppers {
		if u.under(top) {
			return true
		}
	}
	return l.Master != nil && l.Master.under(top)
}

// canBridge is what br_add_if refuses (net/bridge/br_if.c).
func canBridge(l *Link) error {
	switch {
	case l.Kind == Loopback || l.MAC == MAC{}:
		return errno.EINVAL
	case l.Kind == Bridge:
		return errno.ELOOP
	case l.Kind == Ipvlan:
		return errno.EOPNOTSUPP
	case claimed(l):
		return errno.EBUSY
	}
	return nil
}

// release takes a link away from its master.
func (k *Kernel) release(l *Link) {
	master := l.Master
	l.Master = nil
	l.Port = PortAttrs{}
	master.ports = without(master.ports, l)
	k.tellLink(LinkChanged, l)
	if !master.dead {
		k.adjustBridge(master)
		k.selectPorts(master)
	}
}

// checkPort lets a bridge's port forward, or stop to, after it or the bridge
// came up, went down or got another carrier (br_port_carrier_check).
func (k *Kernel) checkPort(p *Link) {
	br := p.Master
	if br.Kind != Bridge || !br.Up {
		return
	}
	if live := p.Carrier(); live != p.Port.forwarding {
		p.Port.forwarding = live
		k.selectPorts(br)
	}
}

// bridgeDown stops the ports of a bridge that goes down.
func (k *Kernel) bridgeDown(br *Link) {
	stopped := false
	for _, p := range br.ports {
		stopped = stopped || p.Port.forwarding
		p.Port.forwarding = false
	}
	if stopped {
		k.selectPorts(br)
	}
}

// selectPorts gives a bridge a carrier when one of its ports forwards
// (br_port_state_selection). A bridge that never had a port has one too.
func (k *Kernel) selectPorts(br *Link) {
	if br.Kind != Bridge {
		return
	}
	dark := !slices.ContainsFunc(br.ports, func(p *Link) bool { return p.Port.forwarding })
	if dark == br.dark {
		return
	}
	br.dark = dark
	if br.Up {
		k.carrierEvent(br)
	}
}

// adjustBridge gives a bridge the smallest address and MTU of its ports, where
// nobody has set them; without a port, the address is zero
// (br_stp_recalculate_bridge_id, br_mtu_auto_adjust).
func (k *Kernel) adjustBridge(br *Link) {
	if br.Kind != Bridge {
		return
	}
	if !br.setMAC {
		var least MAC
		for _, p := range br.ports {
			if least == (MAC{}) || p.MAC.number() < least.number() {
				least = p.MAC
			}
		}
		if least != br.MAC {
			k.changeMAC(br, least)
		}
	}
	if br.Bridge.userMTU {
		return
	}
	mtu := 0
	for _, p := range br.ports {
		if mtu == 0 || p.MTU < mtu {
			mtu = p.MTU
		}
	}
	if mtu == 0 {
		mtu = etherMTU
	}
	if mtu != br.MTU && !badMTU(Bridge, mtu) {
		k.changeMTU(br, mtu)
	}
}

// SetVlanFiltering switches the VLANs of a bridge on or off. EOPNOTSUPP: it is
// no bridge.
func (k *Kernel) SetVlanFiltering(br *Link, on bool) error {
	if br.dead {
		return errno.ENODEV
	}
	if br.Kind != Bridge || !k.Profile.BridgeVLANs {
		return errno.EOPNOTSUPP
	}
	br.Bridge.VlanFiltering = on
	k.tellLink(LinkChanged, br)
	return nil
}

// SetHairpin lets a port send packets back where they came from. EOPNOTSUPP: it
// is no port of a bridge.
func (k *Kernel) SetHairpin(l *Link, on bool) error {
	port, err := l.bridgePort()
	if err != nil {
		return err
	}
	port.Hairpin = on
	k.tellLink(LinkChanged, l)
	return nil
}

// SetIsolated keeps a port from other isolated ones; errors as SetHairpin's.
func (k *Kernel) SetIsolated(l *Link, on bool) error {
	port, err := l.bridgePort()
	if err != nil {
		return err
	}
	port.Isolated = on
	k.tellLink(LinkChanged, l)
	return nil
}

func (l *Link) bridgePort() (*PortAttrs, error) {
	if l.dead {
		return nil, errno.ENODEV
	}
	if l.Master == nil || l.Master.Kind != Bridge {
		return nil, errno.EOPNOTSUPP
	}
	return &l.Port, nil
}

// AddVLAN makes a port, or the bridge itself, a member of a VLAN.
func (k *Kernel) AddVLAN(l *Link, v PortVLAN) error {
	list, err := k.vlans(l)
	if err != nil {
		return err
	}
	if v.ID <= 0 || v.ID >= 4095 {
		return errno.EINVAL
	}
	if v.PVID {
		for i := range *list {
			(*list)[i].PVID = false
		}
	}
	i, found := findVLAN(*list, v.ID)
	if found {
		(*list)[i] = v
	} else {
		*list = slices.Insert(*list, i, v)
	}
	k.tellLink(LinkChanged, l)
	return nil
}

// DelVLAN takes a port out of a VLAN; ENOENT when it is not in it.
func (k *Kernel) DelVLAN(l *Link, id int) error {
	list, err := k.vlans(l)
	if err != nil {
		return err
	}
	i, found := findVLAN(*list, id)
	if !found {
		return errno.ENOENT
	}
	*list = slices.Delete(*list, i, i+1)
	k.tellLink(LinkChanged, l)
	return nil
}

func (k *Kernel) vlans(l *Link) (*[]PortVLAN, error) {
	if l.dead {
		return nil, errno.ENODEV
	}
	if !k.Profile.BridgeVLANs {
		return nil, errno.EOPNOTSUPP
	}
	if l.Kind == Bridge {
		return &l.Bridge.VLANs, nil
	}
	if l.Master == nil || l.Master.Kind != Bridge {
		return nil, errno.EOPNOTSUPP
	}
	return &l.Port.VLANs, nil
}

func findVLAN(list []PortVLAN, id int) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(v PortVLAN, id int) int { return v.ID - id })
}
