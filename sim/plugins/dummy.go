//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"errors"
	"fmt"

	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

var errDummyIPAM = errors.New("dummy interface requires an IPAM configuration")

func (c *call) dummyConf() error {
	if c.doc.baseErr != nil {
		return fmt.Errorf("failed to parse network config: %w", c.doc.baseErr)
	}
	return nil
}

func dummyAdd(c *call) error {
	if err := c.dummyConf(); err != nil {
		return err
	}
	if c.doc.base.IPAM.Type == "" {
		return errDummyIPAM
	}
	ns, err := c.sandboxNil()
	if err != nil {
		return err
	}
	err = c.p.Call(fault.LinkAdd, c.IfName, func() error {
		_, failed := c.k.Add(ns, kernel.Spec{Kind: kernel.Dummy, Name: c.IfName, Mark: c.mark()})
		return failed
	})
	if err != nil {
		return fmt.Errorf("failed to create dummy: %w", err)
	}
	l, err := c.find(ns, c.IfName)
	if err != nil {
		return fmt.Errorf("failed to fetch dummy%q: %w", c.IfName, err)
	}
	r, err := c.ipam("ADD")
	if err == nil {
		if len(r.ips) == 0 {
			return errMissingIP
		}
		r.ips = placed(r.ips, 0)
		r.ifaces = []iface{{name: c.IfName, mac: macOf(l), sandbox: c.NetNS}}
		if err = c.configure(ns, c.IfName, &r); err != nil {
			_, _ = c.ipam("DEL")
		}
	}
	if err != nil {
		_ = c.dropLink(ns)
		return err
	}
	return c.print(&r)
}

func dummyDel(c *call) error {
	if err := c.dummyConf(); err != nil {
		return err
	}
	return c.releaseAlways(c.dropLink)
}

func dummyCheck(c *call) error {
	if err := c.dummyConf(); err != nil {
		return err
	}
	if c.doc.base.IPAM.Type == "" {
		return errDummyIPAM
	}
	return c.check(checking{
		missing: "dummy: Required prevResult missing", prefix: "Sandbox",
		link: func(ns *kernel.Namespace, said *iface) error {
			w := theWords("dummy")
			l, err := c.checkLink(ns, said, kernel.Dummy, w)
			if err != nil {
				return err
			}
			if err := checkMAC(l, said, w.mac); err != nil {
				return err
			}
			if !l.Up {
				return fmt.Errorf("Interface %s is down", said.name)
			}
			return nil
		},
	})
}
