package kernel

import (
	"slices"

	"patchbay/sim/errno"
)

// PrependRoute adds a route before others of the same destination and metric, as
// "ip route prepend" does (NLM_F_CREATE without EXCL, REPLACE and APPEND). IPv6
// has no such order: there it is put behind them. Answers are those of AddRoute,
// but EEXIST only for one that is the same in everything.
func (k *Kernel) PrependRoute(ns *Namespace, r Route) error {
	if ns.state != alive {
		return errno.EBADF
	}
	if !r.Dst.IsValid() || !r.V6() && r.Dst != r.Dst.Masked() {
		return errno.EINVAL
	}
	if r.Dev != nil && (r.Dev.dead || r.Dev.NS != ns) {
		return errno.ENODEV
	}
	if r.Table == 0 {
		r.Table = TableMain
	}
	if r.Type == 0 {
		r.Type = Unicast
	}
	if r.V6() {
		if err := ns.check6(&r); err != nil {
			return err
		}
		return k.put(ns, keep(&r))
	}
	if err := ns.nexthop4(&r); err != nil {
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
