package invariant_test

import (
	"net/netip"

	"patchbay/core/record"
	"patchbay/sim/cluster"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
	"patchbay/sim/proc"
	"patchbay/sim/world"
)

// verbTeeth are about verbs that must not, and about what is set aside.
var verbTeeth = []tooth{
	{number: 37, about: "a quarantine is forgotten", bite: func(h *hand) {
		b := h.box("")
		h.added(b, "10.1.0.2")
		d := h.begin("DEL", b)
		aside := stateDir + "quarantine/c1@eth0"
		d.op(d.root, fault.DirMake, aside, func() error { return d.n.Disk.Mkdir(aside, 0o700) })
		d.op(d.root, fault.FileRename, aside, func() error {
			return d.n.Disk.Rename(recordPath(b), aside+"/record.json")
		})
		d.end(errSome)
		h.gc().remove(aside + "/record.json")
	}},
	{number: 40, about: "CHECK writes a file", bite: func(h *hand) {
		b := h.box("")
		h.added(b, "10.1.0.2")
		h.begin("CHECK", b).remove(stateDir + "results/red-c1-eth0")
	}},
	{number: 40, about: "STATUS writes to the cluster", bite: func(h *hand) {
		b := h.box("")
		d := h.begin("STATUS", nil)
		d.status(b.Pod, "eth0", "", "10.1.0.2")
	}},
	{number: 40, about: "the plugin of CHECK changes a link", bite: func(h *hand) {
		b := h.box("")
		l := h.added(b, "10.1.0.2")
		d := h.begin("CHECK", b)
		d.plugin(fault.PluginCheck, "macvlan", "eth0", func(p *proc.Proc) {
			d.kernelOp(p, func(k *kernel.Kernel) error { return k.SetMTU(l, 1400) })
		})
	}},
	{number: 50, about: "an effect after the end", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		d.end(errSome)
		d.plugin(fault.PluginAdd, "macvlan", "eth0", func(p *proc.Proc) {
			d.link(p, d.box.NS, "eth0")
		})
	}},
	{number: 53, about: "a DEL that never ends", bite: func(h *hand) {
		h.heal()
		b := h.box("")
		for range 26 {
			h.begin("DEL", b).end(errSome)
		}
	}},
}

// heal tells the world that it is healed, as a story does.
func (h *hand) heal() {
	h.w.Story.Steps = []world.Step{{Do: world.Heal}}
	h.w.Run()
	h.c.Quiet(h.w)
}

// old is a sandbox that nobody knows, and podP the pod of a story.
var (
	old  = record.Key{ContainerID: "c9", IfName: "eth0"}
	podP = record.Pod{Namespace: "default", Name: "p"}
)

// settled creates a pod of a story and lets the world do what it does, and then by
// hand what it should not.
func settled(h *hand, do func(b *world.Sandbox)) {
	h.w.Story.Pods = []world.Pod{{Name: "p", Networks: "red"}}
	h.w.Story.Steps = []world.Step{{Do: world.Create, On: "p"}, {Do: world.Settle}}
	h.w.Run()
	var b *world.Sandbox
	for _, ns := range h.n.Kernel.Namespaces() {
		if ns.Mark.Key.ContainerID != "" {
			b = &world.Sandbox{Key: ns.Mark.Key, NS: ns}
		}
	}
	do(b)
	h.c.Quiet(h.w)
}

// restTeeth are about the world at rest.
var restTeeth = []tooth{
	{number: 21, about: "a record that is as long as it says, and another", bite: func(h *hand) {
		settled(h, func(b *world.Sandbox) {
			d := h.begin("ADD", b)
			text := []byte(d.recordOf(b, 9))
			text[len(text)/2] ^= 1
			d.file(recordPath(b), string(text), synced)
		})
	}, also: []int{48, 49}},
	{number: 51, about: "a DEL that has failed", bite: func(h *hand) {
		settled(h, func(b *world.Sandbox) { h.begin("DEL", b).end(errSome) })
	}, also: []int{48, 49}},
	{number: 36, about: "a lease says another name", bite: func(h *hand) {
		settled(h, func(*world.Sandbox) {
			h.must(h.n.Disk.Fill(leaseDir+"10.1.0.2", []byte("n9-1\r\neth0")))
		})
	}},
	{number: 41, about: "a link of nobody", bite: func(h *hand) {
		_, err := h.n.Kernel.Add(h.n.Kernel.Host(), kernel.Spec{
			Kind: kernel.Dummy, Name: "old", Mark: kernel.Mark{Key: old},
		})
		h.must(err)
		h.c.Quiet(h.w)
	}},
	{number: 41, about: "no interface", bite: func(h *hand) {
		settled(h, func(b *world.Sandbox) { h.must(h.n.Kernel.Delete(b.NS.ByName("eth0"))) })
	}, also: []int{47}},
	{number: 42, about: "a lease of nobody", bite: func(h *hand) {
		d := h.begin("ADD", h.box("")).record()
		d.plugin(fault.PluginAdd, "macvlan", "eth0", func(p *proc.Proc) {
			d.lease(p, "10.1.0.2", "c1")
		})
		d.end(errSome)
		h.c.Quiet(h.w)
	}, also: []int{44, 45, 49}},
	{number: 42, about: "a lease is missing", bite: func(h *hand) {
		settled(h, func(*world.Sandbox) { h.must(h.n.Disk.Unlink(leaseDir + "10.1.0.2")) })
	}},
	{number: 43, about: "a card under another name", bite: func(h *hand) {
		h.must(h.n.Kernel.SetName(h.n.Kernel.Host().ByName("eth1"), "dev1"))
		h.c.Quiet(h.w)
	}},
	{number: 43, about: "a card in a namespace of nobody", bite: func(h *hand) {
		ns, err := h.n.Kernel.Unshare("/var/run/netns/x", kernel.Mark{})
		h.must(err)
		h.must(h.n.Kernel.Move(h.n.Kernel.Host().ByName("eth1"), ns, ""))
		h.c.Quiet(h.w)
	}},
	{number: 44, about: "a record of nobody", bite: func(h *hand) {
		path := stateDir + "records/c9@eth0.json"
		h.must(h.n.Disk.WriteFile(path, []byte("x"), 0o600))
		h.c.Quiet(h.w)
	}},
	{number: 44, about: "a result of nobody", bite: func(h *hand) {
		h.must(h.n.Disk.WriteFile(stateDir+"results/red-c9-eth0", []byte("x"), 0o600))
		h.c.Quiet(h.w)
	}},
	{number: 44, about: "a scratch file of nobody", bite: func(h *hand) {
		h.must(h.n.Disk.WriteFile(stateDir+"c9", []byte("x"), 0o600))
		h.c.Quiet(h.w)
	}},
	{number: 44, about: "a temporary file", bite: func(h *hand) {
		path := stateDir + "records/.c9@eth0.json.tmp"
		h.must(h.n.Disk.WriteFile(path, []byte("x"), 0o600))
		h.c.Quiet(h.w)
	}},
	{number: 45, about: "a namespace of nobody", bite: func(h *hand) {
		h.n.Kernel.UnshareHeld(kernel.Mark{Key: old})
		h.c.Quiet(h.w)
	}},
	{number: 46, about: "a route of nobody", bite: func(h *hand) {
		h.must(h.n.Kernel.AddRoute(h.n.Kernel.Host(), kernel.Route{
			Dst: netip.MustParsePrefix("10.9.0.0/24"), Type: kernel.Blackhole,
			Mark: kernel.Mark{Key: old},
		}))
		h.c.Quiet(h.w)
	}},
	{number: 46, about: "a rule of nobody", bite: func(h *hand) {
		host := h.n.Kernel.Host()
		h.must(h.n.Kernel.AddChain(host, "ip nat", "ports", kernel.Mark{}))
		b := h.box("")
		h.begin("ADD", b).end(errSome)
		h.must(h.n.Kernel.AppendRule(host, "ip nat", "ports", kernel.FilterRule{
			Text: "dnat", Key: "c1", Mark: kernel.Mark{Key: b.Key},
		}))
		h.c.Quiet(h.w)
	}, also: []int{45, 49}},
	{number: 47, about: "no status", bite: func(h *hand) {
		settled(h, func(*world.Sandbox) { h.setStatus("") })
	}},
	{number: 47, about: "a status without an interface", bite: func(h *hand) {
		settled(h, func(*world.Sandbox) {
			h.setStatus(`[{"name":"red","interface":"net1","dns":{}}]`)
		})
	}},
	{number: 48, about: "a status without a sandbox", bite: func(h *hand) {
		b := h.box("")
		h.must(h.w.API.SetStatus(cluster.Token{}, b.Pod, `[{"name":"red","dns":{}}]`))
		h.must(h.n.Kernel.Unmount(b.Netns))
		h.n.Kernel.ReapAll()
		h.c.Quiet(h.w)
	}, also: []int{49}},
	{number: 49, about: "a pod without a sandbox", bite: func(h *hand) {
		b := h.box("")
		h.must(h.n.Kernel.Unmount(b.Netns))
		h.n.Kernel.ReapAll()
		h.c.Quiet(h.w)
	}},
}

func (h *hand) setStatus(text string) {
	h.must(h.w.API.SetStatus(cluster.Token{}, podP, text))
}
