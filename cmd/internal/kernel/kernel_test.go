package kernel_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"patchbay/ci/netnstest"
	"patchbay/ci/require"
	"patchbay/cmd/internal/kernel"
	"patchbay/core/fail"
)

// ip runs ip(8) in our own namespace.
func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %v: %v: %s", args, err, out)
	}
}

func TestAPairAcrossNamespaces(t *testing.T) {
	require.Root(t)
	path := netnstest.New(t)
	far := fmt.Sprintf("kt%d", os.Getpid()%1e6)
	ip(t, "link", "add", far, "type", "veth", "peer", "name", "eth0", "netns", path)
	netnstest.Do(t, path, func() {
		ip(t, "addr", "add", "10.9.8.7/24", "dev", "eth0")
		ip(t, "link", "add", "br0", "type", "bridge")
	})
	inside, err := kernel.At(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(inside.Links, func(l kernel.Link) bool { return l.Name == "eth0" })
	if at < 0 {
		t.Fatalf("eth0 is not among %+v", inside.Links)
	}
	eth0 := inside.Links[at]
	if eth0.Kind != "veth" || !slices.Equal(eth0.Addresses, []string{"10.9.8.7/24"}) ||
		eth0.NetNS == kernel.None {
		t.Errorf("eth0 is %+v", eth0)
	}
	host, err := kernel.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if peer, ok := host.Peer(inside, eth0); !ok || peer.Name != far {
		t.Errorf("the peer of eth0 is %+v, %v, not %s", peer, ok, far)
	}
	all, errs := kernel.All(t.Context(), kernel.NamedDir)
	for _, err := range errs {
		if !fail.Is(err, fail.Denied) { // of a process that even root may not look into
			t.Error(err)
		}
	}
	if !slices.ContainsFunc(all, func(n kernel.Namespace) bool { return n.ID == inside.ID }) {
		t.Error("the namespace is not among all")
	}
}

func TestRouting(t *testing.T) {
	require.Root(t)
	path := netnstest.New(t)
	netnstest.Do(t, path, func() {
		ip(t, "link", "add", "v0", "type", "veth", "peer", "name", "v1")
		ip(t, "addr", "add", "10.9.8.7/24", "dev", "v0")
		ip(t, "link", "set", "v0", "up")
		ip(t, "route", "add", "default", "via", "10.9.8.1")
		ip(t, "route", "add", "default", "dev", "v0", "table", "77")
		ip(t, "rule", "add", "not", "from", "10.9.8.7", "iif", "v0", "sport", "1-2",
			"lookup", "77", "priority", "99")
	})
	routes, err := kernel.Routes(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	var gateways []string
	others := 0
	for _, r := range routes {
		if r.Default {
			gateways = append(gateways, r.Gateway)
		} else {
			others++
		}
	}
	if !slices.Equal(gateways, []string{"10.9.8.1"}) || others != 2 {
		t.Errorf("routes %+v", routes)
	}
	rules, err := kernel.Rules(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	const want = "IPv4 99: from 10.9.8.7/32 to all table 77 not sport 1-2 iif v0"
	if !slices.Contains(rules, want) {
		t.Errorf("%q is not among %q", want, rules)
	}
}

func TestNothingToLookAt(t *testing.T) {
	if _, err := kernel.At(t.Context(), "/nowhere"); !fail.Is(err, fail.NotFound) {
		t.Errorf("no path: %v", err)
	}
	if _, err := kernel.At(t.Context(), "/proc/self/status"); !fail.Is(err, fail.Invalid) {
		t.Errorf("a file: %v", err)
	}
	if _, err := kernel.Routes(t.Context(), "/nowhere"); !fail.Is(err, fail.NotFound) {
		t.Errorf("no path, routes: %v", err)
	}
}
