//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// vrf is the configuration of the plugin "vrf".
type vrf struct {
	types.NetConf
	VRFName string `json:"vrfname"`
	Table   uint32 `json:"table"`
}

func makeVRF(text []byte) (*vrf, error) {
	n := new(vrf)
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("failed to load netconf: %w", err)
	}
	if n.VRFName == "" {
		return nil, errors.New("configuration is expected to have a valid vrf name")
	}
	return n, nil
}

func (c *call) loadVRF() (*vrf, result, error) {
	n, err := formOf(c, "vrf", makeVRF)
	if err != nil || c.prev == nil {
		return n, result{}, err
	}
	r, err := c.previous()
	if err != nil {
		return nil, r, fmt.Errorf("could not parse prevResult: %w", err)
	}
	return n, r, nil
}

// findVRF finds the VRF of a name in the sandbox.
func (c *call) findVRF(ns *kernel.Namespace, name string) (*kernel.Link, error) {
	l, err := c.find(ns, name)
	if err != nil {
		return nil, err
	}
	if l.Kind != kernel.VRF {
		return nil, fmt.Errorf("Netlink %s is not a VRF", name)
	}
	return l, nil
}

func vrfAdd(c *call) error {
	n, r, err := c.loadVRF()
	if err != nil {
		return err
	}
	if c.prev == nil {
		return errors.New("missing prevResult from earlier plugin")
	}
	ns, err := c.open(c.NetNS)
	if err == nil {
		err = c.joinVRF(ns, n)
	}
	if err != nil {
		return fmt.Errorf("cmdAdd failed: %w", err)
	}
	return c.print(&r)
}

func (c *call) joinVRF(ns *kernel.Namespace, n *vrf) error {
	l, err := c.findVRF(ns, n.VRFName)
	if err == nil && n.Table != 0 && l.Table != int(n.Table) {
		return fmt.Errorf("VRF %s already exist with different routing table %d",
			n.VRFName, l.Table)
	}
	if errors.Is(err, errNoLink) {
		l, err = c.createVRF(ns, n)
	}
	if err != nil {
		return err
	}
	return c.enslave(ns, l)
}

// createVRF makes a VRF, with the first table that no other one has.
func (c *call) createVRF(ns *kernel.Namespace, n *vrf) (*kernel.Link, error) {
	spec := kernel.Spec{Kind: kernel.VRF, Name: n.VRFName, Table: int(n.Table), Mark: c.mark()}
	if spec.Table == 0 {
		err := c.p.Call(fault.LinkList, "", func() error {
			spec.Table = freeTable(ns)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("createVRF: Failed to find links %w", err)
		}
	}
	var l *kernel.Link
	err := c.p.Call(fault.LinkAdd, n.VRFName, func() error {
		var err error
		l, err = c.k.Add(ns, spec)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("could not add VRF %s: %w", n.VRFName, err)
	}
	if l == nil {
		return nil, fmt.Errorf("could not set link up for VRF %s: %w", n.VRFName, errno.ENODEV)
	}
	if err := c.up(ns, l); err != nil {
		return nil, fmt.Errorf("could not set link up for VRF %s: %w", n.VRFName, err)
	}
	return l, nil
}

func freeTable(ns *kernel.Namespace) int {
	for table := 1; ; table++ {
		taken := false
		for _, l := range ns.Links() {
			taken = taken || l.Kind == kernel.VRF && l.Table == table
		}
		if !taken {
			return table
		}
	}
}

// enslave moves the interface to the VRF, with the IPv6 addresses and the routes
// that the kernel takes away when it does.
func (c *call) enslave(ns *kernel.Namespace, master *kernel.Link) error {
	l, err := c.find(ns, c.IfName)
	if err != nil {
		return fmt.Errorf("could not get link by name %s", c.IfName)
	}
	if l.Master != nil {
		return fmt.Errorf("interface %s has already a master set: %s", c.IfName, l.Master.Name)
	}
	before, err := c.addrs(ns, l, onlyV6)
	if err != nil {
		return fmt.Errorf("failed getting global ipv6 addresses before slaving interface: %w", err)
	}
	routes, err := c.linkRoutes(ns, l, func(r *kernel.Route) bool {
		return r.Scope == kernel.ScopeUniverse
	})
	if err != nil {
		return fmt.Errorf("failed getting all routes for %s", c.IfName)
	}
	if err := c.setMaster(ns, l, master); err != nil {
		return fmt.Errorf("could not set vrf %s as master of %s: %w", master.Name, c.IfName, err)
	}
	for _, a := range before {
		if a.Scope != kernel.ScopeUniverse {
			continue
		}
		err := c.on(ns, l, fault.AddrAdd, func() error { return c.k.AddAddr(l, a) })
		if err != nil && !sameAs(err, errno.EEXIST) {
			return fmt.Errorf("could not restore address %s to %s @ %s: %w",
				a.IP, c.IfName, master.Name, err)
		}
	}
	for _, r := range routes {
		r.Table = master.Table
		if err := c.replaceRoute(ns, r); err != nil {
			return fmt.Errorf("could not add route '%s': %w", r.Dst, err)
		}
	}
	return nil
}

// linkRoutes lists the routes of a link in the main tables, IPv4's first.
func (c *call) linkRoutes(
	ns *kernel.Namespace, l *kernel.Link, is func(*kernel.Route) bool,
) ([]kernel.Route, error) {
	var out []kernel.Route
	err := c.p.Call(fault.RouteList, l.Name, func() error {
		out = out[:0]
		for _, v6 := range [2]bool{false, true} {
			for _, r := range ns.Routes(v6, kernel.TableMain) {
				if r.Dev == l && is(r) {
					out = append(out, *r)
				}
			}
		}
		return nil
	})
	return out, err
}

// replaceRoute adds a route, or puts it in the place of one with its destination,
// table and metric.
func (c *call) replaceRoute(ns *kernel.Namespace, r kernel.Route) error {
	r.Mark = c.mark()
	return c.p.Call(fault.RouteAdd, r.Dev.Name, func() error {
		err := c.k.AddRoute(ns, r)
		if !sameAs(err, errno.EEXIST) {
			return err
		}
		old := kernel.Route{Dst: r.Dst, Table: r.Table, Metric: r.Metric}
		if err := c.k.DelRoute(ns, old); err != nil {
			return err
		}
		return c.k.AddRoute(ns, r)
	})
}

func vrfDel(c *call) error {
	n, _, err := c.loadVRF()
	if err != nil {
		return err
	}
	return c.within(func(ns *kernel.Namespace) error {
		master, err := c.findVRF(ns, n.VRFName)
		if errors.Is(err, errNoLink) {
			return nil
		}
		if err != nil {
			return err
		}
		l, err := c.find(ns, c.IfName)
		if err != nil {
			return fmt.Errorf("resetMaster: could not get link by name %s", c.IfName)
		}
		if err := c.setMaster(ns, l, nil); err != nil {
			return fmt.Errorf("resetMaster: could reset master to %s", c.IfName)
		}
		if len(master.Ports()) > 0 {
			return nil
		}
		return c.delete(ns, master)
	})
}

func vrfCheck(c *call) error {
	n, _, err := c.loadVRF()
	if err != nil {
		return err
	}
	if c.prev == nil {
		return errors.New("missing prevResult from earlier plugin")
	}
	ns, err := c.open(c.NetNS)
	if err != nil {
		return err
	}
	master, err := c.findVRF(ns, n.VRFName)
	if err != nil {
		return err
	}
	for _, l := range master.Ports() {
		if l.Name == c.IfName {
			return nil
		}
	}
	return fmt.Errorf("failed to find %s associated to vrf %s", c.IfName, n.VRFName)
}
