//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"errors"
	"fmt"
	"net/netip"

	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// errNoLink is what the plugins' netlink library says of a link that is not
// there.
var errNoLink = errors.New("Link not found")

// noPathError is the error of a path of a namespace at which nothing is: to DEL, that
// is as good as done.
type noPathError struct{ path string }

// Error is what the plugins' library says.
func (e *noPathError) Error() string {
	return fmt.Sprintf("failed to Statfs %q: no such file or directory", e.path)
}

// tmpfs is the magic number of the file system of /run (TMPFS_MAGIC).
const tmpfs = 0x1021994

// open opens the namespace at a path until the process ends.
func (c *call) open(path string) (*kernel.Namespace, error) {
	var ns *kernel.Namespace
	err := c.p.Call(fault.NSOpen, path, func() error {
		found, err := c.k.Open(path)
		if err != nil {
			return err
		}
		if err := found.Hold(); err != nil {
			return err
		}
		c.held = append(c.held, found)
		ns = found
		return nil
	})
	switch {
	case err == nil && ns != nil:
		return ns, nil
	case err == nil || errors.Is(err, errno.ENOENT):
		return nil, &noPathError{path}
	case errors.Is(err, errno.EINVAL):
		return nil, fmt.Errorf("unknown FS magic on %q: %x", path, tmpfs)
	}
	return nil, fmt.Errorf("failed to Statfs %q: %w", path, err)
}

// sandbox opens the namespace of the sandbox, in the words of most plugins.
func (c *call) sandbox() (*kernel.Namespace, error) {
	ns, err := c.open(c.NetNS)
	if err != nil {
		return nil, fmt.Errorf("failed to open netns %q: %w", c.NetNS, err)
	}
	return ns, nil
}

// sandboxNil is the same of those plugins that print the namespace they have not
// got instead of its path.
func (c *call) sandboxNil() (*kernel.Namespace, error) {
	ns, err := c.open(c.NetNS)
	if err != nil {
		return nil, fmt.Errorf("failed to open netns %%!q(<nil>): %w", err)
	}
	return ns, nil
}

// within does something in the namespace of the sandbox for DEL. One that is not
// there any more, or was never named, counts as done.
func (c *call) within(do func(ns *kernel.Namespace) error) error {
	ns, err := c.open(c.NetNS)
	if _, gone := errors.AsType[*noPathError](err); gone {
		return nil
	}
	if err != nil {
		return err
	}
	return do(ns)
}

// mark says whose the objects are that the process makes.
func (c *call) mark() kernel.Mark { return kernel.Mark{Key: c.p.Key, Proc: c.p.Proc} }

// find looks a link up. What is found may be gone, or somewhere else, when it is
// used.
func (c *call) find(ns *kernel.Namespace, name string) (*kernel.Link, error) {
	var l *kernel.Link
	err := c.p.Call(fault.LinkGet, name, func() error {
		l = ns.ByName(name)
		return nil
	})
	if err == nil && l == nil {
		err = errNoLink
	}
	return l, err
}

// on does something to a link that was found in a namespace. If it is not there
// any more the kernel does not find it: its number is of that namespace.
func (c *call) on(
	ns *kernel.Namespace, l *kernel.Link, kind fault.Kind, do func() error,
) error {
	return c.p.Call(kind, l.Name, func() error {
		if l.NS != ns || !l.Alive() {
			return errno.ENODEV
		}
		return do()
	})
}

func (c *call) up(ns *kernel.Namespace, l *kernel.Link) error {
	return c.on(ns, l, fault.LinkUp, func() error { return c.k.SetUp(l) })
}

func (c *call) down(ns *kernel.Namespace, l *kernel.Link) error {
	return c.on(ns, l, fault.LinkDown, func() error { return c.k.SetDown(l) })
}

func (c *call) rename(ns *kernel.Namespace, l *kernel.Link, name string) error {
	return c.on(ns, l, fault.LinkRename, func() error { return c.k.SetName(l, name) })
}

func (c *call) delete(ns *kernel.Namespace, l *kernel.Link) error {
	return c.on(ns, l, fault.LinkDel, func() error { return c.k.Delete(l) })
}

// move takes a link to another namespace. That it was down or up, and what else
// it loses on the way, is the kernel's affair.
func (c *call) move(l *kernel.Link, from, to *kernel.Namespace) error {
	return c.on(from, l, fault.LinkMove, func() error { return c.k.Move(l, to, "") })
}

func (c *call) setMaster(ns *kernel.Namespace, l, master *kernel.Link) error {
	return c.on(ns, l, fault.LinkMaster, func() error { return c.k.SetMaster(l, master) })
}

func (c *call) setMAC(ns *kernel.Namespace, l *kernel.Link, mac kernel.MAC) error {
	return c.on(ns, l, fault.LinkSet, func() error { return c.k.SetMAC(l, mac) })
}

func (c *call) addAddr(ns *kernel.Namespace, l *kernel.Link, p netip.Prefix) error {
	return c.on(ns, l, fault.AddrAdd, func() error {
		a := kernel.NewAddr(p)
		a.Mark = c.mark()
		return c.k.AddAddr(l, a)
	})
}

// family is IPv4, IPv6 or both.
type family uint8

const (
	anyFamily family = iota
	onlyV4
	onlyV6
)

func familyOf(a netip.Addr) family {
	if a.Is4() {
		return onlyV4
	}
	return onlyV6
}

// addrs lists the addresses of a link.
func (c *call) addrs(
	ns *kernel.Namespace, l *kernel.Link, of family,
) ([]kernel.Addr, error) {
	var list []kernel.Addr
	err := c.on(ns, l, fault.AddrList, func() error {
		list = list[:0]
		if of != onlyV6 {
			list = append(list, l.V4...)
		}
		if of != onlyV4 {
			list = append(list, l.V6...)
		}
		return nil
	})
	return list, err
}

func (c *call) addRoute(ns *kernel.Namespace, r kernel.Route) error {
	on := "default"
	if r.Dev != nil {
		on = r.Dev.Name
	}
	return c.p.Call(fault.RouteAdd, on, func() error {
		r.Mark = c.mark()
		r.Proto = kernel.ProtoBoot
		return c.k.AddRoute(ns, r)
	})
}

// prependRoute adds a route even if there is one with its destination and
// metric, as the library does for those of a result.
func (c *call) prependRoute(ns *kernel.Namespace, r kernel.Route) error {
	return c.p.Call(fault.RouteAdd, r.Dev.Name, func() error {
		r.Mark = c.mark()
		r.Proto = kernel.ProtoBoot
		if r.Dst.Addr().Is4() && r.Dst != r.Dst.Masked() {
			return errno.EINVAL
		}
		return c.k.PrependRoute(ns, r)
	})
}

// sysctl writes a switch under /proc/sys.
func (c *call) sysctl(ns *kernel.Namespace, name, value string) error {
	return c.p.Call(fault.SysctlWrite, name, func() error {
		return c.k.SetSysctl(ns, name, value)
	})
}

func (c *call) readSysctl(ns *kernel.Namespace, name string) (string, error) {
	var value string
	err := c.p.Call(fault.SysctlRead, name, func() error {
		var err error
		value, err = ns.Sysctl(name)
		return err
	})
	return value, err
}

// randomName is "veth" and eight digits, different each time: what the plugins
// draw at random collides too rarely to be pretended.
func (c *call) randomName() string {
	m := c.Machine
	m.names++
	z := m.names * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	const digits = "0123456789abcdef"
	b := [12]byte{'v', 'e', 't', 'h'}
	for i := 4; i < len(b); i++ {
		b[i] = digits[z>>60]
		z <<= 4
	}
	return string(b[:])
}

// macText writes an address as package net does; a link without one has none.
func macText(m kernel.MAC, kind kernel.Kind) string {
	if kind == kernel.Tun {
		return ""
	}
	const digits = "0123456789abcdef"
	var b [17]byte
	for i, octet := range m {
		if i > 0 {
			b[3*i-1] = ':'
		}
		b[3*i], b[3*i+1] = digits[octet>>4], digits[octet&15]
	}
	return string(b[:])
}

func macOf(l *kernel.Link) string { return macText(l.MAC, l.Kind) }
