package links

import (
	"fmt"
	"unsafe"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"patchbay/sim/kernel"
)

// create is RTM_NEWLINK for a link that must not be there yet.
func (b *both) create(slot int, kind string, parts ...nl.NetlinkRequestData) error {
	return b.createWith(slot, kind, func(*nl.RtAttr) {}, parts...)
}

func (b *both) createWith(
	slot int, kind string, data func(*nl.RtAttr), parts ...nl.NetlinkRequestData,
) error {
	info := nl.NewRtAttr(unix.IFLA_LINKINFO, nil)
	info.AddRtAttr(nl.IFLA_INFO_KIND, nl.NonZeroTerminated(kind))
	data(info)
	head := nl.NewIfInfomsg(unix.AF_UNSPEC)
	head.Index = int32(b.o.index)
	all := []nl.NetlinkRequestData{head}
	if b.o.name != "" {
		all = append(all, attr(unix.IFLA_IFNAME, text(b.o.name)))
	}
	if b.o.mac != (kernel.MAC{}) {
		all = append(all, attr(unix.IFLA_ADDRESS, b.o.mac[:]))
	}
	if b.o.n != 0 {
		all = append(all, attr(unix.IFLA_MTU, u32(b.o.n)))
	}
	all = append(append(all, parts...), info)
	return b.w.m.send(slot, unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, all...)
}

func (b *both) fd(slot int) int { return int(b.w.m.slots[slot].fd) }

func (b *both) add(slot int, spec kernel.Spec) error {
	spec.Name, spec.MAC, spec.MTU, spec.Index = b.o.name, b.o.mac, b.o.n, b.o.index
	_, err := b.w.p.k.Add(b.w.p.slots[slot], spec)
	return err
}

func someMTU(c *chooser) int {
	return pick(c, 0, 0, 0, 0, 1400, 1500, 9000, 1279, 1280, 67, 68, 65535, 65536)
}

func fillNew(c *chooser, o *op) {
	o.name, o.mac, o.n = c.name(), c.mac(), someMTU(c)
	if c.rarely() {
		o.name = ""
	}
}

func addPlain(kind string, of kernel.Kind, weight int) opKind {
	return opKind{
		name: "add-" + kind, weight: weight, fill: fillNew,
		real: func(b *both) error { return b.create(b.o.ns, kind) },
		sim:  func(b *both) error { return b.add(b.o.ns, kernel.Spec{Kind: of}) },
	}
}

// place says whether a link is made in one namespace or across two.
type place bool

const (
	here   place = false
	across place = true
)

func addVeth(name string, where place, weight int) opKind {
	return opKind{
		name: name, weight: weight,
		fill: func(c *chooser, o *op) {
			fillNew(c, o)
			o.other = c.name()
			if c.rarely() {
				o.other = ""
			}
			o.to = o.ns
			if where {
				o.to = c.slot()
				// Linux lets a veth whose peer has the same index wait for its
				// carrier, up to a second (linkwatch_urgent_event).
				o.index = 100 + c.r.IntN(1000)
			}
		},
		real: func(b *both) error {
			return b.createWith(b.o.ns, "veth", func(info *nl.RtAttr) {
				peer := info.AddRtAttr(nl.IFLA_INFO_DATA, nil).AddRtAttr(nl.VETH_INFO_PEER, nil)
				nl.NewIfInfomsgChild(peer, unix.AF_UNSPEC)
				if b.o.other != "" {
					peer.AddRtAttr(unix.IFLA_IFNAME, text(b.o.other))
				}
				if b.o.n != 0 {
					peer.AddRtAttr(unix.IFLA_MTU, u32(b.o.n))
				}
				if where {
					peer.AddRtAttr(unix.IFLA_NET_NS_FD, u32(b.fd(b.o.to)))
				}
			})
		},
		sim: func(b *both) error {
			return b.add(b.o.ns, kernel.Spec{
				Kind: kernel.Veth, PeerName: b.o.other, PeerNS: b.w.p.slots[b.o.to],
			})
		},
	}
}

var macvlanModes = map[int]kernel.Mode{
	0: kernel.ModeDefault, 1: kernel.ModePrivate, 2: kernel.ModeVepa, 4: kernel.ModeBridge,
	8: kernel.ModePassthru,
}

// addMacvlan makes a macvlan or macvtap in slot to on a parent in slot ns.
func addMacvlan(kind string, of kernel.Kind, where place, weight int) opKind {
	name := "add-" + kind
	if where {
		name += "-across"
	}
	return opKind{
		name: name, weight: weight, needs: "o",
		fill: func(c *chooser, o *op) {
			fillNew(c, o)
			o.other = c.parentOf(o.ns, kernel.Veth, kernel.Bridge, kernel.Macvlan, kernel.Ifb)
			o.to = o.ns
			if where {
				o.to = c.slot()
			}
			o.path = pick(c, 0, 1, 2, 4, 4, 4, 8)
		},
		real: func(b *both) error {
			parts := []nl.NetlinkRequestData{attr(unix.IFLA_LINK, u32(b.other.Index))}
			if where {
				parts = append(parts, attr(unix.IFLA_NET_NS_FD, u32(b.fd(b.o.to))))
			}
			return b.createWith(b.o.ns, kind, func(info *nl.RtAttr) {
				data := info.AddRtAttr(nl.IFLA_INFO_DATA, nil)
				if b.o.path != 0 {
					data.AddRtAttr(nl.IFLA_MACVLAN_MODE, u32(b.o.path))
				}
			}, parts...)
		},
		sim: func(b *both) error {
			return b.add(b.o.to, kernel.Spec{
				Kind: of, Parent: b.other, Mode: macvlanModes[b.o.path],
			})
		},
	}
}

func addTun(kind string, of kernel.Kind, flag uint16, weight int) opKind {
	return opKind{
		name: "add-" + kind, weight: weight,
		fill: func(c *chooser, o *op) { o.name = c.name() },
		real: func(b *both) error {
			return b.w.m.within(b.o.ns, func() error { return makeTun(b.o.name, flag) })
		},
		sim: func(b *both) error {
			// The name goes through a field of 16 bytes with a NUL at its end.
			name := b.o.name[:min(len(b.o.name), 15)]
			_, err := b.w.p.k.Add(b.w.p.slots[b.o.ns], kernel.Spec{Kind: of, Name: name})
			return err
		},
	}
}

// makeTun makes a persistent tap or tun, as "ip tuntap add" does.
func makeTun(name string, flag uint16) error {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var req struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}
	copy(req.name[:15], name)
	req.flags = flag | unix.IFF_NO_PI | unix.IFF_TUN_EXCL
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TUNSETIFF, uintptr(unsafe.Pointer(&req)))
	if e != 0 {
		return e
	}
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TUNSETPERSIST, 1); e != 0 {
		return e
	}
	return nil
}

func addVxlan(weight int) opKind {
	return opKind{
		name: "add-vxlan", weight: weight, needs: "o?",
		fill: func(c *chooser, o *op) {
			fillNew(c, o)
			o.path = c.r.IntN(3)
			if c.r.IntN(2) == 0 {
				o.other = c.linkOf(o.ns)
			}
		},
		real: func(b *both) error {
			return b.createWith(b.o.ns, "vxlan", func(info *nl.RtAttr) {
				data := info.AddRtAttr(nl.IFLA_INFO_DATA, nil)
				data.AddRtAttr(nl.IFLA_VXLAN_ID, u32(b.o.path))
				if b.other != nil {
					data.AddRtAttr(nl.IFLA_VXLAN_LINK, u32(b.other.Index))
				}
			})
		},
		sim: func(b *both) error {
			return b.add(b.o.ns, kernel.Spec{Kind: kernel.Vxlan, VNI: b.o.path, Parent: b.other})
		},
	}
}

func oneLink(c *chooser, o *op) { o.link = c.linkOf(o.ns) }

// change is an operation on one link with simple arguments.
func change(
	name string, weight int, fill func(*chooser, *op),
	real func(*both, int) error, sim func(*both, *kernel.Kernel, *kernel.Link) error,
) opKind {
	return opKind{
		name: name, weight: weight, needs: "l",
		fill: func(c *chooser, o *op) {
			oneLink(c, o)
			if fill != nil {
				fill(c, o)
			}
		},
		real: func(b *both) error { return real(b, b.link.Index) },
		sim:  func(b *both) error { return sim(b, b.w.p.k, b.link) },
	}
}

func (b *both) set(index int, parts ...nl.NetlinkRequestData) error {
	return b.w.m.setlink(b.o.ns, index, parts...)
}

func (b *both) prop(index, typ int) error {
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Index = int32(index)
	list := nl.NewRtAttr(unix.IFLA_PROP_LIST|unix.NLA_F_NESTED, nil)
	list.AddRtAttr(unix.IFLA_ALT_IFNAME, text(b.o.name))
	flags := 0
	if typ == unix.RTM_NEWLINKPROP {
		flags = unix.NLM_F_CREATE | unix.NLM_F_EXCL | unix.NLM_F_APPEND
	}
	return b.w.m.send(b.o.ns, typ, flags, msg, list)
}

func altName(c *chooser, o *op) {
	o.name = c.altName()
	for _, l := range c.p.slots[o.ns].Links() {
		if l.Name == o.link && len(l.Alt) > 0 && c.r.IntN(2) == 0 {
			o.name = l.Alt[0]
		}
	}
}

func flip(c *chooser, o *op) { o.on = c.r.IntN(2) == 0 }

func (b *both) flag(index int, bit uint32) error {
	var value uint32
	if b.o.on {
		value = bit
	}
	return b.w.m.flags(b.o.ns, index, bit, value)
}

func linkKinds() []opKind {
	return []opKind{
		addVeth("add-veth", here, 12),
		addVeth("add-veth-across", across, 12),
		addPlain("bridge", kernel.Bridge, 8),
		addPlain("ifb", kernel.Ifb, 3),
		addPlain("nosuchkind", 0, 1),
		addMacvlan("macvlan", kernel.Macvlan, here, 8),
		addMacvlan("macvlan", kernel.Macvlan, across, 6),
		addMacvlan("macvtap", kernel.Macvtap, here, 3),
		addMacvlan("macvtap", kernel.Macvtap, across, 2),
		addTun("tap", kernel.Tap, unix.IFF_TAP, 3),
		addTun("tun", kernel.Tun, unix.IFF_TUN, 2),
		addVxlan(5),
		{
			name: "add-macvlan-orphan", weight: 1, fill: fillNew,
			real: func(b *both) error { return b.create(b.o.ns, "macvlan") },
			sim:  func(b *both) error { return b.add(b.o.ns, kernel.Spec{Kind: kernel.Macvlan}) },
		},
		change("delete", 9, nil, func(b *both, index int) error {
			msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
			msg.Index = int32(index)
			return b.w.m.send(b.o.ns, unix.RTM_DELLINK, 0, msg)
		}, func(_ *both, k *kernel.Kernel, l *kernel.Link) error { return k.Delete(l) }),
		change("move", 8, func(c *chooser, o *op) { o.to = c.slot() },
			func(b *both, index int) error {
				return b.set(index, attr(unix.IFLA_NET_NS_FD, u32(b.fd(b.o.to))))
			}, func(b *both, k *kernel.Kernel, l *kernel.Link) error {
				return k.Move(l, b.w.p.slots[b.o.to], "")
			}),
		change("move-renamed", 6, func(c *chooser, o *op) {
			o.to, o.name = c.slot(), c.name()
			if o.name == "all" || o.name == "default" {
				o.name = "a0"
			}
		},
			func(b *both, index int) error {
				return b.set(index, attr(unix.IFLA_NET_NS_FD, u32(b.fd(b.o.to))),
					attr(unix.IFLA_IFNAME, text(b.o.name)))
			}, func(b *both, k *kernel.Kernel, l *kernel.Link) error {
				return k.Move(l, b.w.p.slots[b.o.to], b.o.name)
			}),
		change("rename", 8, func(c *chooser, o *op) { o.name = c.name() },
			func(b *both, index int) error { return b.set(index, attr(unix.IFLA_IFNAME, text(b.o.name))) },
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetName(l, b.o.name) }),
		change("altname-add", 6, altName,
			func(b *both, index int) error { return b.prop(index, unix.RTM_NEWLINKPROP) },
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.AddAltName(l, b.o.name) }),
		change("altname-del", 5, altName,
			func(b *both, index int) error { return b.prop(index, unix.RTM_DELLINKPROP) },
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.DelAltName(l, b.o.name) }),
		change("alias", 3, func(c *chooser, o *op) {
			o.name = pick(c, "", "patchbay", "another alias", fmt.Sprintf("%0255d", 1), fmt.Sprintf("%0256d", 1))
		},
			func(b *both, index int) error { return b.set(index, attr(unix.IFLA_IFALIAS, []byte(b.o.name))) },
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetAlias(l, b.o.name) }),
		change("up", 25, nil,
			func(b *both, index int) error { return b.w.m.flags(b.o.ns, index, unix.IFF_UP, unix.IFF_UP) },
			func(_ *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetUp(l) }),
		change("down", 8, nil,
			func(b *both, index int) error { return b.w.m.flags(b.o.ns, index, unix.IFF_UP, 0) },
			func(_ *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetDown(l) }),
		change("mtu", 7, func(c *chooser, o *op) {
			o.n = pick(c, 1500, 1400, 9000, 1280, 1279, 68, 67, 0, 65535, 65536, 65521, 65522)
			if c.p.slots[o.ns].ByName(o.link).Kind == kernel.Loopback {
				o.n = max(o.n, 1280) // ledger: L2
			}
		},
			func(b *both, index int) error { return b.set(index, attr(unix.IFLA_MTU, u32(b.o.n))) },
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetMTU(l, b.o.n) }),
		change("mac", 6, func(c *chooser, o *op) { o.mac = c.mac() },
			func(b *both, index int) error { return b.set(index, attr(unix.IFLA_ADDRESS, b.o.mac[:])) },
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetMAC(l, b.o.mac) }),
		change("promisc", 3, flip,
			func(b *both, index int) error { return b.flag(index, unix.IFF_PROMISC) },
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetPromisc(l, b.o.on) }),
		change("allmulti", 2, flip,
			func(b *both, index int) error { return b.flag(index, unix.IFF_ALLMULTI) },
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetAllMulti(l, b.o.on) }),
		change("txqlen", 2, func(c *chooser, o *op) { o.n = pick(c, 0, 500, 1000) },
			func(b *both, index int) error { return b.set(index, attr(unix.IFLA_TXQLEN, u32(b.o.n))) },
			func(b *both, k *kernel.Kernel, l *kernel.Link) error { return k.SetTxQLen(l, b.o.n) }),
	}
}
