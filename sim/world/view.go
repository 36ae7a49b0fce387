package world

import (
	"context"
	"time"

	"patchbay/backends"
	"patchbay/backends/store"
	"patchbay/core/fail"
	"patchbay/sim/cluster"
	"patchbay/sim/fault"
	"patchbay/sim/proc"
	"patchbay/sim/sched"
)

// Where things are on a pretended node.
const (
	PluginDir  = "/opt/cni/bin"
	StateDir   = "/var/lib/cni/multus"
	NetnsDir   = "/var/run/netns"
	ConfDir    = "/etc/cni/multus/net.d"
	bootIDFile = "/proc/sys/kernel/random/boot_id"
)

// view is a node as one process sees it: every part of a backend.
type view struct {
	node  *Node
	p     *proc.Proc
	api   *cluster.Cluster
	token cluster.Token
	clock sched.Clock
}

// backend is what a process of Patchbay is given.
func (n *Node) backend(p *proc.Proc) backends.Backend {
	v := &view{
		node: n, p: p, api: n.World.API, token: n.World.token,
		clock: sched.Clock{Sched: n.World.Sched},
	}
	clock := wallClock{v.clock, n.World}
	return backends.Backend{
		Cluster: v, Plugins: v, Links: v, Devices: v, Confs: v, Clock: clock,
		Records: store.New(store.Options{
			Dir: StateDir, FS: files{v}, Clock: clock, BootID: v.bootID,
			CompatScratch: n.config.CompatScratch,
		}),
	}
}

// wallClock is a clock that may have jumped. What waits goes by another one, as it
// does in the real world.
type wallClock struct {
	sched.Clock
	world *World
}

// Now is what the clock on the wall says.
func (c wallClock) Now() time.Time { return c.Time().Add(c.world.jump) }

func (v *view) bootID(ctx context.Context) (string, error) {
	err := v.p.Do(ctx, fault.Op{Kind: fault.BootRead}, func(fault.Outcome) error { return nil })
	if err != nil {
		return "", fail.New(fail.IO, "boot ID: open %s: %w", bootIDFile, err)
	}
	return v.node.BootID, nil
}
