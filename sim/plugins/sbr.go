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

// sbr is the configuration of the plugin "sbr".
type sbr struct {
	types.NetConf
	Table *int `json:"table,omitempty"`
}

func makeSBR(text []byte) (*sbr, error) {
	n := new(sbr)
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("failed to parse network configuration: %w", err)
	}
	return n, nil
}

func (c *call) loadSBR() (*sbr, result, error) {
	n, err := formOf(c, "sbr", makeSBR)
	if err != nil || c.prev == nil {
		return n, result{}, err
	}
	r, err := c.previous()
	if err != nil {
		return nil, r, fmt.Errorf("could not parse prevResult: %w", err)
	}
	return n, r, nil
}

// lockNS locks the file of the namespace. One that is not there is made, so that
// a DEL after the namespace leaves a plain file behind, and fails.
func (c *call) lockNS() (*kernel.Namespace, error) {
	err := c.p.Call(fault.FileLock, c.NetNS, func() error {
		if c.NetNS == "" {
			return errno.ENOENT
		}
		c.k.Touch(c.NetNS)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.open(c.NetNS)
}

// firstTable is the number of the first table that the plugin takes.
const firstTable = 100

func sbrAdd(c *call) error {
	n, r, err := c.loadSBR()
	if err != nil {
		return err
	}
	if c.prev == nil {
		return errors.New("This plugin must be called as chained plugin")
	}
	if len(r.ips) == 0 {
		return fmt.Errorf("No IP addresses supplied on interface: %s", c.IfName)
	}
	var own []ipConf
	for _, ip := range r.ips {
		at := ip.place
		if at >= 0 && at < len(r.ifaces) && r.ifaces[at].name != c.IfName {
			continue
		}
		own = append(own, ip)
	}
	ns, err := c.lockNS()
	if err != nil {
		return err
	}
	if n.Table != nil {
		for _, ip := range own {
			if err := c.addRule(ns, ip, *n.Table); err != nil {
				return fmt.Errorf("failed to add rule: %w", err)
			}
		}
	} else if err := c.sourceRoutes(ns, own); err != nil {
		return err
	}
	return c.print(&r)
}

// addRule sends what comes from an address to a table.
func (c *call) addRule(ns *kernel.Namespace, ip ipConf, table int) error {
	src := single(ip.addr.Addr())
	return c.p.Call(fault.RuleAdd, src.String(), func() error {
		return c.k.AddRule(ns, kernel.Rule{
			V6: src.Addr().Is6(), Src: src, Table: table, Mark: c.mark(),
		})
	})
}

// nextTable is the first table that no rule names.
func nextTable(rules []kernel.Rule, table int) int {
	for i := 0; i < len(rules); i++ {
		if rules[i].Table == table {
			table++
			i = -1
		}
	}
	return table
}

// sourceRoutes gives every address a table of its own with the routes of the
// interface, which then leave the main table.
func (c *call) sourceRoutes(ns *kernel.Namespace, ips []ipConf) error {
	var rules []kernel.Rule
	err := c.p.Call(fault.RouteList, "", func() error {
		rules = append(rules[:0], ns.Rules()...)
		return nil
	})
	if err != nil {
		return fmt.Errorf("Failed to list all rules: %w", err)
	}
	table := nextTable(rules, firstTable)
	l, err := c.find(ns, c.IfName)
	if err != nil {
		return fmt.Errorf("Cannot find network interface %s: %w", c.IfName, err)
	}
	routes, err := c.linkRoutes(ns, l, func(*kernel.Route) bool { return true })
	if err != nil {
		return fmt.Errorf("Unable to list routes: %w", err)
	}
	for _, ip := range ips {
		if err := c.sourceTable(ns, l, ip, routes, table); err != nil {
			return err
		}
		table = nextTable(rules, table+1)
	}
	for _, r := range routes {
		err := c.p.Call(fault.RouteDel, l.Name, func() error {
			return c.k.DelRoute(ns, kernel.Route{
				Dst: r.Dst, Gw: r.Gw, Src: r.Src, Dev: l, Table: r.Table, Metric: r.Metric,
				Proto: r.Proto, Type: r.Type,
			})
		})
		if err != nil {
			return fmt.Errorf("Failed to delete route: %w", err)
		}
	}
	return nil
}

func (c *call) sourceTable(
	ns *kernel.Namespace, l *kernel.Link, ip ipConf, routes []kernel.Route, table int,
) error {
	if err := c.addRule(ns, ip, table); err != nil {
		return fmt.Errorf("Failed to add rule: %w", err)
	}
	if ip.gw.IsValid() {
		r := kernel.Route{Dst: kernel.Default4, Gw: ip.gw, Dev: l, Table: table}
		if ip.addr.Addr().Is6() {
			r.Dst = kernel.Default6
		}
		if err := c.addRoute(ns, r); err != nil {
			return fmt.Errorf("Failed to add default route to %s: %w", ip.gw, err)
		}
	}
	network := ip.addr.Masked()
	for _, r := range routes {
		if (r.Src.IsValid() || r.Gw.IsValid()) &&
			!network.Contains(r.Src) && !network.Contains(r.Gw) {
			continue
		}
		r.Table = table
		r.OnLink = false
		if err := c.replaceRoute(ns, r); err != nil {
			return fmt.Errorf("Failed to readd route: %w", err)
		}
	}
	return nil
}

func sbrDel(c *call) error {
	n, _, err := c.loadSBR()
	if err != nil {
		return err
	}
	ns, err := c.lockNS()
	if err != nil {
		return err
	}
	var rules []kernel.Rule
	err = c.p.Call(fault.RouteList, "", func() error {
		rules = append(rules[:0], ns.Rules()...)
		return nil
	})
	if err != nil {
		return fmt.Errorf("Failed to list all rules to tidy: %w", err)
	}
	l, err := c.find(ns, c.IfName)
	if errors.Is(err, errNoLink) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("Failed to get link %s: %w", c.IfName, err)
	}
	addrs, err := c.addrs(ns, l, anyFamily)
	if err != nil {
		return fmt.Errorf("Failed to list all addrs: %w", err)
	}
	var last error
	for _, rule := range rules {
		if !rule.Src.IsValid() || n.Table != nil && rule.Table != *n.Table {
			continue
		}
		for _, a := range addrs {
			if rule.Src.Addr() != a.IP {
				continue
			}
			err := c.p.Call(fault.RuleDel, rule.Src.String(), func() error {
				return c.k.DelRule(ns, rule)
			})
			if err != nil {
				last = fmt.Errorf("Failed to delete rule %w", err)
			}
			break
		}
	}
	return last
}

func sbrCheck(*call) error { return nil }
