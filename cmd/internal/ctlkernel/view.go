package ctlkernel

import (
	"errors"
	"net"
	"slices"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"patchbay/core/fail"
)

// Link is a network interface.
type Link struct {
	Index     int      `json:"index"`
	Name      string   `json:"name"`
	Kind      string   `json:"kind"` // as the kernel has it: veth, macvlan, …
	MAC       string   `json:"mac,omitempty"`
	MTU       int      `json:"mtu"`
	Up        bool     `json:"up"`
	Addresses []string `json:"addresses,omitempty"` // with prefix, link-local ones left out
	Gateways  []string `json:"gateways,omitempty"`  // of its default routes; "link" without one
	Routes    []string `json:"routes,omitempty"`
}

// View looks into one namespace.
type View struct{ handle *netlink.Handle }

// Here looks into the namespace of the caller.
func Here() (View, error) {
	h, err := netlink.NewHandle()
	if err != nil {
		return View{}, fail.New(fail.IO, "netlink: %w", err)
	}
	return View{h}, nil
}

// Open looks into the namespace at a path. BadSandbox: there is none.
func Open(path string) (View, error) {
	ns, err := netns.GetFromPath(path)
	if err != nil {
		return View{}, fail.New(fail.BadSandbox, "network namespace %s: %w", path, err)
	}
	defer func() { _ = ns.Close() }()
	h, err := netlink.NewHandleAt(ns)
	if err != nil {
		return View{}, fail.New(fail.BadSandbox, "network namespace %s: %w", path, err)
	}
	return View{h}, nil
}

// Close ends the look.
func (v View) Close() { v.handle.Close() }

// Links lists all interfaces by index, with their addresses and routes of the
// main table.
func (v View) Links() ([]Link, error) {
	//nolint:forbidigo // whole asks again when a dump was interrupted
	all, err := whole(v.handle.LinkList)
	if err != nil {
		return nil, fail.New(fail.IO, "links: %w", err)
	}
	addresses, err := whole(func() ([]netlink.Addr, error) {
		//nolint:forbidigo // as above
		return v.handle.AddrList(nil, netlink.FAMILY_ALL)
	})
	if err != nil {
		return nil, fail.New(fail.IO, "addresses: %w", err)
	}
	routes, err := whole(func() ([]netlink.Route, error) {
		//nolint:forbidigo // as above
		return v.handle.RouteList(nil, netlink.FAMILY_ALL)
	})
	if err != nil {
		return nil, fail.New(fail.IO, "routes: %w", err)
	}
	out := make([]Link, 0, len(all))
	for _, l := range all {
		out = append(out, describe(l, addresses, routes))
	}
	slices.SortFunc(out, func(a, b Link) int { return a.Index - b.Index })
	return out, nil
}

func describe(l netlink.Link, addresses []netlink.Addr, routes []netlink.Route) Link {
	a := l.Attrs()
	out := Link{
		Index: a.Index, Name: a.Name, Kind: l.Type(), MAC: a.HardwareAddr.String(),
		MTU: a.MTU, Up: a.Flags&net.FlagUp != 0,
	}
	for _, addr := range addresses {
		if addr.LinkIndex == a.Index && !addr.IP.IsLinkLocalUnicast() {
			out.Addresses = append(out.Addresses, addr.IPNet.String())
		}
	}
	for _, r := range routes {
		if r.LinkIndex != a.Index || r.Dst != nil && r.Dst.IP.IsLinkLocalUnicast() {
			continue
		}
		out.Routes = append(out.Routes, r.String())
		if isDefault(r) {
			out.Gateways = append(out.Gateways, gateway(r))
		}
	}
	return out
}

// isDefault: netlink.RouteList has told both nil and 0.0.0.0/0 for a default
// route, by version.
func isDefault(r netlink.Route) bool {
	if r.Dst == nil {
		return true
	}
	ones, _ := r.Dst.Mask.Size()
	return ones == 0 && r.Dst.IP.IsUnspecified()
}

func gateway(r netlink.Route) string {
	if r.Gw == nil {
		return "link"
	}
	return r.Gw.String()
}

// tries is how often a dump is asked for that something interrupts.
const tries = 10

// whole asks for a dump until no change interrupts it: an interrupted one may
// lack what is there.
func whole[T any](dump func() (T, error)) (T, error) {
	for try := 1; ; try++ {
		out, err := dump()
		if try == tries || !errors.Is(err, netlink.ErrDumpInterrupted) {
			return out, err
		}
	}
}
