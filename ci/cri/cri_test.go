package cri

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// At most this many sandboxes are run or stopped at the same time.
const workers = 4

// plugins returns the directories of patchbay and of the reference plugins:
// bin and bin/cni, where "make build plugins" puts them, or as PATCHBAY_BIN
// says instead of bin.
func plugins(t *testing.T) []string {
	t.Helper()
	bin, err := filepath.Abs(cmp.Or(os.Getenv("PATCHBAY_BIN"), "../../bin"))
	if err != nil {
		t.Fatal(err)
	}
	require(t, filepath.Join(bin, "patchbay"), filepath.Join(bin, "cni"))
	return []string{filepath.Join(bin, "cni"), bin}
}

// startNode starts a node with patchbay as its CNI plugin. What the node is
// made of goes with the test, however that ends.
func startNode(t *testing.T) (*Node, *Client) {
	t.Helper()
	require(t, containerdPath, ctrPath, runcPath)
	dirs := plugins(t)
	image, err := BuildSandboxImage(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("patchbay-cri-%d-%s", os.Getpid(), strings.ToLower(t.Name()))
	dir := t.TempDir()
	node, err := NewNode(dir, name, dirs...)
	t.Cleanup(func() { closeNode(t, node) })
	if err != nil {
		t.Fatal(err)
	}
	client := start(t, node)
	if err := node.ImportImage(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	return node, client
}

func closeNode(t *testing.T, node *Node) {
	t.Helper()
	// The test's own context has ended by now.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := node.Close(ctx); err != nil {
		t.Errorf("closing the node: %v", err)
	}
	if t.Failed() {
		t.Logf("the end of containerd's log:\n%s", tail(node.path("containerd.log")))
	}
}

func start(t *testing.T, node *Node) *Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, err := node.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func tail(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := slices.Collect(strings.Lines(string(content)))
	return strings.Join(lines[max(0, len(lines)-40):], "")
}

func snapshot(t *testing.T, node *Node) Snapshot {
	t.Helper()
	s, err := node.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func writePods(t *testing.T, node *Node, count int) []Pod {
	t.Helper()
	var pods []Pod
	for i := range count {
		pod, err := node.writePod(fmt.Sprintf("pod-%02d", i))
		if err != nil {
			t.Fatal(err)
		}
		pods = append(pods, pod)
	}
	return pods
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

// checkSandbox compares what is in a sandbox, what containerd reports and what
// the pod's network-status says.
func checkSandbox(t *testing.T, node *Node, client *Client, pod Pod, id string) {
	t.Helper()
	sandbox, err := client.Inspect(t.Context(), id)
	if err != nil {
		t.Error(err)
		return
	}
	links, err := linksAt(sandbox.Netns)
	if err != nil {
		t.Error(err)
		return
	}
	for ifName, kind := range map[string]string{
		"eth0": "veth", "net1": "macvlan", "net2": "veth",
	} {
		if links[ifName].Type != kind || len(links[ifName].IPs) != 1 {
			t.Errorf("%s: %s is %+v, want a %s with one address",
				pod.Name, ifName, links[ifName], kind)
		}
	}
	if len(links) != 4 {
		t.Errorf("%s has links %v, want lo, eth0, net1 and net2",
			pod.Name, slices.Sorted(maps.Keys(links)))
	}
	if got := links["eth0"].IPs; !slices.Equal(got, []string{sandbox.IP}) {
		t.Errorf("%s: eth0 has %v, but containerd reports %s", pod.Name, got, sandbox.IP)
	}
	if got := sandbox.ResultIPs["eth0"]; !slices.Equal(got, []string{sandbox.IP}) {
		t.Errorf("%s: the CNI result has %v on eth0, want %s", pod.Name, got, sandbox.IP)
	}
	for _, ifName := range []string{"net1", "net2"} {
		if got := sandbox.ResultIPs[ifName]; len(got) > 0 {
			t.Errorf("%s: the CNI result has %v of %s, want the default network's only",
				pod.Name, got, ifName)
		}
	}
	checkStatus(t, node, pod, links)
}

// checkStatus compares a pod's network-status with its interfaces.
func checkStatus(t *testing.T, node *Node, pod Pod, links map[string]Link) {
	t.Helper()
	status, err := node.status(pod)
	if err != nil {
		t.Error(err)
		return
	}
	want := []NetworkStatus{
		{Name: networks[0].Name, Interface: "eth0", IPs: links["eth0"].IPs, Default: true},
		{Name: node.Name + "/east", Interface: "net1", IPs: links["net1"].IPs},
		{Name: node.Name + "/west", Interface: "net2", IPs: links["net2"].IPs},
	}
	if !reflect.DeepEqual(status, want) {
		t.Errorf("%s: network-status is\n%+v, want\n%+v", pod.Name, status, want)
	}
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

func since(began time.Time) time.Duration { return time.Since(began).Round(time.Millisecond) }

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

	if diff := snapshot(t, node).Diff(before); diff != "" {
		t.Errorf("the node is not as it was before the first pod:\n%s", diff)
	}
}

// checkSeen insists that a snapshot saw every kind of thing that running
// sandboxes have: a kind that it is blind to would never be found left behind.
func checkSeen(t *testing.T, diff string) {
	t.Helper()
	for _, kind := range []string{
		"link", "lease", "state", "cached result", "namespace", "mount", "cgroup", "process",
	} {
		if !strings.Contains(diff, "+ "+kind+" ") {
			t.Errorf("the snapshot of running sandboxes has no %s; it looks in the wrong place", kind)
		}
	}
}

// containerd is killed while it runs sandboxes, three times, and while it stops
// them. What it knows afterwards can be stopped; garbage collection, with that
// as the list of valid attachments, takes what it does not know, and no more.
func TestContainerdKilled(t *testing.T) {
	node, client := startNode(t)
	before := snapshot(t, node)
	pods := writePods(t, node, 24)
	for some := range slices.Chunk(pods, 8) {
		killHalfway(t, node, some, func(pod Pod) error {
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
	killHalfway(t, node, known, func(sandbox Listed) error {
		return client.Stop(t.Context(), sandbox.ID)
	})
	client = start(t, node)
	stopAndRemove(t, client, idsOf(list(t, client)))
	collectGarbage(t, node, nil)
	checkLeft(t, node, before)
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
	if err := node.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	client = start(t, node)
	if known := list(t, client); len(known) > 0 {
		t.Fatalf("containerd still knows %d sandboxes", len(known))
	}
	collectGarbage(t, node, nil)
	checkLeft(t, node, before)
}

// killHalfway does something to all items until containerd is killed: after
// the first quarter of them, at a moment when patchbay is running.
func killHalfway[T any](t *testing.T, node *Node, items []T, do func(T) error) {
	t.Helper()
	var done, failed atomic.Int32
	var killing sync.WaitGroup
	kill := func() {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := errors.Join(node.WaitForPatchbay(ctx), node.Kill()); err != nil {
			t.Error(err)
		}
	}
	each(items, func(item T) {
		if err := do(item); err != nil {
			failed.Add(1)
			return
		}
		if int(done.Add(1)) == max(1, len(items)/4) {
			killing.Go(kill)
		}
	})
	killing.Wait()
	t.Logf("containerd was killed: %d calls had ended well, %d failed", done.Load(), failed.Load())
	if failed.Load() == 0 {
		t.Fatal("containerd was not killed half-way")
	}
	if err := node.WaitForPlugins(t.Context()); err != nil {
		t.Fatal(err)
	}
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
	began := time.Now()
	if err := node.GC(t.Context(), idsOf(known)); err != nil {
		t.Error(err)
	}
	t.Logf("GC with %d valid attachments took %v", len(known), since(began))
}

// checkLeft compares the node with what it was before the first pod, less what
// containerd itself forgot: that is the runtime's to leave behind.
func checkLeft(t *testing.T, node *Node, before Snapshot) {
	t.Helper()
	left := snapshot(t, node)
	// Before namespaces go, which would take interfaces with them.
	if diff := left.OfPlugin().Diff(before.OfPlugin()); diff != "" {
		t.Errorf("patchbay has left something:\n%s", diff)
	}
	if err := node.DropForgotten(t.Context()); err != nil {
		t.Error(err)
	}
	after := snapshot(t, node)
	t.Logf("left by containerd itself:\n%s", left.Diff(after))
	if diff := after.Diff(before); diff != "" {
		t.Errorf("the node is not as it was before the first pod:\n%s", diff)
	}
}
