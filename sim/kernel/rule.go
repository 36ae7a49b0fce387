package kernel

import (
	"net/netip"
	"slices"

	"patchbay/sim/errno"
)

// l3mdevPriority is of the rule that a VRF brings (drivers/net/vrf.c).
const l3mdevPriority = 1000

// Rule says which table is asked (ip rule).
type Rule struct {
	V6       bool
	Priority int
	Src, Dst netip.Prefix
	IIF, OIF string
	Table    int
	FwMark   uint32
	Proto    uint8
	L3mdev   bool
	Mark     Mark
}

//nolint:gochecknoglobals // a constant table
var defaultRules = []Rule{
	{Priority: 0, Table: TableLocal, Proto: ProtoKernel},
	{Priority: 32766, Table: TableMain, Proto: ProtoKernel},
	{Priority: 32767, Table: TableDefault, Proto: ProtoKernel},
	{V6: true, Priority: 0, Table: TableLocal, Proto: ProtoKernel},
	{V6: true, Priority: 32766, Table: TableMain, Proto: ProtoKernel},
}

// unlessAny leaves a prefix out that everything is in.
func unlessAny(p netip.Prefix) netip.Prefix {
	if p.Bits() <= 0 {
		return netip.Prefix{}
	}
	return p
}

// same reports whether the kernel takes a new rule for one that is there: a
// prefix that the new one leaves out may be anything (rule_exists).
func (r *Rule) same(there *Rule) bool {
	return r.V6 == there.V6 && (!r.Src.IsValid() || r.Src == there.Src) &&
		(!r.Dst.IsValid() || r.Dst == there.Dst) && r.IIF == there.IIF && r.OIF == there.OIF &&
		r.Table == there.Table && r.FwMark == there.FwMark && r.L3mdev == there.L3mdev &&
		r.Proto == there.Proto
}

// matches reports whether the rule asks its table about a packet of the node's
// own to an address, out of a link or any.
func (r *Rule) matches(to netip.Addr, out *Link) bool {
	return !r.Src.IsValid() && (r.IIF == "" || r.IIF == "lo") && r.FwMark == 0 &&
		(r.OIF == "" || out != nil && out.Name == r.OIF) &&
		(!r.Dst.IsValid() || r.Dst.Contains(to))
}

// Rules lists the rules: IPv4's first, by priority. It must not be changed.
func (ns *Namespace) Rules() []Rule { return ns.rules }

// AddRule adds a rule. Priority zero means the one before the second rule's.
// An IPv4
// rule that names no table gets the first one that is not there; for IPv6 that
// is EINVAL. EEXIST: there is a rule like it.
func (k *Kernel) AddRule(ns *Namespace, r Rule) error {
	if ns.state != alive {
		return errno.EBADF
	}
	if r.Table == 0 && !r.L3mdev {
		if r.V6 {
			return errno.EINVAL
		}
		r.Table = ns.emptyTable4()
	}
	r.Src, r.Dst = unlessAny(r.Src), unlessAny(r.Dst)
	given := r.Priority != 0
	if !given {
		r.Priority = ns.freePriority(family(r.V6))
	}
	for i := range ns.rules {
		o := &ns.rules[i]
		if given && o.Priority == r.Priority && r.same(o) {
			return errno.EEXIST
		}
	}
	if r.V6 {
		ns.makeTable(true, r.Table)
		ns.ruled6 = true
	}
	ns.ruled4 = ns.ruled4 || !r.V6
	ns.insertRule(r)
	k.tell(Change{What: RuleAdded, NS: ns})
	return nil
}

// emptyTable4 makes the first table that is not there (fib_empty_table).
func (ns *Namespace) emptyTable4() int {
	id := 1
	for ns.table(false, id) != nil {
		id++
	}
	ns.makeTable(false, id)
	return id
}

// freePriority is fib_default_rule_pref (net/core/fib_rules.c).
func (ns *Namespace) freePriority(v6 family) int {
	seen := 0
	for i := range ns.rules {
		if family(ns.rules[i].V6) != v6 {
			continue
		}
		if seen == 1 && ns.rules[i].Priority > 0 {
			return ns.rules[i].Priority - 1
		}
		seen++
	}
	return 0
}

// insertRule puts a rule behind those of its priority.
func (ns *Namespace) insertRule(r Rule) {
	i := 0
	for i < len(ns.rules) && !ruleBehind(&ns.rules[i], &r) {
		i++
	}
	ns.rules = slices.Insert(slices.Clip(ns.rules), i, r)
}

func ruleBehind(o, r *Rule) bool {
	if o.V6 != r.V6 {
		return o.V6
	}
	return o.Priority > r.Priority
}

// DelRule deletes the first rule that is as r says; what r leaves empty may be
// anything. ENOENT: there is none.
func (k *Kernel) DelRule(ns *Namespace, r Rule) error {
	if ns.state != alive {
		return errno.EBADF
	}
	r.Src, r.Dst = unlessAny(r.Src), unlessAny(r.Dst)
	i := slices.IndexFunc(ns.rules, func(o Rule) bool {
		return o.V6 == r.V6 && (r.Priority == 0 || o.Priority == r.Priority) &&
			(!r.Src.IsValid() || o.Src == r.Src) && (!r.Dst.IsValid() || o.Dst == r.Dst) &&
			(r.IIF == "" || o.IIF == r.IIF) && (r.OIF == "" || o.OIF == r.OIF) &&
			(r.Table == 0 || o.Table == r.Table) && (r.FwMark == 0 || o.FwMark == r.FwMark) &&
			(!r.L3mdev || o.L3mdev)
	})
	if i < 0 {
		return errno.ENOENT
	}
	ns.ruled4 = ns.ruled4 || !r.V6
	ns.rules = slices.Delete(slices.Clone(ns.rules), i, i+1) // they may be shared
	k.tell(Change{What: RuleDeleted, NS: ns})
	return nil
}
