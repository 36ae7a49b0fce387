package links

import (
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"patchbay/sim/kernel"
)

// portFlag sets an attribute of a bridge's port.
func (b *both) portFlag(index, typ int) error {
	msg := nl.NewIfInfomsg(unix.AF_BRIDGE)
	msg.Index = int32(index)
	protinfo := nl.NewRtAttr(unix.IFLA_PROTINFO|unix.NLA_F_NESTED, nil)
	protinfo.AddRtAttr(typ, []byte{b.bit()})
	return b.w.m.send(b.o.ns, unix.RTM_SETLINK, 0, msg, protinfo)
}

// bit is what is to be switched on or off.
func (b *both) bit() byte {
	if b.o.on {
		return 1
	}
	return 0
}

func bridgeKinds() []opKind {
	return []opKind{
		{
			name: "master", weight: 9, needs: "lo",
			fill: func(c *chooser, o *op) {
				oneLink(c, o)
				o.other = c.parentOf(o.ns, kernel.Bridge)
			},
			real: func(b *both) error {
				return b.set(b.link.Index, attr(unix.IFLA_MASTER, u32(b.other.Index)))
			},
			sim: func(b *both) error { return b.w.p.k.SetMaster(b.link, b.other) },
		},
		change("nomaster", 4, func(c *chooser, o *op) {
			for _, l := range c.p.slots[o.ns].Links() {
				if l.Master != nil && c.r.IntN(2) == 0 {
					o.link = l.Name
				}
			}
		},
			func(b *both, index int) error { return b.set(index, attr(unix.IFLA_MASTER, u32(0))) },
			func(_ *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetMaster(l, nil) }),
		change("hairpin", 4, func(c *chooser, o *op) { flip(c, o); port(c, o) },
			func(b *both, index int) error { return b.portFlag(index, nl.IFLA_BRPORT_MODE) },
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetHairpin(l, b.o.on) }),
		change("isolated", 3, func(c *chooser, o *op) { flip(c, o); port(c, o) },
			func(b *both, index int) error { return b.portFlag(index, nl.IFLA_BRPORT_ISOLATED) },
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetIsolated(l, b.o.on) }),
		change("vlan-filtering", 3, func(c *chooser, o *op) {
			flip(c, o)
			o.link = c.parentOf(o.ns, kernel.Bridge)
		},
			func(b *both, index int) error {
				msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
				msg.Index = int32(index)
				info := nl.NewRtAttr(unix.IFLA_LINKINFO, nil)
				info.AddRtAttr(nl.IFLA_INFO_KIND, nl.NonZeroTerminated("bridge"))
				info.AddRtAttr(nl.IFLA_INFO_DATA, nil).
					AddRtAttr(nl.IFLA_BR_VLAN_FILTERING, []byte{b.bit()})
				return b.w.m.send(b.o.ns, unix.RTM_NEWLINK, 0, msg, info)
			},
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetVlanFiltering(l, b.o.on) }),
	}
}

// port prefers the port of a bridge.
func port(c *chooser, o *op) {
	for _, l := range c.p.slots[o.ns].Links() {
		if l.Master != nil && c.r.IntN(3) > 0 {
			o.link = l.Name
		}
	}
}
