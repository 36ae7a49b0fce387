package links

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"patchbay/sim/errno"
)

func somePath(c *chooser, o *op) { o.path, o.to = c.r.IntN(paths), c.r.IntN(slots) }

// about is an operation on a file that a namespace may be mounted on.
func about(name string, weight int, real func(*machine, op) error, sim func(*pretence, op) error) opKind {
	return opKind{
		name: name, weight: weight, fill: somePath,
		real: func(b *both) error { return real(b.w.m, b.o) },
		sim:  func(b *both) error { return sim(b.w.p, b.o) },
	}
}

func sysctlNames(c *chooser, o *op) {
	field := pick(c, "ipv4/conf/%/forwarding", "ipv4/conf/%/proxy_arp", "ipv4/conf/%/rp_filter",
		"ipv4/conf/%/promote_secondaries", "ipv4/conf/%/arp_notify", "ipv6/conf/%/accept_ra",
		"ipv6/conf/%/disable_ipv6", "ipv6/conf/%/accept_dad", "ipv6/conf/%/nosuch")
	link := pick(c, "all", "default", c.linkOf(o.ns), c.linkOf(o.ns), c.linkOf(o.ns), "nosuch")
	o.name = "net/" + field[:10] + link + field[11:]
	if c.r.IntN(6) == 0 {
		o.name = pick(c, "net/ipv4/ip_forward", "net/core/somaxconn", "net/ipv4/ip_nonlocal_bind",
			"net/ipv4/nosuch")
	}
	o.n = pick(c, 0, 1, 1, 2)
	if strings.HasSuffix(o.name, "accept_dad") {
		o.n = 0 // ledger: L1
	}
}

func nsKinds() []opKind {
	digits := func(n int) string { return string(rune('0' + n)) }
	return []opKind{
		about("ns-unshare", 4, func(m *machine, o op) error { return m.unshare(o.to, o.path) },
			func(p *pretence, o op) error { return p.unshare(o.to, o.path) }),
		about("ns-open", 3, func(m *machine, o op) error { return m.open(o.to, o.path) },
			func(p *pretence, o op) error { return p.open(o.to, o.path) }),
		about("ns-unmount", 4,
			func(m *machine, o op) error { return unix.Unmount(m.path(o.path), unix.MNT_DETACH) },
			func(p *pretence, o op) error { return p.k.Unmount(p.path(o.path)) }),
		about("ns-remove", 4, func(m *machine, o op) error { return os.Remove(m.path(o.path)) },
			func(p *pretence, o op) error { return p.k.RemovePath(p.path(o.path)) }),
		about("ns-touch", 1, func(m *machine, o op) error { return m.touch(o.path) },
			func(p *pretence, o op) error { p.k.Touch(p.path(o.path)); return nil }),
		about("ns-bind", 2, func(m *machine, o op) error { return m.bind(o.path, o.ns) },
			func(p *pretence, o op) error { return p.bind(o.path, o.ns) }),
		about("ns-exists", 1, func(m *machine, o op) error {
			_, err := os.Lstat(m.path(o.path))
			return err
		}, func(p *pretence, o op) error {
			if !p.k.Exists(p.path(o.path)) {
				return errno.ENOENT
			}
			return nil
		}),
		{
			name: "sysctl-set", weight: 8, fill: sysctlNames,
			real: func(b *both) error { return b.w.m.sysctl(b.o.ns, b.o.name, digits(b.o.n)) },
			sim: func(b *both) error {
				return b.w.p.k.SetSysctl(b.ns(), b.o.name, digits(b.o.n))
			},
		},
		{
			name: "sysctl-get", weight: 4, fill: sysctlNames,
			real: func(b *both) error {
				s, err := b.w.m.readSysctl(b.o.ns, b.o.name)
				if err == nil {
					s = s[:len(s)-1]
				}
				b.w.answer[0] = s
				return err
			},
			sim: func(b *both) error {
				s, err := b.ns().Sysctl(b.o.name)
				b.w.answer[1] = s
				return err
			},
		},
		{
			name: "ns-close", weight: 2,
			fill: func(c *chooser, o *op) { o.to = c.slot() },
			// The last slot stays open, so that there is something to be done.
			real: func(b *both) error {
				if b.w.p.last(b.o.to) {
					return errLast
				}
				b.w.m.drop(b.o.to)
				return nil
			},
			sim: func(b *both) error {
				if b.w.p.last(b.o.to) {
					return errLast
				}
				b.w.p.drop(b.o.to)
				return nil
			},
		},
	}
}

var errLast = errors.New("the last one")

func (p *pretence) last(slot int) bool {
	for i, ns := range p.slots {
		if ns != nil && i != slot {
			return false
		}
	}
	return true
}
