package blackbox_test

import (
	"fmt"
	"strings"
	"testing"
)

// deep is JSON that is nested: encoding/json reads 10000 levels.
func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// TestNonsense calls the plugin with what nobody should send. Whatever it is,
// the answer is one CNI error, and nothing was done.
func TestNonsense(t *testing.T) {
	for name, conf := range map[string]string{
		"nothing":                  ``,
		"white space":              " \n\t ",
		"no JSON":                  `delegates: []`,
		"a NUL":                    "\x00",
		"no UTF-8":                 "{\"name\":\"\xff\xfe\"}",
		"null":                     `null`,
		"a list":                   `[]`,
		"a number":                 `1e999`,
		"a string":                 `"{}"`,
		"an empty object":          `{}`,
		"two objects":              `{"name":"n"}{"name":"n"}`,
		"cut off":                  `{"name":"n","delegates":[{"type":"pri`,
		"too deep":                 `{"name":"n","delegates":` + deep(11000) + `}`,
		"a version that is none":   `{"name":"n","cniVersion":"banana","delegates":[{"type":"pri","name":"x"}]}`,
		"a version of tomorrow":    `{"name":"n","cniVersion":"9.9.9","delegates":[{"type":"pri","name":"x"}]}`,
		"a version that is a list": `{"name":"n","cniVersion":["1.0.0"],"delegates":[{"type":"pri","name":"x"}]}`,
		"an illegal name":          `{"name":"../n","cniVersion":"1.0.0","delegates":[{"type":"pri","name":"x"}]}`,
	} {
		t.Run("configuration: "+name, func(t *testing.T) {
			n := newNode(t)
			for _, verb := range []string{"ADD", "DEL", "CHECK", "STATUS", "GC"} {
				n.run(verb, conf).failed(t)
			}
			n.untouched()
		})
	}
}

// TestNonsenseInside has configurations that are ours as far as they go.
func TestNonsenseInside(t *testing.T) {
	for name, members := range map[string]string{
		"no delegates":                 `"delegates":[]`,
		"delegates: null":              `"delegates":null`,
		"delegates: an object":         `"delegates":{"type":"pri"}`,
		"delegates: deep":              `"delegates":` + deep(9000),
		"delegate: null":               `"delegates":[null]`,
		"delegate: a number":           `"delegates":[7]`,
		"delegate: an empty object":    `"delegates":[{}]`,
		"delegate: no plugins":         `"delegates":[{"name":"x","plugins":[]}]`,
		"delegate: plugins null":       `"delegates":[{"name":"x","plugins":null}]`,
		"delegate: a plugin null":      `"delegates":[{"name":"x","plugins":[null]}]`,
		"delegate: a plugin in a list": `"delegates":[{"name":"x","plugins":[[{"type":"pri"}]]}]`,
		"delegate: ourselves":          `"delegates":[{"name":"x","type":"patchbay"}]`,
		"delegate: multus":             `"delegates":[{"name":"x","type":"multus"}]`,
		"delegate: a path":             `"delegates":[{"name":"x","type":"../../bin/sh"}]`,
		"delegate: type a number":      `"delegates":[{"name":"x","type":5}]`,
		"delegate: an illegal name":    `"delegates":[{"name":"a/b","type":"pri"}]`,
		"delegate: a version unknown":  `"delegates":[{"name":"x","type":"pri","cniVersions":["7.0.0"]}]`,
		"prevResult: a string":         onePrimary + `,"prevResult":"x"`,
		"prevResult: a list":           onePrimary + `,"prevResult":[]`,
		"prevResult: nonsense":         onePrimary + `,"prevResult":{"ips":[{"address":"x"}]}`,
		"runtimeConfig: a list":        onePrimary + `,"runtimeConfig":[]`,
		"timeouts: negative":           onePrimary + `,"delegateTimeoutSeconds":-1`,
		"timeouts: huge":               onePrimary + `,"apiTimeoutSeconds":1e300`,
		"clusterNetwork: nowhere":      `"clusterNetwork":"/nowhere/at.all"`,
		"clusterNetwork: a device":     `"clusterNetwork":"/dev/zero"`,
		"defaultNetworks: a string":    onePrimary + `,"defaultNetworks":"x"`,
		"two clusters":                 onePrimary + `,"manifestDir":"/nowhere"`,
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			n.run("ADD", n.conf(members)).failed(t)
			n.untouched()
			if a := n.run("DEL", n.conf(members)); a.code != 0 {
				a.failed(t)
			}
			n.untouched()
		})
	}
}

func TestNonsenseOfPods(t *testing.T) {
	for i, text := range []string{
		`{`, `[`, `[{]`, `[{}]`, `[null]`, `[1]`, `[[]]`, `{"name":"red"}`, "red,,blue", ",", "/", "a/b/c",
		"@net1", "red@net1@net2", "red@" + strings.Repeat("x", 16), "red@..", "red@a/b",
		"RED", "re d", "red\x00", strings.Repeat("red,", 300) + "absent",
		`[{"name":"red","mac":"zz"}]`, `[{"name":"red","ips":["x"]}]`, `[{"name":"red","ips":5}]`,
		`[{"name":"red","portMappings":[{"hostPort":"x"}]}]`, `[{"name":"red","default-route":["x"]}]`,
		`[{"name":"red","default-route":["10.0.0.1"]},{"name":"blue","default-route":["10.0.0.2"]}]`,
		`[{"name":"red","interface":"eth0"}]`, `[{"name":"red","interface":"a b"}]`,
		`[{"name":"red","cni-args":[]}]`, `[{"name":"red","namespace":"../kube-system"}]`, deep(9000),
	} {
		t.Run(fmt.Sprintf("networks %d", i), func(t *testing.T) {
			n := newNode(t, networksKey, text)
			n.run("ADD", n.conf()).failed(t)
			n.untouched()
		})
	}
	for i, text := range []string{"[]", "[{}]", "{", "red,blue", "null", ",", `[{"name":""}]`} {
		t.Run(fmt.Sprintf("default network %d", i), func(t *testing.T) {
			n := newNode(t, defaultKey, text)
			n.run("ADD", n.conf()).failed(t)
			n.untouched()
		})
	}
	for i, config := range []string{
		"{", "[]", "null", "5", "{}", `{"type":""}`, `{"plugins":[]}`, `{"plugins":[{}]}`,
		`{"type":"multus-shim"}`, `{"type":"../red"}`, `{"type":"red","name":"a/b"}`, deep(9000),
		`{"type":"red","cniVersion":5}`, `{"type":"red"}{"type":"red"}`,
	} {
		t.Run(fmt.Sprintf("definition %d", i), func(t *testing.T) {
			n := newNode(t, networksKey, "red")
			n.define("dev/red", config)
			n.run("ADD", n.conf()).failed(t)
			n.untouched()
		})
	}
}

func TestNonsenseOfRuntimes(t *testing.T) {
	for i, env := range []string{
		"CNI_ARGS=x", "CNI_ARGS==", "CNI_ARGS==x", "CNI_ARGS=K8S_POD_NAME=a/b;K8S_POD_NAMESPACE=../x",
		"CNI_ARGS=K8S_POD_NAME=..;K8S_POD_NAMESPACE=..", "CNI_ARGS=K8S_POD_NAME=\xff;K8S_POD_NAMESPACE=x",
		"CNI_CONTAINERID=", "CNI_CONTAINERID=../x", "CNI_CONTAINERID=a@b", "CNI_CONTAINERID=records",
		"CNI_CONTAINERID=lock", "CNI_CONTAINERID=" + strings.Repeat("c", 300),
		"CNI_IFNAME=", "CNI_IFNAME=a/b", "CNI_IFNAME=..", "CNI_IFNAME=" + strings.Repeat("e", 16),
		"CNI_NETNS=", "CNI_NETNS=/nowhere", "CNI_NETNS=/dev/null", "CNI_NETNS=/", "CNI_NETNS=\xff",
		"CNI_NETNS=/proc/self/ns/net", "CNI_NETNS=/proc/self/ns/mnt", "CNI_PATH=", "CNI_COMMAND=EXPLODE",
	} {
		t.Run(fmt.Sprintf("environment %d", i), func(t *testing.T) {
			n := newNode(t)
			if a := n.run("ADD", n.conf(), env); a.code != 0 || !strings.HasPrefix(env, "CNI_ARGS") {
				a.failed(t)
			}
			n.untouched()
		})
	}
}

// TestNonsenseOfPlugins has plugins that answer what no plugin should. Then all
// that was done is undone.
func TestNonsenseOfPlugins(t *testing.T) {
	for name, s := range map[string]script{
		"nothing":              {Stdout: " "},
		"no JSON":              {Stdout: "ok"},
		"a list":               {Stdout: "[]"},
		"null":                 {Stdout: "null"},
		"two results":          {Stdout: `{"cniVersion":"1.0.0"}{"cniVersion":"1.0.0"}`},
		"holes":                {Stdout: `{"cniVersion":"1.0.0","interfaces":[null],"ips":[null]}`},
		"an index of nothing":  {Stdout: `{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.1/8","interface":9}],"dns":5}`},
		"a version of its own": {Stdout: `{"cniVersion":"7.0.0"}`},
		"an error and success": {Stdout: `{"code":7,"msg":"no"}`},
		"an error of no code":  {Stdout: `{"msg":"no"}`, Exit: 1},
		"a code that is none":  {Stdout: `{"code":"x","msg":"no"}`, Exit: 1},
		"too deep":             {Stdout: deep(11000)},
		"a crash":              {Stderr: "panic: nil\ngoroutine 1\n", Exit: 2},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, networksKey, "red")
			n.script("red.ADD", s)
			e := n.run("ADD", n.conf()).failed(t)
			if !strings.Contains(e.Msg, "net1 (dev/red)") {
				t.Errorf("the message names no network: %s", e.Msg)
			}
			n.traced("ADD pri eth0, ADD red net1, DEL red net1, DEL pri eth0")
			n.undone()
		})
	}
}
