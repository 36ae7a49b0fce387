package blackbox_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"patchbay/core/record"
)

const (
	priConf = `{"cniVersion":"1.0.0","name":"cbr0","type":"pri","mtu":1400}`
	redConf = `{"cniVersion":"0.4.0","name":"red-net","plugins":[{"type":"red",` +
		`"capabilities":{"ips":true}},{"type":"green"}]}`
	priResult = `{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"/x"}],"dns":{}}`
	redResult = `{"cniVersion":"0.4.0","interfaces":[{"name":"net1","sandbox":"/x"}],"dns":{}}`
)

// multusLeft makes cniDir as Multus leaves it for a running pod: the scratch
// file and the cache of libcni.
func (n *node) multusLeft() {
	n.t.Helper()
	b64 := base64.StdEncoding.EncodeToString
	n.write("cni/"+container, fmt.Sprintf(`[{"Conf":{"cniVersion":"1.0.0","name":"cbr0",`+
		`"type":"pri","ipam":{},"dns":{}},"ConfList":{"plugins":null},"Name":"cbr0",`+
		`"IsFilterV4Gateway":false,"IsFilterV6Gateway":false,"Bytes":%q},`+
		`{"Conf":{"ipam":{},"dns":{}},"ConfList":{"cniVersion":"0.4.0","name":"red-net",`+
		`"plugins":[{"type":"red"},{"type":"green"}]},"Name":"dev/red","ipRequest":["10.5.0.9/24"],`+
		`"IsFilterV4Gateway":false,"IsFilterV6Gateway":false,"Bytes":%q}]`,
		b64([]byte(priConf)), b64([]byte(redConf))))
	args, err := json.Marshal(argPairs(podArgs))
	if err != nil {
		n.t.Fatal(err)
	}
	for file, parts := range map[string][5]string{
		"cbr0-c1-eth0":    {priConf, "eth0", "cbr0", "null", priResult},
		"red-net-c1-net1": {redConf, "net1", "red-net", `{"ips":["10.5.0.9/24"]}`, redResult},
	} {
		n.write("cni/results/"+file, fmt.Sprintf(`{"kind":"cniCacheV1","containerId":%q,`+
			`"config":%q,"ifName":%q,"networkName":%q,"netns":%q,"cniArgs":%s,`+
			`"capabilityArgs":%s,"result":%s}`, container, b64([]byte(parts[0])), parts[1],
			parts[2], n.netns, args, parts[3], strings.ReplaceAll(parts[4], "/x", n.netns)))
	}
}

func argPairs(args string) [][2]string {
	var out [][2]string
	for item := range strings.SplitSeq(args, ";") {
		key, value, _ := strings.Cut(item, "=")
		out = append(out, [2]string{key, value})
	}
	return out
}

func TestChangeFromMultus(t *testing.T) {
	here := func(t *testing.T) *node {
		t.Helper()
		n := newNode(t, networksKey, "red")
		n.multusLeft()
		return n
	}
	for name, world := range map[string]func(n *node){
		"the pod is there":             func(*node) {},
		"the pod is gone":              func(n *node) { n.api.DeletePod("dev", "p") },
		"another pod has its name":     func(n *node) { n.api.ReplacePod("dev", "p", "u2") },
		"the API server is down":       func(n *node) { n.api.Close() },
		"only the scratch file stayed": func(n *node) { _ = os.RemoveAll(n.path("cni", "results")) },
		"only the results stayed":      func(n *node) { _ = os.Remove(n.path("cni", container)) },
	} {
		t.Run("C148 a pod of Multus: "+name, func(t *testing.T) {
			n := here(t)
			conf := n.conf()
			world(n)
			n.run("DEL", conf).ok(t)
			n.traced("DEL green net1, DEL red net1, DEL pri eth0")
			n.undone()
			n.asked(0)
			red := n.one("DEL red net1")
			same(t, "what red got", red.config(), `{"cniVersion":"0.4.0","name":"red-net",`+
				`"type":"red","capabilities":{"ips":true},"runtimeConfig":{"ips":["10.5.0.9/24"]}}`)
			if !strings.Contains(red.Args, "K8S_POD_NAME=p") || red.Netns != n.netns {
				t.Errorf("red was told %+v", red)
			}
			if name != "only the scratch file stayed" {
				same(t, "prevResult of red", red.prev(), strings.ReplaceAll(redResult, "/x", n.netns))
			}
		})
	}
	t.Run("C148 a pod of Multus whose network can not be detached now", func(t *testing.T) {
		n := here(t)
		n.script("red.DEL", failing(11, "in use"))
		n.run("DEL", n.conf()).refused(t, 11, "in use", "dev/red")
		n.forget()
		n.script("red.DEL", script{})
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL green net1, DEL red net1")
		n.undone()
	})
	t.Run("C164 CHECK of a pod of Multus", func(t *testing.T) {
		n := here(t)
		n.interfaces("eth0", "net1")
		n.run("CHECK", n.conf()).ok(t)
		n.traced("CHECK pri eth0, CHECK red net1, CHECK green net1")
		n.script("red.CHECK", failing(110, "no address"))
		n.run("CHECK", n.conf()).refused(t, 110, "no address", "dev/red")
	})
	t.Run("C170 GC of pods of Multus", func(t *testing.T) {
		n := here(t)
		n.run("GC", n.conf(onePrimary, v11, valid("c1 eth0")), bare...).ok(t)
		n.traced("")
		n.run("GC", n.conf(onePrimary, v11, valid()), bare...).ok(t)
		n.traced("DEL green net1, DEL red net1, DEL pri eth0")
		n.undone()
	})
	t.Run("C170 GC of a pod of Multus that was set aside", func(t *testing.T) {
		n := here(t)
		n.uninstall("green")
		n.run("DEL", n.conf()).refused(t, 999, `"green"`, "set aside")
		n.install(n.bin, "green")
		n.forget()
		n.run("GC", n.conf(onePrimary, v11, valid()), bare...).ok(t)
		n.traced("DEL green net1, DEL red net1")
		n.undone()
	})
	t.Run("C133 ADD over what Multus left of the same container", func(t *testing.T) {
		n := here(t)
		n.run("ADD", n.conf()).ok(t)
		n.traced("DEL green net1, DEL red net1, DEL pri eth0, ADD pri eth0, ADD red net1")
		n.forget()
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL red net1, DEL pri eth0")
		n.undone()
	})
}

func TestChangeToMultus(t *testing.T) {
	conf := func(n *node) string { return n.conf(onePrimary, `"compatScratch":true`) }
	scratch := func(n *node) []byte {
		n.t.Helper()
		text, err := os.ReadFile(n.path("cni", container))
		if err != nil {
			n.t.Fatal(err)
		}
		return text
	}
	asked := `[{"name":"red","interface":"r0","ips":["10.1.1.1/24"],"mac":"02:00:00:00:00:07"},` +
		`{"name":"blue"}]`
	t.Run("C148 with compatScratch Multus would find everything", func(t *testing.T) {
		n := newNode(t, networksKey, asked)
		n.define("dev/red", `{"cniVersion":"1.0.0","plugins":[{"type":"red","capabilities":{"ips":true}}]}`)
		n.run("ADD", conf(n)).ok(t)
		adds := n.calls()
		var list []map[string]json.RawMessage
		if err := json.Unmarshal(scratch(n), &list); err != nil || len(list) != 3 {
			t.Fatalf("%d networks, %v", len(list), err)
		}
		for _, key := range []string{
			"Conf", "ConfList", "Name", "IsFilterV4Gateway", "IsFilterV6Gateway", "Bytes",
		} {
			if list[1][key] == nil {
				t.Errorf("%s is missing in %s", key, scratch(n))
			}
		}
		for key, want := range map[string]string{
			"Name": `"dev/red"`, "ifnameRequest": `"r0"`, "ipRequest": `["10.1.1.1/24"]`,
			"macRequest": `"02:00:00:00:00:07"`,
		} {
			same(t, key, string(list[1][key]), want)
		}
		r, err := record.DecodeScratch(scratch(n), record.Record{ContainerID: container, IfName: "eth0"})
		if err != nil || len(r.Attachments) != len(adds) {
			t.Fatalf("%+v, %v", r, err)
		}
		for i, a := range r.Attachments {
			if a.IfName != adds[i].IfName {
				t.Errorf("attachment %d is %s, want %s", i, a.IfName, adds[i].IfName)
			}
		}
		n.run("DEL", conf(n)).ok(t)
		n.undone()
	})
	t.Run("C148 without it there is no file of Multus", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		if _, err := os.Stat(n.path("cni", container)); !os.IsNotExist(err) {
			t.Errorf("there is one: %v", err)
		}
	})
	t.Run("C119 nothing of it stays after a failed ADD", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.script("red.ADD", failing(100, "no"))
		n.run("ADD", conf(n)).refused(t, 100)
		n.undone()
	})
	t.Run("C148 the results are where libcni has them", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		text, err := os.ReadFile(n.path("cni", "results", "red-c1-net1"))
		if err != nil {
			t.Fatal(err)
		}
		c, err := record.DecodeCache(text)
		if err != nil || c.Netns != n.netns || c.Network != "red" || len(c.Result) == 0 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}
