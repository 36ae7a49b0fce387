package kernel

import (
	"net/netip"

	"patchbay/sim/errno"
)

// check4 is fib_create_info (net/ipv4/fib_semantics.c): it completes a route,
// or says why it can not be.
func (ns *Namespace) check4(r *Route) error {
	if err := ns.nexthop4(r); err != nil {
		return err
	}
	if r.Src.IsValid() && ns.typeOf4(r.Src) != Local {
		return errno.EINVAL
	}
	return nil
}

// nexthop4 is fib_check_nh: it finds the link behind a gateway.
func (ns *Namespace) nexthop4(r *Route) error {
	switch {
	case r.Type.rejects():
		if r.Gw.IsValid() || r.Dev != nil {
			return errno.EINVAL
		}
	case r.Scope > ScopeHost, r.Type == Local && r.Scope < ScopeHost,
		r.Type == Broadcast && r.Scope < ScopeLink:
		return errno.EINVAL
	case r.Gw.IsValid():
		return ns.gateway4(r)
	case r.Dev == nil:
		return errno.ENODEV
	case r.Scope < ScopeHost && !r.Dev.Up:
		return errno.ENETDOWN
	}
	return nil
}

func (ns *Namespace) gateway4(r *Route) error {
	if r.Scope >= ScopeHost || !r.Gw.Is4() {
		return errno.EINVAL
	}
	if r.OnLink {
		switch {
		case r.Scope >= ScopeLink:
			return errno.EINVAL
		case r.Dev == nil:
			return errno.ENODEV
		case !r.Dev.Up:
			return errno.ENETDOWN
		case ns.typeOf4(r.Gw) != Unicast:
			return errno.EINVAL
		}
		return nil
	}
	scope := max(r.Scope+1, ScopeLink)
	var via *Route
	if r.Table != TableMain {
		via = ns.lookupIn(false, r.Table, r.Gw, r.Dev, scope)
	}
	if via == nil || via.Dev == nil {
		via = ns.resolve(r.Gw, r.Dev, scope)
	}
	switch {
	case via == nil:
		return errno.ENETUNREACH
	case via.Dev == nil:
		return via.Type.answer()
	case via.Type != Unicast && via.Type != Local:
		return errno.EINVAL
	case !via.Dev.Up:
		return errno.ENETDOWN
	}
	r.Dev = via.Dev
	return nil
}

//nolint:gochecknoglobals // a constant table
var answers = map[RouteType]errno.Errno{
	Blackhole: errno.EINVAL, Unreachable: errno.EHOSTUNREACH, Prohibit: errno.EACCES,
}

// answer is what looking a route of a type up fails with (fib_props).
func (t RouteType) answer() error {
	if e, other := answers[t]; other {
		return e
	}
	return errno.ENETUNREACH
}

// resolve finds the longest route to an address whose scope is near enough, in
// the tables that the rules name.
func (ns *Namespace) resolve(to netip.Addr, dev *Link, scope uint8) *Route {
	v6 := to.Is6()
	if v6 && !ns.ruled6 {
		if r := ns.lookupIn(true, TableLocal, to, dev, scope); r != nil {
			return r
		}
		return ns.lookupIn(true, TableMain, to, dev, scope)
	}
	for i := range ns.rules {
		rule := &ns.rules[i]
		if rule.V6 != v6 || rule.Table == 0 || !rule.matches(to, dev) {
			continue
		}
		r := ns.lookupIn(family(v6), rule.Table, to, dev, scope)
		if r != nil && r.Type != Throw {
			return r
		}
	}
	return nil
}

// lookupIn finds the longest route to an address in one table. Until somebody
// adds a rule, IPv4's local and main tables are one (fib_unmerge).
func (ns *Namespace) lookupIn(
	v6 family, id int, to netip.Addr, dev *Link, scope uint8,
) *Route {
	if bool(v6) || ns.ruled4 || id != TableMain && id != TableLocal {
		return ns.table(v6, id).longest(nil, to, dev, scope)
	}
	best := ns.table(v6, TableLocal).longest(nil, to, dev, scope)
	return ns.table(v6, TableMain).longest(best, to, dev, scope)
}

// longest finds the longest route, if it is longer than the best so far.
func (t *table) longest(best *Route, to netip.Addr, dev *Link, scope uint8) *Route {
	if t == nil {
		return best
	}
	for _, r := range t.routes {
		if best != nil && r.Dst.Bits() <= best.Dst.Bits() {
			continue
		}
		if r.Scope >= scope && (dev == nil || r.Dev == dev || r.Dev == nil) &&
			r.Dst.Contains(to) {
			best = r
		}
	}
	return best
}
