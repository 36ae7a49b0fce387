package plugins

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// ipvlan is the configuration of the plugin "ipvlan".
type ipvlan struct {
	types.NetConf
	Master     string `json:"master"`
	Mode       string `json:"mode"`
	MTU        int    `json:"mtu"`
	LinkContNs bool   `json:"linkInContainer,omitempty"`
}

func makeIPVlan(text []byte) (*ipvlan, error) {
	n := new(ipvlan)
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("failed to load netconf: %w", err)
	}
	return n, nil
}

// loadIPVlan reads the configuration and finds the parent, for DEL too: without
// one DEL fails.
func (c *call) loadIPVlan() (ipvlan, result, error) {
	given, err := formOf(c, "ipvlan", makeIPVlan)
	if err != nil {
		return ipvlan{}, result{}, err
	}
	n := *given
	var r result
	if c.prev != nil {
		if r, err = c.previous(); err != nil {
			return n, r, fmt.Errorf("could not parse prevResult: %w", err)
		}
	}
	if n.Master != "" {
		return n, r, nil
	}
	if c.prev != nil {
		if len(r.ifaces) != 1 || r.ifaces[0].name == "" {
			return n, r, errors.New(
				"chained master failure. PrevResult lacks a single named interface")
		}
		n.Master = r.ifaces[0].name
		return n, r, nil
	}
	ns, err := c.parentNS(parent{n.Master, n.LinkContNs})
	if err == nil {
		n.Master, err = c.defaultLink(ns)
	}
	return n, r, err
}

func ipvlanMode(name string) (kernel.Mode, error) {
	switch name {
	case "", "l2":
		return kernel.ModeL2, nil
	case "l3":
		return kernel.ModeL3, nil
	case "l3s":
		return kernel.ModeL3S, nil
	}
	return 0, fmt.Errorf("unknown ipvlan mode: %q", name)
}

// stack makes a link on a parent under a random name and gives it its own.
func (c *call) stack(
	ns *kernel.Namespace, spec kernel.Spec, on parent,
) (iface, error) {
	home := c.host
	if on.inside {
		home = ns
	}
	var err error
	if spec.Parent, err = c.find(home, on.name); err != nil {
		return iface{}, fmt.Errorf("failed to lookup master %q: %w", on.name, err)
	}
	spec.Name, spec.Mark = c.randomName(), c.mark()
	err = c.p.Call(fault.LinkAdd, c.IfName, func() error {
		_, failed := c.k.Add(ns, spec)
		return failed
	})
	kind := spec.Kind.String()
	// Of an ipvlan within the sandbox the real plugin does not look at the error.
	if err != nil && (spec.Kind != kernel.Ipvlan || !on.inside) {
		return iface{}, fmt.Errorf("failed to create %s: %w", kind, err)
	}
	l, err := c.find(ns, spec.Name)
	if err == nil {
		err = c.rename(ns, l, c.IfName)
	}
	if err != nil {
		return iface{}, fmt.Errorf("failed to rename %s to %q: %w", kind, c.IfName, err)
	}
	if l, err = c.find(ns, c.IfName); err != nil {
		return iface{}, fmt.Errorf("failed to refetch %s %q: %w", kind, c.IfName, err)
	}
	return iface{name: c.IfName, mac: macOf(l), sandbox: c.NetNS}, nil
}

func ipvlanAdd(c *call) error {
	n, r, err := c.loadIPVlan()
	if err != nil {
		return err
	}
	ns, err := c.sandbox()
	if err != nil {
		return err
	}
	mode, err := ipvlanMode(n.Mode)
	if err != nil {
		return err
	}
	spec := kernel.Spec{Kind: kernel.Ipvlan, MTU: n.MTU, Mode: mode}
	link, err := c.stack(ns, spec, parent{n.Master, n.LinkContNs})
	if err != nil {
		return err
	}
	if n.IPAM.Type != "" || len(r.ips) == 0 {
		if r, err = c.ipam("ADD"); err != nil {
			return err
		}
		if len(r.ips) == 0 {
			return errMissingIP
		}
	}
	r.ips = placed(r.ips, 0)
	r.ifaces = []iface{link}
	_ = c.sysctl(ns, "net/ipv4/conf/"+c.IfName+"/arp_notify", "1")
	_ = c.sysctl(ns, "net/ipv6/conf/"+c.IfName+"/ndisc_notify", "1")
	if err := c.configure(ns, c.IfName, &r); err != nil {
		return err // the lease stays: the real plugin's cleanup looks at another error
	}
	r.dns = c.doc.dns
	return c.print(&r)
}

func ipvlanDel(c *call) error {
	n, _, err := c.loadIPVlan()
	if err != nil {
		return err
	}
	return c.release(n.IPAM.Type, c.dropLink)
}

func ipvlanCheck(c *call) error {
	n, err := formOf(c, "ipvlan", makeIPVlan)
	if err != nil {
		return err
	}
	return c.check(checking{
		missing: "Required prevResult missing", prefix: "Sandbox",
		link: func(ns *kernel.Namespace, said *iface) error {
			if err := c.checkParent(parent{n.Master, n.LinkContNs}); err != nil {
				return err
			}
			w := theWords("ipvlan")
			l, err := c.checkLink(ns, said, kernel.Ipvlan, w)
			if err != nil {
				return err
			}
			if err := checkMode(l, n.Mode, ipvlanMode, "Container IPVlan"); err != nil {
				return err
			}
			return checkMAC(l, said, w.mac)
		},
	})
}

// checkMode compares the mode of a link with that of the configuration.
func checkMode(
	l *kernel.Link, want string, read func(string) (kernel.Mode, error), what string,
) error {
	mode, err := read(want)
	if err != nil {
		return err
	}
	if l.Mode != mode {
		return fmt.Errorf("%s mode %s does not match expected value: %s", what, l.Mode, mode)
	}
	return nil
}

// vlan is the configuration of the plugin "vlan".
type vlan struct {
	types.NetConf
	Master     string `json:"master"`
	VlanID     int    `json:"vlanId"`
	MTU        int    `json:"mtu,omitempty"`
	LinkContNs bool   `json:"linkInContainer,omitempty"`
}

func makeVlan(text []byte) (*vlan, error) {
	n := new(vlan)
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("failed to load netconf: %w", err)
	}
	return n, nil
}

// loadVlan reads the configuration and looks at the parent, for DEL too: when
// that is gone DEL fails.
func (c *call) loadVlan() (*vlan, error) {
	n, err := formOf(c, "vlan", makeVlan)
	if err != nil {
		return nil, err
	}
	if n.Master == "" {
		return nil, errors.New(`"master" field is required. ` +
			`It specifies the host interface name to create the VLAN for`)
	}
	if n.VlanID < 0 || n.VlanID > 4094 {
		return nil, fmt.Errorf("invalid VLAN ID %d (must be between 0 and 4095 inclusive)",
			n.VlanID)
	}
	ns, err := c.parentNS(parent{n.Master, n.LinkContNs})
	if err != nil {
		return nil, err
	}
	lower, err := c.find(ns, n.Master)
	if err != nil {
		return nil, err
	}
	if n.MTU < 0 || n.MTU > lower.MTU {
		return nil, fmt.Errorf("invalid MTU %d, must be [0, master MTU(%d)]", n.MTU, lower.MTU)
	}
	return n, nil
}

func vlanAdd(c *call) error {
	n, err := c.loadVlan()
	if err != nil {
		return err
	}
	ns, err := c.sandbox()
	if err != nil {
		return err
	}
	spec := kernel.Spec{Kind: kernel.Vlan, MTU: n.MTU, VlanID: n.VlanID}
	link, err := c.stack(ns, spec, parent{n.Master, n.LinkContNs})
	if err != nil {
		return err
	}
	r, err := c.ipam("ADD")
	if err != nil {
		return fmt.Errorf("failed to execute IPAM delegate: %s", err.Error())
	}
	if len(r.ips) == 0 {
		return errMissingIP
	}
	r.ips = placed(r.ips, 0)
	r.ifaces = []iface{link}
	if err := c.configure(ns, c.IfName, &r); err != nil {
		_, _ = c.ipam("DEL")
		return err
	}
	r.dns = c.doc.dns
	return c.print(&r)
}

func vlanDel(c *call) error {
	if _, err := c.loadVlan(); err != nil {
		return err
	}
	return c.releaseAlways(c.dropLink)
}

// releaseAlways is release of the plugins that run an IPAM plugin even if there
// is none.
func (c *call) releaseAlways(remove func(ns *kernel.Namespace) error) error {
	if _, err := c.ipam("DEL"); err != nil {
		return err
	}
	return c.release("", remove)
}

func vlanCheck(c *call) error {
	n, err := formOf(c, "vlan", makeVlan)
	if err != nil {
		return err
	}
	if n.IPAM.Type == "" {
		if _, err := c.sandbox(); err != nil {
			return err
		}
		return c.locate("")
	}
	return c.check(checking{
		missing: "vlan: Required prevResult missing", prefix: "Sandbox",
		link: func(ns *kernel.Namespace, said *iface) error {
			if err := c.checkParent(parent{n.Master, n.LinkContNs}); err != nil {
				return err
			}
			return c.checkVlan(ns, said, n)
		},
	})
}

func (c *call) checkVlan(ns *kernel.Namespace, said *iface, n *vlan) error {
	w := theWords("vlan")
	w.notFound, w.inHost = "vlan: "+w.notFound, "vlan: "+w.inHost
	l, err := c.checkLink(ns, said, kernel.Vlan, w)
	if err != nil {
		return err
	}
	if err := checkMAC(l, said, "vlan: "+w.mac); err != nil {
		return err
	}
	if n.VlanID != l.VlanID {
		return fmt.Errorf("Error: Tuning link %s configured promisc is %v, current value is %d",
			said.name, n.VlanID, l.VlanID)
	}
	if n.MTU != 0 && n.MTU != l.MTU {
		return fmt.Errorf("Error: Tuning configured MTU of %s is %d, current value is %d",
			said.name, n.MTU, l.MTU)
	}
	return nil
}
