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

func TestNothingToLookAt(t *testing.T) {
	if _, err := kernel.At(t.Context(), "/nowhere"); !fail.Is(err, fail.NotFound) {
		t.Errorf("no path: %v", err)
	}
	if _, err := kernel.At(t.Context(), "/proc/self/status"); !fail.Is(err, fail.Invalid) {
		t.Errorf("a file: %v", err)
	}
}
