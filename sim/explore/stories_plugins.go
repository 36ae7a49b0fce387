package explore

import (
	"strings"

	"patchbay/sim/world"
)

// leased is the rest of a configuration whose addresses host-local keeps.
func leased(subnet string) string {
	return `"ipam":{"type":"host-local","ranges":[[{"subnet":"` + subnet + `"}]]}`
}

// chained is a list of one plugin and others behind it.
func chained(first string, others ...string) string {
	all := append([]string{first}, others...)
	return `{"cniVersion":"1.0.0","name":"list","plugins":[` + strings.Join(all, ",") + "]}"
}

// of is a story of a pod with one network of one kind.
func of(name, about, config string) world.Story {
	return world.Story{
		Name: name, About: about, Pods: some("p", "it"), Steps: life(),
		Networks: []world.Network{{Name: "it", Config: config}},
	}
}

const (
	bridged = `{"type":"bridge","bridge":"br3","ipam":{"type":"host-local",` +
		`"ranges":[[{"subnet":"10.30.0.0/24","gateway":"10.30.0.1"}]]}}`
	mac = `{"type":"macvlan","master":"eth0","ipam":{"type":"host-local",` +
		`"ranges":[[{"subnet":"10.31.0.0/24","gateway":"10.31.0.1"}]]}}`
)

// pluginStories have every plugin that the simulator has.
func pluginStories() []world.Story {
	return append(linkStories(), chainStories()...)
}

// linkStories have plugins that make an interface.
func linkStories() []world.Story {
	return []world.Story{
		of("bridge-vlan", "a port is left in a VLAN, or a rule for a pod that is gone",
			`{"cniVersion":"1.0.0","type":"bridge","bridge":"br3","vlan":7,"ipMasq":true,`+
				`"ipMasqBackend":"nftables",`+leased("10.30.0.0/24")+`}`),
		of("bridge-dual", "one family is there and the other is not",
			`{"cniVersion":"1.0.0","type":"bridge","bridge":"br3","isDefaultGateway":true,`+
				`"ipam":{"type":"host-local","ranges":[[{"subnet":"10.30.0.0/24"}],`+
				`[{"subnet":"fd00:30::/64"}]]}}`),
		of("macvlan-static", "an address is nowhere but in the definition", static),
		of("macvlan-dhcp", "a lease lives in a daemon that a boot empties",
			`{"cniVersion":"1.0.0","type":"macvlan","master":"eth0","ipam":{"type":"dhcp"}}`),
		of("macvlan-pool", "an address is in the cluster, and the cluster does not answer",
			`{"cniVersion":"1.0.0","type":"macvlan","master":"eth0",`+
				`"ipam":{"type":"whereabouts","range":"10.32.0.0/24"}}`),
		of("macvlan-bare", "an interface without addresses has a result without any",
			`{"cniVersion":"1.0.0","type":"macvlan","master":"eth0"}`),
		of("ipvlan", "the interface shares its parent's MAC",
			`{"cniVersion":"1.0.0","type":"ipvlan","master":"eth0",`+leased("10.33.0.0/24")+`}`),
		of("vlan", "the interface is made on the node, and moved",
			`{"cniVersion":"1.0.0","type":"vlan","master":"eth0","vlanId":7,`+
				leased("10.34.0.0/24")+`}`),
		of("ptp", "routes of the node lead to a pod that is gone",
			`{"cniVersion":"1.0.0","type":"ptp","ipMasq":true,"ipMasqBackend":"nftables",`+
				leased("10.35.0.0/24")+`}`),
		of("host-device", "a card of the node is lost in a pod",
			`{"cniVersion":"1.0.0","type":"host-device","device":"eth2",`+
				`"ipam":{"type":"static","addresses":[{"address":"10.36.0.9/24"}]}}`),
		of("dummy", "an interface without a parent or a peer",
			`{"cniVersion":"1.0.0","type":"dummy",`+leased("10.37.0.0/24")+`}`),
		of("loopback", "a plugin that makes nothing and takes something down",
			chained(mac, `{"type":"loopback"}`)),
		{
			Name: "force-address", About: "a bridge has the address of an older configuration",
			Networks: []world.Network{
				{Name: "old", Config: `{"cniVersion":"1.0.0","type":"bridge","bridge":"br7",` +
					`"isGateway":true,` + leased("10.47.0.0/24") + `}`},
				{Name: "new", Config: `{"cniVersion":"1.0.0","type":"bridge","bridge":"br7",` +
					`"isGateway":true,"forceAddress":true,` + leased("10.48.0.0/24") + `}`},
			},
			Pods:  []world.Pod{{Name: "p", Networks: "old"}, {Name: "q", Networks: "new"}},
			Steps: []world.Step{create("p"), settle, remove("p"), settle, create("q"), settle},
		},
		{
			Name: "device", About: "the file that describes a device outlives the pod",
			Pods:  some("p", `[{"name":"red","deviceID":"0000:00:03.1"}]`),
			Steps: life(),
		},
		of("tap", "an interface that other programs hold",
			`{"cniVersion":"1.0.0","type":"tap",`+leased("10.38.0.0/24")+`}`),
		{
			Name: "flannel", About: "a plugin runs others by a file that a boot removes",
			Default: `{"cniVersion":"1.0.0","name":"cbr0","plugins":[{"type":"flannel",` +
				`"delegate":{"isDefaultGateway":true}}]}`,
			Pods: some("p", ""), Steps: life(do(world.Reboot), settle),
		},
	}
}

// chainStories have plugins that change what others have made, and versions.
func chainStories() []world.Story {
	return []world.Story{
		of("tuning", "an interface is left as it was not before",
			chained(mac, `{"type":"tuning","mtu":1400,"promisc":true,`+
				`"sysctl":{"net.ipv4.conf.IFNAME.arp_filter":"1"}}`)),
		of("bandwidth", "the second link of a chain is left when the first goes",
			chained(bridged, `{"type":"bandwidth","ingressRate":1000000,"ingressBurst":80000,`+
				`"egressRate":1000000,"egressBurst":80000}`)),
		of("sbr", "rules of a pod stay when its interface goes",
			`{"cniVersion":"1.0.0","name":"list","disableCheck":true,"plugins":[`+mac+
				`,{"type":"sbr"}]}`),
		of("vrf", "two networks of a pod share a device that the last one removes",
			chained(mac, `{"type":"vrf","vrfname":"blue"}`)),
		{
			Name: "portmap", About: "rules of the node lead to a pod that is gone",
			Default: portmap, Pods: some("p", "red"), Steps: life(),
		},
		{
			Name: "portmap-secondary", About: "ports are mapped by two networks of one pod",
			Networks: []world.Network{{Name: "it", Config: chained(bridged,
				`{"type":"portmap","capabilities":{"portMappings":true},"backend":"nftables"}`)}},
			Pods: some("p", `[{"name":"it","portMappings":[`+
				`{"hostPort":8080,"containerPort":80,"protocol":"tcp"}]}]`),
			Steps: life(),
		},
		of("version-0.2", "DEL has no result to go by",
			`{"cniVersion":"0.2.0","type":"macvlan","master":"eth0",`+leased("10.39.0.0/24")+`}`),
		of("version-0.4", "a result is kept in another version than it is asked for",
			`{"cniVersion":"0.4.0","type":"bridge","bridge":"br3",`+leased("10.40.0.0/24")+`}`),
		{
			Name: "version-1.1", About: "plugins collect what we still need",
			Networks: []world.Network{{Name: "it", Config: `{"cniVersion":"1.1.0",` +
				`"name":"it","plugins":[{"type":"bridge","bridge":"br3","isGateway":true,` +
				leased("10.41.0.0/24") + `}]}`}},
			Pods: two("it"), Steps: []world.Step{
				create("p"), create("q"), settle, do(world.Collect), do(world.Status),
				remove("p"), settle, do(world.Collect), to(world.Check, "q"),
			},
		},
		{
			Name: "abreast", About: "one of two that come up side by side fails",
			Config: `"parallelAttachments":true`, Pods: some("p", "red,blue"), Steps: life(),
		},
		{
			Name: "scratch", About: "Multus' files say something else than ours",
			Config: `"compatScratch":true`, Pods: some("p", "red"), Steps: life(),
		},
	}
}
