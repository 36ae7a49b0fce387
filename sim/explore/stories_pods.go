package explore

import (
	"slices"
	"time"

	"patchbay/sim/world"
)

// refused are the steps of a pod that can not come up, and is deleted.
func refused(first ...world.Step) []world.Step {
	return append(first, wait(25*time.Second), remove("p"), settle)
}

// team is a network of another namespace.
func team(name string) world.Network {
	return world.Network{Namespace: "team", Name: name, Config: macvlan}
}

// annotationStories are about what pods ask for, in both grammars.
func annotationStories() []world.Story {
	return slices.Concat(listStories(), refusedStories())
}

// listStories are about the grammars, and namespaces.
func listStories() []world.Story {
	return []world.Story{
		{
			Name: "short-list", About: "namespaces and names in the short grammar are mixed up",
			Networks: []world.Network{team("green")},
			Pods:     some("p", "team/green@lan1,blue@lan2"), Steps: life(),
		},
		{
			Name: "long-list", About: "what the long grammar asks for reaches another network",
			Networks: []world.Network{team("green"), {Name: "asks", Config: chained(
				`{"type":"macvlan","master":"eth0","capabilities":{"mac":true,"ips":true},` +
					`"ipam":{"type":"static"}}`)}},
			Pods: some("p", `[{"name":"green","namespace":"team","interface":"lan1"},`+
				`{"name":"asks","ips":["10.50.0.7/24"],"mac":"02:00:00:00:50:07"}]`),
			Steps: life(),
		},
		{
			Name: "twice", About: "two attachments of one network share what they keep",
			Pods: some("p", "red,red"), Steps: life(),
		},
		{
			Name: "same-name", About: "two networks of two namespaces have one name",
			Networks: []world.Network{team("red")}, Pods: some("p", "red,team/red"), Steps: life(),
		},
		{
			Name: "other-default", About: "the pod's own default network is not the node's",
			Networks: []world.Network{{Namespace: "kube-system", Name: "main", Config: second}},
			Pods: []world.Pod{{Name: "p", Networks: "red", Annotations: map[string]string{
				"v1.multus-cni.io/default-network": "main",
			}}},
			Steps: life(),
		},
		{
			Name: "other-namespace", About: "a pod gets networks of its own namespace",
			Networks: []world.Network{team("green")},
			Pods:     []world.Pod{{Namespace: "team", Name: "p", Networks: "green"}}, Steps: life(),
		},
		{
			Name: "isolated", About: "a pod reaches into a namespace that it may not use",
			Fails:  true,
			Config: `"namespaceIsolation":true`, Networks: []world.Network{team("green")},
			Pods: some("p", "team/green"), Steps: refused(create("p")),
		},
		{
			Name: "every-pod", About: "a network of every pod is not that of system pods",
			Config: `"clusterNetwork":"main","defaultNetworks":["extra"]`,
			Networks: []world.Network{
				{Namespace: "kube-system", Name: "main", Config: portmap},
				{Namespace: "kube-system", Name: "extra", Config: small},
			},
			Pods: []world.Pod{{Name: "p"}, {Namespace: "kube-system", Name: "q"}},
			Steps: []world.Step{
				create("p"), create("q"), settle, remove("q"), remove("p"), settle,
			},
		},
	}
}

// refusedStories are mostly about what can not be.
func refusedStories() []world.Story {
	return []world.Story{
		{
			Name: "long-name", About: "an interface can not have the name that is asked for",
			Fails: true,
			Pods:  some("p", "red@a-name-of-sixteen"), Steps: refused(create("p")),
		},
		{
			Name: "ourselves", About: "a network is ourselves, and would call us for ever",
			Fails: true,
			Networks: []world.Network{{Name: "loop", Config: `{"cniVersion":"1.0.0",` +
				`"type":"patchbay","delegates":[` + macvlan + `]}`}},
			Pods: some("p", "loop"), Steps: refused(create("p")),
		},
		{
			Name: "odd-args", About: "what the runtime passes on is more than anybody expects",
			Fails: true,
			Pods:  some("p", "red"), Steps: []world.Step{
				into(world.OddArgs, "p", "ODD=../../%00=\u00e9"), create("p"), settle,
				remove("p"), settle,
			},
		},
		{
			Name: "many", About: "a pod asks for more than there can be",
			Fails: true,
			Pods:  some("p", ""), Steps: refused(into(world.ManyNetworks, "p", "red")),
		},
		{
			Name: "same-default", About: "two networks of a pod want its default route",
			Fails: true,
			Pods:  some("p", ""), Steps: refused(
				into(world.SameDefault, "p", "red=10.1.0.1,blue=10.2.0.1")),
		},
		{
			Name: "optional-last", About: "the last network may fail, and takes no other with it",
			Pods:  some("p", `[{"name":"red"},{"name":"none","optional":true}]`),
			Steps: life(),
		},
		{
			Name: "unready", About: "the default network is not ready, and later it is",
			Fails: true,
			Config: `"readinessindicatorfile":"/var/lib/cni/ready",` +
				`"readinessTimeoutSeconds":5`,
			Pods: some("p", ""), Steps: []world.Step{
				create("p"), wait(25 * time.Second),
				into(world.ForeignFile, "../ready", "yes"), settle,
			},
		},
	}
}

// addressStories are about pools of addresses.
func addressStories() []world.Story {
	return []world.Story{
		{
			Name: "same-static", About: "two pods have one address that nobody leases",
			Nodes: 2,
			Pods: []world.Pod{
				{Name: "p", Networks: "fixed"}, {Name: "q", Node: 1, Networks: "fixed"},
			},
			Steps: []world.Step{
				create("p"), create("q"), settle, remove("p"), settle, to(world.Check, "q"),
			},
		},
		{
			Name: "same-network", About: "two pods take one address at a time",
			Pods: two("red"), Steps: []world.Step{
				create("p"), create("q"), settle, remove("p"), settle, to(world.Check, "q"),
			},
		},
		{
			Name: "exhausted", About: "a failed ADD takes an address that is not given back",
			Fails: true,
			Pods:  two("tiny"), Steps: []world.Step{
				create("p"), settle, create("q"), wait(25 * time.Second), remove("p"), settle,
				to(world.Check, "q"),
			},
		},
		{
			Name: "filled", About: "others have all addresses for a while",
			Fails: true,
			Pods:  some("p", "tiny"), Steps: []world.Step{
				into(world.FillRange, "tiny", "10.4.0.0/30"), create("p"), wait(25 * time.Second),
			},
		},
		{
			Name: "taken", About: "a late DEL releases an address that is another's by now",
			Pods: some("p", "red"), Steps: up(remove("p"), settle,
				into(world.TakeAddress, "red", "10.1.0.2"), to(world.StopAgain, "p")),
		},
		{
			Name: "shrunk", About: "pods have addresses that are no longer in the range",
			Pods: two("red"), Steps: up(
				into(world.ShrinkRange, "red", "10.1.7.0/24"), create("q"), settle,
				to(world.Check, "p"), remove("p"), settle),
		},
		{
			Name: "spoiled", About: "the pool does not know where it was",
			Pods: two("red"), Steps: up(
				into(world.SpoilStore, "red", "last_reserved_ip.0"), create("q"), settle,
				remove("p"), settle),
		},
		{
			Name: "asked-taken", About: "the address that is asked for is taken",
			Fails: true,
			Networks: []world.Network{{Name: "asks", Config: chained(
				`{"type":"macvlan","master":"eth0","capabilities":{"ips":true},` +
					leased("10.51.0.0/24") + `}`)}},
			Pods: some("p", `[{"name":"asks","ips":["10.51.0.9/24"]}]`),
			Steps: []world.Step{
				into(world.TakeAddress, "list", "10.51.0.9"), create("p"), wait(25 * time.Second),
			},
		},
	}
}
