package plugins

import (
	"slices"
	"strings"
)

// allRows is the table.
func allRows() []row {
	return slices.Concat(bridgeRows(), macvlanRows(), ptpRows(), loopbackRows(), tapRows(),
		hostDeviceRows(), hostLocalRows(), staticRows(), chainedRows(), refusals(), elsewhere(),
		versionRows(),
		vmRows())
}

// Configurations of IPAM plugins.
const (
	local4   = `{"type":"host-local","dataDir":"DIR","subnet":"10.1.0.0/24"}`
	local46  = `{"type":"host-local","dataDir":"DIR","ranges":[[{"subnet":"10.1.0.0/24"}],[{"subnet":"fd00:1::/64"}]]}`
	localR   = `{"type":"host-local","dataDir":"DIR","subnet":"10.1.0.0/24","routes":[{"dst":"0.0.0.0/0"}]}`
	static4  = `{"type":"static","addresses":[{"address":"10.2.0.5/24","gateway":"10.2.0.1"}]}`
	staticR  = `{"type":"static","addresses":[{"address":"10.2.0.5/24","gateway":"10.2.0.1"}],"routes":[{"dst":"192.168.0.0/16"},{"dst":"0.0.0.0/0","gw":"10.2.0.254"}]}`
	static46 = `{"type":"static","addresses":[{"address":"10.2.0.5/24"},{"address":"fd00:2::5/64","gateway":"fd00:2::1"}]}`
)

// nic makes a link of the node that can have others on it.
var nic = []string{"link add nic veth far", "link up nic", "link up far"}

// of makes a row of one plugin.
func of(name, conf string) row { return row{name: name, conf: []string{conf}} }

func (r row) on(before ...string) row {
	r.before = append(slices.Clone(r.before), before...)
	return r
}

func (r row) then(steps ...string) row {
	r.steps = steps
	return r
}

// bridged is a configuration of bridge with more members.
func bridged(members ...string) string {
	return `{"type":"bridge","bridge":"br0"` + more(members) + `}`
}

func more(members []string) string {
	if len(members) == 0 {
		return ""
	}
	return "," + strings.Join(members, ",")
}

func ipam(conf string) string { return `"ipam":` + conf }

func bridgeRows() []row {
	rows := []row{
		of("bridge layer 2", bridged()),
		of("bridge default name", `{"type":"bridge"}`),
		of("bridge with addresses", bridged(ipam(local4))),
		of("bridge gateway", bridged(`"isGateway":true`, ipam(local4))),
		of("bridge default gateway", bridged(`"isDefaultGateway":true`, ipam(local4))),
		of("bridge default gateway and a default route",
			bridged(`"isDefaultGateway":true`, ipam(localR))),
		of("bridge dual stack", bridged(`"isDefaultGateway":true`, ipam(local46))),
		of("bridge mtu", bridged(`"mtu":1400`)),
		of("bridge mtu too small", bridged(`"mtu":10`)),
		of("bridge hairpin", bridged(`"hairpinMode":true`)),
		of("bridge promisc", bridged(`"promiscMode":true`, ipam(local4))),
		of("bridge port isolation", bridged(`"portIsolation":true`)),
		of("bridge enabledad", bridged(`"enabledad":true`, ipam(local4))),
		of("bridge without the sandbox's interface up", bridged(`"disableContainerInterface":true`)),
		of("bridge dns", bridged(`"dns":{"nameservers":["1.1.1.1"],"domain":"d"}`, ipam(local4))),
		of("bridge args mac", bridged(`"args":{"cni":{"mac":"c2:00:00:00:00:01"}}`)),
		of("bridge runtime mac", bridged(`"runtimeConfig":{"mac":"c2:00:00:00:00:02"}`)),
		of("bridge bad mac", bridged(`"runtimeConfig":{"mac":"c2:zz"}`)),
		of("bridge group mac", bridged(`"runtimeConfig":{"mac":"01:00:00:00:00:02"}`)),
		of("bridge static", bridged(ipam(staticR))),
		of("bridge static dual stack", bridged(ipam(static46))),
		of("bridge masquerade", bridged(`"isGateway":true`, `"ipMasq":true`, ipam(local4))),
		of("bridge masquerade dual stack",
			bridged(`"isGateway":true`, `"ipMasq":true`, `"ipMasqBackend":"nftables"`, ipam(local46))),
		of("bridge spoof check", bridged(`"macspoofchk":true`)),
		of("bridge spoof check with addresses", bridged(`"macspoofchk":true`, ipam(local4))),
		of("bridge spoof check, address used up", bridged(`"macspoofchk":true`,
			ipam(`{"type":"host-local","dataDir":"DIR","subnet":"10.1.0.0/24","rangeStart":"10.1.0.1","rangeEnd":"10.1.0.1"}`))),
		of("bridge is there", bridged(ipam(local4))).on("link add br0 bridge"),
		of("bridge has another address", bridged(`"isGateway":true`, ipam(local4))).
			on("link add br0 bridge", "addr add 10.9.0.1/24 br0"),
		of("bridge forces the address", bridged(`"isGateway":true`, `"forceAddress":true`, ipam(local4))).
			on("link add br0 bridge", "addr add 10.9.0.1/24 br0"),
		of("bridge has the address", bridged(`"isGateway":true`, ipam(local4))).
			on("link add br0 bridge", "addr add 10.1.0.1/24 br0"),
		of("bridge is no bridge", bridged()).on("link add br0 veth far"),
		of("bridge route without a way", bridged(
			ipam(`{"type":"static","addresses":[{"address":"10.2.0.5/24"}],"routes":[{"dst":"10.3.0.0/16","gw":"10.99.0.1"}]}`))),
		of("bridge route with host bits", bridged(
			ipam(`{"type":"static","addresses":[{"address":"10.2.0.5/24"}],"routes":[{"dst":"10.3.0.1/16","gw":"10.2.0.1"}]}`))),
		of("bridge route of a table", bridged(
			ipam(`{"type":"static","addresses":[{"address":"10.2.0.5/24"}],"routes":[{"dst":"10.3.0.0/16","gw":"10.2.0.1","table":77,"priority":5}]}`))),
		of("bridge route of link scope", bridged(
			ipam(`{"type":"static","addresses":[{"address":"10.2.0.5/24"}],"routes":[{"dst":"10.3.0.0/16","scope":253}]}`))),
		of("bridge second default route", bridged(ipam(staticR))).
			on("box link add old veth far", "box link up old", "box link up far",
				"box addr add 10.5.0.5/24 old", "box route add default via 10.5.0.1 dev old"),
		of("bridge the same address twice", bridged(ipam(`{"type":"static","addresses":[{"address":"10.2.0.5/24"},{"address":"10.2.0.5/24"}]}`))),
		of("bridge name taken in the sandbox", bridged(ipam(local4))).on("box link add eth0 veth far"),
		of("bridge CHECK misses the address", bridged(ipam(local4))).
			then("ADD", "box link down eth0", "CHECK", "box link up eth0", "CHECK"),
		of("bridge CHECK misses the bridge", bridged(ipam(local4))).
			then("ADD", "link del br0", "CHECK", "DEL"),
		of("bridge CHECK of another address", bridged(ipam(local4))).
			then("ADD", "box link address eth0 c2:00:00:00:00:09", "CHECK", "DEL"),
		of("bridge sandbox is gone", bridged(ipam(local4))).then("ADD", "gone", "DEL", "DEL"),
		of("bridge masquerade, sandbox is gone", bridged(`"ipMasq":true`, ipam(local4))).
			then("ADD", "gone", "DEL", "DEL"),
		of("bridge masquerade, no namespace", bridged(`"ipMasq":true`, ipam(local4))).
			then("ADD", "DEL-", "DEL"),
		of("bridge link is gone", bridged(`"ipMasq":true`, `"isGateway":true`, ipam(local4))).
			then("ADD", "box link del eth0", "CHECK", "DEL"),
		of("bridge STATUS", bridged(ipam(local4))).then("STATUS", "GC"),
		of("bridge namespace that never was", bridged(ipam(local4))).then("ADD!", "DEL!"),
	}
	for _, disabled := range []string{"1"} {
		rows = append(rows, of("bridge IPv6 was off", bridged(ipam(static46))).
			on("box sysctl net/ipv6/conf/all/disable_ipv6 "+disabled))
	}
	return rows
}

func macvlanRows() []row {
	mac := func(members ...string) string {
		return `{"type":"macvlan","master":"nic"` + more(members) + `}`
	}
	rows := []row{
		of("macvlan layer 2", mac()),
		of("macvlan host-local", mac(ipam(localR))),
		of("macvlan static", mac(ipam(staticR))),
		of("macvlan dual stack", mac(ipam(static46))),
		of("macvlan mtu", mac(`"mtu":1400`)),
		of("macvlan mtu too great", mac(`"mtu":1501`)),
		of("macvlan mtu negative", mac(`"mtu":-1`)),
		of("macvlan mac", mac(`"mac":"c2:00:00:00:00:01"`)),
		of("macvlan mac of runtimeConfig", mac(`"mac":"c2:00:00:00:00:01"`, `"runtimeConfig":{"mac":"c2:00:00:00:00:02"}`)),
		of("macvlan bad mac", mac(`"mac":"c2:zz"`)),
		of("macvlan bad mode", mac(`"mode":"bridged"`)),
		of("macvlan dns", mac(`"dns":{"search":["a","b"]}`, ipam(local4))),
		of("macvlan IPAM fails", mac(ipam(`{"type":"host-local","dataDir":"DIR","subnet":"10.1.0.0/32"}`))),
		of("macvlan routes fail", mac(ipam(`{"type":"host-local","dataDir":"DIR","subnet":"10.1.0.0/24","routes":[{"dst":"10.3.0.0/16","gw":"10.99.0.1"}]}`))),
		of("macvlan no IPAM plugin", mac(ipam(`{"type":"nonesuch"}`))),
		of("macvlan name taken", mac(ipam(local4))).on("box link add eth0 veth far"),
		of("macvlan CHECK of another mode", mac()).then("ADD", "CHECK", "box link address eth0 c2:00:00:00:00:09", "CHECK", "DEL"),
		of("macvlan parent is gone", mac(ipam(local4))).then("ADD", "link del nic", "CHECK", "DEL", "DEL-"),
		of("macvlan sandbox is gone", mac(ipam(local4))).then("ADD", "gone", "DEL", "DEL"),
		of("macvlan STATUS", mac(ipam(local4))).then("STATUS", "GC"),
	}
	for _, mode := range []string{"bridge", "private", "vepa", "passthru"} {
		rows = append(rows, of("macvlan "+mode, mac(`"mode":"`+mode+`"`, ipam(local4))))
	}
	for i := range rows {
		rows[i].before = slices.Concat(nic, rows[i].before)
	}
	return append(rows,
		of("macvlan no parent", `{"type":"macvlan","master":"nic"}`),
		of("macvlan parent by the default route", `{"type":"macvlan"}`).on(nic...).
			on("addr add 10.5.0.5/24 nic", "route add default via 10.5.0.1 dev nic"),
		of("macvlan no default route", `{"type":"macvlan"}`),
		of("macvlan in the sandbox", `{"type":"macvlan","master":"old","linkInContainer":true,"ipam":`+local4+`}`).
			on("box link add old veth far", "box link up old"),
		of("macvlan in a sandbox without it", `{"type":"macvlan","master":"old","linkInContainer":true}`),
		of("macvlan on a bridge's port", `{"type":"macvlan","master":"nic"}`).on(nic...).
			on("link add br0 bridge", "link add x veth y").
			then("ADD", "DEL"),
		of("macvlan on the loopback", `{"type":"macvlan","master":"lo"}`),
		of("macvlan namespace that never was", `{"type":"macvlan","master":"nic"}`).on(nic...).
			then("ADD!", "DEL!"),
	)
}

func ptpRows() []row {
	ptp := func(members ...string) string { return `{"type":"ptp"` + more(members) + `}` }
	return []row{
		of("ptp host-local", ptp(ipam(localR))),
		of("ptp mtu", ptp(`"mtu":1400`, ipam(local4))),
		of("ptp masquerade", ptp(`"ipMasq":true`, ipam(local4))),
		of("ptp static", ptp(ipam(static4))),
		of("ptp dual stack", ptp(ipam(local46))),
		of("ptp no gateway", ptp(ipam(`{"type":"static","addresses":[{"address":"10.2.0.5/24"}]}`))),
		of("ptp no IPAM", ptp()),
		of("ptp dns", ptp(`"dns":{"nameservers":["9.9.9.9"]}`, ipam(local4))),
		of("ptp routes fail", ptp(ipam(`{"type":"host-local","dataDir":"DIR","subnet":"10.1.0.0/24","routes":[{"dst":"10.3.0.0/16","gw":"10.99.0.1"}]}`))),
		of("ptp name taken", ptp(ipam(local4))).on("box link add eth0 veth far"),
		of("ptp sandbox is gone", ptp(`"ipMasq":true`, ipam(local4))).then("ADD", "gone", "DEL", "DEL"),
		of("ptp namespace that never was", ptp(ipam(local4))).then("ADD!", "DEL!"),
		of("ptp STATUS", ptp(ipam(local4))).then("STATUS"),
		of("ptp STATUS without IPAM", ptp()).then("STATUS"),
	}
}

func loopbackRows() []row {
	lo := `{"type":"loopback"}`
	return []row{
		of("loopback", lo),
		of("loopback is up", lo).on("box link up lo"),
		of("loopback has another address", lo).on("box link up lo", "box addr add 10.4.0.1/32 lo"),
		of("loopback behind a bridge", "").with(bridged(ipam(local4)), lo),
		of("loopback CHECK when down", lo).then("ADD", "box link down lo", "CHECK", "DEL"),
		of("loopback sandbox is gone", lo).then("ADD", "gone", "DEL"),
		of("loopback namespace that never was", lo).then("ADD!", "DEL!"),
	}
}

// with makes a row of a chain.
func (r row) with(conf ...string) row {
	r.conf = conf
	return r
}

func tapRows() []row {
	tap := func(members ...string) string { return `{"type":"tap"` + more(members) + `}` }
	return []row{
		of("tap", tap()),
		of("tap host-local", tap(ipam(local4))),
		of("tap mtu and mac", tap(`"mtu":1400`, `"mac":"c2:00:00:00:00:01"`)),
		of("tap with an owner", tap(`"owner":0`, `"group":0`, `"mac":"c2:00:00:00:00:01"`, `"mtu":1400`)),
		of("tap in a bridge", tap(`"bridge":"br0"`)).on("box link add br0 bridge"),
		of("tap in no bridge", tap(`"bridge":"br0"`)),
		of("tap name taken", tap()).on("box link add eth0 veth far"),
		of("tap sandbox is gone", tap(ipam(local4))).then("ADD", "gone", "DEL"),
		of("tap namespace that never was", tap(ipam(local4))).then("ADD!", "DEL!"),
	}
}

func hostDeviceRows() []row {
	dev := func(members ...string) string { return `{"type":"host-device"` + more(members) + `}` }
	nic := `"device":"nic"`
	rows := []row{
		of("host-device", dev(nic)),
		of("host-device host-local", dev(nic, ipam(localR))),
		of("host-device by address", dev(`"hwaddr":"c2:00:00:00:00:07"`)).on("link address nic c2:00:00:00:00:07"),
		of("host-device by no address", dev(`"hwaddr":"c2:00:00:00:00:08"`)),
		of("host-device by a bad address", dev(`"hwaddr":"c2:zz"`)),
		of("host-device by nothing", dev()),
		of("host-device that is not there", dev(`"device":"nonesuch"`)),
		of("host-device by a path that is none", dev(`"kernelpath":"/dev/null"`)),
		of("host-device by a card that is not there", dev(`"pciBusID":"0000:99:00.0"`)),
		of("host-device by an ID that is not there", dev(`"runtimeConfig":{"deviceID":"0000:99:00.0"}`)),
		of("host-device name taken", dev(nic, ipam(local4))).on("box link add eth0 veth other"),
		of("host-device was down", dev(nic)).on("link down nic"),
		of("host-device had a name on the node", dev(nic)).then("ADD", "link add nic veth other", "DEL", "CHECK"),
		of("host-device routes fail", dev(nic, ipam(`{"type":"host-local","dataDir":"DIR","subnet":"10.1.0.0/24","routes":[{"dst":"10.3.0.0/16","gw":"10.99.0.1"}]}`))),
		of("host-device lost its alias", dev(nic)).then("box link add eth0 veth other", "DEL"),
		of("host-device sandbox is gone", dev(nic, ipam(local4))).then("ADD", "gone", "DEL", "DEL-"),
		of("host-device bridge", dev(`"device":"br0"`)).on("link add br0 bridge"),
		of("host-device STATUS", dev(nic)).then("STATUS"),
	}
	for i := range rows {
		rows[i].before = slices.Concat([]string{
			"link add nic veth far", "link up nic", "link up far", "addr add 10.5.0.5/24 nic",
		}, rows[i].before)
	}
	return rows
}

func hostLocalRows() []row {
	local := func(members ...string) string {
		return bridged(ipam(`{"type":"host-local","dataDir":"DIR"` + more(members) + `}`))
	}
	set := func(sets string) string { return `"ranges":[` + sets + `]` }
	return []row{
		of("host-local range", local(`"subnet":"10.1.0.0/24","rangeStart":"10.1.0.10","rangeEnd":"10.1.0.11","gateway":"10.1.0.9"`)),
		of("host-local gateway in the range", local(`"subnet":"10.1.0.0/29","gateway":"10.1.0.2"`)),
		of("host-local used up", local(`"subnet":"10.1.0.0/30"`)).on("write DIR/net/10.1.0.2 other|eth0"),
		of("host-local goes on behind the last", local(`"subnet":"10.1.0.0/24"`)).
			on("write DIR/net/last_reserved_ip.0 10.1.0.77"),
		of("host-local goes round", local(`"subnet":"10.1.0.0/24"`)).
			on("write DIR/net/last_reserved_ip.0 10.1.0.254"),
		of("host-local last of another range", local(`"subnet":"10.1.0.0/24"`)).
			on("write DIR/net/last_reserved_ip.0 10.7.0.254"),
		of("host-local last is garbage", local(`"subnet":"10.1.0.0/24"`)).
			on("write DIR/net/last_reserved_ip.0 garbage"),
		of("host-local two sets", local(set(`[{"subnet":"10.1.0.0/24"}],[{"subnet":"10.2.0.0/24"}]`))),
		of("host-local two ranges", local(set(`[{"subnet":"10.1.0.0/30"},{"subnet":"10.2.0.0/24"}]`))).
			on("write DIR/net/10.1.0.2 other|eth0"),
		of("host-local second set used up", local(set(`[{"subnet":"10.1.0.0/24"}],[{"subnet":"10.2.0.0/30"}]`))).
			on("write DIR/net/10.2.0.2 other|eth0"),
		of("host-local old file", local(`"subnet":"10.1.0.0/24"`)).on("write DIR/net/10.1.0.9 c0ffee"),
		of("host-local resolv.conf", local(`"subnet":"10.1.0.0/24","resolvConf":"DIR/resolv"`)).
			on("write DIR/resolv nameserver" + nbsp + "1.2.3.4|domain" + nbsp + "x|search" + nbsp + "a" + nbsp + "b|options" + nbsp + "ndots:5|#" + nbsp + "no"),
		of("host-local no resolv.conf", local(`"subnet":"10.1.0.0/24","resolvConf":"DIR/resolv"`)),
		{name: "host-local asked by CNI_ARGS", conf: []string{local(`"subnet":"10.1.0.0/24"`)}, args: "IgnoreUnknown=1;IP=10.1.0.50"},
		{name: "host-local asked for the gateway", conf: []string{local(`"subnet":"10.1.0.0/24"`)}, args: "IgnoreUnknown=1;IP=10.1.0.1"},
		{name: "host-local asked for what is not in it", conf: []string{local(`"subnet":"10.1.0.0/24"`)}, args: "IgnoreUnknown=1;IP=10.9.0.1"},
		{name: "host-local asked for garbage", conf: []string{local(`"subnet":"10.1.0.0/24"`)}, args: "IgnoreUnknown=1;IP=ten"},
		of("host-local asked for what is taken", bridged(`"runtimeConfig":{"ips":["10.1.0.50"]}`, ipam(local4))).
			on("write DIR/net/10.1.0.50 other|eth0"),
		of("host-local asked by runtimeConfig", bridged(`"runtimeConfig":{"ips":["10.1.0.50/24"]}`, ipam(local4))),
		of("host-local asked by args", bridged(`"args":{"cni":{"ips":["10.1.0.51"]}}`, ipam(local4))),
		of("host-local asked for a family each", bridged(`"runtimeConfig":{"ips":["10.1.0.50","fd00:1::50"]}`, ipam(local46))),
		of("host-local ranges by runtimeConfig", bridged(`"runtimeConfig":{"ipRanges":[[{"subnet":"10.6.0.0/24"}]]}`, ipam(local4))),
		of("host-local subnet too small", local(`"subnet":"10.1.0.0/31"`)),
		of("host-local host bits", local(`"subnet":"10.1.0.1/24"`)),
		of("host-local start outside", local(`"subnet":"10.1.0.0/24","rangeStart":"10.2.0.1"`)),
		of("host-local end outside", local(`"subnet":"10.1.0.0/24","rangeEnd":"10.2.0.1"`)),
		of("host-local start behind the end", local(`"subnet":"10.1.0.0/24","rangeStart":"10.1.0.9","rangeEnd":"10.1.0.8"`)),
		of("host-local overlap", local(set(`[{"subnet":"10.1.0.0/24"}],[{"subnet":"10.1.0.0/25"}]`))),
		of("host-local overlap in a set", local(set(`[{"subnet":"10.1.0.0/24"},{"subnet":"10.1.0.0/25"}]`))),
		of("host-local mixed families", local(set(`[{"subnet":"10.1.0.0/24"},{"subnet":"fd00:1::/64"}]`))),
		of("host-local empty set", local(set(`[]`))),
		of("host-local set without a subnet", local(set(`[{"gateway":"10.1.0.1"}]`))),
		of("host-local nothing", local()),
		of("host-local IPv6", local(`"subnet":"fd00:1::/64"`)),
		of("host-local several", local(`"subnet":"10.1.0.0/24"`)).then("ADD", "DEL", "ADD", "DEL", "ADD"),
		of("host-local directory is a file", local(`"subnet":"10.1.0.0/24"`)).on("write DIR/net file"),
		of("host-local CHECK without a file", local(`"subnet":"10.1.0.0/24"`)).
			then("ADD", "write DIR/net/10.1.0.2 other|eth0", "CHECK", "DEL"),
	}
}

// nbsp stands for a space in a command.
const nbsp = "~"

func staticRows() []row {
	static := func(members ...string) string {
		return bridged(ipam(`{"type":"static"` + more(members) + `}`))
	}
	one := `"addresses":[{"address":"10.2.0.5/24"}]`
	rows := []row{
		of("static without addresses", static()),
		of("static bad address", static(`"addresses":[{"address":"10.2.0.5"}]`)),
		of("static dns", static(one, `"dns":{"nameservers":["1.1.1.1"],"domain":"x","search":["y"],"options":["z"]}`)),
		of("static runtimeConfig", bridged(`"runtimeConfig":{"ips":["10.3.0.5/24"]}`, ipam(static4))),
		of("static bad runtimeConfig", bridged(`"runtimeConfig":{"ips":["10.3.0.5"]}`, ipam(static4))),
		of("static args", bridged(`"args":{"cni":{"ips":["10.4.0.5/24"]}}`, ipam(static4))),
	}
	for _, args := range []string{
		"IgnoreUnknown=1;IP=10.8.0.5/24", "IgnoreUnknown=1;IP=10.8.0.5/24;GATEWAY=10.8.0.1",
		"IP=10.8.0.5", "IgnoreUnknown=1;IP=10.8.0.5/24,10.9.0.5/24", "GATEWAY=ten",
		"IgnoreUnknown=maybe", "UNKNOWN=1", "IgnoreUnknown=1;A", "IgnoreUnknown=true;MAC=c2:00:00:00:00:05",
	} {
		r := of("static CNI_ARGS "+args, static(one))
		r.args = args
		rows = append(rows, r)
	}
	return rows
}
