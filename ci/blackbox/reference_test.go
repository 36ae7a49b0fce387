package blackbox_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
)

// TestReferencePlugins shows in the kernel what a pod asked for.
func TestReferencePlugins(t *testing.T) {
	const chain = `{"cniVersion":"1.0.0","plugins":[` +
		`{"type":"macvlan","master":"up0","mode":"bridge","capabilities":{"ips":true},"ipam":{"type":"static"}},` +
		`{"type":"tuning","capabilities":{"mac":true},"mtu":1300}]}`
	uplinked := func(t *testing.T, annotation string) *node {
		t.Helper()
		n := newRealNode(t, networksKey, annotation)
		ip(t, n.host, "link", "add", "up0", "type", "veth", "peer", "name", "up1")
		ip(t, n.host, "link", "set", "up0", "up")
		n.define("dev/mac", chain)
		return n
	}
	const asked = `[{"name":"mac","interface":"data0","mac":"02:00:00:00:00:42","ips":["10.30.0.7/24","fd30::7/64"]}]`
	t.Run("C036, C084, C085, C093: an interface, a MAC address and addresses", func(t *testing.T) {
		n := uplinked(t, asked)
		n.run("ADD", n.real()).ok(t)
		link := n.ip("link", "show", "data0")
		if !strings.Contains(link, "02:00:00:00:00:42") || !strings.Contains(link, "mtu 1300") {
			t.Errorf("the link is %s", link)
		}
		addresses := n.ip("addr", "show", "data0")
		for _, want := range []string{"10.30.0.7/24", "fd30::7/64"} {
			if !strings.Contains(addresses, want) {
				t.Errorf("the interface lacks %s: %s", want, addresses)
			}
		}
		var list []struct {
			Name, Interface, MAC string
			IPs                  []string
		}
		if err := json.Unmarshal([]byte(n.status()), &list); err != nil || len(list) != 2 {
			t.Fatalf("the status is %s: %v", n.status(), err)
		}
		if e := list[1]; e.Name != "dev/mac" || e.Interface != "data0" || e.MAC != "02:00:00:00:00:42" ||
			strings.Join(e.IPs, " ") != "10.30.0.7 fd30::7" {
			t.Errorf("the status is %s", n.status())
		}
		n.run("CHECK", n.real()).ok(t)
		n.run("DEL", n.real()).ok(t)
		n.gone()
	})
	t.Run("C117 an uplink that is not there", func(t *testing.T) {
		n := uplinked(t, "red,mac")
		n.define("dev/mac", strings.Replace(chain, "up0", "absent0", 1))
		n.run("ADD", n.real()).refused(t, types.ErrInternal, "pod dev/p: net2 (dev/mac)", "plugin macvlan")
		n.gone()
		n.nothingLeft()
	})
	t.Run("C117 an address that a plugin refuses at the end", func(t *testing.T) {
		n := uplinked(t, asked)
		n.define("dev/mac", strings.Replace(chain, `"mtu":1300`, `"mtu":-1`, 1))
		n.run("ADD", n.real()).refused(t, types.ErrInternal, "pod dev/p: data0 (dev/mac)", "plugin tuning")
		n.gone()
		n.nothingLeft()
	})
	t.Run("C137 in parallel", func(t *testing.T) {
		n := uplinked(t, `[{"name":"plain"},{"name":"red","default-route":["10.21.0.1"]}]`)
		conf := strings.Replace(n.real(), "{", `{"parallelAttachments":true,`, 1)
		n.run("ADD", conf).ok(t)
		if got, want := n.defaults("-4"), "default via 10.21.0.1 dev net2 metric 200"; got != want {
			t.Errorf("IPv4: %s\nwant: %s", got, want)
		}
		n.run("CHECK", conf).ok(t)
		n.run("DEL", conf).ok(t)
		n.gone()
	})
	t.Run("C133 a second ADD leaves the first alone", func(t *testing.T) {
		n := uplinked(t, "red")
		n.run("ADD", n.real()).ok(t)
		before := n.ip("-o", "addr", "show")
		n.run("ADD", n.real()).refused(t, types.ErrInvalidNetworkConfig, "eth0", "already exists")
		if got := n.ip("-o", "addr", "show"); got != before {
			t.Errorf("the sandbox has\n%s\nhad\n%s", got, before)
		}
		n.run("CHECK", n.real()).ok(t)
	})
}
