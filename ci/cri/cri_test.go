package cri

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// At most this many sandboxes are run or stopped at the same time.
const workers = 4

// Fifty sandboxes run and stop, and nothing is left.
func TestFiftySandboxes(t *testing.T) {
	node, client := startNode(t)
	before := snapshot(t, node)
	pods := writePods(t, node, 50)

	var mu sync.Mutex
	var ids []string
	each(pods, func(pod Pod) {
		began := time.Now()
		id, err := client.Run(t.Context(), pod, node.Name)
		if err != nil {
			t.Error(err)
			return
		}
		t.Logf("%s ran in %v", pod.Name, since(began))
		checkSandbox(t, node, client, pod, id)
		mu.Lock()
		ids = append(ids, id)
		mu.Unlock()
	})
	checkSeen(t, snapshot(t, node).Diff(before))
	stopAndRemove(t, client, ids)
	checkPlugin(t, node, before)
	checkNode(t, node, before)
}

// containerd is killed while it runs sandboxes, three times, and while it stops
// them. What it knows afterwards can be stopped; garbage collection, with that
// as the list of valid attachments, takes what it does not know, and no more.
func TestContainerdKilled(t *testing.T) {
	for _, killed := range []struct {
		name string
		kill killing
	}{
		{"alone", (*Node).Kill},
		{"with plugins", (*Node).KillWithPlugins},
	} {
		t.Run(killed.name, func(t *testing.T) {
			node, client := startNode(t)
			before := snapshot(t, node)
			pods := writePods(t, node, 24)
			for some := range slices.Chunk(pods, 8) {
				killHalfway(t, node, killed.kill, some, func(pod Pod) error {
					_, err := client.Run(t.Context(), pod, node.Name)
					return err
				})
				client = start(t, node)
			}
			known := list(t, client)
			collectGarbage(t, node, known)
			for _, sandbox := range known {
				if sandbox.Ready {
					checkSandbox(t, node, client, sandbox.Pod, sandbox.ID)
				}
			}
			killHalfway(t, node, killed.kill, known, func(sandbox Listed) error {
				return client.Stop(t.Context(), sandbox.ID)
			})
			client = start(t, node)
			stopAndRemove(t, client, idsOf(list(t, client)))
			collectGarbage(t, node, nil)
			checkPlugin(t, node, before)
			dropForgotten(t, node)
			checkNode(t, node, before)
		})
	}
}

// containerd has forgotten its sandboxes, whose namespaces and interfaces are
// still there: nobody will ever call DEL for them.
func TestContainerdForgets(t *testing.T) {
	node, client := startNode(t)
	before := snapshot(t, node)
	each(writePods(t, node, 8), func(pod Pod) {
		if _, err := client.Run(t.Context(), pod, node.Name); err != nil {
			t.Error(err)
		}
	})
	if err := node.Forget(deadline(t)); err != nil {
		t.Fatal(err)
	}
	client = start(t, node)
	if known := list(t, client); len(known) > 0 {
		t.Fatalf("containerd still knows %d sandboxes", len(known))
	}
	collectGarbage(t, node, nil)
	checkPlugin(t, node, before)
	dropForgotten(t, node)
	checkNode(t, node, before)
}

// killing is a way to kill containerd.
type killing func(*Node, context.Context) error

// killHalfway does something to all items until containerd is killed: after
// the first quarter of them, at a moment when patchbay is running.
func killHalfway[T any](
	t *testing.T, node *Node, kill killing, items []T, do func(T) error,
) {
	t.Helper()
	var done, failed atomic.Int32
	var killed sync.WaitGroup
	each(items, func(item T) {
		if err := do(item); err != nil {
			failed.Add(1)
			return
		}
		if int(done.Add(1)) == max(1, len(items)/4) {
			killed.Go(func() {
				ctx := deadline(t)
				if err := errors.Join(node.WaitForPatchbay(ctx), kill(node, ctx)); err != nil {
					t.Error(err)
				}
			})
		}
	})
	killed.Wait()
	t.Logf("containerd was killed: %d calls had ended well, %d failed", done.Load(), failed.Load())
	if failed.Load() == 0 {
		t.Fatal("containerd was not killed half-way")
	}
	if err := node.WaitForPlugins(deadline(t)); err != nil {
		t.Fatal(err)
	}
}

// each calls do for every item, for at most `workers` of them at a time.
func each[T any](items []T, do func(T)) {
	var all sync.WaitGroup
	free := make(chan struct{}, workers)
	for _, item := range items {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			do(item)
		})
	}
	all.Wait()
}

func stopAndRemove(t *testing.T, client *Client, ids []string) {
	t.Helper()
	each(ids, func(id string) {
		began := time.Now()
		if err := client.Stop(t.Context(), id); err != nil {
			t.Error(err)
			return
		}
		if err := client.Remove(t.Context(), id); err != nil {
			t.Error(err)
		}
		t.Logf("sandbox %.12s stopped and removed in %v", id, since(began))
	})
}

func list(t *testing.T, client *Client) []Listed {
	t.Helper()
	known, err := client.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return known
}

func idsOf(sandboxes []Listed) []string {
	var ids []string
	for _, sandbox := range sandboxes {
		ids = append(ids, sandbox.ID)
	}
	return ids
}

// collectGarbage calls GC as a runtime does that knows these sandboxes.
func collectGarbage(t *testing.T, node *Node, known []Listed) {
	t.Helper()
	before := snapshot(t, node).OfPlugin()
	began := time.Now()
	if err := node.GC(deadline(t), idsOf(known)); err != nil {
		t.Error(err)
	}
	took := since(began)
	t.Logf("GC took %v and %d links, leases and files, and left what belongs to %d sandboxes",
		took, len(before)-len(snapshot(t, node).OfPlugin()), len(known))
}

// dropForgotten removes what containerd itself left behind, which is not the
// plugin's to remove: after a kill there may be a namespace or a shim of a
// sandbox that it never recorded.
func dropForgotten(t *testing.T, node *Node) {
	t.Helper()
	left := snapshot(t, node)
	if err := node.DropForgotten(deadline(t)); err != nil {
		t.Error(err)
	}
	t.Logf("containerd itself has left %d things", len(left)-len(snapshot(t, node)))
}

func since(began time.Time) time.Duration { return time.Since(began).Round(time.Millisecond) }
