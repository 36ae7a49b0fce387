//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// ptp is the configuration of the plugin "ptp".
type ptp struct {
	types.NetConf
	IPMasq        bool    `json:"ipMasq"`
	IPMasqBackend *string `json:"ipMasqBackend,omitempty"`
	MTU           int     `json:"mtu"`
}

func makePTP(text []byte) (*ptp, error) {
	n := new(ptp)
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("failed to load netconf: %w", err)
	}
	return n, nil
}

func ptpAdd(c *call) error {
	n, err := formOf(c, "ptp", makePTP)
	if err != nil {
		return err
	}
	r, err := c.ipam("ADD")
	if err != nil {
		return err
	}
	if len(r.ips) == 0 {
		return errMissingIP
	}
	var seen [2]bool
	for _, ip := range r.ips {
		v6 := ip.addr.Addr().Is6()
		at := 0
		if v6 {
			at = 1
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		if err := c.forward(v6); err != nil {
			return fmt.Errorf("Could not enable IP forwarding: %w", err)
		}
	}
	if err := c.ptpLinks(n, &r); err != nil {
		_, _ = c.ipam("DEL")
		return err
	}
	if c.doc.dns.given() {
		r.dns = c.doc.dns
	}
	return c.print(&r)
}

// ptpLinks makes the pair and gives it addresses and routes. When that fails the
// lease is given back; the pair stays.
func (c *call) ptpLinks(n *ptp, r *result) error {
	ns, err := c.sandbox()
	if err != nil {
		return err
	}
	inside, outside, err := c.makeVeth(ns, c.IfName, n.MTU, "")
	if err != nil {
		return err
	}
	r.ips = placed(r.ips, 1)
	r.ifaces = []iface{
		{name: outside.Name, mac: macOf(outside)},
		{name: c.IfName, mac: macOf(inside), sandbox: c.NetNS},
	}
	if err := c.configure(ns, c.IfName, r); err != nil {
		return err
	}
	for _, ip := range r.ips {
		if err := c.viaGateway(ns, inside, ip); err != nil {
			return err
		}
	}
	for _, ip := range r.ips {
		if err := c.ptpHost(outside.Name, ip); err != nil {
			return err
		}
	}
	if n.IPMasq {
		return c.masquerade(n.IPMasqBackend, r.ips)
	}
	return nil
}

// viaGateway sends all that goes to the network of an address to its gateway.
func (c *call) viaGateway(ns *kernel.Namespace, l *kernel.Link, ip ipConf) error {
	network := ip.addr.Masked()
	err := c.p.Call(fault.RouteDel, l.Name, func() error {
		return c.k.DelRoute(ns, kernel.Route{Dst: network, Dev: l})
	})
	if err != nil {
		return fmt.Errorf("failed to delete route %v: %w", network, err)
	}
	src := ip.addr.Addr()
	first := netip.PrefixFrom(src, 0).Masked() // what an address that is missing means
	if ip.gw.IsValid() {
		first = single(ip.gw)
	}
	for _, r := range []kernel.Route{
		{Dst: first, Dev: l, Scope: kernel.ScopeLink, Src: src},
		{Dst: network, Dev: l, Gw: ip.gw, Src: src},
	} {
		if err := c.addRoute(ns, r); err != nil {
			return fmt.Errorf("failed to add route %v: %w", r.Dst, err)
		}
	}
	return nil
}

// single is an address as a network.
func single(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// ptpHost gives the node's end the gateway's address and a route to the sandbox.
func (c *call) ptpHost(name string, ip ipConf) error {
	l, err := c.find(c.host, name)
	if err != nil {
		return fmt.Errorf("failed to lookup %q: %w", name, err)
	}
	if err := c.addGateway(l, ip.gw); err != nil {
		mask := net.CIDRMask(ip.addr.Addr().BitLen(), ip.addr.Addr().BitLen())
		return fmt.Errorf("failed to add IP addr (%#v) to veth: %w",
			&net.IPNet{IP: ip.gw.AsSlice(), Mask: mask}, err)
	}
	r := kernel.Route{Dst: single(ip.addr.Addr()), Dev: l, Scope: kernel.ScopeHost}
	if err := c.addRoute(c.host, r); err != nil && !sameAs(err, errno.EEXIST) {
		return fmt.Errorf("failed to add route on host: %w", err)
	}
	return nil
}

// addGateway gives the node's end its address. Without one the kernel is asked
// for an address of no bytes.
func (c *call) addGateway(l *kernel.Link, gw netip.Addr) error {
	if !gw.IsValid() {
		return errno.ERANGE
	}
	return c.addAddr(c.host, l, single(gw))
}

func ptpDel(c *call) error {
	n, err := formOf(c, "ptp", makePTP)
	if err != nil {
		return err
	}
	if _, err = c.ipam("DEL"); err != nil {
		return err
	}
	if c.NetNS == "" {
		return nil
	}
	var ips []netip.Prefix
	err = c.within(func(ns *kernel.Namespace) error {
		var failed error
		ips, failed = c.remove(ns, c.IfName)
		return failed
	})
	if err != nil || len(ips) == 0 || !n.IPMasq {
		return err
	}
	return c.unmasquerade()
}

func ptpCheck(c *call) error {
	if _, err := formOf(c, "ptp", makePTP); err != nil {
		return err
	}
	if c.doc.base.IPAM.Type == "" {
		if _, err := c.sandbox(); err != nil {
			return err
		}
		return c.locate("")
	}
	return c.check(checking{
		missing: "ptp: Required prevResult missing", prefix: "Sandbox",
		link: func(ns *kernel.Namespace, said *iface) error {
			w := words{
				missing:  "Container interface name missing in prevResult: %v",
				notFound: "ptp: Container Interface name in prevResult: %s not found",
				inHost:   "ptp: Error: Container interface %s should not be in host namespace",
				notKind:  "Error: Container interface %s not of type veth/p2p",
			}
			l, err := c.checkLink(ns, said, kernel.Veth, w)
			if err != nil {
				return err
			}
			return checkMAC(l, said, "ptp: Interface %s Mac %s doesn't match container Mac: %s")
		},
	})
}
