package plugins_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"testing"

	"patchbay/core/record"
	"patchbay/sim/chance"
	"patchbay/sim/disk"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
	"patchbay/sim/plugins"
	"patchbay/sim/proc"
	"patchbay/sim/sched"
)

// node is a machine with plugins, and a scheduler of its own.
type node struct {
	t     testing.TB
	pool  *sched.Pool
	sched *sched.Sched
	stage *proc.Stage
	*plugins.Machine
}

func newNode(t testing.TB) *node {
	t.Helper()
	n := &node{t: t, pool: new(sched.Pool), Machine: &plugins.Machine{
		Kernel: kernel.New(kernel.Kernel618()), Disk: disk.New(disk.Ext4()),
	}}
	n.sched = sched.New(chance.Ordinary{}, n.pool, sched.InTurn{})
	n.stage = &proc.Stage{Sched: n.sched, Judge: fault.Never{}}
	t.Cleanup(func() {
		n.sched.Close()
		n.pool.Close()
	})
	if _, err := n.Kernel.AddNIC("eth0", kernel.MAC{10, 0, 0, 0, 0, 1}, 1500, ""); err != nil {
		t.Fatal(err)
	}
	if err := n.Kernel.SetUp(n.Kernel.Host().ByName("eth0")); err != nil {
		t.Fatal(err)
	}
	return n
}

// sandbox makes a namespace.
func (n *node) sandbox(path string) *kernel.Namespace {
	ns, err := n.Kernel.Unshare(path, kernel.Mark{})
	if err != nil {
		n.t.Fatal(err)
	}
	return ns
}

// run executes a plugin.
func (n *node) run(e plugins.Env) (string, error) {
	var out []byte
	var err error
	n.sched.Go(e.Type, func() {
		e.Machine = n.Machine
		e.Proc = n.stage.Begin(fault.Actor{
			Program: e.Type, Verb: e.Verb,
			Key: record.Key{ContainerID: e.ContainerID, IfName: e.IfName},
		})
		if e.Path == "" {
			e.Path = "/opt/cni/bin"
		}
		out, err = plugins.Run(e)
	})
	n.sched.Run()
	return string(out), err
}

const bridgeConf = `{"cniVersion":"1.1.0","name":"net","type":"bridge","bridge":"br0",
	"isDefaultGateway":true,"ipam":{"type":"host-local","subnet":"10.1.0.0/24"}}`

func TestBridge(t *testing.T) {
	n := newNode(t)
	ns := n.sandbox("/run/netns/a")
	e := plugins.Env{
		Type: "bridge", Verb: "ADD", ContainerID: "a", NetNS: "/run/netns/a", IfName: "eth0",
		Stdin: []byte(bridgeConf),
	}
	out, err := n.run(e)
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		IPs []struct{ Address, Gateway string }
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || len(r.IPs) != 1 ||
		r.IPs[0].Address != "10.1.0.2/24" || r.IPs[0].Gateway != "10.1.0.1" {
		t.Errorf("%v in %s", err, out)
	}
	const lease = "/var/lib/cni/networks/net/10.1.0.2"
	if data, err := n.Disk.ReadFile(lease); err != nil || string(data) != "a\r\neth0" {
		t.Errorf("lease %q, %v", data, err)
	}
	e.Verb = "DEL"
	for range 2 {
		if _, err := n.run(e); err != nil {
			t.Error(err)
		}
	}
	if _, err := n.Disk.Stat(lease); err == nil || ns.ByName("eth0") != nil {
		t.Error("something is left")
	}
}

// lifecycle runs plugins for one sandbox after the other. The processes are of
// one task, so that the plugins are measured and not the scheduler.
func lifecycle(b *testing.B, envs ...plugins.Env) {
	b.Helper()
	n := newNode(b)
	b.ReportAllocs()
	paths := []string{"/run/netns/a", "/run/netns/b", "/run/netns/c"}
	names := []string{"node-1001", "node-1002", "node-1003"}
	n.sched.Go("all", func() {
		for i := 0; b.Loop(); i++ {
			i %= len(paths)
			n.sandbox(paths[i])
			n.attach(b, envs, paths[i], names[i])
			if err := n.Kernel.Unmount(paths[i]); err != nil {
				b.Fatal(err)
			}
			if err := n.Kernel.RemovePath(paths[i]); err != nil {
				b.Fatal(err)
			}
			n.Kernel.ReapAll()
		}
	})
	n.sched.Run()
	b.ReportMetric(float64(n.stage.Ops())/float64(b.N), "world-ops/op")
}

// attach adds the interfaces of a sandbox, and deletes them from the last on. A
// plugin named in the middle of a chain gets the result of the one before.
func (n *node) attach(b *testing.B, envs []plugins.Env, path, id string) {
	b.Helper()
	var prev []byte
	run := func(e plugins.Env, verb string) {
		e.Verb, e.NetNS, e.ContainerID, e.Path = verb, path, id, "/opt/cni/bin"
		e.Machine = n.Machine
		e.Proc = n.stage.Begin(fault.Actor{
			Program: e.Type, Verb: verb, Key: record.Key{ContainerID: id, IfName: e.IfName},
		})
		if at := bytes.Index(e.Stdin, []byte("PREV")); at >= 0 {
			text := append([]byte(nil), e.Stdin[:at]...)
			text = append(text, prev...)
			e.Stdin = append(text, e.Stdin[at+len("PREV"):]...)
		}
		out, err := plugins.Run(e)
		if err != nil {
			b.Fatalf("%s %s: %v", e.Type, verb, err)
		}
		if verb == "ADD" {
			prev = out
		}
	}
	for _, e := range envs {
		run(e, "ADD")
	}
	for _, e := range slices.Backward(envs) {
		run(e, "DEL")
	}
}

const (
	macvlanConf = `{"cniVersion":"1.1.0","name":"mac","type":"macvlan","master":"eth0",
		"ipam":{"type":"host-local","subnet":"10.2.0.0/24"}}`
	ptpConf = `{"cniVersion":"1.1.0","name":"p","type":"ptp",
		"ipam":{"type":"host-local","subnet":"10.3.0.0/24"}}`
	portmapConf = `{"cniVersion":"1.1.0","name":"net","type":"portmap",
		"capabilities":{"portMappings":true},"prevResult":PREV}`
)

func BenchmarkLifecycle(b *testing.B) {
	bridge := plugins.Env{Type: "bridge", IfName: "eth0", Stdin: []byte(bridgeConf)}
	macvlan := plugins.Env{Type: "macvlan", IfName: "net1", Stdin: []byte(macvlanConf)}
	b.Run("all", func(b *testing.B) {
		lifecycle(b, bridge,
			plugins.Env{Type: "portmap", IfName: "eth0", Stdin: []byte(portmapConf)},
			macvlan,
			plugins.Env{Type: "ptp", IfName: "net2", Stdin: []byte(ptpConf)})
	})
	b.Run("bridge", func(b *testing.B) { lifecycle(b, bridge) })
	b.Run("macvlan", func(b *testing.B) { lifecycle(b, macvlan) })
	b.Run("nothing", func(b *testing.B) { lifecycle(b) })
}

func prefix(text string) netip.Prefix { return netip.MustParsePrefix(text) }
