package plugins

import (
	"errors"
	"fmt"
	"net/netip"

	"patchbay/sim/kernel"
)

// loopbackConf reads what the plugin "loopback" reads on ADD.
func (c *call) loopbackConf() (result, error) {
	if c.doc.baseErr != nil {
		return result{}, fmt.Errorf("failed to parse network config: %w", c.doc.baseErr)
	}
	if c.prev == nil {
		return result{}, nil
	}
	r, err := c.previous()
	if err != nil {
		return result{}, fmt.Errorf("failed to parse prevResult: %w", err)
	}
	return r, nil
}

func loopbackAdd(c *call) error {
	r, err := c.loopbackConf()
	if err != nil {
		return err
	}
	ns, err := c.open(c.NetNS)
	if err != nil {
		return err
	}
	lo, err := c.find(ns, "lo")
	if err != nil {
		return err
	}
	if err := c.up(ns, lo); err != nil {
		return err
	}
	own := result{ifaces: []iface{{name: "lo", mac: "00:00:00:00:00:00", sandbox: c.NetNS}}}
	for _, family := range [2]family{onlyV4, onlyV6} {
		list, err := c.addrs(ns, lo, family)
		if err != nil {
			return err
		}
		for _, a := range list {
			if !a.IP.IsLoopback() {
				return fmt.Errorf("loopback interface found with non-loopback address %q", a.IP)
			}
		}
		if len(list) > 0 {
			own.ips = append(own.ips, ipConf{addr: netip.PrefixFrom(list[0].IP, list[0].Bits)})
		}
	}
	if c.prev != nil {
		return c.print(&r)
	}
	if c.doc.base.CNIVersion == "" {
		return c.print(&own)
	}
	// The real plugin says that its result is of the version that was asked for,
	// so that nobody converts it: it is always laid out as one of 1.0.0.
	c.layout = "1.0.0"
	return c.print(&own)
}

func loopbackDel(c *call) error {
	if c.NetNS == "" {
		return nil
	}
	return c.within(func(ns *kernel.Namespace) error {
		lo, err := c.find(ns, "lo")
		if err != nil {
			return err
		}
		return c.down(ns, lo)
	})
}

func loopbackCheck(c *call) error {
	ns, err := c.open(c.NetNS)
	if err != nil {
		return err
	}
	lo, err := c.find(ns, "lo")
	if err != nil {
		return err
	}
	if !lo.Up {
		return errors.New("loopback interface is down")
	}
	return nil
}
