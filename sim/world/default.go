package world

import (
	"context"
	"net/netip"
	"slices"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// mainTable is RT_TABLE_MAIN.
const mainTable = 254

// MoveDefault makes the default route of one family be on one interface, step
// by step as backends/real/links does: the new one first, then the others away,
// and back again when something fails on the way.
func (v *view) MoveDefault(
	ctx context.Context, sandbox backends.Sandbox, want backends.DefaultRoute,
) ([]string, error) {
	m := mover{view: v, sandbox: sandbox, want: want}
	lost, err := m.move(ctx)
	return lost, sandboxed(sandbox.Path, err)
}

// mover moves the default routes of a sandbox and remembers how to go back.
type mover struct {
	*view
	sandbox backends.Sandbox
	want    backends.DefaultRoute
	undo    []func() error
}

// move decides by what is there, and does what is missing.
func (m *mover) move(ctx context.Context) ([]string, error) {
	gateway, err := m.gateway()
	if err != nil {
		return nil, err
	}
	var routes []*kernel.Route
	var to *kernel.Link
	err = m.inside(ctx, fault.RouteList, m.want.IfName, func(ns *kernel.Namespace) error {
		if to = ns.ByName(m.want.IfName); to == nil {
			return fail.New(fail.NotFound, "interface %s is not in the sandbox", m.want.IfName)
		}
		for _, r := range ns.Routes(m.want.V6, mainTable) {
			if r.Dst.Bits() == 0 && r.Type == kernel.Unicast {
				routes = append(routes, r)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	has := func(r *kernel.Route) bool { return r.Dev == to }
	if gateway == (netip.Addr{}) && !slices.ContainsFunc(routes, has) {
		return nil, nil // who has none by himself must not take the others'
	}
	if gateway != (netip.Addr{}) {
		there := func(r *kernel.Route) bool { return r.Dev == to && r.Gw == gateway }
		if !slices.ContainsFunc(routes, there) {
			if err := m.add(ctx, to, gateway); err != nil {
				return nil, m.back(err)
			}
		}
	}
	return m.drop(ctx, routes, to, gateway)
}

// drop removes the default routes that are in the way.
func (m *mover) drop(
	ctx context.Context, routes []*kernel.Route, to *kernel.Link, gateway netip.Addr,
) ([]string, error) {
	gone := map[*kernel.Link]bool{}
	for _, r := range routes {
		other := r.Dev != nil && slices.ContainsFunc(m.want.Others, func(name string) bool {
			return r.Dev.Name == name || slices.Contains(r.Dev.Alt, name)
		})
		mine := r.Dev == to && gateway != (netip.Addr{}) && r.Gw != gateway
		if !other && !mine {
			continue
		}
		old := *r
		err := m.inside(ctx, fault.RouteDel, r.Dev.Name, func(ns *kernel.Namespace) error {
			return ignore(m.node.Kernel.DelRoute(ns, old), errno.ESRCH)
		})
		if err != nil {
			return nil, m.back(err)
		}
		gone[r.Dev] = true
		m.undo = append(m.undo, func() error {
			return m.inside(ctx, fault.RouteAdd, old.Dev.Name, func(ns *kernel.Namespace) error {
				return ignore(m.node.Kernel.AddRoute(ns, old), errno.EEXIST)
			})
		})
	}
	var lost []string
	for _, name := range m.want.Others {
		for _, r := range routes {
			if gone[r.Dev] && r.Dev.Name == name && !slices.Contains(lost, name) {
				lost = append(lost, name)
			}
		}
	}
	return lost, nil
}

// add makes the new default route.
func (m *mover) add(ctx context.Context, to *kernel.Link, gateway netip.Addr) error {
	r := kernel.Route{Dst: everywhere(m.want.V6), Gw: gateway, Dev: to, Table: mainTable}
	err := m.inside(ctx, fault.RouteAdd, to.Name, func(ns *kernel.Namespace) error {
		return m.node.Kernel.PrependRoute(ns, r)
	})
	m.undo = append(m.undo, func() error {
		return m.inside(ctx, fault.RouteDel, to.Name, func(ns *kernel.Namespace) error {
			return ignore(m.node.Kernel.DelRoute(ns, r), errno.ESRCH)
		})
	})
	return err
}

// back undoes every step, the last one first.
func (m *mover) back(cause error) error {
	failed := 0
	for _, undo := range slices.Backward(m.undo) {
		if undo() != nil {
			failed++
		}
	}
	if failed > 0 {
		return fail.New(fail.Of(cause), "%w; and %d routes could not be restored", cause, failed)
	}
	return cause
}

func (m *mover) inside(
	ctx context.Context, kind fault.Kind, on string, f func(*kernel.Namespace) error,
) error {
	return m.within(ctx, fault.Op{Kind: kind, On: on}, m.sandbox, f)
}

func (m *mover) gateway() (netip.Addr, error) {
	if m.want.Gateway == "" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(m.want.Gateway)
	if err != nil || a.Is4() == m.want.V6 {
		return a, fail.New(fail.Invalid, "gateway %q is no address of the family", m.want.Gateway)
	}
	return a, nil
}

//nolint:revive // a family is a flag
func everywhere(v6 bool) netip.Prefix {
	if v6 {
		return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
}

func ignore(err error, what errno.Errno) error {
	if err == what { //nolint:errorlint // the kernel's numbers are never wrapped
		return nil
	}
	return err
}
