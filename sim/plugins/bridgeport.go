package plugins

import (
	"fmt"

	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// port is how a link is attached to the bridge.
type port struct {
	mtu               int
	hairpin, isolated bool
	vlan              int
	vlans             []int
	keep              bool // the VLAN that it gets by itself
}

func portOf(n *bridge) port {
	return port{
		n.MTU, n.HairpinMode, n.PortIsolation, n.Vlan, n.vlans, n.PreserveDefaultVlan,
	}
}

// plug makes a pair of links and attaches its outer end to the bridge.
func (b *bridging) plug(
	ns *kernel.Namespace, name, mac string, how port,
) (*kernel.Link, *kernel.Link, error) {
	inside, outside, err := b.makeVeth(ns, name, how.mtu, mac)
	if err != nil {
		return nil, nil, err
	}
	outside, err = b.find(b.host, outside.Name)
	if err != nil {
		return nil, nil, fmt.Errorf("failed to lookup %q: %w", name, err)
	}
	if err = b.setMaster(b.host, outside, b.br); err != nil {
		return nil, nil, fmt.Errorf("failed to connect %q to bridge %v: %w",
			outside.Name, b.br.Name, err)
	}
	err = b.on(b.host, outside, fault.LinkSet, func() error {
		return b.k.SetHairpin(outside, how.hairpin)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("failed to setup hairpin mode for %v: %w", outside.Name, err)
	}
	err = b.on(b.host, outside, fault.LinkSet, func() error {
		return b.k.SetIsolated(outside, how.isolated)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("failed to set isolated on for %v: %w", outside.Name, err)
	}
	return inside, outside, b.tag(outside, how)
}

// tag makes a port a member of its VLANs.
func (b *bridging) tag(l *kernel.Link, how port) error {
	if (how.vlan != 0 || len(how.vlans) > 0) && !how.keep {
		err := b.on(b.host, l, fault.LinkSet, func() error { return b.untag(l) })
		if err != nil {
			return fmt.Errorf("failed to remove default vlan on interface %q: %w", l.Name, err)
		}
	}
	var list []kernel.PortVLAN
	if how.vlan != 0 {
		list = append(list, kernel.PortVLAN{ID: how.vlan, PVID: true, Untagged: true})
	}
	for _, v := range how.vlans {
		list = append(list, kernel.PortVLAN{ID: v})
	}
	what := "vlan tag"
	if how.vlan == 0 && len(how.vlans) > 0 {
		list = append(list, kernel.PortVLAN{ID: 1, PVID: true, Untagged: true})
	}
	for i, v := range list {
		if how.vlan == 0 && i == len(list)-1 {
			what = "default native vlan tag"
		}
		err := b.on(b.host, l, fault.LinkSet, func() error { return b.k.AddVLAN(l, v) })
		if err != nil {
			return fmt.Errorf("failed to setup %s on interface %q: %w", what, l.Name, err)
		}
	}
	return nil
}

// untag takes a port out of all VLANs.
func (b *bridging) untag(l *kernel.Link) error {
	for len(l.Port.VLANs) > 0 {
		if err := b.k.DelVLAN(l, l.Port.VLANs[0].ID); err != nil {
			return err
		}
	}
	return nil
}
