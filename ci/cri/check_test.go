package cri

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func snapshot(t *testing.T, node *Node) Snapshot {
	t.Helper()
	s, err := node.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return s
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

// checkPlugin compares what only the plugin can have left with what there was
// before the first pod. To be called before namespaces are removed, which would
// take interfaces with them.
func checkPlugin(t *testing.T, node *Node, before Snapshot) {
	t.Helper()
	if diff := snapshot(t, node).OfPlugin().Diff(before.OfPlugin()); diff != "" {
		t.Errorf("patchbay has left something:\n%s", diff)
	}
}

// checkNode compares everything on the node with what there was before the
// first pod. A shim may end a moment after containerd has taken leave of it.
func checkNode(t *testing.T, node *Node, before Snapshot) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var diff string
	err := until(ctx, "the node is as it was before the first pod", func() (bool, error) {
		after, err := node.Snapshot()
		diff = after.Diff(before)
		return diff == "", err
	})
	if err != nil {
		t.Errorf("%v:\n%s", err, diff)
	}
}
