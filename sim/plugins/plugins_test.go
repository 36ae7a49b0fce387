package plugins_test

import (
	"encoding/json"
	"fmt"
	"strings"
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
	if _, err := n.Kernel.AddNIC("eth0", kernel.MAC{2, 0, 0, 0, 1, 0}, 1500, ""); err != nil {
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

// files is what is on the disk.
func (n *node) files() string { return n.Disk.Dump() }

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
	if !json.Valid([]byte(out)) {
		t.Errorf("not JSON: %s", out)
	}
	t.Log(out)
	t.Log(n.files())
	t.Log(ns.Dump())
	t.Log(n.Kernel.Host().Dump())
	e.Verb = "DEL"
	for range 2 {
		if _, err := n.run(e); err != nil {
			t.Error(err)
		}
	}
	if ns.ByName("eth0") != nil || strings.Contains(n.files(), "10.1.0.2 ") {
		t.Errorf("something is left: %s", n.files())
	}
}

func lifecycle(b *testing.B, envs ...plugins.Env) {
	n := newNode(b)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		path := fmt.Sprintf("/run/netns/%d", i)
		n.sandbox(path)
		for _, verb := range []string{"ADD", "DEL"} {
			for _, e := range envs {
				e.Verb, e.NetNS, e.ContainerID = verb, path, fmt.Sprintf("c%d", i)
				if _, err := n.run(e); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := n.Kernel.Unmount(path); err != nil {
			b.Fatal(err)
		}
		_ = n.Kernel.RemovePath(path)
		n.Kernel.ReapAll()
	}
}

const macvlanConf = `{"cniVersion":"1.1.0","name":"mac","type":"macvlan","master":"eth0",
	"ipam":{"type":"host-local","subnet":"10.2.0.0/24"}}`

func BenchmarkLifecycle(b *testing.B) {
	lifecycle(b,
		plugins.Env{Type: "bridge", IfName: "eth0", Stdin: []byte(bridgeConf)},
		plugins.Env{Type: "macvlan", IfName: "net1", Stdin: []byte(macvlanConf)},
	)
}
