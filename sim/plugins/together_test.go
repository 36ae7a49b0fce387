package plugins_test

import (
	"fmt"
	"slices"
	"testing"

	"patchbay/sim/chance"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
	"patchbay/sim/plugins"
	"patchbay/sim/sched"
)

// TestTogether attaches four sandboxes to one network at once, in many orders of
// their operations: everybody gets an address of his own, and the last DEL
// leaves none.
func TestTogether(t *testing.T) {
	const boxes = 4
	pool := new(sched.Pool)
	defer pool.Close()
	for seed := range uint64(150) {
		n := newNode(t)
		n.sched = sched.New(chance.Seed(seed), pool, sched.AnyOrder{})
		n.stage.Sched = n.sched
		var got []string
		for i := range boxes {
			id := fmt.Sprint("box", i)
			e := plugins.Env{
				Type: "bridge", Verb: "ADD", ContainerID: id, NetNS: "/run/netns/" + id,
				IfName: "eth0", Path: "/opt/cni/bin", Machine: n.Machine,
				Stdin: []byte(`{"cniVersion":"1.0.0","name":"net","type":"bridge","ipam":` +
					`{"type":"host-local","subnet":"10.1.0.0/29"}}`),
			}
			n.sandbox(e.NetNS)
			n.sched.Go(id, func() {
				e.Proc = n.stage.Begin(fault.Actor{Program: e.Type, Verb: e.Verb})
				if _, err := plugins.Run(e); err != nil {
					t.Errorf("seed %d: %s: %v", seed, id, err)
					return
				}
				box, err := n.Kernel.Open(e.NetNS)
				if err != nil {
					t.Error(err)
					return
				}
				got = append(got, box.ByName("eth0").V4[0].IP.String())
				e.Verb = "DEL"
				e.Proc = n.stage.Begin(fault.Actor{Program: e.Type, Verb: e.Verb})
				if i%2 == 1 {
					return // stays
				}
				if _, err := plugins.Run(e); err != nil {
					t.Errorf("seed %d: %s: %v", seed, id, err)
				}
			})
		}
		if left := n.sched.Run(); len(left) > 0 {
			t.Fatalf("seed %d: %d processes wait for ever", seed, len(left))
		}
		n.sched.Close()
		addresses := onBridge(n.Kernel)
		if slices.Sort(got); len(got) != boxes || len(addresses) != boxes/2 ||
			len(slices.Compact(addresses)) != boxes/2 {
			t.Errorf("seed %d: got %q, and %q stay", seed, got, addresses)
		}
	}
}

// onBridge lists the addresses of all sandboxes.
func onBridge(k *kernel.Kernel) []string {
	var out []string
	for _, ns := range k.Namespaces() {
		if l := ns.ByName("eth0"); l != nil && ns != k.Host() && len(l.V4) > 0 {
			out = append(out, l.V4[0].IP.String())
		}
	}
	slices.Sort(out)
	return out
}
