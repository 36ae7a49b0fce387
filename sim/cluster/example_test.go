package cluster_test

import (
	"fmt"
	"net/netip"

	"patchbay/sim/cluster"
)

// Two containers want an address from the same version of a pool: one of them
// has to do it again.
func ExamplePool() {
	c := cluster.New(cluster.Options{})
	_ = c.CreateNamespace(admin, "kube-system")
	_, _ = c.CreatePool(admin, cluster.Pool{
		Meta:  cluster.Meta{Namespace: "kube-system", Name: "10.0.0.0-24"},
		Range: netip.MustParsePrefix("10.0.0.0/24"),
	})
	read, _ := c.GetPool(admin, "kube-system", "10.0.0.0-24")
	for _, container := range []string{"c1", "c2"} {
		h := cluster.Holder{Pod: "default/" + container, ContainerID: container, IfName: "net1"}
		next, addr, _ := read.Take(h)
		_, err := c.UpdatePool(admin, next)
		for cluster.CodeOf(err) == cluster.CodeConflict {
			fmt.Println(container, "was not the first")
			read, _ = c.GetPool(admin, "kube-system", "10.0.0.0-24")
			next, addr, _ = read.Take(h)
			_, err = c.UpdatePool(admin, next)
		}
		fmt.Println(container, "has", addr)
	}
	// Output:
	// c1 has 10.0.0.1
	// c2 was not the first
	// c2 has 10.0.0.2
}
