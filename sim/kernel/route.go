package kernel

import (
	"net/netip"
	"slices"

	"patchbay/sim/errno"
)

// The routing tables that exist by themselves (include/uapi/linux/rtnetlink.h).
const (
	TableDefault = 253
	TableMain    = 254
	TableLocal   = 255
)

// The scopes of addresses and routes; the greater, the nearer.
const (
	ScopeUniverse uint8 = 0
	ScopeSite     uint8 = 200
	ScopeLink     uint8 = 253
	ScopeHost     uint8 = 254
	ScopeNowhere  uint8 = 255
)

// Who made a route or rule.
const (
	ProtoKernel uint8 = 2
	ProtoBoot   uint8 = 3
	ProtoStatic uint8 = 4
)

// RouteType is what becomes of a packet (rtm_type).
type RouteType uint8

// The types of route. Zero is Unicast for a new route and any for one to be
// deleted.
const (
	Unicast     RouteType = 1
	Local       RouteType = 2
	Broadcast   RouteType = 3
	Anycast     RouteType = 4
	Multicast   RouteType = 5
	Blackhole   RouteType = 6
	Unreachable RouteType = 7
	Prohibit    RouteType = 8
	Throw       RouteType = 9
)

// rejects reports a route that leads nowhere.
func (t RouteType) rejects() bool {
	return t == Blackhole || t == Unreachable || t == Prohibit || t == Throw
}

// Metrics of IPv6 routes that say none (include/net/ip6_route.h).
const (
	metric6User   = 1024
	metric6Kernel = 256
)

// Route is a route. Its family is that of Dst.
type Route struct {
	Dst    netip.Prefix
	Gw     netip.Addr
	Src    netip.Addr // the preferred source
	Dev    *Link
	Table  int // zero: main
	Metric int
	Type   RouteType
	Scope  uint8
	Proto  uint8
	OnLink bool
	MTU    int
	AdvMSS int
	Mark   Mark
}

func (r *Route) family() family { return family(r.V6()) }

// V6 reports the family.
func (r *Route) V6() bool { return r.Dst.Addr().Is6() }

//nolint:gochecknoglobals // constants that Go has no literals for
var (
	// Default4 is the destination of IPv4 default routes.
	Default4 = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	// Default6 is the destination of IPv6 default routes.
	Default6 = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
)

// family is true for IPv6.
type family bool

// table is a routing table of one family: its routes by destination, then
// length, then metric, then age.
type table struct {
	v6     family
	id     int
	routes []*Route
	space  [4]*Route
}

// Routes lists a table, ordered by destination. It must not be changed, and
// changes with the namespace.
func (ns *Namespace) Routes(v6 bool, id int) []*Route {
	if t := ns.table(family(v6), id); t != nil {
		return t.routes
	}
	return nil
}

// Tables lists the numbers of the tables of a family that hold a route.
//
//nolint:revive // the family is no flag, but two of one thing
func (ns *Namespace) Tables(v6 bool) []int {
	var ids []int
	for _, t := range ns.tables {
		if bool(t.v6) == v6 && len(t.routes) > 0 {
			ids = append(ids, t.id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (ns *Namespace) table(v6 family, id int) *table {
	for _, t := range ns.tables {
		if t.id == id && t.v6 == v6 {
			return t
		}
	}
	return nil
}

// makeTable finds a table or makes it.
func (ns *Namespace) makeTable(v6 family, id int) *table {
	t := ns.table(v6, id)
	if t == nil {
		if n := len(ns.tables); n < len(ns.tableSpace) {
			t = &ns.tableSpace[n]
		} else {
			t = &table{}
		}
		t.v6, t.id, t.routes = v6, id, t.space[:0]
		ns.tables = append(ns.tables, t)
	}
	return t
}

// byDst orders routes by destination and metric.
func byDst(a, b *Route) int {
	if c := a.Dst.Addr().Compare(b.Dst.Addr()); c != 0 {
		return c
	}
	if c := a.Dst.Bits() - b.Dst.Bits(); c != 0 {
		return c
	}
	return a.Metric - b.Metric
}

// alike returns the bounds of the routes with the destination and metric of r.
func (t *table) alike(r *Route) (int, int) {
	from, _ := slices.BinarySearchFunc(t.routes, r, byDst)
	to := from
	for to < len(t.routes) && byDst(t.routes[to], r) == 0 {
		to++
	}
	return from, to
}

// put adds a route behind those like it; it is EEXIST when one is the same.
func (k *Kernel) put(ns *Namespace, r *Route) error {
	t := ns.makeTable(r.family(), r.Table)
	from, to := t.alike(r)
	for _, o := range t.routes[from:to] {
		if o.Dev == r.Dev && o.Gw == r.Gw && (t.v6 || o.Type == r.Type && o.Scope == r.Scope &&
			o.Src == r.Src && o.Proto == r.Proto && o.MTU == r.MTU && o.AdvMSS == r.AdvMSS &&
			o.OnLink == r.OnLink) {
			return errno.EEXIST
		}
	}
	t.routes = slices.Insert(t.routes, to, r)
	if r.Dev != nil {
		r.Dev.routes = append(r.Dev.routes, r)
	}
	if k.OnChange != nil {
		k.OnChange(Change{What: RouteAdded, NS: ns, Link: r.Dev, Route: r})
	}
	return nil
}

// drop takes a route out of its table and off its link.
func (k *Kernel) drop(ns *Namespace, r *Route) {
	if t := ns.table(r.family(), r.Table); t != nil {
		from, to := t.alike(r)
		if i := slices.Index(t.routes[from:to], r); i >= 0 {
			t.routes = slices.Delete(t.routes, from+i, from+i+1)
		}
	}
	if r.Dev != nil {
		if i := slices.Index(r.Dev.routes, r); i >= 0 {
			r.Dev.routes = slices.Delete(r.Dev.routes, i, i+1)
		}
	}
	if k.OnChange != nil {
		k.OnChange(Change{What: RouteDeleted, NS: ns, Link: r.Dev, Route: r})
	}
}

// AddRoute adds a route; it neither replaces nor appends (NLM_F_EXCL). Answers:
// EEXIST, there is one with its destination, table and metric; ENODEV, the link
// is gone or elsewhere; ENETDOWN, the link is down; ENETUNREACH (IPv4) or
// EHOSTUNREACH (IPv6), the gateway is not behind a link; EINVAL, it can not be.
func (k *Kernel) AddRoute(ns *Namespace, r Route) error {
	if err := ns.admit(&r); err != nil {
		return err
	}
	check := ns.check4
	if r.V6() {
		check = ns.check6
	}
	if err := check(&r); err != nil {
		return err
	}
	if from, to := ns.table(r.family(), r.Table).alike(&r); from < to {
		return errno.EEXIST
	}
	return k.put(ns, keep(&r))
}

// keep moves a route off the stack only when it is known to be good.
func keep(r *Route) *Route {
	c := *r
	return &c
}

// DelRoute deletes the first route that is as r says; what r leaves empty may
// be anything, but for the destination and the table. ESRCH: there is none.
func (k *Kernel) DelRoute(ns *Namespace, r Route) error {
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
	t := ns.table(r.family(), r.Table)
	if t == nil && (r.Table == TableMain || r.Table == TableLocal) {
		t = &table{} // these are there when they are empty too
	}
	if t == nil {
		return errno.ESRCH
	}
	r.Dst = r.Dst.Masked()
	probe := r
	probe.Metric = 0
	i, _ := slices.BinarySearchFunc(t.routes, &probe, byDst)
	for ; i < len(t.routes) && t.routes[i].Dst == r.Dst; i++ {
		if t.routes[i].is(&r) {
			k.dropSiblings(ns, t, t.routes[i], &r)
			return nil
		}
	}
	if r.V6() && r.Dst.Bits() == 0 && !r.Gw.IsValid() && r.Metric == 0 &&
		(r.Dev == nil || r.Dev.Kind == Loopback) && t.lacks(r.Dst) {
		return errno.ENOENT // the table's own last entry, which stays
	}
	return errno.ESRCH
}

// dropSiblings drops a route and, when it is of IPv6 and no gateway was asked
// for, those to other gateways that the kernel keeps as one route with it.
func (k *Kernel) dropSiblings(ns *Namespace, t *table, r, want *Route) {
	if !r.V6() || !r.Gw.IsValid() || want.Gw.IsValid() {
		k.drop(ns, r)
		return
	}
	from, to := t.alike(r)
	for _, o := range slices.Backward(t.routes[from:to]) {
		if o.Gw.IsValid() {
			k.drop(ns, o)
		}
	}
}

func (t *table) lacks(dst netip.Prefix) bool {
	return !slices.ContainsFunc(t.routes, func(r *Route) bool { return r.Dst == dst })
}

// is reports whether a route is what a request to delete one describes.
func (r *Route) is(want *Route) bool {
	return (want.Dev == nil || want.Dev == r.Dev) &&
		(!want.Gw.IsValid() || want.Gw == r.Gw) &&
		(!want.Src.IsValid() || want.Src == r.Src) &&
		(want.Metric == 0 || want.Metric == r.Metric) &&
		(want.Type == 0 || want.Type == r.Type) &&
		(want.Proto == 0 || want.Proto == r.Proto)
}

// flush drops the routes of a link that the question says yes to.
func (k *Kernel) flush(l *Link, which func(*Route) bool) {
	for _, r := range slices.Backward(l.routes) {
		if which(r) {
			k.drop(l.NS, r)
		}
	}
}
