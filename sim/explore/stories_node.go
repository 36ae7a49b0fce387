package explore

import (
	"slices"
	"time"

	"patchbay/sim/fault"
	"patchbay/sim/world"
)

// diskStories are about files of ours.
func diskStories() []world.Story {
	return slices.Concat(fileStories(), legacyStories())
}

// fileStories are about disks, and records that somebody damages.
func fileStories() []world.Story {
	red := some("p", "red")
	return []world.Story{
		{
			Name: "full", About: "no intent can be written before ADD",
			Fails: true,
			Pods:  red, Steps: []world.Step{
				do(world.DiskFull), create("p"), wait(25 * time.Second),
			},
		},
		{
			Name: "full-later", About: "no try of a DEL can be noted",
			Fails: true,
			Pods:  red, Steps: up(do(world.DiskFull), remove("p"), wait(25*time.Second)),
		},
		{
			Name: "read-only", About: "DEL can remove no record",
			Fails: true,
			Pods:  red, Steps: up(do(world.DiskReadOnly), remove("p"), wait(25*time.Second)),
		},
		{
			Name: "flipped", About: "a record says something else than was written",
			Pods: red, Steps: up(to(world.FlipRecord, "p"), remove("p"), settle),
		},
		{
			Name: "tidied", About: "somebody removes a record",
			Pods: red, Steps: up(to(world.RemoveRecord, "p"), remove("p"), settle),
		},
		{
			Name: "wiped", About: "somebody removes all that we keep",
			Fails: true,
			Pods:  red, Steps: up(do(world.RemoveDir), to(world.Check, "p"), remove("p"), settle),
		},
		{
			Name: "wiped-and-collected", About: "GC knows of nobody, and everybody is there",
			Fails: true,
			Pods:  two("red"), Steps: up(create("q"), settle, do(world.RemoveDir),
				do(world.Collect), to(world.Check, "p"), remove("p"), remove("q"), settle),
		},
	}
}

// legacyStories are about what others, or other versions, have left.
func legacyStories() []world.Story {
	red := some("p", "red")
	return []world.Story{
		{
			Name: "from-multus", About: "a pod has what Multus has left",
			Pods: red, Steps: up(into(world.OldRecord, "p", "scratch"), do(world.Collect),
				remove("p"), settle),
		},
		{
			Name: "from-results", About: "of a pod there are results alone",
			Pods: red, Steps: up(into(world.OldRecord, "p", "results"), do(world.Collect),
				remove("p"), settle),
		},
		{
			Name: "from-multus-forgotten", About: "GC goes by what Multus has left",
			Pods: red, Steps: up(into(world.OldRecord, "p", "scratch"),
				do(world.ForgetRuntime), settle, do(world.Collect)),
		},
		{
			Name: "from-multus-rebooted", About: "what Multus has left is of another boot",
			Pods: red, Steps: up(into(world.OldRecord, "p", "scratch"), do(world.Reboot), settle),
		},
		{
			Name: "from-the-future", About: "a record is of a version that is not written yet",
			Fails: true,
			Pods:  red, Steps: up(to(world.NewRecord, "p"), remove("p"), wait(25*time.Second)),
		},
		{
			Name: "strangers", About: "a file of others is taken for an address",
			Pods: red, Steps: up(
				into(world.ForeignFile, "../networks/notes.txt", "of somebody else"),
				do(world.Collect), to(world.Check, "p"), remove("p"), settle),
		},
		{
			Name: "stranger", About: "a file of others is taken for one of Multus",
			Fails: true,
			Pods:  red, Steps: up(into(world.ForeignFile, "README", "of somebody else"),
				do(world.Collect), to(world.Check, "p"), remove("p"), settle),
		},
	}
}

// nodeStories are about a node, its boots and its plugins.
func nodeStories() []world.Story {
	return slices.Concat(bootStories(), pluginRemoved())
}

// bootStories are about boots.
func bootStories() []world.Story {
	red := some("p", "red")
	return []world.Story{
		{
			Name: "reboot", About: "records are of a boot that is over",
			Pods: red, Steps: up(do(world.Reboot), settle),
		},
		{
			Name: "two-boots", About: "a node goes down again while it comes up",
			Pods: red, Steps: up(do(world.PowerCut), wait(10*time.Second), do(world.PowerCut),
				settle, do(world.Reboot), settle),
		},
		{
			Name:  "cut-after-del",
			About: "all is undone when the power goes, and not all is on the disk",
			Pods:  red, Steps: up(remove("p"), settle, do(world.PowerCut), settle),
		},
		{
			Name: "boot-in-del", About: "a pod is deleted while its node is down",
			Pods: red, Steps: up(do(world.PowerCut), remove("p"), settle),
		},
		{
			Name: "reinstalled", About: "a node comes up without anything that we kept",
			Pods: red, Steps: up(do(world.RemoveDir), do(world.Reboot), settle),
		},
		{
			Name: "boot-and-collect", About: "GC comes before any pod is up again",
			Pods: two("red"), Steps: up(create("q"), settle, do(world.PowerCut), remove("p"),
				do(world.Collect), settle),
		},
		{
			Name: "runtime", About: "the runtime is restarted with a pod",
			Pods:  red,
			Steps: up(do(world.RestartRuntime), do(world.Collect), to(world.Check, "p"), settle),
		},
		{
			Name: "set-aside", About: "what can not be undone is set aside, and undone by GC",
			Fails: true,
			Pods:  red, Steps: up(to(world.RemovePlugin, "macvlan"), remove("p"), settle,
				to(world.RestorePlugin, "macvlan"), do(world.Collect)),
		},
		{
			Name: "set-aside-and-back", About: "a pod of the name comes while the old is set aside",
			Fails: true,
			Pods:  red, Steps: up(to(world.RemovePlugin, "macvlan"), to(world.Recreate, "p"),
				wait(25*time.Second), to(world.RestorePlugin, "macvlan"), do(world.Collect),
				settle),
		},
	}
}

// pluginRemoved are about plugins that are not there, and other things of a node.
func pluginRemoved() []world.Story {
	red := some("p", "red")
	return []world.Story{
		{
			Name: "patience", About: "a DEL fails until it is given up",
			Fails: true,
			Pods:  red, Steps: up(world.Step{Do: world.SlowPlugins, For: 95 * time.Second},
				remove("p"), wait(3*time.Hour), do(world.Collect)),
		},
		{
			Name: "no-plugin", About: "a plugin is not installed when ADD comes",
			Fails: true,
			Pods:  red, Steps: []world.Step{
				to(world.RemovePlugin, "macvlan"), create("p"), wait(25 * time.Second),
			},
		},
		{
			Name: "clock", About: "the clock on the wall goes back ten years",
			Fails: true,
			Pods:  red, Steps: up(
				world.Step{Do: world.ClockJump, For: -10 * 365 * 24 * time.Hour},
				to(world.RemovePlugin, "macvlan"), remove("p"), settle,
				to(world.RestorePlugin, "macvlan"), do(world.Collect)),
		},
		{
			Name: "configured", About: "our configuration is another when DEL comes",
			Pods: red, Steps: up(into(world.ChangeConfig, portmap, `"compatScratch":true`),
				remove("p"), settle),
		},
		{
			Name: "flap", About: "an uplink goes down and up under a pod",
			Fails: true,
			Pods:  red, Steps: up(
				world.Step{Do: world.FlapLink, On: "eth0", For: time.Second},
				to(world.Check, "p"), wait(2*time.Second), remove("p"), settle),
		},
		{
			Name: "two-nodes", About: "what is one node's reaches the other",
			Nodes: 2, Pods: []world.Pod{
				{Name: "p", Networks: "pool"}, {Name: "q", Node: 1, Networks: "pool"},
			},
			Networks: []world.Network{{Name: "pool", Config: `{"cniVersion":"1.0.0",` +
				`"type":"macvlan","master":"eth0","ipam":{"type":"whereabouts",` +
				`"range":"10.32.0.0/24"}}`}},
			Steps: []world.Step{
				create("p"), create("q"), settle, do(world.PowerCut), remove("q"), settle,
			},
		},
	}
}

// sandboxStories are about namespaces and links of pods.
func sandboxStories() []world.Story {
	red := some("p", "red")
	return []world.Story{
		{
			Name: "other-netns", About: "another namespace is at the path when DEL comes",
			Pods: red, Steps: up(to(world.SwapNetns, "p"), remove("p"), settle),
		},
		{
			Name: "plain-netns", About: "a plain file is at the path when DEL comes",
			Pods: red, Steps: up(to(world.PlainNetns, "p"), remove("p"), settle),
		},
		{
			Name: "host-netns", About: "the path leads to the node's own namespace",
			Pods: red, Steps: up(to(world.HostNetns, "p"), remove("p"), settle),
		},
		{
			Name: "host-netns-damaged", About: "it does, and there is no record to tell",
			Pods: red, Steps: up(to(world.HostNetns, "p"), do(world.RemoveDir), remove("p"),
				settle),
		},
		{
			Name: "other-netns-damaged", About: "another namespace is there, and no record to tell",
			Pods: red, Steps: up(to(world.SwapNetns, "p"), do(world.RemoveDir), remove("p"),
				settle),
		},
		{
			Name: "shared-netns", About: "a refused pod takes the interfaces of another",
			Fails: true,
			Pods:  two("red"), Steps: up(into(world.ShareNetns, "q", "p"), create("q"),
				wait(25*time.Second), remove("q"), settle, to(world.Check, "p")),
		},
		{
			Name: "link-gone", About: "somebody deletes an interface of a pod",
			Fails: true,
			Pods:  red, Steps: up(into(world.RemoveLink, "p", "net1"), to(world.Check, "p"),
				remove("p"), settle),
		},
		{
			Name: "bridge-gone", About: "somebody deletes the bridge under a pod",
			Fails: true,
			Pods:  some("p", "blue"), Steps: up(into(world.RemoveLink, "", "br2"),
				to(world.Check, "p"), remove("p"), settle),
		},
		{
			Name: "renamed", About: "an interface of a pod has another name when DEL comes",
			Fails: true,
			Pods:  red, Steps: up(into(world.RenameLink, "p", "net1=lan"), to(world.Check, "p"),
				remove("p"), settle),
		},
		{
			Name: "occupied", About: "somebody has made an interface of the name that is next",
			Fails: true,
			Pods:  red, Steps: []world.Step{
				halt("ADD", fault.NSLook, time.Second), create("p"), do(world.Await),
				into(world.Foreign, "p", "net1"), settle,
			},
		},
	}
}
