package plugins

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func chainedRows() []row {
	base := bridged(`"isGateway":true`, ipam(local4))
	tuning := func(members ...string) string {
		return `{"type":"tuning","dataDir":"DIR/tuning"` + more(members) + `}`
	}
	ports := func(list string, members ...string) string {
		return `{"type":"portmap","runtimeConfig":{"portMappings":[` + list + `]}` + more(members) + `}`
	}
	http := `{"hostPort":8080,"containerPort":80,"protocol":"tcp"}`
	slow := func(members ...string) string { return `{"type":"bandwidth"` + more(members) + `}` }
	var rows []row
	add := func(name string, conf ...string) { rows = append(rows, of(name, "").with(conf...)) }

	add("tuning nothing", base, tuning())
	add("tuning sysctl", base, tuning(`"sysctl":{"net.core.somaxconn":"500"}`))
	add("tuning sysctl of the interface", base, tuning(`"sysctl":{"net.ipv4.conf.IFNAME.arp_filter":"1","net/ipv4/conf/IFNAME/rp_filter":"1"}`))
	add("tuning sysctl that is not there", base, tuning(`"sysctl":{"net.core.nonesuch":"500"}`))
	add("tuning sysctl of something else", base, tuning(`"sysctl":{"kernel.hostname":"x"}`))
	add("tuning sysctl by a way round", base, tuning(`"sysctl":{"net/../kernel/hostname":"x"}`))
	add("tuning sysctl twice", base, tuning(`"sysctl":{"net.core.somaxconn":"500","net.core.somaxconn":"501"}`))
	add("tuning mac", base, tuning(`"mac":"c2:00:00:00:00:03"`))
	add("tuning bad mac", base, tuning(`"mac":"c2:zz"`))
	add("tuning mtu", base, tuning(`"mtu":1300`))
	add("tuning bad mtu", base, tuning(`"mtu":10`))
	add("tuning promisc", base, tuning(`"promisc":true`))
	add("tuning allmulti", base, tuning(`"allmulti":true`))
	add("tuning queue", base, tuning(`"txQLen":77`))
	add("tuning all", base, tuning(`"txQLen":77`, `"promisc":true`, `"mtu":1300`, `"allmulti":true`, `"mac":"c2:00:00:00:00:03"`))
	add("tuning args", base, tuning(`"sysctl":{}`, `"args":{"cni":{"mtu":1290,"promisc":true,"sysctl":{"net.core.somaxconn":"77"}}}`))
	add("tuning args without sysctls", base, tuning(`"args":{"cni":{"sysctl":{"net.core.somaxconn":"77"}}}`))
	add("tuning alone", tuning(`"mtu":1300`))
	rows = append(rows,
		of("tuning lost its file", "").with(base, tuning(`"mtu":1300`)).
			then("ADD", "write DIR/tuning/c0ffee_eth0.json garbage", "DEL"),
		of("tuning CHECK of a change", "").with(base, tuning(`"mtu":1300`)).
			then("ADD", "box link mtu eth0 1290", "CHECK", "DEL"),
		of("tuning sandbox is gone", "").with(base, tuning(`"mtu":1300`)).then("ADD", "gone", "DEL"),
	)

	add("portmap nothing", base, ports(""))
	add("portmap one", base, ports(http))
	add("portmap two", base, ports(http+`,{"hostPort":53,"containerPort":53,"protocol":"udp"}`))
	add("portmap address of the node", base, ports(`{"hostPort":8080,"containerPort":80,"protocol":"tcp","hostIP":"10.5.0.5"}`))
	add("portmap any address of the node", base, ports(`{"hostPort":8080,"containerPort":80,"protocol":"tcp","hostIP":"0.0.0.0"}`))
	add("portmap address of the other family", base, ports(`{"hostPort":8080,"containerPort":80,"protocol":"tcp","hostIP":"::1"}`))
	add("portmap dual stack", bridged(`"isGateway":true`, ipam(local46)), ports(http))
	add("portmap without snat", base, ports(http, `"snat":false`))
	add("portmap conditions", base, ports(http, `"conditionsV4":["ip saddr 10.0.0.0/8"]`))
	add("portmap conditions of iptables", base, ports(http, `"conditionsV4":["-s","10.0.0.0/8"]`))
	add("portmap backend iptables", base, ports(http, `"backend":"iptables"`))
	add("portmap backend nftables", base, ports(http, `"backend":"nftables"`))
	add("portmap backend that is none", base, ports(http, `"backend":"ebpf"`))
	add("portmap mark", base, ports(http, `"markMasqBit":32`))
	add("portmap two marks", base, ports(http, `"markMasqBit":3`, `"externalSetMarkChain":"X"`))
	add("portmap port 0", base, ports(`{"hostPort":0,"containerPort":80,"protocol":"tcp"}`))
	add("portmap container port 0", base, ports(`{"hostPort":1,"containerPort":0,"protocol":"tcp"}`))
	add("portmap alone", ports(http))
	add("portmap behind layer 2", bridged(), ports(http))
	rows = append(rows, of("portmap sandbox is gone", "").with(base, ports(http)).then("ADD", "gone", "DEL", "DEL-"))

	add("bandwidth nothing", base, slow())
	add("bandwidth ingress", base, slow(`"ingressRate":800000,"ingressBurst":80000`))
	add("bandwidth egress", base, slow(`"egressRate":800000,"egressBurst":80000`))
	add("bandwidth both", base, slow(`"ingressRate":8000000,"ingressBurst":80000,"egressRate":800000,"egressBurst":80000`))
	add("bandwidth of runtimeConfig", base, slow(`"runtimeConfig":{"bandwidth":{"ingressRate":800000,"ingressBurst":80000}}`))
	add("bandwidth without burst", base, slow(`"ingressRate":800000`))
	add("bandwidth without rate", base, slow(`"egressBurst":800000`))
	add("bandwidth too great", base, slow(`"ingressRate":800000,"ingressBurst":99999999999999`))
	add("bandwidth alone", slow(`"ingressRate":800000,"ingressBurst":80000`))
	add("bandwidth alone and nothing", slow())
	rows = append(rows,
		of("bandwidth of a macvlan", "").with(`{"type":"macvlan","master":"nic","ipam":`+local4+`}`,
			slow(`"ingressRate":800000,"ingressBurst":80000`)).on(nic...),
		of("bandwidth sandbox is gone", "").with(base,
			slow(`"egressRate":800000,"egressBurst":80000`)).then("ADD", "gone", "DEL", "DEL"),
	)

	sbr := `{"type":"sbr"}`
	add("sbr", base, sbr)
	add("sbr with a default route", bridged(`"isDefaultGateway":true`, ipam(local4)), sbr)
	add("sbr with routes", bridged(ipam(staticR)), sbr)
	add("sbr of a table", base, `{"type":"sbr","table":55}`)
	add("sbr alone", sbr)
	add("sbr behind layer 2", bridged(), sbr)
	rows = append(rows,
		of("sbr two addresses", "").with(bridged(ipam(`{"type":"static","addresses":[{"address":"10.2.0.5/24","gateway":"10.2.0.1"},{"address":"10.3.0.5/24","gateway":"10.3.0.1"}]}`)), sbr),
		of("sbr tables are taken", "").with(base, sbr).on("box rule add 10.77.0.0/16"),
		of("sbr sandbox is gone", "").with(base, sbr).then("ADD", "gone", "DEL", "DEL-"),
	)
	return rows
}

// refusals are what every plugin refuses before it looks at anything.
func refusals() []row {
	br := bridged()
	var rows []row
	for _, name := range []string{"bad name", "-net", "net/work"} {
		rows = append(rows, of("refuse the network "+name, `{"type":"bridge","name":"`+name+`"}`))
	}
	for _, name := range []string{"eth0:1", "an-interface-name", "..", "a/b"} {
		r := of("refuse the interface "+name, br)
		r.ifName = name
		rows = append(rows, r)
	}
	rows = append(rows,
		of("refuse an empty network", `{"type":"bridge","name":""}`),
		of("refuse a vlan of 5000", bridged(`"vlan":5000`)),
		of("refuse a negative vlan", bridged(`"vlan":-1`)),
		of("refuse a trunk without an end", bridged(`"vlanTrunk":[{"minID":3}]`)),
		of("refuse a trunk without a begin", bridged(`"vlanTrunk":[{"maxID":3}]`)),
		of("refuse a trunk the wrong way", bridged(`"vlanTrunk":[{"minID":9,"maxID":3}]`)),
		of("refuse a trunk from 0", bridged(`"vlanTrunk":[{"minID":0,"maxID":3}]`)),
		of("refuse a trunk to 5000", bridged(`"vlanTrunk":[{"minID":1,"maxID":5000}]`)),
		of("refuse a trunk of 0", bridged(`"vlanTrunk":[{"id":0}]`)),
		of("refuse hairpin with promisc", bridged(`"hairpinMode":true`, `"promiscMode":true`)),
		of("refuse addresses of nobody", bridged(`"disableContainerInterface":true`, ipam(local4))),
		of("refuse an unknown masquerade", bridged(`"ipMasq":true`, `"ipMasqBackend":"ebpf"`, ipam(local4))),
		of("refuse an IPAM plugin that is a path", bridged(ipam(`{"type":"a/b"}`))),
		of("refuse an IPAM plugin that is not there", bridged(ipam(`{"type":"nonesuch"}`))),
		of("refuse dummy without IPAM", `{"type":"dummy"}`),
		of("refuse ipvlan of no mode", `{"type":"ipvlan","master":"nic","mode":"l4"}`).on(nic...),
		of("refuse vlan without a parent", `{"type":"vlan","vlanId":5}`),
		of("refuse vlan 5000", `{"type":"vlan","master":"nic","vlanId":5000}`).on(nic...),
		of("refuse vlan of a parent that is not there", `{"type":"vlan","master":"nic","vlanId":5}`),
		of("refuse vrf without a name", "").with(bridged(), `{"type":"vrf"}`),
		of("refuse vrf alone", `{"type":"vrf","vrfname":"v"}`),
		of("dhcp without its daemon", bridged(ipam(`{"type":"dhcp","daemonSocketPath":"/run/cni/there-is-none.sock"}`))),
		row{
			name: "refuse a wrong type", conf: []string{bridged(`"mtu":"1400"`)},
			loose: "the words are those of the JSON package",
		},
		row{
			name: "refuse a wrong subnet", conf: []string{bridged(ipam(`{"type":"host-local","subnet":"ten"}`))},
			loose: "the words are those of the JSON package",
		},
	)
	return rows
}

// elsewhere are calls for a namespace that is none of a sandbox.
func elsewhere() []row {
	conf := map[string]string{
		"bridge":      bridged(ipam(local4)),
		"macvlan":     `{"type":"macvlan","master":"nic","ipam":` + local4 + `}`,
		"ptp":         `{"type":"ptp","ipam":` + local4 + `}`,
		"loopback":    `{"type":"loopback"}`,
		"tap":         `{"type":"tap"}`,
		"host-device": `{"type":"host-device","device":"nic"}`,
		"vlan":        `{"type":"vlan","master":"nic","vlanId":5,"ipam":` + local4 + `}`,
		"ipvlan":      `{"type":"ipvlan","master":"nic","ipam":` + local4 + `}`,
		"dummy":       `{"type":"dummy","ipam":` + local4 + `}`,
	}
	var rows []row
	for _, name := range slices.Sorted(maps.Keys(conf)) {
		rows = append(rows,
			of(name+" at a plain file", conf[name]).on(nic...).then("ADD?", "CHECK?", "DEL?"),
			of(name+" nowhere", conf[name]).on(nic...).then("DEL!", "DEL-"),
		)
		switch name {
		case "loopback", "tap", "host-device":
			rows = append(rows,
				of(name+" in the node's own namespace", conf[name]).on(nic...).then("ADD@", "DEL@"))
		}
	}
	return rows
}

func versionRows() []row {
	var rows []row
	for _, v := range []string{
		"none", "0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0", "1.2.0", "9.9.9", "one",
	} {
		for _, conf := range []string{
			bridged(`"isDefaultGateway":true`, ipam(local46)), bridged(), `{"type":"loopback"}`,
		} {
			r := of(fmt.Sprintf("version %s of %.40s", v, strings.Trim(conf, "{}")), conf)
			r.version = v
			rows = append(rows, r)
		}
		chain := of("version "+v+" of a chain", "").with(
			bridged(`"isGateway":true`, ipam(local4)),
			`{"type":"tuning","dataDir":"DIR/tuning","mtu":1300}`, `{"type":"bandwidth"}`)
		chain.version = v
		status := of("version "+v+" of STATUS and GC", bridged()).then("STATUS", "GC", "VERSION")
		status.version = v
		rows = append(rows, chain, status)
	}
	return rows
}

// vmRows are of kinds of link that this kernel does not have.
func vmRows() []row {
	rows := []row{
		of("vlan", `{"type":"vlan","master":"nic","vlanId":5,"ipam":`+local4+`}`),
		of("vlan IPAM fails", `{"type":"vlan","master":"nic","vlanId":5}`),
		of("vlan parent is gone", `{"type":"vlan","master":"nic","vlanId":5,"ipam":`+local4+`}`).then("ADD", "link del nic", "DEL"),
		of("ipvlan", `{"type":"ipvlan","master":"nic","ipam":`+local4+`}`),
		of("ipvlan l3", `{"type":"ipvlan","master":"nic","mode":"l3","ipam":`+local4+`}`),
		of("ipvlan routes fail", `{"type":"ipvlan","master":"nic","ipam":`+staticR+`}`),
		of("dummy", `{"type":"dummy","ipam":`+local4+`}`),
		of("vrf", "").with(bridged(ipam(local4)), `{"type":"vrf","vrfname":"red"}`),
		of("vrf dual stack", "").with(bridged(ipam(local46)), `{"type":"vrf","vrfname":"red","table":77}`),
		of("bridge vlan", bridged(`"vlan":5`)),
		of("bridge vlan gateway", bridged(`"vlan":5`, `"isGateway":true`, ipam(local4))),
		of("bridge trunk", bridged(`"vlanTrunk":[{"minID":3,"maxID":5},{"id":9}]`)),
	}
	for i := range rows {
		rows[i].needs = "vm (this kernel is built without the kind of link, or without VLANs of bridges)"
		rows[i].before = nic
	}
	return rows
}
