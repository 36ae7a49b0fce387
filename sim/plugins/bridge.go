package plugins

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// bridging is an ADD of the plugin "bridge" under way.
type bridging struct {
	*call
	conf    *bridge
	ns      *kernel.Namespace // the sandbox
	br      *kernel.Link
	mac     kernel.MAC // of the bridge, when it was looked up first
	gateway bool       // the bridge gets the gateways' addresses
	res     result
	gws     [2][]netip.Prefix // IPv4's and IPv6's
}

// Places of the interfaces in the result.
const (
	placeBridge = iota
	placeHost
	placeInside
)

func bridgeAdd(c *call) error {
	n, mac, err := c.loadBridge()
	if err != nil {
		return err
	}
	if n.IPAM.Type != "" && n.DisableContainerInterface {
		return errors.New("cannot use IPAM when DisableContainerInterface flag is set")
	}
	if n.HairpinMode && n.PromiscMode {
		return errors.New("cannot set hairpin mode and promiscuous mode at the same time")
	}
	b := bridging{call: c, conf: n, gateway: n.IsGW || n.IsDefaultGW}
	if b.br, err = b.ensureBridge(); err != nil {
		return fmt.Errorf("failed to create bridge %q: %w", n.BrName, err)
	}
	b.mac = b.br.MAC
	b.res.ifaces = append(make([]iface, 0, 3), iface{name: n.BrName, mac: macOf(b.br)})
	if b.ns, err = c.sandbox(); err != nil {
		return err
	}
	port := portOf(n)
	inside, outside, err := b.plug(b.ns, c.IfName, mac, port)
	if err != nil {
		return err
	}
	b.res.ifaces = append(b.res.ifaces,
		iface{name: outside.Name, mac: macOf(outside)},
		iface{name: c.IfName, mac: macOf(inside), sandbox: c.NetNS})
	if n.MacSpoofChk {
		if err := c.spoofCheck(outside.Name, b.res.ifaces[placeInside].mac); err != nil {
			return err
		}
	}
	if err := b.finish(); err != nil {
		if n.MacSpoofChk {
			c.spoofUncheck()
		}
		return err
	}
	return c.print(&b.res)
}

// finish is all that comes after the port: what is undone when it fails is the
// lease, and not the port.
func (b *bridging) finish() error {
	n := b.conf
	if n.IPAM.Type != "" {
		got, err := b.ipam("ADD")
		if err != nil {
			return err
		}
		err = b.layer3(got)
		if err == nil {
			err = b.end()
		}
		if err != nil {
			_, _ = b.ipam("DEL")
		}
		return err
	}
	if !n.DisableContainerInterface {
		l, err := b.find(b.ns, b.IfName)
		if err != nil {
			return fmt.Errorf("failed to retrieve link: %w", err)
		}
		if err := b.up(b.ns, l); err != nil {
			return fmt.Errorf("failed to set %q up: %w", b.IfName, err)
		}
	}
	return b.end()
}

// ensureBridge makes the bridge, or takes the one that is there.
func (b *bridging) ensureBridge() (*kernel.Link, error) {
	n, name := b.conf, b.conf.BrName
	spec := kernel.Spec{Kind: kernel.Bridge, Name: name, MTU: n.MTU, Mark: b.mark()}
	filtering := n.Vlan != 0 || n.VlanTrunk != nil
	err := b.p.Call(fault.LinkAdd, name, func() error {
		l, failed := b.k.Add(b.host, spec)
		if failed == nil && filtering {
			failed = b.k.SetVlanFiltering(l, true)
		}
		return failed
	})
	if err != nil && !sameAs(err, errno.EEXIST) {
		return nil, fmt.Errorf("could not add %q: %w", name, err)
	}
	if n.PromiscMode {
		err = b.p.Call(fault.LinkSet, name, func() error {
			l, failed := b.host.Lookup(name)
			if failed != nil {
				return failed
			}
			return b.k.SetPromisc(l, true)
		})
		if err != nil {
			return nil, fmt.Errorf("could not set promiscuous mode on %q: %w", name, err)
		}
	}
	br, err := b.bridgeByName()
	if err != nil {
		return nil, err
	}
	_ = b.sysctl(b.host, "net/ipv6/conf/"+name+"/accept_ra", "0")
	return br, b.up(b.host, br)
}

func (b *bridging) bridgeByName() (*kernel.Link, error) {
	l, err := b.find(b.host, b.conf.BrName)
	if err != nil {
		return nil, fmt.Errorf("could not lookup %q: %w", b.conf.BrName, err)
	}
	if l.Kind != kernel.Bridge {
		return nil, fmt.Errorf("%q already exists but is not a bridge", b.conf.BrName)
	}
	return l, nil
}

// layer3 uses what the IPAM plugin has given.
func (b *bridging) layer3(got result) error {
	n := b.conf
	b.res.ips, b.res.routes, b.res.dns = got.ips, got.routes, got.dns
	if len(got.ips) == 0 {
		return errMissingIP
	}
	b.gateways()
	if n.EnableDad {
		_ = b.sysctl(b.ns, "net/ipv6/conf/"+b.IfName+"/enhanced_dad", "1")
		_ = b.sysctl(b.ns, "net/ipv6/conf/"+b.IfName+"/accept_dad", "1")
	} else {
		_ = b.sysctl(b.ns, "net/ipv6/conf/"+b.IfName+"/accept_dad", "0")
	}
	_ = b.sysctl(b.ns, "net/ipv4/conf/"+b.IfName+"/arp_notify", "1")
	if err := b.configure(b.ns, b.IfName, &b.res); err != nil {
		return err
	}
	if b.gateway {
		if err := b.beGateway(); err != nil {
			return err
		}
	}
	if n.IPMasq {
		return b.masquerade(n.IPMasqBackend, b.res.ips)
	}
	return nil
}

// gateways completes the gateways of the addresses and adds a default route for
// each family, where that is wanted.
func (b *bridging) gateways() {
	var found [2]bool
	ips := make([]ipConf, len(b.res.ips))
	copy(ips, b.res.ips)
	b.res.ips = ips
	for i := range ips {
		ip := &ips[i]
		v6 := 0
		zero := kernel.Default4
		if ip.addr.Addr().Is6() {
			v6, zero = 1, kernel.Default6
		}
		ip.place = placeInside
		if !ip.gw.IsValid() && b.gateway {
			ip.gw = ip.addr.Masked().Addr().Next()
		}
		if b.conf.IsDefaultGW && !found[v6] {
			for _, r := range b.res.routes {
				found[v6] = found[v6] || r.gw.IsValid() && r.dst == zero
			}
			if !found[v6] {
				b.res.routes = append(slices.Clip(b.res.routes),
					route{dst: zero, gw: ip.gw, wide: true})
				found[v6] = true
			}
		}
		if b.gateway {
			b.gws[v6] = append(b.gws[v6], netip.PrefixFrom(ip.gw, ip.addr.Bits()))
		}
	}
}

// beGateway gives the gateways' addresses to the bridge, or to a link of the
// node in the VLAN, and switches forwarding on.
func (b *bridging) beGateway() error {
	for v6, gws := range b.gws {
		for _, gw := range gws {
			if err := b.takeGateway(gw); err != nil {
				return err
			}
		}
		if gws != nil {
			if err := b.forward(v6 == 1); err != nil {
				return fmt.Errorf("failed to enable forwarding: %w", err)
			}
		}
	}
	return nil
}

func (b *bridging) takeGateway(gw netip.Prefix) error {
	if b.conf.Vlan == 0 {
		if err := b.ensureAddr(b.br, b.mac, gw); err != nil {
			return fmt.Errorf("failed to set bridge addr: %w", err)
		}
		return nil
	}
	l, err := b.ensureVlan()
	if err != nil {
		return fmt.Errorf("failed to create vlan interface: %w", err)
	}
	if len(b.res.ifaces) == placeInside+1 {
		b.res.ifaces = append(b.res.ifaces, iface{name: l.Name, mac: macOf(l)})
	}
	if err := b.ensureAddr(l, l.MAC, gw); err != nil {
		return fmt.Errorf("failed to set vlan interface for bridge with addr: %w", err)
	}
	return nil
}

// ensureVlan is the node's own link in the VLAN.
func (b *bridging) ensureVlan() (*kernel.Link, error) {
	name := fmt.Sprintf("%s.%d", b.br.Name, b.conf.Vlan)
	l, err := b.find(b.host, name)
	if err == nil {
		return l, nil
	}
	if !errors.Is(err, errNoLink) {
		return nil, fmt.Errorf("failed to find interface %q: %w", name, err)
	}
	how := port{mtu: b.br.MTU, vlan: b.conf.Vlan, keep: b.conf.PreserveDefaultVlan}
	if _, _, err = b.plug(b.host, name, "", how); err != nil {
		return nil, fmt.Errorf("faild to create vlan gateway %q: %w", name, err)
	}
	if l, err = b.find(b.host, name); err != nil {
		return nil, fmt.Errorf("failed to lookup %q: %w", name, err)
	}
	if err := b.up(b.host, l); err != nil {
		return nil, fmt.Errorf("failed to up %q: %w", name, err)
	}
	return l, nil
}

// ensureAddr gives a gateway's address to a link of the node, which may have no
// other IPv4 address, and no other IPv6 address of an overlapping network.
func (b *bridging) ensureAddr(l *kernel.Link, mac kernel.MAC, gw netip.Prefix) error {
	v6 := gw.Addr().Is6()
	list, err := b.addrs(b.host, l, familyOf(gw.Addr()))
	if err != nil {
		return fmt.Errorf("could not get list of IP addresses: %w", err)
	}
	for _, a := range list {
		have := netip.PrefixFrom(a.IP, a.Bits)
		if have == gw {
			return nil
		}
		if v6 && !have.Masked().Contains(gw.Addr()) && !gw.Masked().Contains(a.IP) {
			continue
		}
		if !b.conf.ForceAddress {
			return fmt.Errorf("%q already has an IP address different from %v", l.Name, gw)
		}
		err := b.on(b.host, l, fault.AddrDel, func() error { return b.k.DelAddr(l, a) })
		if err != nil {
			return fmt.Errorf("could not remove IP address from %q: %w", l.Name, err)
		}
	}
	if err := b.addAddr(b.host, l, gw); err != nil && !sameAs(err, errno.EEXIST) {
		return fmt.Errorf("could not add IP address %s to %q: %w", gw, l.Name, err)
	}
	// A bridge keeps the address that it had when it was looked up, whatever ports
	// have come and go.
	if err := b.setMAC(b.host, l, mac); err != nil {
		return fmt.Errorf("could not set bridge's mac: %w", err)
	}
	return nil
}

// waits are the pauses before each look at the port's state.
//
//nolint:gochecknoglobals // a constant table
var waits = [...]time.Duration{
	0, 50 * time.Millisecond, 500 * time.Millisecond, time.Second, time.Second,
}

// end waits for the port to forward and reads what may have changed meanwhile.
func (b *bridging) end() error {
	name := b.res.ifaces[placeHost].name
	outside, err := b.find(b.host, name)
	if err == nil && !b.conf.DisableContainerInterface {
		outside, err = b.forwarding(outside)
	}
	if err != nil {
		return err
	}
	b.res.ifaces[placeHost].mac = macOf(outside)
	br, err := b.bridgeByName()
	if err != nil {
		return err
	}
	b.res.ifaces[placeBridge].mac = macOf(br)
	if b.doc.dns.given() {
		b.res.dns = b.doc.dns
	}
	return nil
}

// forwarding waits until a port forwards, up to two seconds and a half.
func (b *bridging) forwarding(l *kernel.Link) (*kernel.Link, error) {
	for _, wait := range waits {
		if wait > 0 {
			b.p.Stage.Sched.Sleep(wait)
			var err error
			if l, err = b.find(b.host, l.Name); err != nil {
				return nil, err
			}
		}
		if l.Carrier() {
			return l, nil
		}
	}
	return nil, fmt.Errorf("bridge port in error state: %s", operState(l))
}

// operState is the state of a link that does not forward (RFC 2863).
func operState(l *kernel.Link) string {
	if l.Up {
		return "lower-layer-down"
	}
	return "down"
}

func bridgeDel(c *call) error {
	n, _, err := c.loadBridge()
	if err != nil {
		return err
	}
	release := func() error {
		if n.IPAM.Type == "" {
			return nil
		}
		_, failed := c.ipam("DEL")
		return failed
	}
	if c.NetNS == "" {
		return release()
	}
	there := false
	err = c.within(func(ns *kernel.Namespace) error {
		there = true
		_, failed := c.remove(ns, c.IfName)
		return failed
	})
	if err != nil {
		return err
	}
	if err := release(); err != nil || !there {
		return err
	}
	if n.MacSpoofChk {
		c.spoofUncheck()
	}
	if n.IPAM.Type != "" && n.IPMasq {
		return c.unmasquerade()
	}
	return nil
}
