package plugins

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"patchbay/sim/errno"
	"patchbay/sim/kernel"
)

// configure gives an interface of the sandbox the addresses and routes of a
// result and sets it up, as the library of the plugins does.
func (c *call) configure(ns *kernel.Namespace, name string, r *result) error {
	if len(r.ifaces) == 0 {
		return errors.New("no interfaces to configure")
	}
	l, err := c.find(ns, name)
	if err != nil {
		return fmt.Errorf("failed to lookup %q: %w", name, err)
	}
	gws, err := c.addresses(ns, l, r)
	if err != nil {
		return err
	}
	if err := c.up(ns, l); err != nil {
		return fmt.Errorf("failed to set %q UP: %w", name, err)
	}
	if gws[1].IsValid() {
		// Addresses are never tentative here: only a look at them is left.
		if _, err := c.addrs(ns, l, onlyV6); err != nil {
			return fmt.Errorf("failed to settle addresses for %q: could not list addresses: %w",
				name, err)
		}
	}
	return c.routes(ns, l, r.routes, gws)
}

// addresses gives a link the addresses of a result, and returns the first
// gateway of each family.
func (c *call) addresses(
	ns *kernel.Namespace, l *kernel.Link, r *result,
) ([2]netip.Addr, error) {
	var gws [2]netip.Addr
	enabled := false
	for i := range r.ips {
		ip := &r.ips[i]
		if ip.place == nowhere {
			continue
		}
		if ip.place < 0 || ip.place >= len(r.ifaces) || r.ifaces[ip.place].name != l.Name {
			return gws, fmt.Errorf("failed to add IP addr %v to %q: invalid interface index",
				ip, l.Name)
		}
		if !enabled && ip.addr.Addr().Is6() {
			if err := c.enable6(ns, l.Name); err != nil {
				return gws, err
			}
			enabled = true
		}
		if err := c.addAddr(ns, l, ip.addr); err != nil {
			return gws, fmt.Errorf("failed to add IP addr %v to %q: %w", ip, l.Name, err)
		}
		if at := v6Index(ip.gw); ip.gw.IsValid() && !gws[at].IsValid() {
			gws[at] = ip.gw
		}
	}
	return gws, nil
}

// v6Index is 0 for IPv4 and 1 for IPv6.
func v6Index(a netip.Addr) int {
	if a.Is6() {
		return 1
	}
	return 0
}

// routes adds the routes of a result. One without a gateway takes that of the
// first address of its family.
func (c *call) routes(
	ns *kernel.Namespace, l *kernel.Link, list []route, gws [2]netip.Addr,
) error {
	for i := range list {
		rt := &list[i]
		gw := rt.gw
		if !gw.IsValid() {
			gw = gws[v6Index(rt.dst.Addr())]
		}
		r := kernel.Route{Dst: rt.dst, Gw: gw, Dev: l, Metric: rt.priority}
		if rt.table != nil {
			r.Table = *rt.table
		}
		if rt.scope != nil {
			r.Scope = uint8(*rt.scope) //nolint:gosec // the message has one byte for it
		}
		if err := c.prependRoute(ns, r); err != nil {
			via := "<nil>"
			if gw.IsValid() {
				via = gw.String()
			}
			return fmt.Errorf(
				"failed to add route '%v via %v dev %v metric %d (Scope: %v, Table: %d)': %w",
				dstText(rt), via, l.Name, rt.priority, scopeText(r.Scope), r.Table, err)
		}
	}
	return nil
}

// dstText is a destination as %v prints the structure that the plugins have.
func dstText(rt *route) string {
	mask := maskBytes(rt.dst)
	if rt.wide && rt.dst.Addr().Is4() {
		mask = []byte(net.IPv4zero)
	}
	return fmt.Sprintf("{%s %x}", rt.dst.Addr(), mask)
}

func maskBytes(p netip.Prefix) []byte {
	b := make([]byte, p.Addr().BitLen()/8)
	for i := range p.Bits() {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return b
}

func scopeText(scope uint8) string {
	switch scope {
	case kernel.ScopeUniverse:
		return "universe"
	case kernel.ScopeSite:
		return "site"
	case kernel.ScopeLink:
		return "link"
	case kernel.ScopeHost:
		return "host"
	case kernel.ScopeNowhere:
		return "nowhere"
	}
	return "unknown"
}

// String is what the plugins print of an address when it can not be used.
func (ip *ipConf) String() string {
	gw := "<nil>"
	if ip.gw.IsValid() {
		gw = ip.gw.String()
	}
	return fmt.Sprintf("{Interface:%d Address:{IP:%s Mask:%x} Gateway:%s}",
		ip.place, ip.addr.Addr(), maskBytes(ip.addr), gw)
}

// enable6 switches IPv6 on for the loopback and a link that gets an address of
// it, and makes it keep that while it is down.
func (c *call) enable6(ns *kernel.Namespace, name string) error {
	for _, link := range [2]string{"lo", name} {
		key := "net/ipv6/conf/" + link + "/disable_ipv6"
		value, err := c.readSysctl(ns, key)
		if err != nil || value == "0" {
			continue
		}
		if err := c.sysctl(ns, key, "0"); err != nil {
			return fmt.Errorf("failed to enable IPv6 for interface %q (%s=%s): %w",
				link, key, value, err)
		}
	}
	if err := c.sysctl(ns, "net/ipv6/conf/"+name+"/keep_addr_on_down", "1"); err != nil {
		return fmt.Errorf("failed to enable keep_addr_on_down for interface %q: %w", name, err)
	}
	return nil
}

// forward switches forwarding on for a family, if it is not.
func (c *call) forward(v6 bool) error { //nolint:revive // a family
	name := "net/ipv4/ip_forward"
	if v6 {
		name = "net/ipv6/conf/all/forwarding"
	}
	if value, err := c.readSysctl(c.host, name); err == nil && value == "1" {
		return nil
	}
	if err := c.sysctl(c.host, name, "1"); err != nil {
		return fmt.Errorf("open /proc/sys/%s: %w", name, err)
	}
	return nil
}

// sameAs reports an error that is an error number, as the plugins compare them.
func sameAs(err error, number errno.Errno) bool { return errors.Is(err, number) }
