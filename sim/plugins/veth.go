package plugins

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// parseMAC reads an address. One that is no Ethernet address but a longer one is
// refused by the kernel.
func parseMAC(text string) (kernel.MAC, error) {
	hw, err := net.ParseMAC(text)
	if err != nil {
		return kernel.MAC{}, err
	}
	if len(hw) != 6 {
		return kernel.MAC{}, errno.EINVAL
	}
	return kernel.MAC(hw), nil
}

// makeVeth makes a pair of links, one end in the sandbox and one on the node
// under a random name, and sets the latter up. The plugins do not undo it when a
// step fails; the ends are found by their names afterwards.
func (c *call) makeVeth(
	ns *kernel.Namespace, name string, mtu int, mac string,
) (*kernel.Link, *kernel.Link, error) {
	spec := kernel.Spec{
		Kind: kernel.Veth, Name: name, MTU: mtu, PeerName: c.randomName(), PeerNS: c.host,
		Mark: c.mark(),
	}
	var err error
	if mac != "" {
		if spec.MAC, err = parseMAC(mac); err != nil {
			return nil, nil, fmt.Errorf("failed to make veth pair: %w", err)
		}
	}
	err = c.p.Call(fault.LinkAdd, name, func() error {
		l, failed := c.k.Add(ns, spec)
		if failed == nil {
			// The library asks for no queue of the other end, for it says nothing.
			failed = c.k.SetTxQLen(l.Peer, 0)
		}
		return failed
	})
	// The library looks for the peer where it is not, and so never tries another
	// name when that is taken.
	if errors.Is(err, errno.EEXIST) {
		return nil, nil, fmt.Errorf(
			"container veth name (%q) peer provided (%q) already exists", name, spec.PeerName)
	}
	var inside *kernel.Link
	if err == nil {
		inside, err = c.find(ns, name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("failed to make veth pair: %w", err)
	}
	outside, err := c.find(c.host, spec.PeerName)
	if err != nil {
		return nil, nil, fmt.Errorf("failed to lookup %q in %q: %w", spec.PeerName, "", err)
	}
	if err := c.up(c.host, outside); err != nil {
		return nil, nil, fmt.Errorf("failed to set %q up: %w", spec.PeerName, err)
	}
	_ = c.sysctl(c.host, "net/ipv6/conf/"+spec.PeerName+"/accept_ra", "0")
	return inside, outside, nil
}

// remove deletes a link of the sandbox and returns its global addresses. Of a
// link that is not there nothing is deleted, and that is no error.
func (c *call) remove(ns *kernel.Namespace, name string) ([]netip.Prefix, error) {
	l, err := c.find(ns, name)
	if errors.Is(err, errNoLink) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("failed to lookup %q: %w", name, err)
	}
	addrs, err := c.addrs(ns, l, anyFamily)
	if err != nil {
		return nil, fmt.Errorf("failed to get IP addresses for %q: %w", name, err)
	}
	var out []netip.Prefix
	for _, a := range addrs {
		if a.IP.IsGlobalUnicast() {
			out = append(out, netip.PrefixFrom(a.IP, a.Bits))
		}
	}
	if err := c.delete(ns, l); err != nil {
		return nil, fmt.Errorf("failed to delete %q: %w", name, err)
	}
	return out, nil
}

// dropLink removes the interface from the sandbox. One that is not there is as
// good as removed.
func (c *call) dropLink(ns *kernel.Namespace) error {
	l, err := c.find(ns, c.IfName)
	if errors.Is(err, errNoLink) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("failed to lookup %q: %w", c.IfName, err)
	}
	if err := c.delete(ns, l); err != nil {
		return fmt.Errorf("failed to delete %q: %w", c.IfName, err)
	}
	return nil
}
