package plugins

import (
	"encoding/json"
	"fmt"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// tap is the configuration of the plugin "tap".
type tap struct {
	types.NetConf
	MultiQueue     bool      `json:"multiQueue"`
	MTU            int       `json:"mtu"`
	Mac            string    `json:"mac,omitempty"`
	Owner          *uint32   `json:"owner,omitempty"`
	Group          *uint32   `json:"group,omitempty"`
	SelinuxContext string    `json:"selinuxContext,omitempty"`
	Bridge         string    `json:"bridge,omitempty"`
	Args           *struct{} `json:"args"`
	RuntimeConfig  struct {
		Mac string `json:"mac,omitempty"`
	} `json:"runtimeConfig"`
}

func makeTap(text []byte) (*tap, error) {
	n := new(tap)
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("failed to load netconf: %w", err)
	}
	return n, nil
}

func (c *call) loadTap() (tap, error) {
	given, err := formOf(c, "tap", makeTap)
	if err != nil {
		return tap{}, err
	}
	n := *given
	args, err := c.arguments(knowsMAC)
	if err != nil {
		return n, err
	}
	for _, mac := range [2]string{args.MAC, n.RuntimeConfig.Mac} {
		if mac != "" {
			n.Mac = mac
		}
	}
	return n, nil
}

// makeTap makes the link. With an owner and a group the real plugin asks the
// kernel itself, and loses address and MTU on the way; else it runs the ip command,
// twice.
func (c *call) makeTap(n *tap, ns *kernel.Namespace, name string) error {
	byKernel := n.Owner != nil && n.Group != nil && n.SelinuxContext == ""
	if byKernel && n.Mac != "" {
		if _, err := parseMAC(n.Mac); err != nil {
			return fmt.Errorf("invalid args %v for MAC addr: %w", n.Mac, err)
		}
	}
	spec := kernel.Spec{Kind: kernel.Tap, Name: name, Mark: c.mark()}
	err := c.p.Call(fault.LinkAdd, c.IfName, func() error {
		_, failed := c.k.Add(ns, spec)
		return failed
	})
	if byKernel {
		if err != nil {
			return fmt.Errorf("failed to create tap: %w", err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("failed to run command %w: exit status 1", err)
	}
	err = c.p.Call(fault.LinkSet, c.IfName, func() error { return c.shapeTap(n, ns, name) })
	if err != nil {
		return fmt.Errorf("failed to run command %w: exit status 2", err)
	}
	return nil
}

func (c *call) shapeTap(n *tap, ns *kernel.Namespace, name string) error {
	l, err := ns.Lookup(name)
	if err != nil {
		return err
	}
	if n.Mac != "" {
		mac, err := parseMAC(n.Mac)
		if err != nil {
			return err
		}
		if err := c.k.SetMAC(l, mac); err != nil {
			return err
		}
	}
	if n.MTU != 0 {
		return c.k.SetMTU(l, n.MTU)
	}
	return nil
}

// tapLink makes the link and sets it up. When the name is taken the link stays
// under its temporary one, and the plugin goes on with the one that has the name.
func (c *call) tapLink(n *tap, ns *kernel.Namespace) (iface, error) {
	temporary := c.randomName()
	if err := c.makeTap(n, ns, temporary); err != nil {
		return iface{}, err
	}
	l, err := c.find(ns, temporary)
	if err == nil {
		err = c.rename(ns, l, c.IfName)
	}
	if err != nil {
		if _, err = c.find(ns, temporary); err != nil {
			return iface{}, errCrashed
		}
	}
	if l, err = c.find(ns, c.IfName); err != nil {
		return iface{}, fmt.Errorf("failed to refetch tap %q: %w", c.IfName, err)
	}
	if n.Bridge != "" {
		br, err := c.find(ns, n.Bridge)
		if err != nil {
			return iface{}, fmt.Errorf("failed to get bridge %s: %w", n.Bridge, err)
		}
		if err := c.setMaster(ns, l, br); err != nil {
			return iface{}, fmt.Errorf("failed to set tap %s as a port of bridge %s: %w",
				c.IfName, n.Bridge, err)
		}
	}
	mac := macOf(l)
	if err := c.up(ns, l); err != nil {
		return iface{}, fmt.Errorf("failed to set tap interface up: %w", err)
	}
	return iface{name: c.IfName, mac: mac, sandbox: c.NetNS}, nil
}

func tapAdd(c *call) error {
	n, err := c.loadTap()
	if err != nil {
		return err
	}
	ns, err := c.sandboxNil()
	if err != nil {
		return err
	}
	link, err := c.tapLink(&n, ns)
	if err != nil {
		return err
	}
	r := result{ifaces: []iface{link}}
	if n.IPAM.Type == "" {
		err = c.layer2(ns)
	} else {
		err = c.leased(ns, &r, "net/ipv4/conf/"+c.IfName+"/arp_notify")
	}
	if err != nil {
		return err
	}
	r.dns = c.doc.dns
	return c.print(&r)
}

func tapDel(c *call) error {
	n, err := c.loadTap()
	if err != nil {
		return err
	}
	return c.release(n.IPAM.Type, c.dropLink)
}

func tapCheck(c *call) error {
	if _, err := c.loadTap(); err != nil {
		return err
	}
	return c.check(checking{missing: "Required prevResult missing", prefix: "Sandbox"})
}
