package blackbox_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// v11 makes our own configuration one of CNI 1.1.0, which has STATUS and GC.
const v11 = `"cniVersion":"1.1.0"`

// twoPlugins is a default network of 1.1.0 that has two plugins.
const twoPlugins = `"delegates":[{"cniVersion":"1.1.0","name":"cbr0",` +
	`"plugins":[{"type":"pri"},{"type":"green"}]}]`

// bare are the variables that a runtime sets for STATUS and GC.
var bare = []string{"CNI_CONTAINERID=", "CNI_NETNS=", "CNI_IFNAME=", "CNI_ARGS="}

func TestStatus(t *testing.T) {
	t.Run("C167 each plugin of the default network is asked", func(t *testing.T) {
		n := newNode(t)
		if a := n.run("STATUS", n.conf(twoPlugins, v11), bare...).ok(t); a.stdout != "" {
			t.Errorf("it printed %s", a.stdout)
		}
		n.traced("STATUS pri , STATUS green ")
		n.asked(0)
		for _, c := range n.calls() {
			if c.ContainerID+c.Netns+c.Args != "" || !strings.HasPrefix(c.Path, n.bin) {
				t.Errorf("%s was told %+v", c.Plugin, c)
			}
		}
		same(t, "standard input", n.one("STATUS green ").Stdin,
			`{"cniVersion":"1.1.0","name":"cbr0","type":"green"}`)
	})
	t.Run("C167 the networks that every pod has are asked too", func(t *testing.T) {
		n := newNode(t)
		for _, name := range []string{"pri", "red", "blue"} {
			n.define("kube-system/"+name, `{"cniVersion":"1.1.0","type":"`+name+`"}`)
		}
		n.script("blue.STATUS", failing(51, "blue is weak"))
		conf := n.conf(`"clusterNetwork":"pri","defaultNetworks":["red","blue"]`, v11)
		n.run("STATUS", conf, bare...).refused(t, 51, "blue is weak", "kube-system/blue")
		n.traced("STATUS pri , STATUS red , STATUS blue ")
	})
	t.Run("C167 what only some pods have does not decide, but is told", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.define("dev/red", `{"cniVersion":"1.1.0","type":"red"}`)
		n.run("ADD", n.conf(twoPlugins, v11)).ok(t)
		n.forget()
		n.script("red.STATUS", failing(50, "the fabric is down"))
		a := n.run("STATUS", n.conf(twoPlugins, v11, `"logLevel":"verbose"`), bare...).ok(t)
		n.traced("STATUS pri , STATUS green , STATUS red ")
		if !strings.Contains(a.stderr, "the fabric is down") {
			t.Errorf("nothing is said of it: %s", a.stderr)
		}
	})
	t.Run("C168 a version without STATUS", func(t *testing.T) {
		n := newNode(t)
		n.run("STATUS", n.conf(onePrimary, v11), bare...).ok(t)
		n.untouched()
		n.run("STATUS", n.conf(), bare...).refused(t, 1, "config version does not allow STATUS")
		n.untouched()
	})
	for code, name := range map[int]string{50: "unavailable", 51: "limited", 999: "else", 107: "own"} {
		t.Run("C169 code, message and details survive: "+name, func(t *testing.T) {
			n := newNode(t)
			text, _ := json.Marshal(map[string]any{
				"code": code, "msg": "the pool is empty", "details": "0 of 254",
			})
			n.script("pri.STATUS", script{Stdout: string(text), Exit: 1})
			e := n.run("STATUS", n.conf(twoPlugins, v11), bare...).failed(t)
			if int(e.Code) != code || e.Details != "0 of 254" ||
				!strings.HasSuffix(e.Msg, "the pool is empty") || !strings.Contains(e.Msg, "cbr0") {
				t.Errorf("got %+v", e)
			}
		})
	}
	t.Run("C169 a default network that can not be found", func(t *testing.T) {
		n := newNode(t)
		n.run("STATUS", n.conf(`"clusterNetwork":"absent"`, v11), bare...).
			refused(t, 50, "absent")
	})
	t.Run("C169 the readiness file is not there", func(t *testing.T) {
		n := newNode(t)
		late := `"readinessindicatorfile":"` + n.path("ready") + `","readinessTimeoutSeconds":0.1`
		n.run("STATUS", n.conf(twoPlugins, v11, late), bare...).refused(t, 50, n.path("ready"))
		n.traced("")
		n.write("ready", "")
		n.run("STATUS", n.conf(twoPlugins, v11, late), bare...).ok(t)
	})
}

// valid is the runtime's list of what it still uses: "container interface", ….
func valid(pairs ...string) string {
	list := []map[string]string{}
	for _, p := range pairs {
		id, ifName, _ := strings.Cut(p, " ")
		list = append(list, map[string]string{"containerID": id, "ifname": ifName})
	}
	text, _ := json.Marshal(list)
	return `"cni.dev/valid-attachments":` + string(text)
}

// sandboxes attaches the pod in two sandboxes, c1 and c2, to twoPlugins and red.
func sandboxes(t *testing.T) *node {
	t.Helper()
	n := newNode(t, networksKey, "red")
	n.define("dev/red", `{"cniVersion":"1.1.0","type":"red"}`)
	for _, id := range []string{"c1", "c2"} {
		n.run("ADD", n.conf(twoPlugins, v11), "CNI_CONTAINERID="+id).ok(t)
	}
	n.forget()
	return n
}

// lists fails the test unless a plugin was given this list of attachments, by
// both its names.
func (c call) lists(t *testing.T, pairs ...string) {
	t.Helper()
	var got map[string]json.RawMessage
	if err := json.Unmarshal([]byte(c.Stdin), &got); err != nil {
		t.Fatal(err)
	}
	_, want, _ := strings.Cut(valid(pairs...), ":")
	for _, key := range []string{"cni.dev/valid-attachments", "cni.dev/attachments"} {
		same(t, key+" of "+c.Plugin, string(got[key]), want)
	}
}

func TestGC(t *testing.T) {
	t.Run("C170 what the runtime lists stays, the rest is undone", func(t *testing.T) {
		n := sandboxes(t)
		n.run("GC", n.conf(twoPlugins, v11, valid("c1 eth0")), bare...).ok(t)
		n.traced("DEL red net1, DEL green eth0, DEL pri eth0, GC pri , GC green , GC red ")
		for _, c := range n.calls()[:3] {
			if c.ContainerID != "c2" {
				t.Errorf("DEL of %s, which the runtime uses", c.ContainerID)
			}
		}
		if got := strings.Join(n.kept(), " "); strings.Contains(got, "c2") ||
			!strings.Contains(got, "c1@eth0") {
			t.Errorf("it keeps %q", got)
		}
	})
	t.Run("C170 what the runtime lists and we do not know is the default network's", func(t *testing.T) {
		n := sandboxes(t)
		n.run("GC", n.conf(twoPlugins, v11, valid("c1 eth0", "c2 eth0", "c3 eth0")), bare...).ok(t)
		n.one("GC pri ").lists(t, "c1 eth0", "c2 eth0", "c3 eth0")
		n.one("GC red ").lists(t, "c1 net1", "c2 net1")
	})
	t.Run("C170 an empty list: nothing is used any more", func(t *testing.T) {
		n := sandboxes(t)
		n.run("GC", n.conf(twoPlugins, v11, valid()), bare...).ok(t)
		n.undone()
		n.one("GC pri ").lists(t)
		n.one("GC green ").lists(t)
	})
	t.Run("C170 a sandbox that can not be undone is told of, and stays listed", func(t *testing.T) {
		n := sandboxes(t)
		n.script("red.DEL", failing(11, "in use"))
		n.run("GC", n.conf(twoPlugins, v11, valid("c1 eth0")), bare...).refused(t, 11, "in use")
		n.one("GC red ").lists(t, "c1 net1", "c2 net1")
		n.one("GC pri ").lists(t, "c1 eth0")
	})
	t.Run("C171 nothing was ever kept", func(t *testing.T) {
		n := newNode(t)
		n.run("GC", n.conf(twoPlugins, v11, valid()), bare...).ok(t)
		n.traced("GC pri , GC green ")
		n.asked(0)
	})
	t.Run("C172 secondary networks are cleaned, each with its own list", func(t *testing.T) {
		n := sandboxes(t)
		n.run("GC", n.conf(twoPlugins, v11, valid("c1 eth0")), bare...).ok(t)
		n.one("GC red ").lists(t, "c1 net1")
		n.one("GC pri ").lists(t, "c1 eth0")
		if c := n.one("GC red "); !strings.Contains(c.Stdin, `"name":"red"`) || c.IfName != "" {
			t.Errorf("red was told %+v", c)
		}
	})
	t.Run("C172 networks of one name in two namespaces are two", func(t *testing.T) {
		n := newNode(t, networksKey, "red,prod/red")
		n.define("dev/red", `{"cniVersion":"1.1.0","type":"red"}`)
		n.define("prod/red", `{"cniVersion":"1.1.0","type":"blue"}`)
		n.run("ADD", n.conf(twoPlugins, v11)).ok(t)
		n.forget()
		n.run("GC", n.conf(twoPlugins, v11, valid("c1 eth0")), bare...).ok(t)
		n.traced("GC pri , GC green , GC red , GC blue ")
		for _, what := range []string{"GC red ", "GC blue "} {
			n.one(what).lists(t, "c1 net1", "c1 net2") // they may share a store
		}
		n.forget()
		n.run("STATUS", n.conf(twoPlugins, v11), bare...).ok(t)
		n.traced("STATUS pri , STATUS green , STATUS red , STATUS blue ")
	})
	t.Run("C170 the default network can not be found for now", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.define("kube-system/pri", `{"cniVersion":"1.1.0","type":"pri"}`)
		n.define("dev/red", `{"cniVersion":"1.1.0","type":"red"}`)
		conf := n.conf(`"clusterNetwork":"pri"`, v11, `"apiTimeoutSeconds":0.2`, valid("c2 eth0"))
		for _, id := range []string{"c1", "c2"} {
			n.run("ADD", conf, "CNI_CONTAINERID="+id).ok(t)
		}
		n.forget()
		n.api.Close()
		n.run("GC", conf, bare...).refused(t, 11, "clusterNetwork pri")
		n.traced("DEL red net1, DEL pri eth0")
	})
	t.Run("C172 networks without GC, or that want none", func(t *testing.T) {
		n := newNode(t, networksKey, twoNetworks)
		n.define("dev/blue", `{"cniVersion":"1.1.0","disableGC":true,"plugins":[{"type":"blue"}]}`)
		n.run("ADD", n.conf(onePrimary, v11)).ok(t)
		n.forget()
		n.run("GC", n.conf(onePrimary, v11, valid("c1 eth0")), bare...).ok(t)
		n.traced("")
	})
	t.Run("C172 one plugin fails: the others clean all the same", func(t *testing.T) {
		n := sandboxes(t)
		n.script("pri.GC", failing(120, "no"))
		n.run("GC", n.conf(twoPlugins, v11, valid("c1 eth0", "c2 eth0")), bare...).
			refused(t, 120, "cbr0: pri")
		n.traced("GC pri , GC green , GC red ")
	})
	t.Run("GC in a version that has none", func(t *testing.T) {
		n := newNode(t)
		n.run("GC", n.conf(), bare...).refused(t, 1, "config version does not allow GC")
		n.untouched()
	})
	t.Run("C170 without a list nothing is collected", func(t *testing.T) {
		n := sandboxes(t)
		before := n.kept()
		n.run("GC", n.conf(twoPlugins, v11), bare...).refused(t, 7, "cni.dev/valid-attachments")
		n.traced("")
		if got := n.kept(); !slices.Equal(got, before) {
			t.Errorf("it keeps %q, and kept %q", got, before)
		}
	})
}
