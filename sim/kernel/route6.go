package kernel

import (
	"net/netip"

	"patchbay/sim/errno"
)

// check6 is ip6_route_info_create: it completes a route, or says why it can
// not be.
func (ns *Namespace) check6(r *Route) error {
	r.Dst = r.Dst.Masked()
	if r.Metric == 0 {
		r.Metric = metric6User
	}
	r.Scope = ScopeUniverse
	if err := ns.nexthop6(r); err != nil {
		return err
	}
	if r.Src.IsValid() && !ns.isLocal6(r.Src, r.Dev) {
		return errno.EINVAL
	}
	ns.sources6 = ns.sources6 || r.Src.IsValid()
	return nil
}

// nexthop6 is fib6_nh_init.
func (ns *Namespace) nexthop6(r *Route) error {
	if r.Dev != nil && r.Dev.no6 {
		return errno.ENODEV
	}
	if r.OnLink {
		if r.Dev == nil {
			return errno.ENODEV
		}
		if !r.Dev.Up {
			return errno.ENETDOWN
		}
	}
	if ns.rejects6(r) {
		return nil
	}
	if r.Gw.IsValid() {
		if err := ns.gateway6(r); err != nil {
			return err
		}
	}
	switch {
	case r.Dev == nil:
		return errno.ENODEV
	case r.Dev.no6 || r.Dev.disabled6():
		return errno.EACCES
	case !r.Dev.Up:
		return errno.ENETDOWN
	}
	return nil
}

// rejects6 makes a route that takes packets out of the world one of the
// loopback (fib6_is_reject).
func (ns *Namespace) rejects6(r *Route) bool {
	if !r.Type.rejects() {
		return false
	}
	r.Dev, r.Gw, r.OnLink = ns.ByIndex(1), netip.Addr{}, false
	return true
}

// gateway6 is ip6_validate_gw.
func (ns *Namespace) gateway6(r *Route) error {
	given := r.Dev
	if given != nil && ns.isLocal6(r.Gw, given) {
		return errno.EINVAL
	}
	if !r.Gw.IsLinkLocalUnicast() {
		if !r.Gw.Is6() || r.Gw.IsMulticast() || r.Gw.IsUnspecified() || r.Gw.IsLoopback() {
			return errno.EINVAL
		}
		if err := ns.behind6(r); err != nil {
			return err
		}
	}
	switch {
	case r.Dev == nil, r.Dev.Kind == Loopback:
		return errno.EINVAL
	case given == nil && ns.isLocal6(r.Gw, r.Dev):
		return errno.EINVAL
	}
	return nil
}

// behind6 finds the link behind a gateway: ip6_route_check_nh, or
// ip6_route_check_nh_onlink.
func (ns *Namespace) behind6(r *Route) error {
	if r.OnLink {
		via := ns.lookupIn(true, r.Dev.tableOf(TableMain), r.Gw, nil, ScopeUniverse)
		if via != nil && !via.endless() && !via.Dst.Addr().IsUnspecified() &&
			(via.Type != Unicast || via.Dev != r.Dev) {
			return errno.EINVAL
		}
		return nil
	}
	via := ns.lookupIn(true, r.Table, r.Gw, r.Dev, ScopeUniverse)
	if via == nil || !via.leads() {
		via = ns.resolve(r.Gw, r.Dev, ScopeUniverse)
	}
	if via == nil || !via.leads() {
		return errno.EHOSTUNREACH
	}
	if r.Dev == nil {
		r.Dev = via.Dev
	}
	return nil
}

// leads reports whether a gateway can be behind a route.
func (r *Route) leads() bool { return !r.endless() && !r.Gw.IsValid() }

// endless reports a route that the kernel takes for none when it looks for a
// gateway: one that rejects, or goes out of the loopback.
func (r *Route) endless() bool {
	return r.Type.rejects() || r.Dev.Kind == Loopback && r.Type != Local
}
