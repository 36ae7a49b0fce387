package blackbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
)

// TestSelected is of annotations that can be followed: where the pod's own
// interface is, and what it gets.
func TestSelected(t *testing.T) {
	for _, c := range []struct{ name, annotation, trace string }{
		{"C034 an empty annotation", "", "ADD pri eth0"},
		{"C035 several ways to name", " red , dev/blue ", "ADD pri eth0, ADD red net1, ADD blue net2"},
		{"C036 an interface", "red@net5", "ADD pri eth0, ADD red net5"},
		{"C037 twice the same", "red,red", "ADD pri eth0, ADD red net1, ADD red net2"},
		{"C042 15 bytes", "red@exactly15chars0", "ADD pri eth0, ADD red exactly15chars0"},
		{"C046 an empty list", "[]", "ADD pri eth0"},
		{"C049 white space", " [ {\"name\":\"red\"}\n] ", "ADD pri eth0, ADD red net1"},
		{"C051 the old name", `[{"name":"red","interfaceRequest":"a"}]`, "ADD pri eth0, ADD red a"},
		{"C059 unknown keys", `[{"name":"red","surprise":[1]}]`, "ADD pri eth0, ADD red net1"},
		{
			"C058 a claim and addresses", `[{"name":"red","ipam-claim-reference":"c","ips":["10.0.0.3"]}]`,
			"ADD pri eth0, ADD red net1",
		},
		{
			"C094 a name by position", `[{"name":"red","interface":"a"},{"name":"blue"}]`,
			"ADD pri eth0, ADD red a, ADD blue net2",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNode(t, networksKey, c.annotation)
			n.run("ADD", n.conf()).ok(t)
			n.traced(c.trace)
		})
	}
}

// TestRefusedAnnotation shows that a bad annotation is refused before anything
// has happened, even when the networks before it are fine.
func TestRefusedAnnotation(t *testing.T) {
	for _, c := range []struct{ name, annotation, phrase string }{
		{"C038 an empty element", "red,,blue", "element 2"},
		{"C039 two slashes", "a/b/c", "failed at '/'"},
		{"C040 two at-signs", "red@b@c", "failed at '@'"},
		{"C041 a dot", "red,a.b", "[a-z0-9]([-a-z0-9]*[a-z0-9])?"},
		{"C043 16 bytes", "red,blue@exactly16chars00", "16 bytes, and the kernel takes 15"},
		{"C043 white space", "red,blue@x y", "white space"},
		{"C044 a colon", "red,blue@a:b", `":"`},
		{"C045 the pod's own", "red,blue@eth0", "eth0"},
		{"C120 an interface that every sandbox has", "red,blue@lo", "interface lo already exists"},
		{"C047 an object", `{"name":"red"}`, "must be a JSON list of objects, not an object"},
		{"C048 no name", `[{"name":"red"},{}]`, "element 2"},
		{"C050 16 bytes in JSON", `[{"name":"red","interface":"exactly16chars00"}]`, "16 bytes"},
		{"C052 a MAC address", `[{"name":"red"},{"name":"blue","mac":"zz"}]`, "mac"},
		{"C053 an IP address", `[{"name":"red","ips":["10.0.0.300"]}]`, "10.0.0.300"},
		{"C054 ips", `[{"name":"red","ips":"10.0.0.3"}]`, "must be a list of strings"},
		{"C055 a GUID", `[{"name":"red","infiniband-guid":"zz"}]`, "infiniband-guid"},
		{"C056 a gateway", `[{"name":"red","default-route":["bogus"]}]`, `"bogus" is not an IP address`},
		{
			"C057 two default routes",
			`[{"name":"red","default-route":["10.0.0.1"]},{"name":"blue","default-route":["10.1.0.1"]}]`,
			"does not support ECMP",
		},
		{"C095 a name taken", `[{"name":"red","interface":"net2"},{"name":"blue"}]`, "net2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNode(t, networksKey, c.annotation)
			n.run("ADD", n.conf()).refused(t, types.ErrInvalidNetworkConfig, c.phrase, "pod dev/p")
			n.untouched()
		})
	}
}

func TestIsolation(t *testing.T) {
	const on = `"namespaceIsolation":true`
	for _, c := range []struct {
		name, network, global string
		allowed               bool
	}{
		{"C060 another namespace", "other/x", "", false},
		{"C060 its own", "red", "", true},
		{"C061 default", "default/x", "", true},
		{"C062 a global one", "other/x", "y, other", true},
		{"C063 default is none then", "default/x", "y", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNode(t, networksKey, c.network)
			n.define("other/x", single("x", "red"))
			n.define("default/x", single("x", "red"))
			a := n.run("ADD", n.conf(onePrimary, on, quoted("globalNamespaces", c.global)))
			if c.allowed {
				a.ok(t)
				n.traced("ADD pri eth0, ADD red net1")
				return
			}
			a.refused(t, types.ErrInternal, "pod dev/p", c.network, "violates permission")
			n.untouched()
		})
	}
	t.Run("C064 the default network, by option", func(t *testing.T) {
		n := newNode(t, defaultKey, "other/x")
		n.define("other/x", single("x", "red"))
		n.run("ADD", n.conf(onePrimary, on, `"isolateDefaultNetwork":true`)).
			refused(t, types.ErrInternal, "other/x", "violates permission")
		n.untouched()
		n.run("ADD", n.conf(onePrimary, on)).ok(t)
		n.traced("ADD red eth0")
	})
}

func TestDefaultNetworkAnnotation(t *testing.T) {
	replaced := func(t *testing.T, annotation string) *node {
		t.Helper()
		n := newNode(t, defaultKey, annotation, networksKey, "blue")
		n.define("kube-system/dn",
			`{"cniVersion":"1.0.0","type":"red","capabilities":{"mac":true,"ips":true}}`)
		return n
	}
	t.Run("C065 replaces the default network", func(t *testing.T) {
		n := replaced(t, "dn")
		n.run("ADD", n.conf()).ok(t)
		n.traced("ADD red eth0, ADD blue net1")
		n.reported(`{
    "name": "kube-system/dn",
    "interface": "eth0",
    "default": true,
    "dns": {}
}`, `{
    "name": "dev/blue",
    "interface": "net1",
    "dns": {}
}`)
	})
	t.Run("C066 names the interface", func(t *testing.T) {
		n := replaced(t, "dn@foo")
		a := n.run("ADD", n.conf()).ok(t)
		n.traced("ADD red foo, ADD blue net1")
		if !strings.Contains(a.stdout, `"name": "foo"`) {
			t.Errorf("the result is %s", a.stdout)
		}
	})
	t.Run("C067 MAC and addresses", func(t *testing.T) {
		n := replaced(t, `[{"name":"dn","mac":"02:00:00:00:00:09","ips":["10.0.0.9/24"]}]`)
		n.run("ADD", n.conf()).ok(t)
		c := n.one("ADD red eth0")
		const want = `"runtimeConfig":{"ips":["10.0.0.9/24"],"mac":"02:00:00:00:00:09"}`
		if !strings.Contains(c.Stdin, want) {
			t.Errorf("stdin %s, want %s in it", c.Stdin, want)
		}
		if c.Args != podArgs+";MAC=02:00:00:00:00:09;IP=10.0.0.9/24" {
			t.Errorf("CNI_ARGS %s", c.Args)
		}
	})
	for _, c := range []struct{ name, annotation, phrase string }{
		{"C068 two", "dn,dn", "selects 2 networks, and must select exactly one"},
		{"C068 no text", "", "is there but empty, and must select exactly one network"},
		{"C069 an empty list", "[]", "selects 0 networks, and must select exactly one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := replaced(t, c.annotation)
			n.run("ADD", n.conf()).refused(t, types.ErrInvalidNetworkConfig, c.phrase, "pod dev/p")
			n.untouched()
		})
	}
	t.Run("C068 none of that name", func(t *testing.T) {
		n := replaced(t, "absent")
		n.run("ADD", n.conf()).refused(t, types.ErrInternal, "pod dev/p",
			"network-attachment-definition kube-system/absent not found")
		n.untouched()
	})
}

func TestDefinitions(t *testing.T) {
	t.Run("C070 not there", func(t *testing.T) {
		n := newNode(t, networksKey, "red,absent")
		n.run("ADD", n.conf()).refused(t, types.ErrInternal, "pod dev/p: net2 (dev/absent)",
			"network-attachment-definition dev/absent not found")
		n.untouched()
		n.announced("Warning NoNetworkFound")
	})
	t.Run("a device, which we can not allocate yet", func(t *testing.T) {
		n := newNode(t, networksKey, "blue,red")
		n.define("dev/red", single("red", "red"), "k8s.v1.cni.cncf.io/resourceName", "vendor.com/vf")
		n.run("ADD", n.conf()).refused(t, types.ErrInvalidNetworkConfig,
			"pod dev/p: net2 (dev/red)", "vendor.com/vf")
		n.untouched()
	})
	t.Run("C071 the API server hiccups", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.api.Fail("GET /apis/k8s.cni.cncf.io/v1/namespaces/*/*/*", 503, 1)
		n.run("ADD", n.conf()).ok(t)
		n.traced("ADD pri eth0, ADD red net1")
	})
	for name, file := range map[string]string{
		"C072 on disk": "net.d/x.conf", "C073 a list on disk": "net.d/x.conflist",
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, networksKey, "green")
			n.define("dev/green", "")
			content := single("green", "blue")
			if strings.HasSuffix(file, "list") {
				content = list("green", "blue", "red")
			}
			n.write(file, content)
			n.write("net.d/00-broken.conf", "{")
			n.run("ADD", n.conf()).ok(t)
			n.traced(map[bool]string{
				false: "ADD pri eth0, ADD blue net1",
				true:  "ADD pri eth0, ADD blue net1, ADD red net1",
			}[strings.HasSuffix(file, "list")])
		})
	}
	t.Run("C074 nothing on disk", func(t *testing.T) {
		n := newNode(t, networksKey, "green")
		n.define("dev/green", "")
		n.run("ADD", n.conf()).refused(t, types.ErrInternal, "pod dev/p", "dev/green",
			"no network available in the name green")
		n.untouched()
	})
	t.Run("C075 a broken file before it", func(t *testing.T) {
		n := newNode(t, networksKey, "green")
		n.define("dev/green", "")
		broken := n.write("net.d/00-broken.conf", "{")
		n.write("net.d/10.conf", single("green", "blue"))
		a := n.run("ADD", n.conf(onePrimary, `"logLevel":"verbose"`)).ok(t)
		n.traced("ADD pri eth0, ADD blue net1")
		if !strings.Contains(a.stderr, broken+" is passed over") {
			t.Errorf("stderr %q", a.stderr)
		}
	})
	for config, phrase := range map[string]string{
		"{}": "must have the 'type' or 'plugins' field", "{": "not JSON",
		single("x", "multus"):                              "would delegate to itself",
		`{"cniVersion":"1.0.0","name":"a/b","type":"red"}`: `invalid network name "a/b"`,
	} {
		t.Run("C077 "+config, func(t *testing.T) {
			n := newNode(t, networksKey, "blue,red")
			n.define("dev/red", config)
			n.run("ADD", n.conf()).
				refused(t, types.ErrInvalidNetworkConfig, "pod dev/p: net2 (dev/red)", phrase)
			n.untouched()
		})
	}
}

// announced fails the test unless exactly these events are there: "Normal
// AddedInterface".
func (n *node) announced(want ...string) {
	n.t.Helper()
	var got []string
	for _, e := range n.api.Events() {
		if e.Namespace != "dev" || e.Pod != "p" || e.PodUID != "u1" || e.Component == "" {
			n.t.Errorf("an event that is not about the pod: %+v", e)
		}
		got = append(got, e.Type+" "+e.Reason)
	}
	if !slices.Equal(got, want) {
		n.t.Errorf("the events are %q, want %q", got, want)
	}
}
