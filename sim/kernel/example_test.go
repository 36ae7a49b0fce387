package kernel_test

import (
	"fmt"
	"net/netip"

	"patchbay/sim/kernel"
)

// A pod's veth, from the node's side to the pod's death.
func Example() {
	k := kernel.New(kernel.Kernel618())
	pod, err := k.Unshare("/run/netns/pod", kernel.Mark{})
	if err != nil {
		fmt.Println(err)
		return
	}
	eth0, err := k.Add(pod, kernel.Spec{Kind: kernel.Veth, Name: "eth0", PeerNS: k.Host()})
	if err != nil {
		fmt.Println(err)
		return
	}
	host := eth0.Peer
	fmt.Println(k.SetUp(eth0), k.SetUp(host), eth0.Carrier())
	fmt.Println(k.AddAddr(eth0, kernel.NewAddr(netip.MustParsePrefix("10.0.0.2/24"))))
	far := kernel.Route{Dst: kernel.Default4, Gw: netip.MustParseAddr("10.1.0.1")}
	fmt.Println(k.AddRoute(pod, far))

	fmt.Println(k.Unmount("/run/netns/pod"), pod.Alive(), host.Alive())
	k.ReapAll() // what Linux does on a work queue
	fmt.Println(host.Alive(), k.SetDown(host))
	// Output:
	// <nil> <nil> true
	// <nil>
	// network is unreachable
	// <nil> false true
	// false no such device
}
