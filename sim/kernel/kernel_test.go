package kernel_test

import (
	"errors"
	"net/netip"
	"testing"

	"patchbay/sim/errno"
	"patchbay/sim/kernel"
)

func pod(t testing.TB, k *kernel.Kernel, path string) (*kernel.Namespace, *kernel.Link) {
	t.Helper()
	ns, err := k.Unshare(path, kernel.Mark{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := k.Add(ns, kernel.Spec{Kind: kernel.Veth, Name: "eth0", PeerNS: k.Host()})
	if err != nil {
		t.Fatal(err)
	}
	return ns, l
}

func TestPod(t *testing.T) {
	k := kernel.New(kernel.Kernel618())
	start := k.Dump()
	ns, l := pod(t, k, "/run/netns/a")
	if err := k.SetUp(l); err != nil {
		t.Fatal(err)
	}
	if err := k.SetUp(l.Peer); err != nil {
		t.Fatal(err)
	}
	gw := netip.MustParseAddr("10.0.0.1")
	r := kernel.Route{Dst: kernel.Default4, Gw: gw}
	if err := k.AddRoute(ns, r); !errors.Is(err, errno.ENETUNREACH) {
		t.Errorf("gateway without an address: %v", err)
	}
	a := kernel.NewAddr(netip.MustParsePrefix("10.0.0.2/24"))
	if err := k.AddAddr(l, a); err != nil {
		t.Fatal(err)
	}
	if err := k.AddAddr(l, a); !errors.Is(err, errno.EEXIST) {
		t.Errorf("address twice: %v", err)
	}
	if err := k.AddRoute(ns, r); err != nil {
		t.Error(err)
	}
	if n := len(ns.Routes(false, kernel.TableMain)); n != 2 {
		t.Errorf("%d routes:\n%s", n, ns.Dump())
	}
	if err := k.Unmount("/run/netns/a"); err != nil {
		t.Fatal(err)
	}
	if err := k.RemovePath("/run/netns/a"); err != nil {
		t.Fatal(err)
	}
	k.ReapAll()
	if got := k.Dump(); got != start {
		t.Errorf("a pod that came and went leaves\n%s\nafter\n%s", got, start)
	}
	if err := k.SetUp(l); !errors.Is(err, errno.ENODEV) {
		t.Errorf("a deleted link: %v", err)
	}
}

func BenchmarkPod(b *testing.B) {
	k := kernel.New(kernel.Kernel618())
	a := kernel.NewAddr(netip.MustParsePrefix("10.0.0.2/24"))
	gw := netip.MustParseAddr("10.0.0.1")
	b.ReportAllocs()
	for b.Loop() {
		ns, l := pod(b, k, "/run/netns/a")
		_ = k.SetUp(l)
		_ = k.SetUp(l.Peer)
		_ = k.AddAddr(l, a)
		_ = k.AddRoute(ns, kernel.Route{Dst: kernel.Default4, Gw: gw})
		_ = k.Unmount("/run/netns/a")
		_ = k.RemovePath("/run/netns/a")
		k.ReapAll()
	}
}
