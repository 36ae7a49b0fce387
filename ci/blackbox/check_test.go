package blackbox_test

import (
	"os"
	"testing"

	"patchbay/ci/netnstest"
)

// attached returns a node with the interfaces in the sandbox that the plugins
// said to have made, and an empty trace.
func attached(t *testing.T, conf func(*node) string, annotations ...string) *node {
	t.Helper()
	n := added(t, conf, annotations...)
	n.interfaces("eth0", "net1")
	return n
}

func TestCheck(t *testing.T) {
	t.Run("C164 every network is asked, with its kept result", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		result := `{"cniVersion":"1.0.0","interfaces":[{"name":"{ifname}","sandbox":"{netns}"}],` +
			`"ips":[{"address":"10.0.0.2/24","interface":0}],"dns":{}}`
		n.script("pri.ADD", printing(result))
		n.run("ADD", n.conf()).ok(t)
		adds := n.calls()
		n.forget()
		n.interfaces("eth0", "net1")
		before := len(n.api.Requests())
		n.run("CHECK", n.conf()).ok(t)
		n.traced("CHECK pri eth0, CHECK red net1")
		n.asked(before)
		for i, c := range n.calls() {
			if c.config() != adds[i].config() || c.Args != adds[i].Args || c.Netns != n.netns {
				t.Errorf("CHECK of %s got %+v, ADD %+v", c.IfName, c, adds[i])
			}
		}
		same(t, "prevResult of pri", n.one("CHECK pri eth0").prev(),
			`{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"`+n.netns+`"}],`+
				`"ips":[{"address":"10.0.0.2/24","interface":0}],"dns":{}}`)
	})
	t.Run("C164 a plugin's verdict is the answer, and the others are asked too", func(t *testing.T) {
		n := attached(t, plain, networksKey, "red")
		n.script("pri.CHECK", failing(110, "the address is gone"))
		n.run("CHECK", n.conf()).refused(t, 110, "the address is gone", "dev/p", "eth0 (cbr0)")
		n.traced("CHECK pri eth0, CHECK red net1")
	})
	t.Run("C164 an interface that is gone is noticed without a plugin", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		n.interfaces("eth0")
		n.run("CHECK", n.conf()).refused(t, 999, "net1 (dev/red)")
		n.traced("CHECK pri eth0")
	})
	t.Run("C164 networks of a version without CHECK are passed over", func(t *testing.T) {
		n := newNode(t, networksKey, twoNetworks)
		n.define("dev/red", `{"cniVersion":"0.3.1","type":"red"}`)
		n.define("dev/blue", `{"cniVersion":"1.0.0","disableCheck":true,"plugins":[{"type":"blue"}]}`)
		n.run("ADD", n.conf()).ok(t)
		n.forget()
		n.interfaces("eth0", "net1", "net2")
		n.run("CHECK", n.conf()).ok(t)
		n.traced("CHECK pri eth0")
	})
	t.Run("C165 with clusterNetwork", func(t *testing.T) {
		conf := func(n *node) string {
			path := n.write("net.d/10-pri.conflist",
				`{"cniVersion":"1.0.0","name":"cbr0","plugins":[{"type":"pri"},{"type":"green"}]}`)
			return n.conf(`"clusterNetwork":"` + path + `"`)
		}
		n := attached(t, conf, networksKey, "red")
		n.run("CHECK", conf(n)).ok(t)
		n.traced("CHECK pri eth0, CHECK green eth0, CHECK red net1")
		n.script("green.CHECK", failing(111, "no such rule"))
		n.run("CHECK", conf(n)).refused(t, 111, "no such rule")
	})
	t.Run("C166 in a version that has none", func(t *testing.T) {
		n := attached(t, plain)
		conf := n.conf(onePrimary, `"cniVersion":"0.3.1"`)
		n.run("CHECK", conf).refused(t, 1, "config version does not allow CHECK")
		n.traced("")
	})
	t.Run("CHECK of a container that nobody has seen", func(t *testing.T) {
		n := newNode(t)
		n.run("CHECK", n.conf()).refused(t, 3, "container c1")
		n.untouched()
	})
	t.Run("CHECK of another sandbox at the same path", func(t *testing.T) {
		n := newNode(t)
		path := n.path("netns")
		if err := os.Symlink(n.netns, path); err != nil {
			t.Fatal(err)
		}
		n.run("ADD", n.conf(), "CNI_NETNS="+path).ok(t)
		n.forget()
		_ = os.Remove(path)
		if err := os.Symlink(netnstest.New(t), path); err != nil {
			t.Fatal(err)
		}
		n.run("CHECK", n.conf(), "CNI_NETNS="+path).refused(t, 8, "is not the one that was attached")
		n.traced("")
	})
	t.Run("CHECK after the kept result is gone", func(t *testing.T) {
		n := attached(t, plain, networksKey, "red")
		if err := os.Remove(n.path("cni", "results", "cbr0-c1-eth0")); err != nil {
			t.Fatal(err)
		}
		n.run("CHECK", n.conf()).refused(t, 999, "eth0 (cbr0)", "result")
		n.traced("CHECK red net1")
	})
}
