package blackbox_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/ci/fakeapi"
	"patchbay/ci/netnstest"
)

// newRealNode is newNode with the reference plugins, in a host namespace of its
// own. There pri is a network 10.20.0.0/24 and fd20::/64, red 10.21.0.0/24 and
// fd21::/64; the routes of red have a metric, so that both can be there.
func newRealNode(t *testing.T, annotations ...string) *node {
	t.Helper()
	n := newNode(t)
	bin, err := filepath.Abs("../../bin/cni")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = os.Stat(filepath.Join(bin, "bridge")); err != nil {
		t.Fatalf("the reference plugins are not there (%v); make plugins builds them", err)
	}
	n.bin, n.host = bin, netnstest.New(t)
	ip(t, n.host, "link", "set", "lo", "up")
	netnstest.Do(t, n.host, func() { n.api = fakeapi.New(t) })
	n.pod(annotations...)
	n.define("dev/red", n.bridge("red", "21", `,"priority":200`))
	n.define("dev/plain", strings.Replace(n.bridge("plain", "22", ""), `"routes"`, `"none"`, 1))
	return n
}

// bridge is the configuration of a network with two families.
func (n *node) bridge(name, subnet, route string) string {
	return `{"cniVersion":"1.1.0","name":"` + name + `","type":"bridge","bridge":"` + name + `",` +
		`"ipam":{"type":"host-local","dataDir":"` + n.path("ipam") + `",` +
		`"ranges":[[{"subnet":"10.` + subnet + `.0.0/24"}],[{"subnet":"fd` + subnet + `::/64"}]],` +
		`"routes":[{"dst":"0.0.0.0/0"` + route + `},{"dst":"::/0"` + route + `}]}}`
}

// real is our configuration with the bridge pri.
func (n *node) real() string {
	n.t.Helper()
	return n.conf(`"delegates":[` + n.bridge("pri", "20", "") + `]`)
}

// defaults lists the default routes of the sandbox.
func (n *node) defaults(family string) string {
	n.t.Helper()
	var routes []string
	for line := range strings.Lines(n.ip(family, "route", "show", "default")) {
		routes = append(routes, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(routes, "; ")
}

func TestDefaultRoute(t *testing.T) {
	const (
		v4, v6     = "default via 10.20.0.1 dev eth0", "default via fd20::1 dev eth0 metric 1024 pref medium"
		red4, red6 = "default via 10.21.0.1 dev net1 metric 200", "default via fd21::1 dev net1 metric 200 pref medium"
	)
	asking := func(route string) string { return `[{"name":"red","default-route":` + route + `}]` }
	for _, c := range []struct{ name, annotation, v4, v6 string }{
		{"C136 nobody asks", "red", v4 + "; " + red4, red6 + "; " + v6},
		{"C137 a gateway; C138b, of one family", asking(`["10.21.0.1"]`), red4, red6 + "; " + v6},
		{
			"C137 not the gateway that it has", asking(`["10.21.0.7"]`), "default via 10.21.0.7 dev net1",
			red6 + "; " + v6,
		},
		{"C138b the other family", asking(`["fd21::1"]`), v4 + "; " + red4, red6},
		{"C138 its own", asking(`[]`), red4, red6},
		{"C138 its own, and it has none", `[{"name":"plain","default-route":[]}]`, v4, v6},
		{"C139 a gateway of each family", asking(`["fd21::1","10.21.0.1"]`), red4, red6},
		{
			"C137 one that had no default route", `[{"name":"plain","default-route":["10.22.0.9"]}]`,
			"default via 10.22.0.9 dev net1", v6,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newRealNode(t, networksKey, c.annotation)
			n.run("ADD", n.real()).ok(t)
			if got := n.defaults("-4"); got != c.v4 {
				t.Errorf("IPv4: %s\nwant: %s", got, c.v4)
			}
			if got := n.defaults("-6"); got != c.v6 {
				t.Errorf("IPv6: %s\nwant: %s", got, c.v6)
			}
			// The reference plugins check the routes of the results they are given.
			n.run("CHECK", n.real()).ok(t)
			n.run("DEL", n.real()).ok(t)
			n.gone()
		})
	}
	t.Run("C137 the default network itself", func(t *testing.T) {
		n := newRealNode(t, defaultKey, `[{"name":"red","namespace":"dev","default-route":["10.21.0.1"]}]`,
			networksKey, "plain")
		n.run("ADD", n.real()).ok(t)
		if got, want := n.defaults("-4"), "default via 10.21.0.1 dev eth0"; !strings.HasPrefix(got, want) {
			t.Errorf("IPv4: %s\nwant: %s", got, want)
		}
		n.run("CHECK", n.real()).ok(t)
	})
	t.Run("C140 the kept results follow", func(t *testing.T) {
		n := newRealNode(t, networksKey, asking(`["10.21.0.1"]`))
		n.run("ADD", n.real()).ok(t)
		for file, want := range map[string]string{
			"pri-c1-eth0": "::/0 <nil>", "red-c1-net1": "::/0 <nil>, 0.0.0.0/0 10.21.0.1",
		} {
			if got := n.routes(file); got != want {
				t.Errorf("%s has the routes %s, want %s", file, got, want)
			}
		}
	})
	t.Run("C135 the runtime gets the result as it was", func(t *testing.T) {
		n := newRealNode(t, networksKey, asking(`["10.21.0.1"]`))
		a := n.run("ADD", n.real()).ok(t)
		if !strings.Contains(a.stdout, `"dst": "0.0.0.0/0"`) {
			t.Errorf("the result is %s", a.stdout)
		}
	})
	t.Run("C141 the interface is not there", func(t *testing.T) {
		n := newNode(t, networksKey, asking(`["10.21.0.1"]`))
		n.run("ADD", n.conf()).refused(t, types.ErrInternal, "pod dev/p: net1 (dev/red)", "net1")
		n.traced("ADD pri eth0, ADD red net1, DEL red net1, DEL pri eth0")
		n.nothingLeft()
	})
	t.Run("C137 a gateway that can not be reached", func(t *testing.T) {
		n := newRealNode(t, networksKey, asking(`["192.0.2.1"]`))
		n.run("ADD", n.real()).refused(t, types.ErrInvalidNetworkConfig,
			"pod dev/p: net1 (dev/red)", "192.0.2.1", "unreachable")
		n.gone()
		n.nothingLeft()
	})
}

// gone fails the test unless the sandbox and the address pools are empty.
func (n *node) gone() {
	n.t.Helper()
	if links := n.ip("-o", "link", "show"); strings.Count(links, "\n") != 1 {
		n.t.Errorf("the sandbox still has\n%s", links)
	}
	for _, network := range []string{"pri", "red", "plain"} {
		leases, err := filepath.Glob(n.path("ipam", network, "[0-9f]*"))
		if err != nil || len(leases) > 0 {
			n.t.Errorf("addresses are still taken: %q (%v)", leases, err)
		}
	}
}

// routes renders those of a kept result.
func (n *node) routes(file string) string {
	n.t.Helper()
	text, err := os.ReadFile(n.path("cni", "results", file))
	if err != nil {
		n.t.Fatal(err)
	}
	var kept struct {
		Result struct {
			Routes []*types.Route `json:"routes"`
		} `json:"result"`
	}
	if err = json.Unmarshal(text, &kept); err != nil {
		n.t.Fatal(err)
	}
	var routes []string
	for _, r := range kept.Result.Routes {
		routes = append(routes, r.Dst.String()+" "+r.GW.String())
	}
	return strings.Join(routes, ", ")
}
