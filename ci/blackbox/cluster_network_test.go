package blackbox_test

import (
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/core/need"
)

// single is the configuration of a network with one scripted plugin.
func single(name, plugin string) string {
	return `{"cniVersion":"1.0.0","name":"` + name + `","type":"` + plugin + `"}`
}

// list is that of a network with several.
func list(name string, plugins ...string) string {
	return `{"cniVersion":"1.0.0","name":"` + name + `","plugins":[{"type":"` +
		strings.Join(plugins, `"},{"type":"`) + `"}]}`
}

func quoted(key, value string) string { return `"` + key + `":"` + value + `"` }

func TestClusterNetwork(t *testing.T) {
	t.Run("C021 a definition", func(t *testing.T) {
		n := newNode(t)
		n.define("kube-system/cn", `{"cniVersion":"1.0.0","type":"red"}`)
		n.run("ADD", n.conf(`"clusterNetwork":"cn"`)).ok(t)
		n.traced("ADD red eth0")
		n.reported(`{
    "name": "kube-system/cn",
    "interface": "eth0",
    "default": true,
    "dns": {}
}`)
	})
	t.Run("C021 multusNamespace says where", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf(`"clusterNetwork":"red"`, `"multusNamespace":"dev"`)).ok(t)
		n.traced("ADD red eth0")
	})
	t.Run("C022 a configuration on disk", func(t *testing.T) {
		n := newNode(t)
		n.write("net.d/10-other.conf", single("other", "blue"))
		n.write("net.d/20-cn.conflist", list("cn", "red", "green"))
		n.run("ADD", n.conf(`"clusterNetwork":"cn"`)).ok(t)
		n.traced("ADD red eth0, ADD green eth0")
		n.reported(`{
    "name": "cn",
    "interface": "eth0",
    "default": true,
    "dns": {}
}`)
	})
	t.Run("C023 a directory", func(t *testing.T) {
		n := newNode(t)
		n.write("d/05-other.json", single("x", "blue")) // no suffix of theirs
		n.write("d/20-last.conf", single("x", "green"))
		n.write("d/10-first.conf", single("x", "red"))
		n.run("ADD", n.conf(quoted("clusterNetwork", n.path("d")))).ok(t)
		n.traced("ADD red eth0")
	})
	t.Run("C027 a .conf file", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf(quoted("clusterNetwork", n.write("d/x.conf", single("x", "red"))))).ok(t)
		n.traced("ADD red eth0")
	})
	t.Run("C027 a .conf file that is a list", func(t *testing.T) {
		n := newNode(t)
		path := n.write("d/x.conf", list("x", "red"))
		n.run("ADD", n.conf(quoted("clusterNetwork", path))).refused(t,
			types.ErrInvalidNetworkConfig, path, "a list of plugins must be called .conflist")
		n.untouched()
	})
	t.Run("C028 nothing there", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf(quoted("clusterNetwork", n.path("absent.conflist")))).
			refused(t, types.ErrInternal, "clusterNetwork", n.path("absent.conflist"), "no such file")
		n.run("ADD", n.conf(`"clusterNetwork":"cn"`)).refused(t, types.ErrInternal,
			"clusterNetwork cn", "network-attachment-definition kube-system/cn not found",
			"no network available in the name cn", n.path("net.d"))
		n.untouched()
	})
}

func TestSubDirectory(t *testing.T) {
	folder := func(t *testing.T, content string) (*node, string) {
		t.Helper()
		n := newNode(t)
		n.write("d/x/20-green.conf", `{"type":"green"}`)
		n.write("d/x/10-blue.conf", `{"type":"blue","level":7.0}`)
		n.write("d/x/30-no.conflist", `{}`)
		return n, n.conf(quoted("clusterNetwork", n.write("d/x.conflist", content)))
	}
	t.Run("C024 more plugins for a list", func(t *testing.T) {
		n, conf := folder(t, list("x", "red"))
		n.run("ADD", conf).ok(t)
		n.traced("ADD red eth0, ADD blue eth0, ADD green eth0")
		got := n.one("ADD blue eth0").Stdin
		for _, part := range []string{`"level":7.0`, `"name":"x"`, `"cniVersion":"1.0.0"`, `"prevResult":{`} {
			if !strings.Contains(got, part) {
				t.Errorf("the appended plugin got %s, want %s in it", got, part)
			}
		}
		n.forget()
		n.run("DEL", conf).ok(t)
		n.traced("DEL green eth0, DEL blue eth0, DEL red eth0")
		if got := n.one("DEL blue eth0").Stdin; !strings.Contains(got, `"level":7.0`) ||
			!strings.Contains(got, `"prevResult":{`) {
			t.Errorf("on DEL the appended plugin got %s", got)
		}
	})
	t.Run("C025 only those inlined", func(t *testing.T) {
		n, conf := folder(t, strings.Replace(list("x", "red"), "{",
			`{"loadOnlyInlinedPlugins":true,`, 1))
		n.run("ADD", conf).ok(t)
		n.traced("ADD red eth0")
	})
	t.Run("C024 a list that has none itself", func(t *testing.T) {
		n, conf := folder(t, `{"cniVersion":"1.0.0","name":"x","plugins":[]}`)
		n.run("ADD", conf).ok(t)
		n.traced("ADD blue eth0, ADD green eth0")
	})
	t.Run("C026 a name that leaves the directory", func(t *testing.T) {
		for _, name := range []string{"../x", ".x", "a/b"} {
			n, conf := folder(t, list(name, "red"))
			n.run("ADD", conf).
				refused(t, types.ErrInvalidNetworkConfig, "invalid network config name", name)
			n.untouched()
		}
	})
}

func TestDefaultNetworks(t *testing.T) {
	const both = `"clusterNetwork":"cn","defaultNetworks":["d1"]`
	defined := func(t *testing.T) *node {
		t.Helper()
		n := newNode(t, networksKey, "red")
		n.define("kube-system/cn", `{"cniVersion":"1.0.0","type":"pri"}`)
		n.define("kube-system/d1", `{"cniVersion":"1.0.0","type":"blue"}`)
		return n
	}
	t.Run("C029 before those of the annotation", func(t *testing.T) {
		n := defined(t)
		n.run("ADD", n.conf(both)).ok(t)
		n.traced("ADD pri eth0, ADD blue net1, ADD red net2")
	})
	t.Run("C030 not in a system namespace", func(t *testing.T) {
		n := defined(t)
		n.run("ADD", n.conf(both, `"systemNamespaces":["ops","dev"]`)).ok(t)
		n.traced("ADD pri eth0, ADD red net1")
	})
	t.Run("C030 kube-system is one", func(t *testing.T) {
		n := defined(t)
		n.api.AddPod(need.Pod{Namespace: "kube-system", Name: "p", UID: "u2"})
		n.run("ADD", n.conf(both), "CNI_ARGS=K8S_POD_NAMESPACE=kube-system;K8S_POD_NAME=p").ok(t)
		n.traced("ADD pri eth0")
	})
}

func TestAuxiliaryChain(t *testing.T) {
	const aux = `"auxiliaryCNIChainName":"aux"`
	t.Run("C031 a last network that no status mentions", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.install(n.bin, "passthru")
		n.script("passthru.ADD", printing(`{"cniVersion":"1.0.0"}`))
		n.write("d/aux/10.conf", `{"type":"blue"}`)
		conf := n.conf(quoted("clusterNetwork", n.write("d/x.conf", single("x", "pri"))), aux)
		n.run("ADD", conf).ok(t)
		n.traced("ADD pri eth0, ADD red net1, ADD passthru net2, ADD blue net2")
		if got := n.status(); !strings.Contains(got, "dev/red") || strings.Contains(got, "aux") {
			t.Errorf("the status is %s", got)
		}
		n.forget()
		n.run("DEL", conf).ok(t)
		n.traced("DEL blue net2, DEL passthru net2, DEL red net1, DEL pri eth0")
	})
	t.Run("C031 passthru is the program itself", func(t *testing.T) {
		n := newNode(t)
		n.alias("passthru")
		n.write("d/aux/10.conf", `{"type":"blue"}`)
		conf := n.conf(quoted("clusterNetwork", n.write("d/x.conf", single("x", "pri"))), aux)
		n.run("ADD", conf).ok(t)
		n.traced("ADD pri eth0, ADD blue net1")
		n.run("DEL", conf).ok(t)
	})
	for name, file := range map[string]string{
		"C032 a missing directory": "d/other.conf", "C032 an empty one": "d/aux/README",
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			n.write(file, "{}")
			n.run("ADD", n.conf(quoted("clusterNetwork", n.write("d/x.conf", single("x", "pri"))), aux)).ok(t)
			n.traced("ADD pri eth0")
		})
	}
	t.Run("C033 without a path", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf(onePrimary, aux)).
			refused(t, types.ErrInvalidNetworkConfig, "ClusterNetwork must be a path")
		n.untouched()
	})
}
