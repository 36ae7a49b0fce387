package kernel

import (
	"patchbay/sim/errno"
)

// addRoute6 is ip6_route_add (net/ipv6/route.c).
func (k *Kernel) addRoute6(ns *Namespace, r *Route) error {
	r.Dst = r.Dst.Masked()
	if r.Metric == 0 {
		r.Metric = metric6User
	}
	r.Scope = ScopeUniverse
	switch r.Type {
	case Blackhole, Unreachable, Prohibit, Throw:
		r.Dev = ns.ByName("lo")
	default:
		if err := ns.nexthop6(r); err != nil {
			return err
		}
	}
	if r.Src.IsValid() && !ns.isLocal6(r.Src, r.Dev) {
		return errno.EINVAL
	}
	if t := ns.table(true, r.Table); t != nil {
		if from, to := t.alike(r); from < to {
			return errno.EEXIST
		}
	}
	return k.put(ns, keep(r))
}

func (ns *Namespace) nexthop6(r *Route) error {
	if r.Gw.IsValid() {
		if err := ns.gateway6(r); err != nil {
			return err
		}
	}
	switch {
	case r.Dev == nil:
		return errno.ENODEV
	case r.Dev.no6:
		return errno.ENODEV
	case r.Gw.IsValid() && r.Dev.Kind == Loopback:
		return errno.EINVAL
	case !r.Dev.Up:
		return errno.ENETDOWN
	case r.Dev.disabled6():
		return errno.EACCES
	}
	return nil
}

// gateway6 is ip6_validate_gw.
func (ns *Namespace) gateway6(r *Route) error {
	if !r.Gw.Is6() || r.Gw.IsMulticast() || ns.isLocal6(r.Gw, r.Dev) {
		return errno.EINVAL
	}
	if r.Gw.IsLinkLocalUnicast() {
		if r.Dev == nil {
			return errno.EINVAL
		}
		return nil
	}
	via := ns.lookup(r.Gw, r.Dev, ScopeUniverse, r.Table)
	if via == nil || via.Gw.IsValid() || via.Type != Unicast {
		return errno.EHOSTUNREACH
	}
	if r.Dev == nil {
		r.Dev = via.Dev
	}
	return nil
}
