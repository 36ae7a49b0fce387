package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// hostDevice is the configuration of the plugin "host-device".
type hostDevice struct {
	types.NetConf
	Device        string `json:"device"`
	HWAddr        string `json:"hwaddr"`
	KernelPath    string `json:"kernelpath"`
	PCIAddr       string `json:"pciBusID"`
	RuntimeConfig struct {
		DeviceID string `json:"deviceID,omitempty"`
	} `json:"runtimeConfig"`
}

func makeHostDevice(text []byte) (*hostDevice, error) {
	n := new(hostDevice)
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("failed to load netconf: %w", err)
	}
	return n, nil
}

const sysBusPCI = "/sys/bus/pci/devices/"

// pci finds the card at an address of the bus, wherever its link is. Cards
// without a link, as those of vfio-pci, are not there.
func (c *call) pci(address string) *kernel.Link {
	for _, ns := range c.k.Namespaces() {
		for _, l := range ns.Links() {
			if l.PCI != "" && l.PCI == address {
				return l
			}
		}
	}
	return nil
}

// loadHostDevice reads the configuration and looks whether the device is one,
// for DEL too.
func (c *call) loadHostDevice() (hostDevice, error) {
	given, err := formOf(c, "host-device", makeHostDevice)
	if err != nil {
		return hostDevice{}, err
	}
	n := *given
	if id := n.RuntimeConfig.DeviceID; id != "" {
		if c.pci(id) == nil {
			return n, fmt.Errorf("runtime config DeviceID %s not found or unsupported", id)
		}
		n.PCIAddr = id
	}
	if n.Device == "" && n.HWAddr == "" && n.KernelPath == "" && n.PCIAddr == "" {
		return n, errors.New(`specify either "device", "hwaddr", "kernelpath" or "pciBusID"`)
	}
	if n.PCIAddr != "" && c.pci(n.PCIAddr) == nil {
		return n, fmt.Errorf(
			"error with host device: lstat %s%s: no such file or directory", sysBusPCI, n.PCIAddr)
	}
	return n, nil
}

// device finds the link that is to be moved.
func (c *call) device(n *hostDevice) (*kernel.Link, error) {
	switch {
	case n.Device != "":
		return c.find(c.host, n.Device)
	case n.HWAddr != "":
		return c.deviceByMAC(n.HWAddr)
	case n.KernelPath != "":
		if !strings.HasPrefix(n.KernelPath, "/sys/devices/") {
			return nil, fmt.Errorf(
				"kernel device path %q must be absolute and begin with /sys/devices/", n.KernelPath)
		}
		address := n.KernelPath[strings.LastIndexByte(n.KernelPath, '/')+1:]
		if c.pci(address) == nil {
			return nil, fmt.Errorf("failed to read directory %s/net: %q", n.KernelPath,
				"open "+n.KernelPath+"/net: no such file or directory")
		}
		return c.deviceByPCI(address, n.KernelPath+"/net")
	}
	return c.deviceByPCI(n.PCIAddr, sysBusPCI+n.PCIAddr+"/net")
}

func (c *call) deviceByMAC(text string) (*kernel.Link, error) {
	hw, err := net.ParseMAC(text)
	if err != nil {
		return nil, fmt.Errorf("failed to parse MAC address %q: %w", text, err)
	}
	var l *kernel.Link
	err = c.p.Call(fault.LinkList, "", func() error {
		for _, o := range c.host.Links() {
			if l == nil && string(o.MAC[:]) == string(hw) {
				l = o
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("failed to list node links: %w", err)
	}
	if l == nil {
		return nil, errors.New("failed to find physical interface")
	}
	return l, nil
}

// deviceByPCI finds the link of a card. A directory of the bus shows only what is
// in the namespace of whoever looks.
func (c *call) deviceByPCI(address, dir string) (*kernel.Link, error) {
	if l := c.pci(address); l != nil && l.NS == c.host {
		return c.find(c.host, l.Name)
	}
	return nil, fmt.Errorf("failed to find network device in path %s", dir)
}

func hostDeviceAdd(c *call) error {
	n, err := c.loadHostDevice()
	if err != nil {
		return err
	}
	ns, err := c.sandbox()
	if err != nil {
		return err
	}
	l, err := c.device(&n)
	if err != nil {
		return fmt.Errorf("failed to find host device: %w", err)
	}
	if l, err = c.moveIn(l, ns); err != nil {
		return fmt.Errorf("failed to move link %w", err)
	}
	link := iface{name: l.Name, mac: macOf(l), sandbox: c.NetNS}
	if n.IPAM.Type == "" {
		return c.print(&result{ifaces: []iface{link}})
	}
	r, err := c.ipam("ADD")
	if err != nil {
		return err
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

// passage is a namespace in which a link gets its other name, so that neither
// the node nor the sandbox ever sees it under the wrong one.
func (c *call) passage() *kernel.Namespace {
	ns := c.k.UnshareHeld(c.mark())
	c.held = append(c.held, ns)
	return ns
}

// moveIn moves a link to the sandbox under its name there, and keeps the old one
// in its alias. What was done is taken back when a step fails.
func (c *call) moveIn(l *kernel.Link, ns *kernel.Namespace) (*kernel.Link, error) {
	name, up := l.Name, l.Up
	between := c.passage()
	err := c.move(l, c.host, between)
	if err != nil {
		err = fmt.Errorf("failed to move %q to tempNS: %w", name, err)
	} else if err = c.passIn(l, between, ns, name); err != nil {
		_ = c.move(l, between, c.host)
	}
	if err != nil {
		if up {
			if again, lost := c.find(c.host, name); lost == nil {
				_ = c.up(c.host, again)
			}
		}
		return nil, err
	}
	return c.find(ns, c.IfName)
}

func (c *call) setAlias(ns *kernel.Namespace, l *kernel.Link, alias string) error {
	return c.on(ns, l, fault.LinkSet, func() error { return c.k.SetAlias(l, alias) })
}

// passIn renames a link between the namespaces, and takes it to the sandbox.
func (c *call) passIn(l *kernel.Link, between, ns *kernel.Namespace, name string) error {
	if err := c.rename(between, l, c.IfName); err != nil {
		return fmt.Errorf("failed to rename host device %q to %q: %w", name, c.IfName, err)
	}
	err := c.setAlias(between, l, name)
	if err != nil {
		err = fmt.Errorf("failed to set alias to %q: %w", name, err)
	} else if err = c.arrive(l, between, ns, name); err != nil {
		_ = c.setAlias(between, l, "")
	}
	if err != nil {
		_ = c.rename(between, l, name)
	}
	return err
}

func (c *call) arrive(l *kernel.Link, between, ns *kernel.Namespace, name string) error {
	if err := c.move(l, between, ns); err != nil {
		return fmt.Errorf("failed to move %q (host: %q) to container NS: %w", c.IfName, name, err)
	}
	inside, err := c.find(ns, c.IfName)
	if err != nil {
		return fmt.Errorf("failed to find %q in container NS: %w", c.IfName, err)
	}
	if err := c.up(ns, inside); err != nil {
		_ = c.move(inside, ns, between)
		return fmt.Errorf("failed to set %q up: %w", c.IfName, err)
	}
	return nil
}

// hostDeviceDel gives the link back. Without a namespace it does nothing at all,
// and with one that is gone it fails.
func hostDeviceDel(c *call) error {
	n, err := c.loadHostDevice()
	if err != nil || c.NetNS == "" {
		return err
	}
	ns, err := c.sandbox()
	if err != nil {
		return err
	}
	if n.IPAM.Type != "" {
		if _, err := c.ipam("DEL"); err != nil {
			return err
		}
	}
	return c.moveOut(ns)
}

func (c *call) moveOut(ns *kernel.Namespace) error {
	between := c.passage()
	l, err := c.find(ns, c.IfName)
	if err != nil {
		return fmt.Errorf("failed to find %q in containerNS: %w", c.IfName, err)
	}
	up := l.Up
	if err = c.passOut(l, ns, between); err == nil {
		return nil
	}
	if up {
		if again, lost := c.find(ns, c.IfName); lost == nil {
			_ = c.up(ns, again)
		}
	}
	return err
}

func (c *call) passOut(l *kernel.Link, ns, between *kernel.Namespace) error {
	name := l.Alias
	if name == "" {
		return fmt.Errorf("failed to find original ifname for %q (alias is not set)", c.IfName)
	}
	if err := c.move(l, ns, between); err != nil {
		return fmt.Errorf("failed to move %q to tempNS: %w", c.IfName, err)
	}
	err := c.rename(between, l, name)
	if err != nil {
		err = fmt.Errorf("failed to rename device %q to %q: %w", c.IfName, name, err)
	} else if err = c.goHome(l, between, name); err != nil {
		_ = c.rename(between, l, c.IfName)
	}
	if err != nil {
		_ = c.move(l, between, ns)
	}
	return err
}

func (c *call) goHome(l *kernel.Link, between *kernel.Namespace, name string) error {
	if err := c.setAlias(between, l, ""); err != nil {
		return fmt.Errorf("failed to unset alias of %q: %w", name, err)
	}
	if err := c.move(l, between, c.host); err != nil {
		_ = c.setAlias(between, l, name)
		return fmt.Errorf("failed to move %q to hostNS: %w", name, err)
	}
	return nil
}

func hostDeviceCheck(c *call) error {
	if _, err := c.loadHostDevice(); err != nil {
		return err
	}
	return c.check(checking{
		missing: "Required prevResult missing", prefix: "Sandbox",
		link: func(ns *kernel.Namespace, said *iface) error {
			w := theWords("")
			l, err := c.checkLink(ns, said, 0, w)
			if err != nil {
				return err
			}
			return checkMAC(l, said, w.mac)
		},
	})
}
