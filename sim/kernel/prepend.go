package kernel

import (
	"slices"

	"patchbay/sim/errno"
)

// PrependRoute adds a route before others of the same destination and metric, as
// "ip route prepend" does (NLM_F_CREATE without EXCL, REPLACE and APPEND). IPv6
// has no such order: there it is put behind them. Answers are those of AddRoute,
// but EEXIST only for one that is the same in everything; for IPv6, in link and
// gateway.
func (k *Kernel) PrependRoute(ns *Namespace, r Route) error {
	if err := ns.admit(&r); err != nil {
		return err
	}
	if r.V6() {
		if err := ns.check6(&r); err != nil {
			return err
		}
		return k.put(ns, keep(&r))
	}
	if err := ns.check4(&r); err != nil {
		return err
	}
	own := keep(&r)
	if err := k.put(ns, own); err != nil {
		return err
	}
	t := ns.table(false, r.Table)
	from, to := t.alike(own)
	copy(t.routes[from+1:to], slices.Clone(t.routes[from:to-1]))
	t.routes[from] = own
	return nil
}

// admit is what is refused before a route is looked at, and fills in what was
// left out. The table stays, whatever becomes of the route.
func (ns *Namespace) admit(r *Route) error {
	switch {
	case ns.state != alive:
		return errno.EBADF
	case !r.Dst.IsValid(), !r.V6() && r.Dst != r.Dst.Masked():
		return errno.EINVAL
	case r.Dev != nil && (r.Dev.dead || r.Dev.NS != ns):
		return errno.ENODEV
	}
	if r.Table == 0 {
		r.Table = TableMain
	}
	if r.Type == 0 {
		r.Type = Unicast
	}
	ns.makeTable(r.family(), r.Table)
	return nil
}
