package blackbox_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
)

const (
	optionalKey  = "patchbay.dev/optional"
	optionalRed  = `[{"name":"red","optional":true},{"name":"blue"}]`
	withoutRed   = `the pod goes without net1 (dev/red): `
	optionalFail = "Warning OptionalNetworkFailed"
)

func TestOptional(t *testing.T) {
	failed := func(t *testing.T, n *node) {
		t.Helper()
		n.script("red.ADD", failing(100, "no uplink"))
		n.run("ADD", n.conf()).ok(t)
		n.traced("ADD pri eth0, ADD red net1, DEL red net1, ADD blue net2")
		n.goesWithout("no uplink")
		n.announced("Normal AddedInterface", optionalFail, "Normal AddedInterface")
		if e := n.api.Events()[1]; !strings.HasPrefix(e.Message, withoutRed) ||
			!strings.Contains(e.Message, "no uplink") {
			t.Errorf("the event is %+v", e)
		}
		n.forget()
		n.run("DEL", n.conf()).ok(t)
		n.one("DEL blue net2")
		n.one("DEL pri eth0")
		if files := n.kept(); len(files) > 0 {
			t.Errorf("after DEL it keeps %q", files)
		}
	}
	t.Run("by the pod, it fails", func(t *testing.T) {
		failed(t, newNode(t, networksKey, optionalRed))
	})
	t.Run("by the definition, it fails", func(t *testing.T) {
		n := newNode(t, networksKey, "red,blue")
		n.define("dev/red", `{"cniVersion":"1.0.0","type":"red"}`, optionalKey, "true")
		failed(t, n)
	})
	t.Run("it hangs", func(t *testing.T) {
		n := newNode(t, networksKey, optionalRed)
		n.script("red.ADD", script{Locks: n.path("alive"), Hangs: true})
		n.run("ADD", n.conf(onePrimary, `"delegateTimeoutSeconds":0.5`)).ok(t)
		n.traced("ADD pri eth0, ADD red net1, DEL red net1, ADD blue net2")
		n.goesWithout("was killed")
		n.dead()
	})
	t.Run("it works", func(t *testing.T) {
		n := newNode(t, networksKey, optionalRed)
		n.run("ADD", n.conf()).ok(t)
		n.traced("ADD pri eth0, ADD red net1, ADD blue net2")
		if got := n.status(); strings.Contains(got, "error") {
			t.Errorf("the status is %s", got)
		}
	})
	t.Run("there is none of its name", func(t *testing.T) {
		n := newNode(t, networksKey, strings.Replace(optionalRed, "red", "absent", 1))
		n.run("ADD", n.conf()).ok(t)
		n.traced("ADD pri eth0, ADD blue net2")
		n.announced("Normal AddedInterface", "Normal AddedInterface", optionalFail)
		if got := n.status(); !strings.Contains(got, `"error": "network-attachment-definition dev/absent not found"`) {
			t.Errorf("the status is %s", got)
		}
	})
	t.Run("its plugin is not installed", func(t *testing.T) {
		n := newNode(t, networksKey, optionalRed)
		n.define("dev/red", single("red", "absent"))
		n.run("ADD", n.conf()).ok(t)
		n.traced("ADD pri eth0, ADD blue net2")
		n.goesWithout(`failed to find plugin "absent"`)
	})
	t.Run("its interface is there already", func(t *testing.T) {
		n := newNode(t, networksKey, optionalRed)
		n.link("net1")
		n.run("ADD", n.conf()).ok(t)
		n.traced("ADD pri eth0, ADD blue net2")
		n.goesWithout("interface net1 already exists")
	})
	t.Run("its undo fails, too", func(t *testing.T) {
		n := newNode(t, networksKey, optionalRed)
		n.script("red.ADD", failing(100, "no uplink"))
		n.script("red.DEL", failing(100, "no downlink"))
		n.run("ADD", n.conf()).ok(t)
		n.goesWithout("no uplink")
		n.run("DEL", n.conf()).refused(t, 100, "net1 (dev/red)", "no downlink")
		n.script("red.DEL", script{})
		n.forget()
		n.run("DEL", n.conf()).ok(t)
		n.one("DEL red net1")
		if files := n.kept(); len(files) > 0 {
			t.Errorf("after DEL it keeps %q", files)
		}
	})
	t.Run("another one fails", func(t *testing.T) {
		n := newNode(t, networksKey, optionalRed)
		n.script("blue.ADD", failing(100, "no uplink"))
		n.run("ADD", n.conf()).refused(t, 100, "net2 (dev/blue)", "no uplink")
		n.traced("ADD pri eth0, ADD red net1, ADD blue net2, DEL blue net2, DEL red net1, DEL pri eth0")
		n.nothingLeft()
	})
	t.Run("the default network can not be optional", func(t *testing.T) {
		n := newNode(t, defaultKey, `[{"name":"red","namespace":"dev","optional":true}]`, networksKey, "blue")
		n.script("red.ADD", failing(100, "no uplink"))
		n.run("ADD", n.conf()).refused(t, 100, "pod dev/p: eth0 (dev/red)", "no uplink")
		n.traced("ADD red eth0, DEL red eth0")
		n.nothingLeft()
	})
	t.Run("nor when there is none of its name", func(t *testing.T) {
		n := newNode(t, defaultKey, `[{"name":"absent","optional":true}]`, networksKey, "blue")
		n.run("ADD", n.conf()).refused(t, types.ErrInternal, "pod dev/p: eth0", "absent not found")
		n.untouched()
	})
	t.Run("with the others in parallel", func(t *testing.T) {
		n := newNode(t, networksKey, optionalRed)
		n.script("red.ADD", failing(100, "no uplink"))
		n.run("ADD", n.conf(onePrimary, `"parallelAttachments":true`)).ok(t)
		n.goesWithout("no uplink")
		n.one("DEL red net1")
		n.one("ADD blue net2")
	})
}

// goesWithout fails the test unless the status says that the pod has no network
// dev/red, and why, and that it has dev/blue.
func (n *node) goesWithout(why string) {
	n.t.Helper()
	var list []struct{ Name, Interface, Error string }
	if err := json.Unmarshal([]byte(n.status()), &list); err != nil {
		n.t.Fatalf("the status is %s: %v", n.status(), err)
	}
	seen := 0
	for _, e := range list {
		switch e.Name {
		case "dev/red":
			seen++
			if e.Interface != "net1" || !strings.Contains(e.Error, why) {
				n.t.Errorf("of net1 it says %+v, want an error with %q", e, why)
			}
		case "dev/blue":
			seen++
			if e.Interface != "net2" || e.Error != "" {
				n.t.Errorf("of net2 it says %+v", e)
			}
		}
	}
	if seen != 2 {
		n.t.Errorf("the status is %s", n.status())
	}
}

func TestOptionalDefaultRoute(t *testing.T) {
	for name, plugin := range map[string]string{
		"it failed": "red", "it is not installed": "absent",
	} {
		t.Run("the old default route stays: "+name, func(t *testing.T) {
			n := newRealNode(t, networksKey, `[{"name":"x","optional":true,"default-route":["10.21.0.1"]}]`)
			n.define("dev/x", single("x", plugin))
			n.script("red.ADD", failing(100, "no uplink"))
			scripted := "CNI_PATH=" + n.path("bin")
			n.run("ADD", n.real(), scripted).ok(t)
			if got, want := n.defaults("-4"), "default via 10.20.0.1 dev eth0"; got != want {
				t.Errorf("IPv4: %s\nwant: %s", got, want)
			}
			if got, want := n.routes("pri-c1-eth0"), "0.0.0.0/0 <nil>, ::/0 <nil>"; got != want {
				t.Errorf("the kept result has the routes %s, want %s", got, want)
			}
			n.run("CHECK", n.real(), scripted).ok(t)
			n.run("DEL", n.real(), scripted).ok(t)
			n.gone()
		})
	}
}
