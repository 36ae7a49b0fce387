package kernel

import (
	"strings"

	"patchbay/sim/errno"
)

// The switches that do something when they are written.
const (
	forward4   = "net/ipv4/conf/forwarding"
	forward6   = "net/ipv6/conf/forwarding"
	disable6   = "net/ipv6/conf/disable_ipv6"
	genMode6   = "net/ipv6/conf/addr_gen_mode"
	conf4      = "net/ipv4/conf/"
	conf6      = "net/ipv6/conf/"
	allPart    = "all"
	defaultFor = "default"
)

// SetSysctl writes a switch. Errors are Sysctl's, EACCES for one that can only
// be read, EROFS where none can be written, and EINVAL for a value that it can not have.
func (k *Kernel) SetSysctl(ns *Namespace, name, value string) error {
	if ns.state != alive {
		return errno.EBADF
	}
	name = aliased(name)
	before, err := ns.Sysctl(name)
	if err != nil {
		return err
	}
	link, field := switchName(name)
	at, _ := known(field)
	switch {
	case k.ReadOnlySysctl:
		return errno.EROFS
	case switches[at].readOnly:
		return errno.EACCES
	}
	value = strings.TrimSpace(value)
	if isNumber(switches[at].value) && !isNumber(value) {
		return errno.EINVAL
	}
	switch link {
	case "", allPart, defaultFor:
		ns.sys = set(ns.sys, setting{name: name, value: value, own: true})
		if value != before {
			k.spread(ns, link, field, value)
		}
		k.tell(Change{What: SysctlChanged, NS: ns, Path: name})
	default:
		l := ns.ByName(link)
		l.sys = set(l.sys, setting{name: field, value: value, own: true})
		if value != before {
			k.applied(l, field, before)
		}
		k.tellLink(SysctlChanged, l)
	}
	return nil
}

func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// spread lets what is written for all links or for new ones reach those that
// are there (devinet_copy_dflt_conf, inet_forward_change, addrconf_fixup_*).
func (k *Kernel) spread(ns *Namespace, link, field, value string) {
	switch {
	case link == allPart && (field == forward4 || field == forward6 ||
		field == disable6 || field == genMode6):
		k.forAll(ns, field, value)
	// Links that were made after "default" was written once do not follow it.
	case link == defaultFor && field != forward4 && strings.HasPrefix(field, conf4):
		for _, l := range ns.links {
			i, found := find(l.sys, field)
			if l.ownConf4 || found && l.sys[i].own {
				continue
			}
			l.sys = set(l.sys, setting{name: field, value: value})
		}
	}
}

// forAll writes a switch of new links and of those that are there.
func (k *Kernel) forAll(ns *Namespace, field, value string) {
	prefix := conf4
	if strings.HasPrefix(field, conf6) {
		prefix = conf6
	}
	ns.sys = set(ns.sys, setting{name: prefix + "default/" + field[len(prefix):], value: value})
	for _, l := range ns.links {
		before := l.Sysctl(field)
		l.sys = set(l.sys, setting{name: field, value: value})
		if value != before {
			k.applied(l, field, before)
		}
	}
}

// applied does what a link does when a switch of it was changed.
func (k *Kernel) applied(l *Link, field, before string) {
	if field != disable6 || (before != "0") == l.disabled6() {
		return
	}
	if !l.disabled6() {
		k.begin6(l)
		return
	}
	l.ready = false
	k.end6(l)
}
