package blackbox_test

import (
	"os"
	"strings"
	"testing"

	"patchbay/ci/fakeapi"
	"patchbay/ci/netnstest"
)

// gone is how an API server answers for an object that it does not have.
func gone(name string) fakeapi.Fault {
	return fakeapi.Fault{Status: 404, Body: `{"kind":"Status","apiVersion":"v1",` +
		`"status":"Failure","reason":"NotFound","code":404,"details":{"name":"` + name + `"}}`}
}

func TestDelReverses(t *testing.T) {
	t.Run("C148 reverse order, the same configuration, nothing left", func(t *testing.T) {
		n := newNode(t, networksKey, `[{"name":"red","bandwidth":{"ingressRate":8,"ingressBurst":9}},
			{"name":"blue","ips":["10.9.0.7/24"]}]`)
		n.define("dev/red", `{"cniVersion":"0.3.1","type":"red","odd":1.50e3,`+
			`"capabilities":{"bandwidth":true}}`)
		n.define("dev/blue", `{"cniVersion":"0.4.0","type":"blue","capabilities":{"ips":true}}`)
		primary := `"delegates":[{"cniVersion":"1.0.0","name":"cbr0","plugins":[` +
			`{"type":"pri","capabilities":{"portMappings":true},"x":{"b":1,"a":[1e2]}},{"type":"green"}]}]`
		result := `{"cniVersion":"1.0.0","ips":[{"address":"10.1.0.5/16"}],"dns":{"domain":"x"}}`
		n.script("green.ADD", printing(result))
		ports := `"runtimeConfig":{"portMappings":[{"hostPort":80,"containerPort":8080,"protocol":"tcp"}]}`
		n.run("ADD", n.conf(primary, ports)).ok(t)
		adds := n.calls()
		n.forget()
		before := len(n.api.Requests())
		// A runtime that offers no ports any more.
		if a := n.run("DEL", n.conf(primary)).ok(t); a.stdout != "" {
			t.Errorf("DEL printed %s", a.stdout)
		}
		n.traced("DEL blue net2, DEL red net1, DEL green eth0, DEL pri eth0")
		n.undone()
		n.asked(before)
		dels := n.calls()
		for i, add := range adds {
			del := dels[len(dels)-1-i]
			if del.config() != add.config() {
				t.Errorf("%s got on DEL\n%s\nand on ADD\n%s", del.Plugin, del.config(), add.config())
			}
			add.Command, del.Command, add.Stdin, del.Stdin = "", "", "", ""
			if add != del {
				t.Errorf("DEL was told %+v, ADD %+v", del, add)
			}
		}
		same(t, "prevResult of pri", n.one("DEL pri eth0").prev(), result)
		same(t, "prevResult of green", n.one("DEL green eth0").prev(), result)
		if prev := n.one("DEL red net1").prev(); prev != "" {
			t.Errorf("a plugin of 0.3.1 got a prevResult: %s", prev)
		}
		if n.one("DEL blue net2").prev() == "" {
			t.Error("a plugin of 0.4.0 got no prevResult")
		}
		if !strings.Contains(n.one("DEL pri eth0").Stdin, `"hostPort":80`) {
			t.Error("the port mappings of ADD are not there on DEL")
		}
	})
	t.Run("C155 the sandbox is gone", func(t *testing.T) {
		for _, said := range []string{"", "what ADD was told"} {
			n := added(t, plain, networksKey, "red")
			path := n.netns
			netnstest.Delete(t, path)
			if said == "" {
				path = ""
			}
			n.run("DEL", n.conf(), "CNI_NETNS="+path).ok(t)
			n.traced("DEL red net1, DEL pri eth0")
			for _, c := range n.calls() {
				if c.Netns != "" {
					t.Errorf("%s was told of namespace %q, which is gone", c.Plugin, c.Netns)
				}
			}
			n.undone()
		}
	})
	t.Run("C155 no namespace is named: the recorded one is meant", func(t *testing.T) {
		n := added(t, plain)
		n.run("DEL", n.conf(), "CNI_NETNS=").ok(t)
		if got := n.one("DEL pri eth0").Netns; got != n.netns {
			t.Errorf("CNI_NETNS is %q, want %q", got, n.netns)
		}
		n.undone()
	})
	t.Run("C155 the path leads to the namespace of another pod now", func(t *testing.T) {
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
		n.run("DEL", n.conf(), "CNI_NETNS="+path).ok(t)
		if got := n.one("DEL pri eth0").Netns; got != "" {
			t.Errorf("CNI_NETNS is %q: the plugin would undo another pod", got)
		}
		n.undone()
	})
	t.Run("C163 a chain goes on past a plugin that fails", func(t *testing.T) {
		chain := `"delegates":[{"cniVersion":"1.0.0","name":"cbr0","plugins":[` +
			`{"type":"pri"},{"type":"green"},{"type":"blue"}]}]`
		n := added(t, func(n *node) string { return n.conf(chain) })
		n.script("green.DEL", failing(999, "the firewall says no"))
		n.run("DEL", n.conf(chain)).refused(t, 999, "the firewall says no", "dev/p", "eth0 (cbr0)")
		n.traced("DEL blue eth0, DEL green eth0, DEL pri eth0")
	})
}

func TestDelWithoutTheCluster(t *testing.T) {
	t.Run("C152 the API server is down: nobody asks it", func(t *testing.T) {
		n := newNode(t, networksKey, twoNetworks)
		conf := n.conf(onePrimary) // has the address of the server
		n.run("ADD", conf).ok(t)
		n.forget()
		n.api.Close()
		n.run("DEL", conf).ok(t)
		n.traced("DEL blue net2, DEL red net1, DEL pri eth0")
		n.undone()
	})
	t.Run("C152 the API server is well: nobody asks it either", func(t *testing.T) {
		n := added(t, plain, networksKey, twoNetworks)
		before := len(n.api.Requests())
		n.run("DEL", n.conf()).ok(t)
		n.asked(before)
		n.undone()
	})
	t.Run("C152 the kubeconfig is gone", func(t *testing.T) {
		n := added(t, plain, networksKey, twoNetworks)
		n.run("DEL", n.conf(onePrimary, `"kubeconfig":"/nowhere/kubeconfig"`)).ok(t)
		n.traced("DEL blue net2, DEL red net1, DEL pri eth0")
		n.undone()
	})
	t.Run("C158 another pod has the name", func(t *testing.T) {
		n := added(t, plain, networksKey, twoNetworks)
		n.api.ReplacePod("dev", "p", "u2")
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL blue net2, DEL red net1, DEL pri eth0")
		n.undone()
	})
	t.Run("C159 the definition is gone", func(t *testing.T) {
		n := added(t, plain, networksKey, twoNetworks)
		n.undefine("dev", "red")
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL blue net2, DEL red net1, DEL pri eth0")
		n.undone()
	})
}
