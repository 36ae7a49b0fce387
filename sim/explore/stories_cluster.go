package explore

import (
	"slices"
	"time"

	"patchbay/sim/world"
)

// clusterStories are about the API server and its objects.
func clusterStories() []world.Story {
	return slices.Concat(serverStories(), rightStories())
}

// serverStories are about what the API server answers, and definitions.
func serverStories() []world.Story {
	return []world.Story{
		{
			Name: "outage", About: "nobody answers while a pod is made, and deleted",
			Fails: true,
			Pods:  some("p", "red"), Steps: []world.Step{
				{Do: world.APIDown, For: time.Minute},
				create("p"), settle,
				{Do: world.APIDown, For: time.Minute},
				remove("p"), settle,
			},
		},
		{
			Name: "outage-at-boot", About: "pods are restarted before the cluster is reached",
			Fails: true,
			Pods:  some("p", "red"), Steps: up(
				world.Step{Do: world.APIDown, For: 2 * time.Minute}, do(world.Reboot), settle),
		},
		{
			Name: "stale", About: "what is read of a pod is what its namesake was",
			Fails: true,
			Pods:  some("p", "red"), Steps: up(do(world.APIStale), to(world.Recreate, "p"),
				wait(25*time.Second)),
		},
		{
			Name: "undefined", About: "a definition is gone when DEL comes",
			Pods:  some("p", "red"),
			Steps: up(to(world.DeleteNAD, "red"), remove("p"), settle),
		},
		{
			Name: "undefined-first", About: "a definition is gone when ADD comes",
			Fails: true,
			Pods:  some("p", "red"),
			Steps: refused(to(world.DeleteNAD, "red"), create("p")),
		},
		{
			Name: "unreadable", About: "a definition is no JSON when ADD comes",
			Fails: true,
			Pods:  some("p", "red"), Steps: []world.Step{
				to(world.BreakNAD, "red"), create("p"), wait(25 * time.Second),
			},
		},
		{
			Name: "unreadable-later", About: "a definition is no JSON when DEL comes",
			Pods:  some("p", "red"),
			Steps: up(to(world.BreakNAD, "red"), remove("p"), settle),
		},
	}
}

// rightStories are about tokens, roles, and pods that it does not know.
func rightStories() []world.Story {
	return []world.Story{
		{
			Name: "token", About: "our token ends between ADD and DEL, and while a pod waits",
			Fails: true,
			Pods:  two("red"), Steps: up(
				world.Step{Do: world.RotateToken, For: time.Minute}, create("q"), remove("p"),
				settle),
		},
		{
			Name: "role", About: "we may read no pod any more",
			Fails: true,
			Pods:  two("red"), Steps: up(to(world.RevokeRole, "pods"), create("q"),
				wait(25*time.Second), remove("p"), wait(25*time.Second)),
		},
		{
			Name: "role-status", About: "we may not say what a pod got",
			Fails: true,
			Pods:  some("p", "red"), Steps: []world.Step{
				to(world.RevokeRole, "pods/status"), create("p"), wait(25 * time.Second),
			},
		},
		{
			Name: "namespace", About: "a namespace goes with definitions before its pods",
			Networks: []world.Network{team("green")},
			Pods:     []world.Pod{{Namespace: "team", Name: "p", Networks: "green"}},
			Steps:    up(to(world.EmptyNamespace, "team"), settle),
		},
		{
			Name: "mirror", About: "a pod has another UID in the cluster than with the kubelet",
			Pods:  some("p", "red"),
			Steps: []world.Step{to(world.MirrorPod, "p"), settle, remove("p"), settle},
		},
		{
			Name: "by-force", About: "the cluster does not know a pod whose sandbox is there",
			Pods: some("p", "red"), Steps: up(to(world.ForceDelete, "p"), settle),
		},
		{
			Name: "by-force-damaged", About: "nobody knows what a sandbox had",
			Pods: some("p", "red"), Steps: up(to(world.FlipRecord, "p"),
				to(world.ForceDelete, "p"), settle, do(world.Collect)),
		},
		{
			Name: "unknown-pod", About: "a pod that the cluster does not know is to wait",
			Fails:  true,
			Config: `"podNotFound":"tryAgainLater"`, Pods: some("p", "red"),
			Steps: []world.Step{
				into(world.HaltAt, "p", "ADD pod.get"), create("p"), do(world.Await),
				to(world.ForceDelete, "p"), settle,
			},
		},
	}
}
