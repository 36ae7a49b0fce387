//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"errors"
	"fmt"
	"net/netip"

	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// checking is what a plugin's CHECK asks of its own, beside what all ask.
type checking struct {
	missing string // the words for a prevResult that is not there
	prefix  string // before the words for the sandbox
	// link looks at the interface that the result names; nil: nobody does.
	link func(ns *kernel.Namespace, said *iface) error
}

// check compares the sandbox with the result that a plugin printed on ADD.
func (c *call) check(how checking) error {
	ns, err := c.sandbox()
	if err != nil {
		return err
	}
	r, err := c.checkFirst(how.missing)
	if err != nil {
		return err
	}
	said, err := c.own(&r, how.prefix)
	if err != nil {
		return err
	}
	if how.link != nil {
		if err := how.link(ns, said); err != nil {
			return err
		}
	}
	return c.checkLayer3(ns, &r)
}

// checkFirst asks the IPAM plugin, if there is one, and reads prevResult.
func (c *call) checkFirst(missing string) (result, error) {
	if c.doc.base.IPAM.Type != "" {
		if _, err := c.ipam("CHECK"); err != nil {
			return result{}, err
		}
	}
	if c.prev == nil {
		return result{}, errors.New(missing)
	}
	return c.previous()
}

// own finds the interface of the sandbox in a result.
func (c *call) own(r *result, prefix string) (*iface, error) {
	said := &iface{}
	for i := range r.ifaces {
		if r.ifaces[i].name == c.IfName && r.ifaces[i].sandbox == c.NetNS {
			said = &r.ifaces[i]
		}
	}
	if said.sandbox != c.NetNS {
		return nil, fmt.Errorf("%s in prevResult %s doesn't match configured netns: %s",
			prefix, said.sandbox, c.NetNS)
	}
	return said, nil
}

// checkLayer3 looks for the addresses and routes of a result.
func (c *call) checkLayer3(ns *kernel.Namespace, r *result) error {
	for i := range r.ips {
		if err := c.checkIP(ns, &r.ips[i]); err != nil {
			return err
		}
	}
	for i := range r.routes {
		if err := c.checkRoute(ns, &r.routes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) checkIP(ns *kernel.Namespace, ip *ipConf) error {
	l, err := c.find(ns, c.IfName)
	if err != nil {
		return fmt.Errorf("Cannot find container link %v", c.IfName)
	}
	list, err := c.addrs(ns, l, anyFamily)
	if err != nil {
		return errors.New("Cannot obtain List of IP Addresses")
	}
	found := false
	for _, a := range list {
		found = found || a.IP == ip.addr.Addr() && a.Bits == ip.addr.Bits()
	}
	if !found {
		return fmt.Errorf("Failed to match addr %v on interface %v", ip.addr, c.IfName)
	}
	dst := ip.addr.Masked()
	ok, err := c.hasRoute(ns, func(r *kernel.Route) bool { return r.Dst == dst }, dst.Addr())
	if err != nil {
		return fmt.Errorf("Error %w trying to find Gateway %v for interface %v",
			err, addrText(ip.gw), c.IfName)
	}
	if !ok {
		return fmt.Errorf("Failed to find Gateway %v for interface %v",
			addrText(ip.gw), c.IfName)
	}
	return nil
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return "<nil>"
	}
	return a.String()
}

func (c *call) checkRoute(ns *kernel.Namespace, rt *route) error {
	ok, err := c.hasRoute(ns, func(r *kernel.Route) bool {
		if rt.dst.Bits() == 0 {
			return r.Dst.Bits() == 0 // whatever its gateway is
		}
		return r.Dst == rt.dst && (!rt.gw.IsValid() || r.Gw == rt.gw)
	}, rt.dst.Addr())
	if err != nil {
		return fmt.Errorf("Expected Route %v not route table lookup error %w", rt, err)
	}
	if !ok {
		return fmt.Errorf("Expected Route %v not found in routing table", rt)
	}
	return nil
}

// String is how the library prints a route.
func (r *route) String() string {
	table, scope := "<nil>", "<nil>"
	if r.table != nil {
		table = fmt.Sprint(*r.table)
	}
	if r.scope != nil {
		scope = fmt.Sprint(*r.scope)
	}
	return fmt.Sprintf("{Dst:{IP:%s Mask:%x} GW:%s MTU:%d AdvMSS:%d Priority:%d Table:%s Scope:%s}",
		r.dst.Addr(), maskBytes(r.dst), addrText(r.gw), r.mtu, r.advMSS, r.priority, table, scope)
}

// hasRoute looks through the main table of a family.
func (c *call) hasRoute(
	ns *kernel.Namespace, is func(*kernel.Route) bool, family netip.Addr,
) (bool, error) {
	found := false
	err := c.p.Call(fault.RouteList, "", func() error {
		for _, r := range ns.Routes(family.Is6(), kernel.TableMain) {
			found = found || is(r)
		}
		return nil
	})
	return found, err
}

// words of a plugin for what is wrong with the interface of the sandbox.
type words struct {
	missing, notFound, inHost, notKind, mac string
}

// theWords are those that most plugins use.
func theWords(kind string) words {
	return words{
		missing:  "Container interface name missing in prevResult: %v",
		notFound: "Container Interface name in prevResult: %s not found",
		inHost:   "Error: Container interface %s should not be in host namespace",
		notKind:  "Error: Container interface %s not of type " + kind,
		mac:      "Interface %s Mac %s doesn't match container Mac: %s",
	}
}

// checkLink looks at the interface of the sandbox: whether it is there, of the
// kind that the plugin makes, and has the address that the result says. Kind 0
// is any.
func (c *call) checkLink(
	ns *kernel.Namespace, said *iface, kind kernel.Kind, w words,
) (*kernel.Link, error) {
	if said.name == "" {
		return nil, fmt.Errorf(w.missing, said.name)
	}
	l, err := c.find(ns, said.name)
	if err != nil {
		return nil, fmt.Errorf(w.notFound, said.name)
	}
	if said.sandbox == "" {
		return nil, fmt.Errorf(w.inHost, l.Name)
	}
	if kind != 0 && l.Kind != kind {
		return nil, fmt.Errorf(w.notKind, l.Name)
	}
	return l, nil
}

// checkMAC compares the address of a link with what the result says.
func checkMAC(l *kernel.Link, said *iface, format string) error {
	if said.mac != "" && said.mac != macOf(l) {
		return fmt.Errorf(format, said.name, said.mac, macOf(l))
	}
	return nil
}

// checkParent looks for the parent of a link.
func (c *call) checkParent(p parent) error {
	ns, err := c.parentNS(p)
	if err != nil {
		return err
	}
	if _, err := c.find(ns, p.name); err != nil {
		return fmt.Errorf("failed to lookup master %q: %w", p.name, err)
	}
	return nil
}

// statusIPAM is STATUS of the plugins that pass it on to their IPAM plugin.
func statusIPAM(c *call) error {
	if c.doc.baseErr != nil {
		return fmt.Errorf("failed to load netconf: %w", c.doc.baseErr)
	}
	if c.doc.base.IPAM.Type == "" {
		return nil
	}
	_, err := c.ipam("STATUS")
	return err
}

// statusAlways is the same of those that do so even if there is none.
func statusAlways(c *call) error {
	if c.doc.baseErr != nil {
		return fmt.Errorf("failed to load netconf: %w", c.doc.baseErr)
	}
	_, err := c.ipam("STATUS")
	return err
}
