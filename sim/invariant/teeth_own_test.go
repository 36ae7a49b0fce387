package invariant_test

import (
	"errors"

	"patchbay/core/netconf"
	"patchbay/core/record"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
	"patchbay/sim/proc"
)

var errSome = errors.New("something went wrong")

// by lets a plugin do something in an ADD that has a record.
func by(h *hand, life func(d *deed, p *proc.Proc)) {
	d := h.begin("ADD", h.box("")).record()
	d.plugin(fault.PluginAdd, "macvlan", "eth0", func(p *proc.Proc) { life(d, p) })
}

// kernelOp is an operation on the kernel by a plugin.
func (d *deed) kernelOp(p *proc.Proc, do func(k *kernel.Kernel) error) {
	d.t.Helper()
	d.op(p, fault.LinkSet, "x", func() error { return do(d.n.Kernel) })
}

var ownTeeth = []tooth{
	{number: 1, about: "a card is taken out of a sandbox", bite: func(h *hand) {
		card := h.n.Kernel.Host().ByName("eth1")
		first := h.box("")
		d := h.begin("ADD", first).record()
		d.plugin(fault.PluginAdd, "host-device", "eth0", func(p *proc.Proc) {
			d.kernelOp(p, func(k *kernel.Kernel) error { return k.Move(card, first.NS, "") })
		})
		second := h.box("")
		e := h.begin("ADD", second).record()
		e.plugin(fault.PluginAdd, "host-device", "eth0", func(p *proc.Proc) {
			e.kernelOp(p, func(k *kernel.Kernel) error { return k.Move(card, second.NS, "") })
		})
	}},
	{number: 2, about: "an address twice", bite: func(h *hand) {
		h.added(h.box(""), "10.1.0.2")
		by(h, func(d *deed, p *proc.Proc) {
			d.address(p, d.link(p, d.box.NS, "eth0"), "10.1.0.2")
		})
	}},
	{number: 2, about: "a lease is written over", bite: func(h *hand) {
		h.added(h.box(""), "10.1.0.2")
		by(h, func(d *deed, p *proc.Proc) {
			d.op(p, fault.FileWrite, "x", func() error {
				return d.n.Disk.WriteFile(leaseDir+"10.1.0.2", []byte("c2\r\neth0"), 0o600)
			})
		})
	}},
	{number: 3, about: "a link without a record", bite: func(h *hand) {
		d := h.begin("ADD", h.box(""))
		d.plugin(fault.PluginAdd, "macvlan", "eth0", func(p *proc.Proc) {
			d.link(p, d.box.NS, "eth0")
		})
	}},
	{number: 3, about: "a lease without a record", bite: func(h *hand) {
		d := h.begin("ADD", h.box(""))
		d.plugin(fault.PluginAdd, "macvlan", "eth0", func(p *proc.Proc) {
			d.lease(p, "10.1.0.2", "c1")
		})
	}},
	{number: 3, about: "a record that is not synced", bite: func(h *hand) {
		d := h.begin("ADD", h.box(""))
		d.file(recordPath(d.box), d.recordOf(d.box, 1), loose)
		d.file(d.resultPath("eth0"), "{}", loose)
	}},
	{number: 3, about: "a record whose name is not synced", bite: func(h *hand) {
		d := h.begin("ADD", h.box(""))
		temp := stateDir + "records/.c1@eth0.json.tmp"
		d.op(d.root, fault.FileStore, temp, func() error {
			if err := d.n.Disk.WriteFile(temp, []byte(d.recordOf(d.box, 1)), 0o600); err != nil {
				return err
			}
			return d.n.Disk.Fsync(temp)
		})
		d.op(d.root, fault.FileRename, temp, func() error {
			return d.n.Disk.Rename(temp, recordPath(d.box))
		})
		d.file(d.resultPath("eth0"), "{}", loose)
	}},
	{number: 4, about: "a record of another sandbox", bite: func(h *hand) {
		other := h.box("")
		h.begin("ADD", other).record()
		d := h.begin("ADD", h.box(""))
		d.remove(recordPath(other))
	}},
	{number: 4, about: "a lease in another's name", bite: func(h *hand) {
		by(h, func(d *deed, p *proc.Proc) { d.lease(p, "10.1.0.2", "nobody") })
	}},
	{number: 4, about: "the end of a bridge", bite: func(h *hand) {
		by(h, func(d *deed, p *proc.Proc) {
			d.kernelOp(p, func(k *kernel.Kernel) error {
				l, err := k.Add(k.Host(), kernel.Spec{
					Kind: kernel.Bridge, Name: "br0", Mark: kernel.Mark{Key: p.Key, Proc: p.Proc},
				})
				if err != nil {
					return err
				}
				return k.Delete(l)
			})
		})
	}},
	{number: 5, about: "another namespace", bite: func(h *hand) {
		other := h.box("")
		by(h, func(d *deed, p *proc.Proc) { d.link(p, other.NS, "eth0") })
	}},
	{number: 5, about: "a namespace of nobody, by Patchbay", bite: func(h *hand) {
		ns, err := h.n.Kernel.Unshare("/var/run/netns/x", kernel.Mark{})
		h.must(err)
		d := h.begin("ADD", h.box("")).record()
		d.op(d.root, fault.RouteAdd, "lo", func() error {
			return d.n.Kernel.AddRoute(ns, kernel.Route{
				Dst: kernel.Default4, Type: kernel.Blackhole,
			})
		})
	}},
	{number: 6, about: "a link after a boot", bite: func(h *hand) {
		b := h.box("")
		h.begin("ADD", b).record()
		h.n.Kernel.Reboot()
		h.n.Disk.Reboot()
		h.c.Booted(h.n)
		var err error
		b.NS, err = h.n.Kernel.Unshare(b.Netns, kernel.Mark{Key: b.Key})
		h.must(err)
		d := h.begin("ADD", b)
		d.plugin(fault.PluginAdd, "macvlan", "eth0", func(p *proc.Proc) {
			d.link(p, b.NS, "eth0")
		})
	}},
	{number: 7, about: "a status of another pod", bite: func(h *hand) {
		other := h.box("")
		d := h.begin("ADD", h.box(""))
		d.status(other.Pod, "eth0", "", "10.1.0.2")
	}},
	{number: 8, about: "an uplink is taken down", bite: func(h *hand) {
		by(h, func(d *deed, p *proc.Proc) {
			d.kernelOp(p, func(k *kernel.Kernel) error {
				return k.SetDown(k.Host().ByName("eth0"))
			})
		})
	}},
	{number: 8, about: "an uplink is renamed", bite: func(h *hand) {
		by(h, func(d *deed, p *proc.Proc) {
			d.kernelOp(p, func(k *kernel.Kernel) error {
				return k.SetName(k.Host().ByName("eth1"), "mine")
			})
		})
	}},
	{number: 9, about: "a DEL that makes a link", bite: func(h *hand) {
		b := h.box("")
		h.added(b, "10.1.0.2")
		d := h.begin("DEL", b)
		d.plugin(fault.PluginDel, "macvlan", "eth0", func(p *proc.Proc) { d.link(p, b.NS, "x") })
	}},
	{number: 9, about: "a record of an older sequence", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		d.file(recordPath(d.box), d.recordOf(d.box, 1), synced)
	}},
	{number: 14, about: "two calls take turns", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		e := h.begin("DEL", d.box)
		e.file(recordPath(d.box), d.recordOf(d.box, 2), synced)
		d.file(recordPath(d.box), d.recordOf(d.box, 3), synced)
	}},
	{number: 15, about: "an ADD after its DEL", bite: func(h *hand) {
		d := h.begin("ADD", h.box(""))
		h.begin("DEL", d.box).end(nil)
		d.record()
		d.file(d.resultPath("eth0"), "{}", loose)
	}},
	{number: 16, about: "two networks of one name", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		d.plugin(fault.PluginAdd, "macvlan", "net1", nil)
		d.plugin(fault.PluginAdd, "bridge", "net1", nil)
	}},
	{number: 32, about: "GC of what is listed", bite: func(h *hand) {
		b := h.box("")
		h.added(b, "10.1.0.2")
		d := h.gc(b.Key)
		d.remove(recordPath(b))
	}, also: []int{12}},
	{number: 32, about: "GC of what came later", bite: func(h *hand) {
		d := h.gc()
		d.op(d.root, fault.DirList, "records", func() error { return nil })
		b := h.box("")
		h.added(b, "10.1.0.2")
		d.plugin(fault.PluginDel, "macvlan", "eth0", func(p *proc.Proc) {
			d.op(p, fault.LinkDel, "eth0", func() error {
				return d.n.Kernel.Delete(b.NS.ByName("eth0"))
			})
		})
	}},
	{number: 33, about: "GC during an ADD", bite: func(h *hand) {
		b := h.box("")
		h.begin("ADD", b).record()
		h.gc().remove(recordPath(b))
	}},
	{number: 35, about: "a link of another pod", bite: func(h *hand) {
		l := h.added(h.box(""), "10.1.0.2")
		by(h, func(d *deed, p *proc.Proc) {
			d.kernelOp(p, func(k *kernel.Kernel) error { return k.SetDown(l) })
		})
	}, also: []int{5}},
	{number: 35, about: "a lease of another pod", bite: func(h *hand) {
		h.added(h.box(""), "10.1.0.2")
		by(h, func(d *deed, p *proc.Proc) {
			d.op(p, fault.FileRemove, "x", func() error {
				return d.n.Disk.Remove(leaseDir + "10.1.0.2")
			})
		})
	}},
}

// gc begins a GC that lists sandboxes.
func (h *hand) gc(list ...record.Key) *deed {
	d := h.begin("GC", nil)
	d.c.Ended(d.call) // begun anew, with a list
	for _, key := range list {
		d.call.Valid = append(d.call.Valid, netconf.Attachment(key))
	}
	h.c.Began(d.call)
	return d
}
