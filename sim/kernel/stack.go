package kernel

import (
	"math"
	"slices"

	"patchbay/sim/errno"
)

const (
	loopbackMTU   = 65536
	etherMTU      = 1500
	minMTU4       = 68    // RFC 791
	minMTU6       = 1280  // RFC 8200, section 5
	maxMTU        = 65535 // ETH_MAX_MTU
	vxlanOverhead = 50    // IPv4: 20 + 8 + 8 + 14 bytes
)

func defaultMTU(kind Kind) int {
	if kind == VRF {
		return loopbackMTU - 1
	}
	return etherMTU
}

// mtuRanges are those that are not Ethernet's.
//
//nolint:gochecknoglobals // a constant table
var mtuRanges = map[Kind][2]int{
	Loopback: {0, math.MaxInt32},
	Dummy:    {0, math.MaxInt32},
	Ifb:      {0, math.MaxInt32},
	Tap:      {minMTU4, maxMTU - 14},
	Vlan:     {0, maxMTU},
	VRF:      {minMTU6, loopbackMTU - 1},
}

// mtuRange is what a kind's driver sets as min_mtu and max_mtu.
func mtuRange(kind Kind) (int, int) {
	if r, other := mtuRanges[kind]; other {
		return r[0], r[1]
	}
	return minMTU4, maxMTU
}

func badMTU(kind Kind, mtu int) bool {
	lo, hi := mtuRange(kind)
	return mtu < lo || mtu > hi
}

// liveParent is the parent of a link that can not do without.
func liveParent(s *Spec) (*Link, error) {
	if s.Parent == nil {
		return nil, errno.EINVAL
	}
	if s.Parent.dead {
		return nil, errno.ENODEV
	}
	return s.Parent, nil
}

// claimed reports whether something else than a link of these kinds handles
// what the link receives (netdev_is_rx_handler_busy).
func claimed(l *Link, kinds ...Kind) bool {
	if l.Master != nil && l.Master.Kind != VRF || l.Kind == Macvtap {
		return true
	}
	for _, u := range l.uppers {
		if (u.macvlan() || u.Kind == Ipvlan) && !slices.Contains(kinds, u.Kind) {
			return true
		}
	}
	return false
}

// real is the device below macvlans or ipvlans, which do not stack.
func (l *Link) real(kinds ...Kind) *Link {
	for slices.Contains(kinds, l.Kind) {
		l = l.Lower
	}
	return l
}

// stackMacvlan is macvlan_common_newlink (drivers/net/macvlan.c).
func (k *Kernel) stackMacvlan(l *Link, s *Spec) error {
	if s.Mode == ModeDefault {
		l.Mode = ModeVepa
	}
	if l.Mode > ModeSource {
		return errno.EINVAL
	}
	lower, err := liveParent(s)
	if err != nil {
		return err
	}
	lower = lower.real(Macvlan, Macvtap)
	if s.MTU == 0 {
		l.MTU = lower.MTU
	} else if s.MTU > lower.MTU {
		return errno.EINVAL
	}
	if lower.Kind == Loopback || lower.Kind == Tun {
		return errno.EINVAL
	}
	if claimed(lower, Macvlan, Macvtap) {
		return errno.EBUSY
	}
	others := 0
	for _, u := range lower.uppers {
		if u.Kind != Macvlan && u.Kind != Macvtap {
			continue
		}
		others++
		if u.Mode == ModePassthru {
			return errno.EINVAL
		}
	}
	if l.Mode == ModePassthru {
		if others > 0 {
			return errno.EINVAL
		}
		l.MAC, l.lowerMAC = lower.MAC, lower.MAC
	}
	l.Lower = lower
	return nil
}

func (l *Link) macvlan() bool { return l.Kind == Macvlan || l.Kind == Macvtap }

// stationBusy reports whether a link or a macvlan on it that is up has an
// address (macvlan_addr_busy).
func (l *Link) stationBusy(mac MAC) bool {
	if l.MAC == mac {
		return true
	}
	for _, u := range l.uppers {
		if u.macvlan() && u.Up && u.MAC == mac {
			return true
		}
	}
	return false
}

// stackIpvlan is ipvlan_link_new (drivers/net/ipvlan/ipvlan_main.c). All links
// on a parent have one mode: the last that was asked for.
func (k *Kernel) stackIpvlan(l *Link, s *Spec) error {
	if s.Mode == ModeDefault {
		l.Mode = ModeL3
	}
	if l.Mode < ModeL2 {
		return errno.EINVAL
	}
	lower, err := liveParent(s)
	if err != nil {
		return err
	}
	lower = lower.real(Ipvlan)
	if s.MTU == 0 {
		l.MTU = lower.MTU
	}
	if lower.Kind == Loopback || lower.Kind == Tun {
		return errno.EINVAL
	}
	if claimed(lower, Ipvlan) {
		return errno.EBUSY
	}
	for _, u := range lower.uppers {
		if u.Kind == Ipvlan {
			u.Mode = l.Mode
		}
	}
	l.MAC, l.setMAC = lower.MAC, false
	l.Lower = lower
	return nil
}

// stackVlan is vlan_newlink (net/8021q/vlan_netlink.c).
func (k *Kernel) stackVlan(l *Link, s *Spec) error {
	lower, err := liveParent(s)
	if err != nil {
		return err
	}
	if lower.Kind == Loopback {
		return errno.EOPNOTSUPP
	}
	for _, u := range lower.uppers {
		if u.Kind == Vlan && u.VlanID == s.VlanID {
			return errno.EEXIST
		}
	}
	if s.MTU == 0 {
		l.MTU = lower.MTU
	} else if s.MTU > lower.MTU {
		return errno.EINVAL
	}
	if !l.setMAC {
		l.MAC = lower.MAC
	}
	l.VlanID = s.VlanID
	l.Lower = lower
	return nil
}

// stackVxlan is vxlan_newlink (drivers/net/vxlan/vxlan_core.c).
func (k *Kernel) stackVxlan(l *Link, s *Spec) error {
	if s.VNI < 0 || s.VNI >= 1<<24 {
		return errno.ERANGE
	}
	if s.Parent != nil {
		if s.Parent.dead {
			return errno.ENODEV
		}
		room := max(s.Parent.MTU-vxlanOverhead, minMTU4)
		if s.MTU == 0 || s.MTU > room {
			l.MTU = room
		}
	}
	l.VNI = s.VNI
	l.Lower = s.Parent
	return nil
}

// vxlanOf finds the vxlan that was made in a namespace with an identifier,
// wherever it is now.
func (k *Kernel) vxlanOf(ns *Namespace, vni int) *Link {
	for _, o := range k.spaces {
		for _, l := range o.links {
			if l.Kind == Vxlan && l.VNI == vni && l.home == ns {
				return l
			}
		}
	}
	return nil
}

// makeVRF is vrf_newlink (drivers/net/vrf.c). The first VRF of a namespace
// brings the rule that looks into VRFs' tables.
func (k *Kernel) makeVRF(ns *Namespace, l *Link, s *Spec) error {
	if s.Table <= 0 {
		return errno.EINVAL
	}
	l.Table = s.Table
	for _, v6 := range []bool{false, true} {
		rule := Rule{V6: v6, Priority: l3mdevPriority, L3mdev: true, Proto: ProtoKernel}
		if !slices.Contains(ns.rules, rule) {
			ns.insertRule(rule)
		}
	}
	return nil
}
