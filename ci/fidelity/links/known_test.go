package links

import (
	"net/netip"
	"runtime"
	"testing"

	"patchbay/ci/require"
	"patchbay/sim/kernel"
)

func pfx(s string) netip.Prefix { return netip.MustParsePrefix(s) }
func addr(s string) netip.Addr  { return netip.MustParseAddr(s) }

// TestKnown are sequences in which the kernels have differed. A failure of
// TestLinks is printed so that it can be pasted here.
func TestKnown(t *testing.T) {
	require.Root(t)
	runtime.LockOSThread() // never unlocked, as in TestLinks
	r := newRunner(t)
	for _, c := range []struct {
		name  string
		steps []op
	}{
		{"a veth that can not have its name loses its peer's index", []op{
			{do: "add-veth", other: "b2", name: "b2"},
			{do: "add-bridge", name: "a1"},
		}},
		{"a bridge that lost its last port has no address", []op{
			{do: "add-bridge", name: "a2"},
			{do: "add-veth-across", ns: 1, name: "a0", other: "b0", index: 500},
			{do: "master", link: "b0", other: "a2"},
			{do: "delete", ns: 1, link: "a0"},
		}},
		{"a secondary address has a local route from the primary", []op{
			{do: "up", link: "lo"},
			{do: "addr4-add", link: "lo", n: 1, at: pfx("10.0.0.1/24")},
			{do: "addr4-add", link: "lo", n: 1, at: pfx("10.0.0.2/24")},
			{do: "sysctl-set", name: "net/ipv4/conf/lo/promote_secondaries", n: 1},
			{do: "addr4-del", link: "lo", at: pfx("10.0.0.1/24")},
		}},
		{"a vxlan dies when its parent moves", []op{
			{do: "add-veth", name: "a0", other: "b0", mac: kernel.MAC{2, 0, 0, 0, 0, 1}},
			{do: "add-vxlan", name: "net1", other: "a0"},
			{do: "move", to: 1, link: "a0"},
		}},
		{"a gateway that is its network's broadcast address", []op{
			{do: "add-veth", name: "a5", other: "b0"},
			{do: "addr4-add", link: "b0", n: 1, at: pfx("10.0.0.1/24")},
			{do: "up", link: "b0"},
			{do: "route4-gateway", at: pfx("10.0.2.0/24"), gw: addr("10.0.0.255")},
		}},
		{"a macvlan with its parent's address", []op{
			{do: "add-bridge", name: "a4", mac: kernel.MAC{2, 0, 0, 0, 0, 6}},
			{do: "add-macvlan", path: 4, other: "a4", name: "b2", mac: kernel.MAC{2, 0, 0, 0, 0, 6}},
			{do: "up", link: "b2"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if n, diff := r.replay(c.steps); diff != "" {
				t.Errorf("after %d steps:\n%s", n, diff)
			}
		})
	}
}
