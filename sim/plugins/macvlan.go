package plugins

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// macvlan is the configuration of the plugin "macvlan".
type macvlan struct {
	types.NetConf
	Master     string `json:"master"`
	Mode       string `json:"mode"`
	MTU        int    `json:"mtu"`
	Mac        string `json:"mac,omitempty"`
	LinkContNs bool   `json:"linkInContainer,omitempty"`
	BcQueueLen uint32 `json:"bcqueuelen,omitempty"`

	RuntimeConfig struct {
		Mac string `json:"mac,omitempty"`
	} `json:"runtimeConfig"`
}

func makeMacvlan(text []byte) (*macvlan, error) {
	n := new(macvlan)
	return n, json.Unmarshal(text, n)
}

// defaultLink is the link of the first default route of a namespace.
func (c *call) defaultLink(ns *kernel.Namespace) (string, error) {
	var name string
	err := c.p.Call(fault.LinkGet, "default", func() error {
		for _, v6 := range [2]bool{false, true} {
			for _, r := range ns.Routes(v6, kernel.TableMain) {
				if r.Dst.Bits() == 0 && r.Dev != nil {
					name = r.Dev.Name
					return nil
				}
			}
		}
		return nil
	})
	if err == nil && name == "" {
		err = errors.New("no default route interface found")
	}
	return name, err
}

// parent is what a link sits on: a link of the node, or of the sandbox.
type parent struct {
	name   string
	inside bool
}

// parentNS is where the parent is.
func (c *call) parentNS(p parent) (*kernel.Namespace, error) {
	if !p.inside {
		return c.host, nil
	}
	return c.sandboxNil()
}

// load completes the configuration and checks it against the parent.
func (c *call) loadMacvlan() (macvlan, error) {
	given, err := formOf(c, "macvlan", makeMacvlan)
	if err != nil {
		return macvlan{}, fmt.Errorf("failed to load netconf: %w", err)
	}
	n := *given
	ns, err := c.parentNS(parent{n.Master, n.LinkContNs})
	if err != nil {
		return n, err
	}
	if n.Master == "" {
		if n.Master, err = c.defaultLink(ns); err != nil {
			return n, err
		}
	}
	lower, err := c.find(ns, n.Master)
	if err != nil {
		return n, err
	}
	if n.MTU < 0 || n.MTU > lower.MTU {
		return n, fmt.Errorf("invalid MTU %d, must be [0, master MTU(%d)]", n.MTU, lower.MTU)
	}
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

func macvlanMode(name string) (kernel.Mode, error) {
	switch name {
	case "", "bridge":
		return kernel.ModeBridge, nil
	case "private":
		return kernel.ModePrivate, nil
	case "vepa":
		return kernel.ModeVepa, nil
	case "passthru":
		return kernel.ModePassthru, nil
	}
	return 0, fmt.Errorf("unknown macvlan mode: %q", name)
}

// makeMacvlan makes the link in the sandbox under a random name first, for a
// kernel once looked for the name on the node.
func (c *call) makeMacvlan(n *macvlan, ns *kernel.Namespace) (iface, error) {
	mode, err := macvlanMode(n.Mode)
	if err != nil {
		return iface{}, err
	}
	home := c.host
	if n.LinkContNs {
		home = ns
	}
	lower, err := c.find(home, n.Master)
	if err != nil {
		return iface{}, fmt.Errorf("failed to lookup master %q: %w", n.Master, err)
	}
	spec := kernel.Spec{
		Kind: kernel.Macvlan, Name: c.randomName(), MTU: n.MTU, Parent: lower, Mode: mode,
		Mark: c.mark(),
	}
	if n.Mac != "" {
		if spec.MAC, err = parseMAC(n.Mac); err != nil {
			return iface{}, fmt.Errorf("invalid args %v for MAC addr: %w", n.Mac, err)
		}
	}
	err = c.p.Call(fault.LinkAdd, c.IfName, func() error {
		_, failed := c.k.Add(ns, spec)
		return failed
	})
	if err != nil {
		return iface{}, fmt.Errorf("failed to create macvlan: %w", err)
	}
	return c.settle(ns, spec.Name, "macvlan")
}

// settle gives a new link its name and reads it. A link that can not be renamed
// is deleted again.
func (c *call) settle(ns *kernel.Namespace, temporary, what string) (iface, error) {
	l, err := c.find(ns, temporary)
	if err == nil {
		err = c.rename(ns, l, c.IfName)
	}
	if err != nil {
		if l != nil {
			_ = c.delete(ns, l)
		}
		return iface{}, fmt.Errorf("failed to rename %s to %q: %w", what, c.IfName, err)
	}
	l, err = c.find(ns, c.IfName)
	if err != nil {
		return iface{}, fmt.Errorf("failed to refetch %s %q: %w", what, c.IfName, err)
	}
	return iface{name: c.IfName, mac: macOf(l), sandbox: c.NetNS}, nil
}

func macvlanAdd(c *call) error {
	n, err := c.loadMacvlan()
	if err != nil {
		return err
	}
	ns, err := c.sandboxNil()
	if err != nil {
		return err
	}
	link, err := c.makeMacvlan(&n, ns)
	if err != nil {
		return err
	}
	r := result{ifaces: []iface{link}}
	if n.IPAM.Type == "" {
		err = c.layer2(ns)
	} else {
		err = c.leased(ns, &r, "net/ipv4/conf/"+c.IfName+"/arp_notify",
			"net/ipv6/conf/"+c.IfName+"/ndisc_notify")
	}
	if err != nil {
		return err
	}
	r.dns = c.doc.dns
	return c.print(&r)
}

// layer2 sets a link up that gets no addresses, or deletes it.
func (c *call) layer2(ns *kernel.Namespace) error {
	err := c.upByName(ns, c.IfName)
	if err != nil {
		_ = c.dropLink(ns)
	}
	return err
}

// leased gives a link the addresses of the IPAM plugin and sets switches to 1.
// When that fails the link stays, and without a configuration of an address the
// lease too: the cleanup of the real plugins looks at another error.
func (c *call) leased(ns *kernel.Namespace, r *result, switches ...string) error {
	got, err := c.ipam("ADD")
	if err != nil {
		return err
	}
	if len(got.ips) == 0 {
		return errMissingIP
	}
	r.ips, r.routes = placed(got.ips, 0), got.routes
	for _, name := range switches {
		_ = c.sysctl(ns, name, "1")
	}
	if err := c.configure(ns, c.IfName, r); err != nil {
		_, _ = c.ipam("DEL")
		return err
	}
	return nil
}

var errMissingIP = errors.New("IPAM plugin returned missing IP config")

// placed are the addresses with one interface's place.
func placed(ips []ipConf, place int) []ipConf {
	out := make([]ipConf, len(ips))
	for i, ip := range ips {
		out[i] = ipConf{ip.addr, ip.gw, place}
	}
	return out
}

// upByName is what a plugin without addresses does in the end.
func (c *call) upByName(ns *kernel.Namespace, name string) error {
	l, err := c.find(ns, name)
	if err != nil {
		return fmt.Errorf("failed to find interface name %q: %w", name, err)
	}
	if err := c.up(ns, l); err != nil {
		return fmt.Errorf("failed to set %q UP: %w", name, err)
	}
	return nil
}

func macvlanDel(c *call) error {
	n, err := formOf(c, "macvlan", makeMacvlan)
	if err != nil {
		return fmt.Errorf("failed to load netConf: %w", err)
	}
	return c.release(n.IPAM.Type, c.dropLink)
}

// release is DEL of the plugins that give addresses back first and then remove
// what is in the sandbox.
func (c *call) release(ipam string, remove func(ns *kernel.Namespace) error) error {
	if ipam != "" {
		if _, err := c.ipam("DEL"); err != nil {
			return err
		}
	}
	if c.NetNS == "" {
		return nil
	}
	return c.within(remove)
}

func macvlanCheck(c *call) error {
	n, err := c.loadMacvlan()
	if err != nil {
		return err
	}
	return c.check(checking{
		missing: "required prevResult missing", prefix: "sandbox",
		link: func(ns *kernel.Namespace, said *iface) error {
			if err := c.checkParent(parent{n.Master, n.LinkContNs}); err != nil {
				return err
			}
			w := words{
				missing:  "container interface name missing in prevResult: %v",
				notFound: "container Interface name in prevResult: %s not found",
				inHost:   "error: Container interface %s should not be in host namespace",
				notKind:  "error: Container interface %s not of type macvlan",
			}
			l, err := c.checkLink(ns, said, kernel.Macvlan, w)
			if err != nil {
				return err
			}
			if err := checkMode(l, n.Mode, macvlanMode, "container macvlan"); err != nil {
				return err
			}
			return checkMAC(l, said, "interface %s Mac %s doesn't match container Mac: %s")
		},
	})
}
