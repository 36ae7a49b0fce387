package explore

import (
	"slices"
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
	// The plugin bridge has the MAC of its bridge in a result, and CHECK compares
	// it, though it is another one when other pods come and go.
	unchecked = `{"cniVersion":"1.0.0","name":"cbr0","disableCheck":true,"plugins":[{` +
		`"type":"bridge","bridge":"cbr0","isDefaultGateway":true,` +
		`"ipam":{"type":"host-local","ranges":[[{"subnet":"10.244.0.0/16"}]]}}]}`
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

// into is a step with what becomes of it.
func into(what world.Do, on, become string) world.Step {
	return world.Step{Do: what, On: on, To: become}
}

func wait(d time.Duration) world.Step { return world.Step{Do: world.Wait, For: d} }

// settle is the step after most steps.
//
//nolint:gochecknoglobals // a constant
var settle = world.Step{Do: world.Settle}

// up are the steps of a pod that comes up, and what comes then.
func up(then ...world.Step) []world.Step {
	return append([]world.Step{create("p"), settle}, then...)
}

// life is up, checked, deleted and all that.
func life(between ...world.Step) []world.Step {
	return slices.Concat(up(between...), []world.Step{to(world.Check, "p"), remove("p"), settle})
}

func networks() []world.Network {
	return []world.Network{
		{Name: "red", Config: macvlan},
		{Name: "blue", Config: second},
		{Name: "fixed", Config: static},
		{Name: "tiny", Config: small},
		{Name: "none", Config: broken},
	}
}

// some is a pod of that name with these networks.
func some(name, list string) []world.Pod { return []world.Pod{{Name: name, Networks: list}} }

// two are pods p and q with the same networks.
func two(list string) []world.Pod { return append(some("p", list), some("q", list)...) }

// told gives stories the networks that all of them have.
func told(stories []world.Story) []world.Story {
	for i := range stories {
		s := &stories[i]
		s.Networks = append(networks(), s.Networks...)
		if s.Default == "" && len(s.Pods) > 1 {
			s.Default = unchecked
		}
	}
	return stories
}

// All are the stories of [Core] and [More].
func All() []world.Story { return append(Core(), More()...) }

// More are the stories that are told by chance, in every order, and with single
// faults in the background.
func More() []world.Story {
	return told(slices.Concat(
		pluginStories(), annotationStories(), addressStories(), clusterStories(),
		raceStories(), middleStories(), diskStories(), nodeStories(), sandboxStories(),
	))
}

// Core are the stories that every fault is tried in.
func Core() []world.Story {
	return told([]world.Story{
		{
			Name: "alone", About: "any of the few operations of one network may be the last",
			Pods: some("p", ""), Steps: up(),
		},
		{
			Name: "three", About: "what fails late undoes what came early",
			Pods: some("p", "red,blue"), Steps: up(),
		},
		{
			Name: "chain", About: "a plugin fails behind one that has succeeded",
			Default: portmap, Pods: some("p", ""), Steps: up(),
		},
		{
			Name: "default-route", About: "the pod is left between two default routes",
			Pods: some("p", `[{"name":"blue","default-route":["10.2.0.1"]}]`), Steps: up(),
		},
		{
			Name: "optional", About: "what may be missing takes with it what must not",
			Pods: some("p", `[{"name":"none","optional":true},{"name":"red"}]`), Steps: up(),
		},
		{
			Name: "recreate", About: "the new pod of a name meets what the old one has left",
			Pods: some("p", ""), Steps: up(to(world.Recreate, "p"), settle),
		},
		{
			Name: "power-cut", About: "of what was written a part is there at the next boot",
			Pods: some("p", ""), Steps: up(do(world.PowerCut), settle),
		},
		{
			Name: "forgotten", About: "nobody but GC ever hears of a sandbox again",
			Pods:  some("p", ""),
			Steps: up(do(world.ForgetRuntime), settle, do(world.Collect)),
		},
		{
			Name: "no-netns", About: "DEL comes when only the node's half is left",
			Pods: some("p", ""), Steps: up(to(world.KillNetns, "p"), remove("p"), settle),
		},
		{
			Name: "changed", About: "DEL goes by a definition that is another by now",
			Pods:  some("p", "red"),
			Steps: up(into(world.ChangeNAD, "red", static), remove("p"), settle),
		},
		{
			Name: "torn", About: "the record that DEL needs can not be believed",
			Pods: some("p", ""), Steps: up(to(world.TearRecord, "p"), remove("p"), settle),
		},
		{
			Name: "verbs", About: "a verb that only looks changes something",
			Pods: some("p", ""), Steps: up(to(world.Check, "p"), do(world.Status),
				do(world.Collect), remove("p"), settle, to(world.StopAgain, "p")),
		},
	})
}
