package explore

import (
	"time"

	"patchbay/sim/world"
)

// Networks that the stories use. Each is as people write it.
const (
	macvlan = `{"cniVersion":"1.0.0","type":"macvlan","master":"eth0","mode":"bridge",` +
		`"ipam":{"type":"host-local","ranges":[[{"subnet":"10.1.0.0/24"}]],` +
		`"routes":[{"dst":"10.100.0.0/16"}]}}`
	second = `{"cniVersion":"1.0.0","name":"second","plugins":[{"type":"bridge",` +
		`"bridge":"br2","isGateway":true,"ipam":{"type":"host-local",` +
		`"ranges":[[{"subnet":"10.2.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}}]}`
	static = `{"cniVersion":"0.3.1","type":"macvlan","master":"eth1",` +
		`"ipam":{"type":"static","addresses":[{"address":"10.3.0.9/24"}]}}`
	small = `{"cniVersion":"1.0.0","type":"macvlan","master":"eth1",` +
		`"ipam":{"type":"host-local","ranges":[[{"subnet":"10.4.0.0/30"}]]}}`
	broken = `{"cniVersion":"1.0.0","type":"macvlan","master":"eth9",` +
		`"ipam":{"type":"static","addresses":[{"address":"10.5.0.9/24"}]}}`
	portmap = `{"cniVersion":"1.0.0","name":"cbr0","plugins":[{"type":"bridge",` +
		`"bridge":"cbr0","isDefaultGateway":true,"ipam":{"type":"host-local",` +
		`"ranges":[[{"subnet":"10.244.0.0/16"}]]}},` +
		`{"type":"portmap","capabilities":{"portMappings":true},"backend":"nftables"}]}`
)

func create(pod string) world.Step { return world.Step{Do: world.Create, On: pod} }
func remove(pod string) world.Step { return world.Step{Do: world.Delete, On: pod} }
func do(what world.Do) world.Step  { return world.Step{Do: what} }
func to(what world.Do, on string) world.Step {
	return world.Step{Do: what, On: on}
}

func networks() []world.Network {
	return []world.Network{
		{Name: "red", Config: macvlan}, {Name: "blue", Config: second},
		{Name: "fixed", Config: static}, {Name: "tiny", Config: small},
		{Name: "none", Config: broken},
	}
}

// some is a pod of that name with these networks.
func some(name, list string) []world.Pod { return []world.Pod{{Name: name, Networks: list}} }

// Core are the stories that every fault is tried in.
func Core() []world.Story {
	settle := do(world.Settle)
	up := []world.Step{create("p"), settle}
	after := func(more ...world.Step) []world.Step { return append(append([]world.Step{}, up...), more...) }
	all := []world.Story{
		{Name: "alone", About: "one pod with the default network", Pods: some("p", ""), Steps: up},
		{Name: "three", About: "three attachments", Pods: some("p", "red,blue"), Steps: up},
		{
			Name: "chain", About: "two plugins for the default network",
			Default: portmap, Pods: some("p", "red"), Steps: up,
		},
		{
			Name: "default-route", About: "a secondary network takes the default route",
			Pods: some("p", `[{"name":"blue","default-route":["10.2.0.1"]}]`), Steps: up,
		},
		{
			Name: "optional", About: "an optional network can not be attached",
			Pods: some("p", `[{"name":"none","optional":true},{"name":"red"}]`), Steps: up,
		},
		{
			Name: "abreast", About: "secondary networks side by side",
			Config: `"parallelAttachments":true`, Pods: some("p", "red,blue"), Steps: up,
		},
		{
			Name: "scratch", About: "Multus' files are written too",
			Config: `"compatScratch":true`, Pods: some("p", "red"), Steps: up,
		},
		{
			Name: "recreate", About: "a pod of the same name before the old one is gone",
			Pods: some("p", "red"), Steps: after(to(world.Recreate, "p"), settle),
		},
		{
			Name: "reboot", About: "a node comes up again with a pod",
			Pods: some("p", "red"), Steps: after(do(world.Reboot), settle),
		},
		{
			Name: "power-cut", About: "a node loses its power with a pod",
			Pods: some("p", "red"), Steps: after(do(world.PowerCut), settle),
		},
		{
			Name: "forgotten", About: "the runtime forgets a sandbox, and collects",
			Pods: some("p", "red"), Steps: after(do(world.ForgetRuntime), settle, do(world.Collect)),
		},
		{
			Name: "no-netns", About: "the namespace goes before DEL",
			Pods: some("p", "red"), Steps: after(to(world.KillNetns, "p"), remove("p"), settle),
		},
		{
			Name: "other-netns", About: "another namespace is at the path",
			Pods: some("p", "red"), Steps: after(to(world.SwapNetns, "p"), remove("p"), settle),
		},
		{
			Name: "changed", About: "a definition changes between ADD and DEL", Pods: some("p", "red"),
			Steps: after(world.Step{Do: world.ChangeNAD, On: "red", To: static}, remove("p"), settle),
		},
		{
			Name: "undefined", About: "a definition is deleted between ADD and DEL",
			Pods: some("p", "red"), Steps: after(to(world.DeleteNAD, "red"), remove("p"), settle),
		},
		{
			Name: "torn", About: "a record is torn",
			Pods: some("p", "red"), Steps: after(to(world.TearRecord, "p"), remove("p"), settle),
		},
		{
			Name: "verbs", About: "CHECK, STATUS, GC and DEL again",
			Pods: some("p", "red"), Steps: after(to(world.Check, "p"), do(world.Status),
				do(world.Collect), remove("p"), settle, to(world.StopAgain, "p")),
		},
		{
			Name: "outage", About: "no API server while a pod is made and deleted",
			Pods: some("p", "red"), Steps: []world.Step{
				{Do: world.APIDown, For: time.Minute}, create("p"), settle,
				{Do: world.APIDown, For: time.Minute}, remove("p"), settle,
			},
		},
	}
	for i := range all {
		all[i].Networks = networks()
	}
	return all
}
