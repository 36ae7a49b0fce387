package blackbox_test

import (
	"os"
	"path/filepath"
	"testing"
)

// lost makes cniDir as if nothing had ever been there.
func (n *node) lost() {
	n.t.Helper()
	if err := os.RemoveAll(n.path("cni")); err != nil {
		n.t.Fatal(err)
	}
}

func TestDelWithoutRecord(t *testing.T) {
	t.Run("C119 after a failed ADD: all is asked for once more", func(t *testing.T) {
		n := newNode(t, networksKey, twoNetworks)
		n.script("red.ADD", failing(100, "no ports are left"))
		n.run("ADD", n.conf()).refused(t, 100, "no ports are left", "net1 (dev/red)")
		n.traced("ADD pri eth0, ADD red net1, DEL red net1, DEL pri eth0")
		n.undone()
		n.forget()
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL blue net2, DEL red net1, DEL pri eth0")
		n.undone()
	})
	t.Run("C120 a foreign interface outlives the DEL after the ADD", func(t *testing.T) {
		n := newNode(t, networksKey, twoNetworks)
		n.interfaces("net1")
		n.run("ADD", n.conf()).refused(t, 7, "net1", "already exists")
		n.untouched()
		n.run("DEL", n.conf()).ok(t)
		for _, c := range n.calls() {
			if (c.Netns == "") != (c.IfName == "net1") {
				t.Errorf("DEL of %s was told of namespace %q", c.IfName, c.Netns)
			}
		}
		n.traced("DEL blue net2, DEL red net1, DEL pri eth0")
		if !n.has("net1") {
			t.Error("the foreign interface is gone")
		}
		n.undone()
	})
	t.Run("C149 the pod says what there was", func(t *testing.T) {
		n := newNode(t, networksKey, `[{"name":"red","interface":"r0","ips":["10.1.1.1/24"]},`+
			`{"name":"blue"}]`)
		n.define("dev/red", `{"cniVersion":"1.0.0","type":"red","capabilities":{"ips":true}}`)
		n.run("ADD", n.conf()).ok(t)
		adds := n.calls()
		n.lost()
		n.forget()
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL blue net2, DEL red r0, DEL pri eth0")
		for i, del := range n.calls() {
			add := adds[len(adds)-1-i]
			if del.config() != add.config() || del.Args != add.Args || del.prev() != "" {
				t.Errorf("DEL of %s got %s with %s\nand ADD %s with %s",
					del.IfName, del.Stdin, del.Args, add.config(), add.Args)
			}
		}
		n.undone()
	})
	t.Run("C150 neither record nor pod: nothing to do", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		n.lost()
		n.api.DeletePod("dev", "p")
		n.run("DEL", n.conf()).ok(t)
		n.traced("")
		n.undone()
	})
	t.Run("C150 nor is there a cluster", func(t *testing.T) {
		n := newNode(t)
		n.run("DEL", n.conf(onePrimary, `"kubeconfig":""`)).ok(t)
		n.untouched()
		n.asked(0)
	})
	t.Run("C151 the API server is down: try again later", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		conf := n.conf(onePrimary, `"apiTimeoutSeconds":0.2`)
		n.lost()
		n.api.Close()
		n.run("DEL", conf).refused(t, 11, "dev/p", "nothing is recorded")
		n.traced("")
	})
	t.Run("C151 a network of the pod can not be read for now", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		n.lost()
		n.api.Fail("GET /apis/k8s.cni.cncf.io/v1/namespaces/*/*/red", 503, -1)
		n.run("DEL", n.conf(onePrimary, `"apiTimeoutSeconds":0.2`)).refused(t, 11, "dev/red")
		n.traced("")
	})
	t.Run("C158 another pod has the name: its networks are not ours", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		n.lost()
		n.api.ReplacePod("dev", "p", "u2")
		n.run("DEL", n.conf()).ok(t)
		n.traced("")
	})
	t.Run("C160 the definition is gone: the default network at least", func(t *testing.T) {
		n := added(t, plain, networksKey, twoNetworks)
		n.lost()
		n.undefine("dev", "red")
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL blue net2, DEL pri eth0")
	})
	t.Run("C133 a second ADD undoes the first", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		n.run("ADD", n.conf()).ok(t)
		n.traced("DEL red net1, DEL pri eth0, ADD pri eth0, ADD red net1")
		n.forget()
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL red net1, DEL pri eth0")
		n.undone()
	})
	t.Run("C133 a second ADD of a pod that works is refused", func(t *testing.T) {
		n := added(t, plain)
		n.interfaces("eth0")
		n.run("ADD", n.conf()).refused(t, 7, "eth0", "already exists")
		n.traced("")
		n.run("DEL", n.conf()).ok(t)
		if got := n.one("DEL pri eth0").Netns; got != n.netns {
			t.Errorf("CNI_NETNS is %q, want %q: the record is forgotten", got, n.netns)
		}
	})
}

func TestDelOfTornRecord(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "cut off": `{"format":1,"reco`, "not ours": `[]`,
	} {
		t.Run("C153 "+name+": it is rebuilt from the results", func(t *testing.T) {
			n := newNode(t, networksKey, twoNetworks)
			n.run("ADD", n.conf()).ok(t)
			adds := n.calls()
			n.forget()
			n.tear(n.record(), content)
			n.api.Close()
			n.run("DEL", n.conf()).ok(t)
			n.traced("DEL blue net2, DEL red net1, DEL pri eth0")
			for i, del := range n.calls() {
				add := adds[len(adds)-1-i]
				if del.config() != add.config() || del.Args != add.Args || del.prev() == "" {
					t.Errorf("DEL of %s got %s with %s", del.IfName, del.Stdin, del.Args)
				}
			}
			n.undone()
		})
	}
	unbelievable := func(t *testing.T) *node {
		t.Helper()
		n := added(t, plain, networksKey, "red")
		files, err := filepath.Glob(n.path("cni", "results", "*"))
		if err != nil || len(files) != 2 {
			t.Fatalf("results: %v, %v", files, err)
		}
		for _, file := range append(files, n.record()) {
			n.tear(file, "{")
		}
		return n
	}
	t.Run("C153 nothing can be believed: the cluster says what there was", func(t *testing.T) {
		n := unbelievable(t)
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL red net1, DEL pri eth0")
		n.undone()
		if got := n.aside(); len(got) > 0 {
			t.Errorf("set aside: %q", got)
		}
	})
	t.Run("C153 nothing can be believed and nobody knows: said once, set aside", func(t *testing.T) {
		n := unbelievable(t)
		n.api.DeletePod("dev", "p")
		n.run("DEL", n.conf()).refused(t, 6, "c1@eth0", "set aside")
		if got := n.aside(); len(got) != 1 || got[0] != "c1@eth0" {
			t.Errorf("set aside: %q", got)
		}
		n.run("DEL", n.conf()).ok(t)
		n.traced("")
	})
	t.Run("C154 an empty list of Multus", func(t *testing.T) {
		for _, content := range []string{"[]", "null", "", "{}", "[null]", "[{}]"} {
			n := newNode(t)
			n.write("cni/"+container, content)
			n.api.DeletePod("dev", "p")
			n.run("DEL", n.conf()).refused(t, 6, "c1@eth0", "set aside")
			n.run("DEL", n.conf()).ok(t)
			n.traced("")
		}
	})
}

// tear overwrites a file.
func (n *node) tear(path, content string) {
	n.t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		n.t.Fatal(err)
	}
}
