package explore

import (
	"slices"
	"time"

	"patchbay/sim/fault"
	"patchbay/sim/world"
)

// during is a step that waits for an operation of the pod's next call.
func during(what world.Do, at fault.Kind, stop time.Duration) world.Step {
	return world.Step{Do: what, On: "p", To: string(at), For: stop}
}

// halt makes a call of pod p stand still when it comes to an operation.
func halt(verb string, at fault.Kind, stop time.Duration) world.Step {
	return world.Step{Do: world.HaltAt, On: "p", To: verb + " " + string(at), For: stop}
}

// Races are the stories whose calls meet, for those who try every order. One of
// them is in no other list: a runtime must not begin an ADD before its GC has ended
// (CNI spec 1.1, "Lifecycle & Ordering"), and one that does loses pods by chance.
func Races() []world.Story {
	return told(slices.Concat(raceStories(), middleStories(), []world.Story{
		{
			Name: "gc-beside-add", About: "GC and ADD begin at one time",
			Pods: two("red"), Steps: []world.Step{
				create("p"), do(world.Collect), settle, create("q"), do(world.Collect), settle,
				to(world.Check, "p"), to(world.Check, "q"),
			},
		},
	}))
}

// in is what happens while the ADD of pod p stands still at an operation.
func in(at fault.Kind, what ...world.Step) []world.Step {
	first := []world.Step{halt("ADD", at, time.Second), create("p"), do(world.Await)}
	return append(append(first, what...), settle)
}

// raceStories are of two calls at a time.
func raceStories() []world.Story {
	return slices.Concat(addRaces(), delRaces())
}

// addRaces are of an ADD and another call.
func addRaces() []world.Story {
	red := some("p", "red")
	return []world.Story{
		{
			Name: "del-during-add", About: "DEL comes while ADD has half of what it wants",
			Pods: red, Steps: []world.Step{
				during(world.DELDuringADD, fault.LinkAdd, 20*time.Second), create("p"), settle,
			},
		},
		{
			Name: "del-waits", About: "DEL waits longer for ADD than it wants to",
			Fails: true,
			Pods:  red, Steps: []world.Step{
				during(world.DELDuringADD, fault.PluginAdd, 100*time.Second), create("p"), settle,
			},
		},
		{
			Name: "late-add", About: "ADD goes on when its DEL has found nothing and succeeded",
			Fails: true,
			Pods:  red, Steps: []world.Step{
				during(world.DELDuringADD, fault.FileLock, 5*time.Second), create("p"), settle,
			},
		},
		{
			Name: "gc-during-add", About: "GC does not know of a sandbox that is being made",
			Pods: red, Steps: []world.Step{
				during(world.GCDuringADD, fault.LinkAdd, time.Second), create("p"), settle,
			},
		},
		{
			Name: "gc-before-add", About: "GC counts while an ADD is about to begin",
			Pods: red, Steps: []world.Step{
				during(world.GCDuringADD, fault.FileLock, time.Second), create("p"), settle,
			},
		},
		{
			Name: "check-during-del", About: "CHECK sees half of a pod",
			Fails: true,
			Pods:  red, Steps: up(
				during(world.CHECKDuringDEL, fault.PluginDel, time.Second), remove("p"), settle),
		},
		{
			Name: "two-adds", About: "the second of two ADDs undoes the first",
			Fails: true,
			Pods:  red, Steps: []world.Step{
				during(world.TwoADDs, fault.FileLock, time.Second), create("p"), settle,
			},
		},
		{
			Name: "two-gcs", About: "two GCs collect one sandbox",
			Pods: two("red"), Steps: up(create("q"), settle, do(world.ForgetRuntime),
				settle, do(world.TwoGCs), settle),
		},
	}
}

// delRaces are of a DEL, or a GC, and another call.
func delRaces() []world.Story {
	red := some("p", "red")
	return []world.Story{
		{
			Name: "two-dels", About: "a DEL comes while the one before it still goes on",
			Pods: red, Steps: up(halt("DEL", fault.PluginDel, 5*time.Second), remove("p"),
				do(world.Await), into(world.RestartRuntime, "", "leave"), settle),
		},
		{
			Name: "del-and-gc", About: "GC meets a sandbox that DEL is taking apart",
			Pods: red, Steps: up(halt("DEL", fault.PluginDel, 5*time.Second), remove("p"),
				do(world.Await), into(world.ForgetRuntime, "", "leave"), do(world.Collect),
				settle),
		},
		{
			Name: "gc-during-del", About: "GC comes while DEL is under way",
			Pods: two("red"), Steps: up(create("q"), settle,
				halt("DEL", fault.LinkDel, 5*time.Second), remove("p"), do(world.Await),
				do(world.Collect), settle),
		},
		{
			Name: "two-pods", About: "two pods come and go at a time, with one bridge and one pool",
			Pods: two("blue"), Steps: []world.Step{
				create("p"), create("q"), settle, remove("p"), remove("q"), settle,
			},
		},
		{
			Name: "hurry", About: "the old pod of a name goes while the new one comes",
			Pods: red, Steps: up(halt("DEL", fault.PluginDel, time.Second),
				to(world.Recreate, "p"), settle),
		},
		{
			Name: "check-beside-del", About: "CHECK and DEL begin at one time",
			Fails: true,
			Pods:  red, Steps: up(remove("p"), to(world.Check, "p"), settle),
		},
		{
			Name: "gc-beside-del", About: "GC and DEL of a forgotten sandbox begin at one time",
			Pods: red, Steps: up(do(world.RestartRuntime), remove("p"), do(world.Collect), settle),
		},
		{
			Name: "recreate-at-once", About: "a pod of the name is there before the first has all",
			Fails: true,
			Pods:  red, Steps: []world.Step{create("p"), to(world.Recreate, "p"), settle},
		},
		{
			Name: "churn", About: "sandboxes of one pod overlap",
			Fails: true,
			Pods:  red, Steps: up(to(world.Churn, "p"), settle),
		},
	}
}

// middleStories interrupt a call in its middle.
func middleStories() []world.Story {
	return slices.Concat(slowStories(), brokenOff())
}

// slowStories have calls that take long, or are given up.
func slowStories() []world.Story {
	red := some("p", "red")
	return []world.Story{
		{
			Name: "timed-out", About: "the runtime kills an ADD and sends DEL",
			Fails: true,
			Pods:  red, Steps: []world.Step{
				during(world.TimeOut, fault.RouteAdd, 0), create("p"), settle,
			},
		},
		{
			Name: "orphan", About: "what a dead plugin has started goes on when DEL comes",
			Fails: true,
			Pods:  red, Steps: []world.Step{
				during(world.TimeOut, fault.FileCreate, 2*time.Second), create("p"), settle,
			},
		},
		{
			Name: "renewed-before-get", About: "the pod is another one when ADD reads it",
			Fails: true,
			Pods:  red, Steps: in(fault.PodGet, to(world.Recreate, "p")),
		},
		{
			Name: "renewed-before-status", About: "the pod is another one when its status comes",
			Fails: true,
			Pods:  red, Steps: in(fault.StatusPatch, to(world.Recreate, "p")),
		},
		{
			Name: "slow", About: "all plugins together take longer than the runtime waits",
			Fails: true,
			Pods:  some("p", "red,blue"), Steps: []world.Step{
				{Do: world.SlowPlugins, For: 85 * time.Second},
				create("p"),
				wait(12 * time.Minute),
			},
		},
		{
			Name: "frozen", About: "a machine sleeps in the middle of an ADD",
			Pods: red, Steps: []world.Step{
				during(world.Freeze, fault.LinkAdd, 30*time.Second), create("p"), settle,
			},
		},
		{
			Name: "frozen-long", About: "a machine sleeps longer than anybody waits",
			Fails: true,
			Pods:  red, Steps: []world.Step{
				during(world.Freeze, fault.LinkAdd, 230*time.Second), create("p"), settle,
			},
		},
		{
			Name: "runtime-in-add", About: "the runtime is restarted in the middle of an ADD",
			Fails: true,
			Pods:  red, Steps: in(fault.AddrAdd, do(world.RestartRuntime)),
		},
	}
}

// brokenOff have calls that something befalls on their way.
func brokenOff() []world.Story {
	red := some("p", "red")
	return []world.Story{
		{
			Name: "runtime-left-add", About: "an ADD outlives its runtime",
			Pods: red, Steps: in(fault.AddrAdd, into(world.RestartRuntime, "", "leave")),
		},
		{
			Name: "kubelet-in-add", About: "the kubelet is restarted in the middle of an ADD",
			Pods: red, Steps: in(fault.FileStore, do(world.RestartKubelet)),
		},
		{
			Name: "books-lost-in-add", About: "a sandbox that is being made is forgotten",
			Pods: red, Steps: in(fault.LinkUp, do(world.ForgetRuntime), settle, do(world.Collect)),
		},
		{
			Name: "netns-in-add", About: "the namespace ends in the middle of an ADD",
			Fails: true,
			Pods:  red, Steps: in(fault.AddrAdd, to(world.KillNetns, "p")),
		},
		{
			Name: "swap-in-add", About: "the path leads elsewhere in the middle of an ADD",
			Fails: true,
			Pods:  red, Steps: in(fault.PluginFind, to(world.SwapNetns, "p")),
		},
		{
			Name: "cut-in-add", About: "the power goes in the middle of an ADD",
			Pods: red, Steps: in(fault.AddrAdd, do(world.PowerCut)),
		},
		{
			Name: "cut-in-del", About: "the power goes in the middle of a DEL",
			Pods: red, Steps: up(halt("DEL", fault.PluginDel, time.Second), remove("p"),
				do(world.Await), do(world.PowerCut), settle),
		},
		{
			Name: "undefined-in-add", About: "a definition goes in the middle of an ADD",
			Pods: red, Steps: append(in(fault.LinkAdd, to(world.DeleteNAD, "red")),
				remove("p"), settle),
		},
		{
			Name: "deleted-in-add", About: "the pod is deleted in the middle of its ADD",
			Pods: red, Steps: in(fault.LinkAdd, to(world.ForceDelete, "p")),
		},
		{
			Name: "plugin-in-add", About: "a plugin goes between the ADD and its undo",
			Fails: true,
			Pods:  red, Steps: in(fault.LinkAdd, to(world.RemovePlugin, "host-local"),
				wait(25*time.Second), to(world.RestorePlugin, "host-local")),
		},
	}
}
