package kernel

import (
	"slices"
	"strings"

	"patchbay/sim/errno"
)

// setting is a switch that is not at its default, by name.
type setting struct {
	name, value string
	own         bool // was written, and does not follow "default"
}

func find(list []setting, name string) (int, bool) {
	return slices.BinarySearchFunc(list, name, func(s setting, name string) int {
		return strings.Compare(s.name, name)
	})
}

func get(list []setting, name string) (string, bool) {
	if i, found := find(list, name); found {
		return list[i].value, true
	}
	return "", false
}

func set(list []setting, s setting) []setting {
	i, found := find(list, s.name)
	if found {
		s.own = s.own || list[i].own
		list[i] = s
		return list
	}
	return slices.Insert(list, i, s)
}

// switchName takes "net/ipv4/conf/eth0/rp_filter" apart: the link (or "all" or
// "default") and what is left without it, "net/ipv4/conf/rp_filter".
func switchName(name string) (string, string) {
	for _, prefix := range [...]string{"net/ipv4/conf/", "net/ipv6/conf/"} {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		link, field, ok := strings.Cut(rest, "/")
		if !ok {
			return "", name
		}
		return link, prefix + field
	}
	return "", name
}

// aliased is the one name of a switch that has two.
func aliased(name string) string {
	if name == "net/ipv4/ip_forward" {
		return "net/ipv4/conf/all/forwarding"
	}
	return name
}

// Sysctl reads a switch by its path under /proc/sys: "net/ipv4/ip_forward" or
// "net/ipv4/conf/eth0/rp_filter". ENOENT: there is none.
func (ns *Namespace) Sysctl(name string) (string, error) {
	name = aliased(name)
	link, field := switchName(name)
	at, ok := known(field)
	if !ok {
		return "", errno.ENOENT
	}
	if link != "" && link != "all" && link != "default" {
		l := ns.ByName(link)
		if l == nil || l.Name != link || l.no6 && strings.HasPrefix(field, conf6) ||
			l.no4 && strings.HasPrefix(field, conf4) {
			return "", errno.ENOENT
		}
		return l.Sysctl(field), nil
	}
	if v, found := get(ns.sys, name); found {
		return v, nil
	}
	return switches[at].value, nil
}

// inherit is what a new namespace has from the host's: the switches of IPv4's
// "all" and "default" (devconf_inherit_init_net is 0).
func (ns *Namespace) inherit(host *Namespace) {
	for _, s := range host.sys {
		if strings.HasPrefix(s.name, "net/ipv4/conf/") {
			ns.sys = append(ns.sys, s)
		}
	}
}

const acceptDAD = "net/ipv6/conf/accept_dad"

// linkDefaults is what a new link has from "default". A link without neighbours
// never looks for duplicates of its addresses.
func (ns *Namespace) linkDefaults(kind Kind) []setting {
	var list []setting
	for _, s := range ns.sys {
		link, field := switchName(s.name)
		if link == "default" && (field != acceptDAD || !kind.alone()) {
			list = set(list, setting{name: field, value: s.value, own: s.own})
		}
	}
	return list
}

// renew gives a link the switches of new ones, for one protocol.
func (l *Link) renew(prefix string) {
	l.sys = slices.DeleteFunc(l.sys, func(s setting) bool {
		return strings.HasPrefix(s.name, prefix)
	})
	for _, s := range l.NS.linkDefaults(l.Kind) {
		if strings.HasPrefix(s.name, prefix) {
			l.sys = set(l.sys, s)
		}
	}
}

// Sysctl reads a switch of the link by its name without the link's, such as
// "net/ipv4/conf/rp_filter"; "" when there is none.
func (l *Link) Sysctl(field string) string {
	if v, found := get(l.sys, field); found {
		return v
	}
	if field == acceptDAD && l.Kind.alone() {
		return "-1"
	}
	if at, ok := known(field); ok {
		return switches[at].value
	}
	return ""
}

// on reports a switch of the link that is off by default.
func (l *Link) on(field string) bool {
	v, found := get(l.sys, field)
	return found && v != "0"
}

func (l *Link) disabled6() bool { return l.on("net/ipv6/conf/disable_ipv6") }
func (l *Link) genNone() bool   { return l.on("net/ipv6/conf/addr_gen_mode") }

func (l *Link) promotes() bool {
	all, _ := get(l.NS.sys, "net/ipv4/conf/all/promote_secondaries")
	return all == "1" || l.on("net/ipv4/conf/promote_secondaries")
}

// known finds a switch in the table.
func known(field string) (int, bool) {
	lo, hi := 0, len(switches)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if switches[mid].name < field {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(switches) && switches[lo].name == field
}
