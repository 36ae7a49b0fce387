package topology_test

import (
	"fmt"
	"os"

	"patchbay/cmd/internal/topology"
)

func ExampleText() {
	err := topology.Text(os.Stdout, topology.Model{
		Pods: []topology.Pod{{
			Namespace: "default", Name: "router", Container: "3f2a91c0d5e6f7a8", State: topology.Alive,
			Interfaces: []topology.Interface{
				{Name: "eth0", Network: "pods", IPs: []string{"10.244.0.5/24"}, MAC: "0a:58:0a:f4:00:05"},
				{Name: "net1", Network: "default/red", IPs: []string{"192.168.1.4/24"}, MAC: "02:00:00:00:00:01"},
			},
		}},
		Networks: []topology.Network{
			{Name: "default/red", Plugin: "macvlan", Link: "eth1", LinkIs: "parent", Members: 1},
			{Name: "pods", Plugin: "bridge", Link: "cni0", LinkIs: "bridge", Members: 1},
		},
	}, false)
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// default/router  3f2a91c0d5e6
	// ├─ eth0  10.244.0.5/24   0a:58:0a:f4:00:05  ── pods · bridge cni0
	// └─ net1  192.168.1.4/24  02:00:00:00:00:01  ── default/red · macvlan on eth1
	//
	// Networks
	// NAME         MADE OF          INTERFACES
	// default/red  macvlan on eth1  1 interface
	// pods         bridge cni0      1 interface
}
