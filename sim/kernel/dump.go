package kernel

import (
	"net/netip"
	"slices"
	"strconv"
)

// Dump is the whole state as text, one object a line, the same for the same
// state. Indexes are left out: they depend on the history.
func (k *Kernel) Dump() string { return string(k.appendDump(nil)) }

// Hash is a number for the whole state: FNV-1a of [Kernel.Dump].
func (k *Kernel) Hash() uint64 {
	k.scratch = k.appendDump(k.scratch[:0])
	h := uint64(14695981039346656037)
	for _, b := range k.scratch {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

func (k *Kernel) appendDump(b []byte) []byte {
	paths := make([]string, 0, len(k.paths))
	for p := range k.paths {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, p := range paths {
		b = append(append(b, "path "...), p...)
		for _, ns := range k.paths[p].stack {
			b = strconv.AppendUint(append(b, " ns:"...), ns.id.Ino, 10)
		}
		b = append(b, '\n')
	}
	for _, ns := range k.spaces {
		b = strconv.AppendUint(append(b, "ns "...), ns.id.Ino, 10)
		if ns.state == dying {
			b = append(b, " dying"...)
		}
		b = ns.appendDump(append(b, '\n'))
	}
	return b
}

// Dump is the state of one namespace.
func (ns *Namespace) Dump() string { return string(ns.appendDump(nil)) }

func (ns *Namespace) appendDump(b []byte) []byte {
	links := slices.Clone(ns.links)
	slices.SortFunc(links, func(x, y *Link) int {
		if x.Name < y.Name {
			return -1
		}
		return 1
	})
	for _, l := range links {
		b = l.append(b)
	}
	for i := range ns.tables {
		b = appendTable(b, ns.tables, i)
	}
	for i := range ns.rules {
		b = ns.rules[i].append(b)
	}
	for _, c := range ns.filter.chains {
		b = append(append(append(append(b, "  chain "...), c.Table...), ' '), c.Name...)
		b = append(b, '\n')
		for _, r := range c.Rules {
			b = append(append(append(append(b, "    "...), r.Text...), ' '), r.Jump...)
			b = append(append(append(b, ' '), r.Key...), '\n')
		}
	}
	return appendSettings(b, ns.sys)
}

func appendSettings(b []byte, list []setting) []byte {
	for _, s := range list {
		b = append(append(append(b, "  sysctl "...), s.name...), '=')
		b = append(append(b, s.value...), '\n')
	}
	return b
}

// appendTable writes the table that is the nth by family and number.
func appendTable(b []byte, tables []*table, nth int) []byte {
	for _, t := range tables {
		before := 0
		for _, o := range tables {
			if !o.v6 && t.v6 || o.v6 == t.v6 && o.id < t.id {
				before++
			}
		}
		if before != nth {
			continue
		}
		for _, r := range t.routes {
			b = append(r.append(append(b, "  route "...)), '\n')
		}
	}
	return b
}

// String is the route as "ip route" would write it, about.
func (r *Route) String() string { return string(r.append(nil)) }

//nolint:gochecknoglobals // a constant table
var typeNames = [...]string{
	"any", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable",
	"prohibit", "throw",
}

// String is the type's name in iproute2.
func (t RouteType) String() string { return typeNames[t] }

func (r *Route) append(b []byte) []byte {
	b = append(append(b, r.Type.String()...), ' ')
	b = r.Dst.AppendTo(b)
	b = appendIP(b, " via ", r.Gw)
	if r.Dev != nil {
		b = append(append(b, " dev "...), r.Dev.Name...)
	}
	b = appendIP(b, " src ", r.Src)
	b = appendInt(b, " table ", r.Table)
	b = appendInt(b, " metric ", r.Metric)
	b = appendInt(b, " scope ", int(r.Scope))
	b = appendInt(b, " proto ", int(r.Proto))
	if r.OnLink {
		b = append(b, " onlink"...)
	}
	b = appendInt(b, " mtu ", r.MTU)
	return appendInt(b, " advmss ", r.AdvMSS)
}

func appendIP(b []byte, word string, ip netip.Addr) []byte {
	if !ip.IsValid() {
		return b
	}
	return ip.AppendTo(append(b, word...))
}

func appendPrefix(b []byte, word string, p netip.Prefix) []byte {
	if !p.IsValid() {
		return b
	}
	return p.AppendTo(append(b, word...))
}

func appendInt(b []byte, word string, n int) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, word...), int64(n), 10)
}

func appendStr(b []byte, word, s string) []byte {
	if s == "" {
		return b
	}
	return append(append(b, word...), s...)
}

func (r *Rule) append(b []byte) []byte {
	b = append(b, "  rule "...)
	if r.V6 {
		b = append(b, "-6 "...)
	}
	b = strconv.AppendInt(b, int64(r.Priority), 10)
	b = appendPrefix(b, " from ", r.Src)
	b = appendPrefix(b, " to ", r.Dst)
	b = appendStr(b, " iif ", r.IIF)
	b = appendStr(b, " oif ", r.OIF)
	b = appendInt(b, " fwmark ", int(r.FwMark))
	b = appendInt(b, " table ", r.Table)
	b = appendInt(b, " proto ", int(r.Proto))
	if r.L3mdev {
		b = append(b, " l3mdev"...)
	}
	return append(b, '\n')
}

// String is the address in the usual notation.
func (m MAC) String() string { return string(m.append(nil)) }

func (m MAC) append(b []byte) []byte {
	const hex = "0123456789abcdef"
	for i, c := range m {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, hex[c>>4], hex[c&15])
	}
	return b
}
