package invariant_test

import (
	"net"
	"net/netip"
	"strconv"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"

	"patchbay/core/need"
	"patchbay/core/record"
	"patchbay/sim/chance"
	"patchbay/sim/cluster"
	"patchbay/sim/fault"
	"patchbay/sim/invariant"
	"patchbay/sim/kernel"
	"patchbay/sim/proc"
	"patchbay/sim/sched"
	"patchbay/sim/world"
)

const (
	stateDir = "/var/lib/cni/multus/"
	leaseDir = "/var/lib/cni/networks/red/"
)

// hand is a world in which everything is done by hand: right, or wrong.
type hand struct {
	t     *testing.T
	w     *world.World
	c     *invariant.Checker
	n     *world.Node
	token cluster.Token
	boxes int
}

func newHand(t *testing.T, config string) *hand {
	t.Helper()
	pool := new(sched.Pool)
	t.Cleanup(pool.Close)
	c := invariant.New()
	w, err := world.New(world.Story{
		Name: "by hand", Config: config,
		Networks: []world.Network{{Name: "red", Config: red}, {Name: "blue", Config: blue}},
	}, world.Options{Source: chance.Ordinary{}, Order: sched.InTurn{}, Pool: pool, Watch: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	h := &hand{t: t, w: w, c: c, n: w.Nodes[0], token: w.API.AddUser("somebody")}
	w.API.Allow(h.token, "", cluster.PodStatus, cluster.Patch)
	w.API.Allow(h.token, "", cluster.Events, cluster.Create)
	for _, dir := range []string{
		stateDir[:len(stateDir)-1], stateDir + "records", stateDir + "results",
		stateDir + "quarantine", "/var/lib/cni/networks", leaseDir[:len(leaseDir)-1],
	} {
		h.must(h.n.Disk.Mkdir(dir, 0o700))
	}
	h.n.Disk.Sync()
	return h
}

func (h *hand) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// box makes a pod that wants networks, and its sandbox.
func (h *hand) box(networks string) *world.Sandbox {
	h.t.Helper()
	h.boxes++
	id := "c" + strconv.Itoa(h.boxes)
	annotations := map[string]string{}
	if networks != "" {
		annotations["k8s.v1.cni.cncf.io/networks"] = networks
	}
	p, err := h.w.API.CreatePod(cluster.Token{}, cluster.Pod{
		Pod:  need.Pod{Namespace: "default", Name: id, Annotations: annotations},
		Node: h.n.Name,
	})
	h.must(err)
	b := &world.Sandbox{
		Key:   record.Key{ContainerID: id, IfName: "eth0"},
		Pod:   record.Pod{Namespace: "default", Name: id, UID: p.UID},
		Netns: "/var/run/netns/" + id,
	}
	b.NS, err = h.n.Kernel.Unshare(b.Netns, kernel.Mark{Key: b.Key})
	h.must(err)
	return b
}

// deed is a call by hand.
type deed struct {
	*hand
	call *world.Call
	root *proc.Proc
	box  *world.Sandbox
}

func (h *hand) begin(verb string, b *world.Sandbox) *deed {
	actor := fault.Actor{Program: "patchbay", Verb: verb}
	c := &world.Call{Node: h.n, Verb: verb, Sandbox: b, At: h.w.Sched.Now()}
	if b != nil {
		actor.Key, c.Netns = b.Key, b.Netns
	}
	c.Proc = h.w.Stage.Begin(actor)
	h.c.Began(c)
	return &deed{h, c, c.Proc, b}
}

// end answers the call.
func (d *deed) end(err error) {
	d.call.Err, d.call.Ended = err, true
	d.c.Ended(d.call)
}

// op does one operation of a process; an error of what happens is the test's.
func (d *deed) op(p *proc.Proc, kind fault.Kind, on string, happen func() error) {
	d.t.Helper()
	d.must(p.Call(kind, on, happen))
}

// How files are put in place.
const (
	synced = true
	loose  = false
)

// file puts a file in place as Patchbay's store does, synced or not.
//
//nolint:revive // a flag is what it is about
func (d *deed) file(path, data string, sync bool) {
	d.t.Helper()
	at := len(path) - 1
	for path[at] != '/' {
		at--
	}
	temp := path[:at+1] + "." + path[at+1:] + ".tmp"
	d.op(d.root, fault.FileStore, temp, func() error {
		err := d.n.Disk.WriteFile(temp, []byte(data), 0o600)
		if err != nil || !sync {
			return err
		}
		return d.n.Disk.Fsync(temp)
	})
	d.op(d.root, fault.FileRename, path, func() error { return d.n.Disk.Rename(temp, path) })
	if sync {
		d.op(d.root, fault.DirSync, path[:at], func() error { return d.n.Disk.SyncDir(path[:at]) })
	}
}

func (d *deed) remove(path string) {
	d.t.Helper()
	d.op(d.root, fault.FileRemove, path, func() error { return d.n.Disk.Remove(path) })
}

func recordPath(b *world.Sandbox) string { return stateDir + "records/" + b.Key.String() + ".json" }

// recordOf is a record of a sandbox as Patchbay would write it.
func (d *deed) recordOf(b *world.Sandbox, seq uint64) string {
	d.t.Helper()
	data := record.Encode(record.Record{
		Seq: seq, BootID: d.n.BootID, ContainerID: b.Key.ContainerID, IfName: b.Key.IfName,
		Netns: b.Netns, NetnsID: b.NS.ID(), Pod: b.Pod,
		Attachments: []record.Attachment{{
			Network: "red", Name: "red", IfName: "eth0", Config: []byte(red), Master: true,
		}},
	})
	if data == nil {
		d.t.Fatal("the record is none")
	}
	return string(data)
}

func (d *deed) record() *deed {
	d.t.Helper()
	d.file(recordPath(d.box), d.recordOf(d.box, 1), synced)
	return d
}

// plugin runs a plugin, by its process.
func (d *deed) plugin(kind fault.Kind, name, ifName string, life func(p *proc.Proc)) {
	d.t.Helper()
	verb := "ADD"
	if kind == fault.PluginDel {
		verb = "DEL"
	}
	d.op(d.root, kind, name+" "+ifName, func() error {
		p, end := d.root.Child(name, verb)
		defer end()
		if life != nil {
			life(p)
		}
		return nil
	})
}

// link makes a macvlan in the sandbox, or wherever.
func (d *deed) link(p *proc.Proc, ns *kernel.Namespace, name string) *kernel.Link {
	d.t.Helper()
	parent := d.n.Kernel.Host().ByName("eth0")
	var l *kernel.Link
	d.op(p, fault.LinkAdd, name, func() error {
		var err error
		l, err = d.n.Kernel.Add(ns, kernel.Spec{
			Kind: kernel.Macvlan, Name: name, Parent: parent, Mode: kernel.ModeBridge,
			Mark: kernel.Mark{Key: p.Key, Proc: p.Proc},
		})
		return err
	})
	return l
}

// lease takes an address for the sandbox of a process.
func (d *deed) lease(p *proc.Proc, ip, owner string) {
	d.t.Helper()
	path := leaseDir + ip
	d.op(p, fault.FileCreate, path, func() error {
		f, err := d.n.Disk.Create(path, 0o600)
		if err != nil {
			return err
		}
		return f.Append([]byte(owner + "\r\neth0"))
	})
}

func (d *deed) address(p *proc.Proc, l *kernel.Link, ip string) {
	d.t.Helper()
	d.op(p, fault.AddrAdd, l.Name, func() error {
		return d.n.Kernel.AddAddr(l, kernel.NewAddr(netip.MustParsePrefix(ip+"/24")))
	})
	d.op(p, fault.LinkUp, l.Name, func() error { return d.n.Kernel.SetUp(l) })
}

// attach is what a plugin does right: a link, a lease, the address, and a result.
func (d *deed) attach(ip string) *kernel.Link {
	d.t.Helper()
	const ifName = "eth0"
	var l *kernel.Link
	d.plugin(fault.PluginAdd, "macvlan", ifName, func(p *proc.Proc) {
		l = d.link(p, d.box.NS, ifName)
		d.lease(p, ip, d.box.Key.ContainerID)
		d.address(p, l, ip)
	})
	d.file(d.resultPath(ifName), "{}", loose)
	return l
}

func (d *deed) resultPath(ifName string) string {
	return stateDir + "results/red-" + d.box.Key.ContainerID + "-" + ifName
}

// detach undoes it.
func (d *deed) detach(ip string) {
	d.t.Helper()
	const ifName = "eth0"
	d.plugin(fault.PluginDel, "macvlan", ifName, func(p *proc.Proc) {
		d.op(p, fault.FileRemove, ip, func() error { return d.n.Disk.Remove(leaseDir + ip) })
		d.op(p, fault.LinkDel, ifName, func() error {
			return d.n.Kernel.Delete(d.box.NS.ByName(ifName))
		})
	})
	d.remove(d.resultPath(ifName))
}

// status tells the cluster what the pod got.
func (d *deed) status(pod record.Pod, ifName, mac, ip string) {
	d.t.Helper()
	text := `[{"name":"red","interface":"` + ifName + `","ips":["` + ip + `"],"mac":"` + mac +
		`","default":true,"dns":{}}]`
	d.op(d.root, fault.StatusPatch, pod.Name, func() error {
		return d.w.API.SetStatus(d.token, pod, text)
	})
}

// result is a result of ADD.
func (d *deed) result(l *kernel.Link, ip string) types.Result {
	return &current.Result{
		CNIVersion: "1.1.0",
		Interfaces: []*current.Interface{{Name: l.Name, Mac: l.MAC.String(), Sandbox: d.box.Netns}},
		IPs: []*current.IPConfig{{
			Interface: new(int),
			Address:   net.IPNet{IP: net.ParseIP(ip), Mask: net.CIDRMask(24, 32)},
		}},
	}
}

// added is a whole ADD, done right.
func (h *hand) added(b *world.Sandbox, ip string) *kernel.Link {
	h.t.Helper()
	d := h.begin("ADD", b).record()
	l := d.attach(ip)
	d.status(b.Pod, "eth0", l.MAC.String(), ip)
	d.call.Result = d.result(l, ip)
	d.end(nil)
	return l
}

// deleted is a whole DEL, done right.
func (h *hand) deleted(b *world.Sandbox, ip string) {
	h.t.Helper()
	d := h.begin("DEL", b)
	d.detach(ip)
	d.remove(recordPath(b))
	d.end(nil)
}

// numbers lists which invariants did not hold.
func (h *hand) numbers() []int {
	var out []int
	for _, v := range h.c.Violations() {
		out = append(out, v.Invariant)
	}
	return out
}
