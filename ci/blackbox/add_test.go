package blackbox_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/ci/netnstest"
)

func TestAdd(t *testing.T) {
	t.Run("C116 in order", func(t *testing.T) {
		n := newNode(t, networksKey, "green,red,blue")
		n.run("ADD", n.conf()).ok(t)
		n.traced("ADD pri eth0, ADD green net1, ADD red net2, ADD blue net3")
	})
	t.Run("C117, C118: the third of four fails", func(t *testing.T) {
		n := newNode(t, networksKey, "green,red,blue")
		n.script("red.ADD", failing(100, "no uplink"))
		n.run("ADD", n.conf()).refused(t, 100, "pod dev/p: net2 (dev/red)", "no uplink")
		n.traced("ADD pri eth0, ADD green net1, ADD red net2, " +
			"DEL red net2, DEL green net1, DEL pri eth0")
		n.nothingLeft()
		n.announced()
	})
	t.Run("C117 the undo fails, too; C119: DEL finishes it", func(t *testing.T) {
		n := newNode(t, networksKey, "green,red")
		n.script("red.ADD", failing(100, "no uplink"))
		n.script("green.DEL", failing(100, "no downlink"))
		n.run("ADD", n.conf()).refused(t, 100, "pod dev/p: net2 (dev/red)", "no uplink", "net1 (dev/green)",
			"no downlink")
		n.traced("ADD pri eth0, ADD green net1, ADD red net2, " +
			"DEL red net2, DEL green net1, DEL pri eth0")
		n.forget()
		n.script("green.DEL", script{})
		n.run("DEL", n.conf()).ok(t)
		n.one("DEL green net1")
		n.nothingLeft()
	})
	t.Run("C119 DEL after a failed ADD", func(t *testing.T) {
		n := newNode(t)
		n.script("pri.ADD", failing(100, "no uplink"))
		n.run("ADD", n.conf()).refused(t, 100, "pod dev/p: eth0 (cbr0)", "no uplink")
		n.run("DEL", n.conf()).ok(t)
		n.nothingLeft()
	})
	t.Run("C133 a second ADD", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.run("ADD", n.conf()).ok(t)
		n.forget()
		// No plugin made an interface, so that the first ADD came to nothing.
		n.run("ADD", n.conf()).ok(t)
		n.traced("DEL red net1, DEL pri eth0, ADD pri eth0, ADD red net1")
		n.forget()
		n.link("net1")
		n.run("ADD", n.conf()).refused(t, types.ErrInvalidNetworkConfig, "net1", "already exists")
		n.traced("")
		n.unlink("net1")
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL red net1, DEL pri eth0")
	})
	t.Run("C135 the result", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		const result = `{"cniVersion":"1.0.0","interfaces":[{"name":"h"},{"name":"eth0","mac":"02:00:00:00:00:01",` +
			`"sandbox":"/s"}],"ips":[{"interface":1,"address":"10.0.0.2/24","gateway":"10.0.0.1"}],` +
			`"routes":[{"dst":"0.0.0.0/0"}],"dns":{"nameservers":["10.0.0.1"]}}`
		n.script("pri.ADD", printing(result))
		a := n.run("ADD", n.conf()).ok(t)
		var got, want any
		if err := json.Unmarshal([]byte(a.stdout), &got); err != nil {
			t.Fatal(err)
		}
		_ = json.Unmarshal([]byte(result), &want)
		if equal(t, got) != equal(t, want) {
			t.Errorf("the result is %s", a.stdout)
		}
	})
}

// link makes a link in the sandbox, and unlink removes it.
func (n *node) link(name string) {
	n.t.Helper()
	n.ip("link", "add", name, "type", "veth", "peer", "name", "p"+name)
}

func (n *node) unlink(name string) {
	n.t.Helper()
	n.ip("link", "del", name)
}

// ip runs ip(8) in the sandbox and returns what it prints.
func (n *node) ip(args ...string) string {
	n.t.Helper()
	return ip(n.t, n.netns, args...)
}

func ip(t *testing.T, netns string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ip", append([]string{"-n", filepath.Base(netns)}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestSandbox(t *testing.T) {
	t.Run("C120 a foreign interface", func(t *testing.T) {
		n := newNode(t, networksKey, "red,blue")
		n.link("net2")
		n.run("ADD", n.conf()).refused(t, types.ErrInvalidNetworkConfig,
			"pod dev/p: net2 (dev/blue)", "interface net2 already exists in the sandbox")
		n.untouched()
		n.run("DEL", n.conf()).ok(t)
		if got := n.ip("link", "show", "net2"); got == "" {
			t.Error("the foreign interface is gone")
		}
	})
	t.Run("C120 a foreign interface that appears during ADD", func(t *testing.T) {
		n := newNode(t, networksKey, "green,net1er,blue")
		n.define("dev/net1er", single("net1er", "net1er"))
		n.executable("bin/net1er", "#!/bin/sh\n[ $CNI_COMMAND = ADD ] || exit 0\n"+
			`ip -n $(basename $CNI_NETNS) link add net3 type veth peer name other || exit 1`+
			"\necho '{\"cniVersion\":\"1.0.0\"}'\n")
		n.run("ADD", n.conf()).refused(t, types.ErrInvalidNetworkConfig,
			"pod dev/p: net3 (dev/blue)", "interface net3 already exists in the sandbox")
		n.traced("ADD pri eth0, ADD green net1, DEL green net1, DEL pri eth0")
		n.nothingLeft()
		if got := n.ip("link", "show", "net3"); got == "" {
			t.Error("the foreign interface is gone")
		}
	})
	for name, netns := range map[string]string{
		"C121 nothing there": "/run/netns/patchbay-blackbox-absent", "C121 no namespace": "/dev/null",
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			n.run("ADD", n.conf(), "CNI_NETNS="+netns).refused(t, types.ErrInvalidNetNS, netns)
			n.untouched()
		})
	}
	t.Run("C121 the node's own", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf(), "CNI_NETNS=/proc/self/ns/net").
			refused(t, types.ErrInvalidNetNS, "/proc/self/ns/net")
		n.untouched()
	})
	t.Run("C121 gone meanwhile", func(t *testing.T) {
		n := newNode(t)
		netnstest.Delete(t, n.netns)
		n.run("ADD", n.conf()).refused(t, types.ErrInvalidNetNS, n.netns)
		n.untouched()
	})
}

func TestReadiness(t *testing.T) {
	t.Run("C132 not in time", func(t *testing.T) {
		t.Parallel()
		n := newNode(t)
		file := quoted("readinessindicatorfile", n.path("ready"))
		n.run("ADD", n.conf(onePrimary, file, `"readinessTimeoutSeconds":0.2`)).
			refused(t, types.ErrTryAgainLater, n.path("ready"), "did not appear within 200ms")
		n.untouched()
		n.run("DEL", n.conf(onePrimary, file)).ok(t) // at once
	})
	t.Run("C132 there", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf(onePrimary, quoted("readinessindicatorfile", n.write("ready", "")))).ok(t)
		n.traced("ADD pri eth0")
	})
}

func TestDeviceInfo(t *testing.T) {
	const info = `{"type":"pci","version":"1.1.0","pci":{"pci-address":"0000:01:00.1"}}`
	device := func(t *testing.T) (*node, string) {
		t.Helper()
		n := newNode(t, networksKey, `[{"name":"red","deviceID":"0000:01:00.1"}]`)
		n.define("dev/red", `{"cniVersion":"1.0.0","type":"red","capabilities":{"deviceID":true}}`)
		return n, n.path("devinfo", "cni", "dev-red-c1_net1")
	}
	t.Run("C106 a device of the annotation", func(t *testing.T) {
		n, _ := device(t)
		n.run("ADD", n.conf()).ok(t)
		n.got("ADD red net1", `{"cniVersion":"1.0.0","type":"red","capabilities":{"deviceID":true},`+
			`"name":"red","runtimeConfig":{"deviceID":"0000:01:00.1"}}`)
	})
	t.Run("C115 what describes it is in the status, and goes on DEL", func(t *testing.T) {
		n, path := device(t)
		n.write("devinfo/cni/dev-red-c1_net1", info)
		n.run("ADD", n.conf()).ok(t)
		if got := n.status(); !strings.Contains(got, `"pci-address": "0000:01:00.1"`) {
			t.Errorf("the status is %s", got)
		}
		n.run("DEL", n.conf()).ok(t)
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s: %v, want it to be gone", path, err)
		}
	})
}
