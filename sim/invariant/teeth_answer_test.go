package invariant_test

import (
	"time"

	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"

	"patchbay/sim/cluster"
	"patchbay/sim/disk"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
	"patchbay/sim/proc"
)

// almost is an ADD that is right but for what do does before the answer.
func almost(h *hand, networks string, do func(d *deed, l *kernel.Link)) {
	d := h.begin("ADD", h.box(networks)).record()
	l := d.attach("10.1.0.2")
	d.call.Result = d.result(l, "10.1.0.2")
	do(d, l)
	d.end(nil)
}

// failedPlugin is a run of a plugin that fails.
func (d *deed) failedPlugin(kind fault.Kind, on string) {
	if err := d.root.Call(kind, on, func() error { return errSome }); err == nil {
		d.t.Fatal("the plugin did not fail")
	}
}

// emptied is a result that says nothing of interfaces.
func emptied() types.Result { return &current.Result{CNIVersion: "1.1.0"} }

var answerTeeth = []tooth{
	{number: 10, about: "a network is missing", bite: func(h *hand) {
		almost(h, "red", func(*deed, *kernel.Link) {})
	}},
	{number: 10, about: "the default network is missing", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		d.call.Result = emptied()
		d.end(nil)
	}},
	{number: 10, about: "the interface is not there", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		d.plugin(fault.PluginAdd, "macvlan", "eth0", nil)
		d.file(d.resultPath("eth0"), "{}", loose)
		d.call.Result = emptied()
		d.end(nil)
	}},
	{number: 10, about: "the interface is down", bite: func(h *hand) {
		almost(h, "", func(d *deed, l *kernel.Link) {
			d.plugin(fault.PluginAdd, "tuning", "eth0", func(p *proc.Proc) {
				d.kernelOp(p, func(k *kernel.Kernel) error { return k.SetDown(l) })
			})
		})
	}},
	{number: 10, about: "a lease is not used", bite: func(h *hand) {
		almost(h, "", func(d *deed, _ *kernel.Link) {
			d.plugin(fault.PluginAdd, "tuning", "eth0", func(p *proc.Proc) {
				d.lease(p, "10.1.0.9", "c1")
			})
		})
	}},
	{number: 10, about: "a result is not kept", bite: func(h *hand) {
		almost(h, "", func(d *deed, _ *kernel.Link) { d.remove(d.resultPath("eth0")) })
	}},
	{number: 11, about: "a link is left", bite: func(h *hand) {
		b := h.box("")
		h.added(b, "10.1.0.2")
		h.begin("DEL", b).end(nil)
	}},
	{number: 11, about: "a lease is left", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		d.plugin(fault.PluginAdd, "macvlan", "eth0", func(p *proc.Proc) {
			d.lease(p, "10.1.0.2", "c1")
		})
		d.end(errSome)
		h.begin("DEL", d.box).end(nil)
	}},
	{number: 11, about: "a result is left", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		d.file(d.resultPath("eth0"), "{}", loose)
		d.end(errSome)
		e := h.begin("DEL", d.box)
		e.remove(recordPath(d.box))
		e.end(nil)
	}},
	{number: 11, about: "a record is left", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		d.end(errSome)
		h.begin("DEL", d.box).end(nil)
	}},
	{number: 12, about: "a failed ADD without a record", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		d.attach("10.1.0.2")
		d.remove(recordPath(d.box))
		d.end(errSome)
	}},
	{number: 13, about: "a failed plugin of ADD", bite: func(h *hand) {
		almost(h, "", func(d *deed, _ *kernel.Link) {
			d.failedPlugin(fault.PluginAdd, "tuning eth0")
		})
	}},
	{number: 13, about: "a failed plugin of DEL", bite: func(h *hand) {
		b := h.box("")
		h.added(b, "10.1.0.2")
		d := h.begin("DEL", b)
		d.detach("10.1.0.2")
		d.failedPlugin(fault.PluginDel, "macvlan eth0")
		d.remove(recordPath(b))
		d.end(nil)
	}, also: []int{28}},
	{number: 20, about: "an ADD without a record", bite: func(h *hand) {
		almost(h, "", func(d *deed, _ *kernel.Link) { d.remove(recordPath(d.box)) })
	}, also: []int{12}},
	{number: 20, about: "a record that was written anew and not synced", bite: func(h *hand) {
		almost(h, "", func(d *deed, _ *kernel.Link) {
			d.file(recordPath(d.box), d.recordOf(d.box, 2), loose)
		})
	}},
	{number: 21, about: "half of a record gets the name", bite: func(h *hand) {
		d := h.begin("ADD", h.box(""))
		text := d.recordOf(d.box, 1)
		d.file(recordPath(d.box), text[:len(text)/2], synced)
	}},
	{number: 22, about: "an interface that is not there", bite: func(h *hand) {
		d := h.begin("ADD", h.box(""))
		d.status(d.box.Pod, "net7", "02:00:00:00:00:01", "10.1.0.2")
	}},
	{number: 23, about: "another address", bite: func(h *hand) {
		almost(h, "", func(d *deed, l *kernel.Link) {
			d.status(d.box.Pod, "eth0", l.MAC.String(), "10.1.0.99")
		})
	}},
	{number: 23, about: "another MAC", bite: func(h *hand) {
		almost(h, "", func(d *deed, _ *kernel.Link) {
			d.status(d.box.Pod, "eth0", "02:00:00:00:00:99", "10.1.0.2")
		})
	}},
	{number: 24, about: "another address", bite: func(h *hand) {
		almost(h, "", func(d *deed, l *kernel.Link) { d.call.Result = d.result(l, "10.1.0.99") })
	}},
	{number: 24, about: "another sandbox", bite: func(h *hand) {
		almost(h, "", func(d *deed, l *kernel.Link) {
			r := &current.Result{CNIVersion: "1.1.0", Interfaces: []*current.Interface{{
				Name: "eth0", Mac: l.MAC.String(), Sandbox: "/var/run/netns/other",
			}}}
			d.call.Result = r
		})
	}},
	{number: 24, about: "no result", bite: func(h *hand) {
		almost(h, "", func(d *deed, _ *kernel.Link) { d.call.Result = nil })
	}},
	{number: 25, about: "another version", bite: func(h *hand) {
		almost(h, "", func(d *deed, _ *kernel.Link) {
			d.call.Result = &current.Result{CNIVersion: "0.3.1"}
		})
	}},
	{number: 25, about: "an error without a text", bite: func(h *hand) {
		h.begin("ADD", h.box("")).end(&types.Error{Code: 7})
	}},
	{number: 27, about: "a plugin that ADD did not run", bite: func(h *hand) {
		b := h.box("")
		h.added(b, "10.1.0.2")
		h.begin("DEL", b).plugin(fault.PluginDel, "bridge", "eth0", nil)
	}},
	{number: 28, about: "the first is undone first", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		d.plugin(fault.PluginAdd, "macvlan", "eth0", nil)
		d.plugin(fault.PluginAdd, "macvlan", "net1", nil)
		e := h.begin("DEL", d.box)
		e.plugin(fault.PluginDel, "macvlan", "eth0", nil)
		e.plugin(fault.PluginDel, "macvlan", "net1", nil)
	}},
	{number: 29, about: "an answer after five minutes", bite: func(h *hand) {
		d := h.begin("DEL", h.box(""))
		h.w.Sched.Spend(5 * time.Minute)
		d.end(errSome)
	}},
	{number: 30, about: "a loop", bite: func(h *hand) {
		d := h.begin("DEL", h.box(""))
		for range 20_000 {
			d.op(d.root, fault.FileRead, "x", func() error { return nil })
		}
	}},
	{number: 34, about: "a secondary network adds an address", bite: func(h *hand) {
		almost(h, "", func(d *deed, l *kernel.Link) {
			d.plugin(fault.PluginAdd, "macvlan", "net1", func(p *proc.Proc) {
				d.address(p, d.link(p, d.box.NS, "net1"), "10.7.0.1")
				d.address(p, l, "10.8.0.1")
			})
			d.file(d.resultPath("net1"), "{}", loose)
		})
	}},
	{number: 38, about: "a storm of events", bite: func(h *hand) {
		d := h.begin("ADD", h.box(""))
		d.event("a")
		d.event("b")
		d.event("c")
		d.end(errSome)
	}},
	{number: 38, about: "an event of DEL", bite: func(h *hand) {
		d := h.begin("DEL", h.box(""))
		d.event("a")
		d.end(nil)
	}},
	{number: 45, about: "a lock that is never let go", bite: func(h *hand) {
		d := h.begin("DEL", h.box(""))
		d.op(d.root, fault.FileLock, "lock", func() error {
			_, err := d.n.Disk.TryLock(stateDir+"lock", disk.Want{Exclusive: true, By: 1})
			return err
		})
		d.end(nil)
	}},
}

func (d *deed) event(name string) {
	d.op(d.root, fault.EventPost, name, func() error {
		return d.w.API.CreateEvent(d.token, cluster.Event{
			Namespace: "default", Name: name, About: d.box.Pod, Type: "Normal",
		})
	})
}
