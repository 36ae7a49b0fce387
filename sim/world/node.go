package world

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"patchbay/backends/drive"
	"patchbay/core/fail"
	"patchbay/core/netconf"
	"patchbay/core/record"
	"patchbay/sim/chance"
	"patchbay/sim/cluster"
	"patchbay/sim/disk"
	"patchbay/sim/kernel"
	"patchbay/sim/plugins"
)

// Node is one machine.
type Node struct {
	World  *World
	Index  int
	Name   string
	BootID string
	Kernel *kernel.Kernel
	Disk   *disk.Disk
	// Machine is what its plugins share.
	Machine *plugins.Machine
	// Missing are the plugins that are not installed.
	Missing []string

	config   netconf.Config
	networks *drive.Networks
	calls    []*Call // under way
	workers  []*worker
	stopped  []*Sandbox // that have had their DEL, the last few
	uplinks  []string
	frozen   time.Duration // until when its processes stand still
	shared   []pair        // pods whose sandboxes get the namespace of another
	odd      []pair        // pods with one item of CNI_ARGS more
	boxes    int
	boots    int
	down     bool
}

// pair is a pod and what it has to do with.
type pair struct{ pod, other string }

// baseConfig is our configuration but for what a story says.
const baseConfig = `{"cniVersion":"1.1.0","name":"patchbay","type":"patchbay",` +
	`"kubeconfig":"/etc/cni/multus/kubeconfig","podNotFound":"tryAgainLater","delegates":[%s]%s}`

// someDefault is the default network of stories that do not name another.
const someDefault = `{"cniVersion":"1.0.0","name":"cbr0","plugins":[{"type":"bridge",` +
	`"bridge":"cbr0","isDefaultGateway":true,"ipam":{"type":"host-local",` +
	`"ranges":[[{"subnet":"10.244.0.0/16"}]]}}]}`

// configOf is our configuration with a default network and more members.
func (w *World) configOf(network, more string) (netconf.Config, error) {
	if more != "" {
		more = "," + more
	}
	return w.opts.Shared.config(fmt.Sprintf(baseConfig, or(network, someDefault), more))
}

func newNode(w *World, index int) (*Node, error) {
	story := w.Story
	config, err := w.configOf(story.Default, story.Config)
	if err != nil {
		return nil, fail.About("story "+story.Name, err)
	}
	n := &Node{
		World: w, Index: index, Name: "n" + strconv.Itoa(index), config: config,
		Kernel: kernel.New(kernel.Kernel618()), Disk: disk.New(disk.Ext4()),
		networks: w.opts.Shared.networks,
	}
	n.boot()
	n.Machine = &plugins.Machine{
		Kernel: n.Kernel, Disk: n.Disk,
		Lease: &plugins.DHCP{Network: netip.MustParsePrefix("10.9.0.1/24")},
		Pools: &plugins.Pools{API: w.API, Token: w.token},
	}
	if err := n.furnish(); err != nil {
		return nil, fmt.Errorf("story %s: node %s: %w", story.Name, n.Name, err)
	}
	return n, nil
}

// uplinks is how many cards a node uses itself; another one is for pods.
const uplinks = 2

// furnish puts in what every node has: uplinks that macvlan and its like attach
// to, a card for pods, and the directories that a package makes.
func (n *Node) furnish() error {
	mac := kernel.MAC{0x02, 0xbb, 0, 0, byte(n.Index >> 8), byte(n.Index)}
	for i, name := range []string{"eth0", "eth1", "eth2"} {
		mac[1] = byte(0xb0 + i)
		nic, err := n.Kernel.AddNIC(name, mac, 1500, fmt.Sprintf("0000:00:0%d.0", i+3))
		if err != nil {
			return err
		}
		if i < uplinks {
			n.uplinks = append(n.uplinks, nic.Name)
		}
	}
	if err := n.Disk.MountTmpfs("/run"); err != nil {
		return err
	}
	if err := n.bringUp(); err != nil {
		return err
	}
	for _, dir := range []string{"/var", "/var/lib", "/var/lib/cni", "/etc", "/etc/cni", ConfDir} {
		if err := n.Disk.Mkdir(dir, 0o755); err != nil && dir != ConfDir {
			return err
		}
	}
	n.Disk.Sync()
	return nil
}

// bringUp is what the services of the node do at every boot: that of the network,
// and the daemons of dhcp and flannel.
func (n *Node) bringUp() error {
	for _, name := range n.uplinks {
		if nic := n.Kernel.Host().ByName(name); nic != nil {
			if err := n.Kernel.SetUp(nic); err != nil {
				return err
			}
		}
	}
	n.Machine.Lease.Forget()
	if err := n.Disk.Mkdir("/run/flannel", 0o755); err != nil {
		return err
	}
	subnet := "FLANNEL_NETWORK=10.5.0.0/16\nFLANNEL_SUBNET=10.5." + strconv.Itoa(n.Index) +
		".1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n"
	return n.Disk.WriteFile("/run/flannel/subnet.env", []byte(subnet), 0o644)
}

// boot gives the node a boot id of its own.
func (n *Node) boot() {
	n.boots++
	n.BootID = fmt.Sprintf("%08x-0000-4000-8000-%012x", n.boots, n.Index)
}

// unshare makes the namespace of a sandbox.
func (n *Node) unshare(box *Sandbox) bool {
	for _, s := range n.shared {
		if other := n.boxNamed(s.other); s.pod == box.Pod.Name && other != nil {
			box.NS = other.NS
			return n.Kernel.Bind(box.Netns, other.NS) == nil
		}
	}
	ns, err := n.Kernel.Unshare(box.Netns, kernel.Mark{Key: box.Key})
	box.NS = ns
	return err == nil
}

// reachable reports whether the path of a sandbox still leads to it.
func (n *Node) reachable(box *Sandbox) bool {
	ns, err := n.Kernel.Open(box.Netns)
	return err == nil && ns == box.NS
}

// removeNetns takes the namespace of a sandbox away, as a runtime does when it
// has stopped it: it unmounts whatever is at the path.
func (n *Node) removeNetns(box *Sandbox) {
	_ = n.Kernel.Unmount(box.Netns)
	_ = n.Kernel.RemovePath(box.Netns)
	n.reap()
}

// reap lets the kernel clean up after dead namespaces, which it does when it
// has time: now or, by chance, a while later.
func (n *Node) reap() {
	dying := slices.Clone(n.Kernel.Dying())
	if len(dying) == 0 {
		return
	}
	if n.World.Chance.Choose(chance.Time, 4) < 3 {
		for _, ns := range dying {
			n.Kernel.Reap(ns)
		}
		return
	}
	n.World.Sched.Go("cleanup_net", func() {
		for _, ns := range dying {
			n.World.Sched.Sleep(reapTime)
			n.Kernel.Reap(ns)
		}
	})
}

// removeAll is what a kubelet does when a pod's sandboxes are stopped.
func (n *Node) removeAll(k *worker) bool {
	pod := cluster.Key{Namespace: k.pod.Namespace, Name: k.pod.Name}
	n.World.finalize(pod, k.uid)
	return true
}

// down and up of a machine: whatever runs is no more.
func (n *Node) die() {
	if !n.down {
		n.down = true
		n.World.working++
	}
	for _, c := range slices.Clone(n.calls) {
		c.Proc.KillGroup()
	}
	n.calls = nil
}

func (n *Node) reboot() {
	n.die()
	n.Disk.Reboot()
	n.start()
}

func (n *Node) powerCut() {
	n.die()
	n.Disk.PowerCut(func(choices int) int {
		return n.World.Chance.Choose(chance.Disk, choices)
	})
	n.start()
}

// start brings the node up again: the kubelet finds its pods without sandboxes
// that are ready.
func (n *Node) start() {
	n.Kernel.Reboot()
	n.World.complain("start of "+n.Name, n.bringUp())
	n.boot()
	if n.World.opts.Watch != nil {
		n.World.opts.Watch.Booted(n)
	}
	boot := n.boots
	n.World.Sched.Go("boot", func() {
		n.World.Sched.Sleep(bootTime)
		if n.boots != boot {
			return // it went down again, and comes up again
		}
		n.down = false
		for _, k := range n.workers {
			for _, b := range k.boxes {
				b.Ready = false
			}
			k.poke()
		}
		n.World.working--
		n.World.settled()
	})
}

// Live lists the keys of the sandboxes that the runtime knows, sorted.
func (n *Node) Live() []record.Key {
	var out []record.Key
	for _, b := range n.Sandboxes() {
		out = append(out, b.Key)
	}
	slices.SortFunc(out, func(a, b record.Key) int {
		if a.ContainerID < b.ContainerID {
			return -1
		}
		return 1
	})
	return out
}
