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
) (inside, outside *kernel.Link, err error) {
	spec := kernel.Spec{
		Kind: kernel.Veth, Name: name, MTU: mtu, PeerNS: c.host, Mark: c.mark(),
	}
	if mac != "" {
		if spec.MAC, err = parseMAC(mac); err != nil {
			return nil, nil, fmt.Errorf("failed to make veth pair: %w", err)
		}
	}
	for range 10 {
		spec.PeerName = c.randomName()
		err = c.p.Call(fault.LinkAdd, name, func() error {
			l, err := c.k.Add(ns, spec)
			if err == nil {
				// The library asks for no queue of the other end, for it says nothing.
				err = c.k.SetTxQLen(l.Peer, 0)
			}
			return err
		})
		if err == nil {
			inside, err = c.find(ns, name)
			break
		}
		// The library looks for the peer where it is not, and so never tries again.
		if errors.Is(err, errno.EEXIST) {
			return nil, nil, fmt.Errorf(
				"container veth name (%q) peer provided (%q) already exists", name, spec.PeerName)
		}
		break
	}
	if err != nil {
		return nil, nil, fmt.Errorf("failed to make veth pair: %w", err)
	}
	outside, err = c.find(c.host, spec.PeerName)
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
func (c *call) remove(ns *kernel.Namespace, name string, list bool) ([]netip.Prefix, error) {
	l, err := c.find(ns, name)
	if errors.Is(err, errNoLink) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("failed to lookup %q: %w", name, err)
	}
	var out []netip.Prefix
	if list {
		addrs, err := c.addrs(ns, l, true, true)
		if err != nil {
			return nil, fmt.Errorf("failed to get IP addresses for %q: %w", name, err)
		}
		for _, a := range addrs {
			if a.IP.IsGlobalUnicast() {
				out = append(out, netip.PrefixFrom(a.IP, a.Bits))
			}
		}
	}
	if err := c.delete(ns, l); err != nil {
		return nil, fmt.Errorf("failed to delete %q: %w", name, err)
	}
	return out, nil
}
