package kernel_test

import (
	"fmt"
	"net/netip"
	"testing"

	"patchbay/sim/kernel"
)

// BenchmarkOps is single operations on a node with 100 pods.
func BenchmarkOps(b *testing.B) {
	k := kernel.New(kernel.Kernel618())
	br, err := k.Add(k.Host(), kernel.Spec{Kind: kernel.Bridge, Name: "cni0"})
	if err != nil {
		b.Fatal(err)
	}
	var ns *kernel.Namespace
	var eth0 *kernel.Link
	for i := range 100 {
		ns, eth0 = pod(b, k, fmt.Sprintf("/run/netns/%d", i))
		for _, err := range []error{k.SetMaster(eth0.Peer, br), k.SetUp(eth0), k.SetUp(eth0.Peer)} {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	addr := kernel.NewAddr(netip.MustParsePrefix("10.0.0.2/24"))
	if err := k.AddAddr(eth0, addr); err != nil {
		b.Fatal(err)
	}
	more := kernel.NewAddr(netip.MustParsePrefix("10.1.0.2/24"))
	route := kernel.Route{Dst: kernel.Default4, Gw: netip.MustParseAddr("10.0.0.1")}
	name := eth0.Peer.Name
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"find", func() { k.Host().ByName(name) }},
		{"rename", func() { _, _ = k.SetName(eth0, "net1"), k.SetName(eth0, "eth0") }},
		{"address", func() { _, _ = k.AddAddr(eth0, more), k.DelAddr(eth0, more) }},
		{"route", func() { _, _ = k.AddRoute(ns, route), k.DelRoute(ns, route) }},
		{"mtu", func() { _, _ = k.SetMTU(eth0, 1400), k.SetMTU(eth0, 1500) }},
		{"port", func() { _, _ = k.SetMaster(eth0.Peer, nil), k.SetMaster(eth0.Peer, br) }},
		{"open", func() { _, _ = k.Open("/run/netns/50") }},
		{"hash", func() { k.Hash() }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.do()
			}
		})
	}
}
