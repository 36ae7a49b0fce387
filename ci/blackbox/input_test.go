package blackbox_test

import (
	"strings"
	"testing"
)

// Everything that the scripted plugin "all" declares.
const declared = `"capabilities":{"portMappings":true,"bandwidth":true,"ips":true,"mac":true,` +
	`"infinibandGUID":true,"deviceID":true,"CNIDeviceInfoFile":true,"dns":true,"ipRanges":true,` +
	`"aliases":true}`

// TestStdin is of what plugins get on standard input, byte for byte.
func TestStdin(t *testing.T) {
	t.Run("C078 a list without cniVersion", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.define("dev/red", `{"plugins":[{"type":"red"}]}`)
		n.script("red.ADD", printing(`{"ip4":{"ip":"10.0.0.2/24"}}`))
		conf := n.conf(onePrimary, `"cniVersion":"0.3.1"`)
		n.run("ADD", conf).ok(t)
		n.run("DEL", conf).ok(t)
		n.got("ADD red net1", `{"type":"red","cniVersion":"","name":"red"}`)
		n.got("DEL red net1", `{"type":"red","cniVersion":"0.3.1","name":"red"}`)
	})
	// What nobody knows stays as it was written: order, white space, numbers.
	const odd = `"z": 1.0,"a":{ "big":12345678901234567890, "html":"<&>" }`
	t.Run("C076, C079: a single plugin", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.define("dev/red", `{"type":"red", "cniVersion":"0.3.1",`+odd+`}`)
		n.run("ADD", n.conf()).ok(t)
		n.define("dev/red", single("other", "blue")) // DEL goes by what ADD had
		n.run("DEL", n.conf()).ok(t)
		want := `{"type":"red", "cniVersion":"0.3.1",` + odd + `,"name":"red"}`
		n.got("ADD red net1", want)
		n.got("DEL red net1", want)
	})
	t.Run("C080 a list", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.define("dev/red", `{"cniVersion":"0.3.1","name":"x","plugins":[{"type":"red",`+odd+`},`+
			`{"type":"blue",`+odd+`}]}`)
		n.run("ADD", n.conf()).ok(t)
		n.run("DEL", n.conf()).ok(t)
		rest := `,` + odd + `,"cniVersion":"0.3.1","name":"x"`
		n.got("ADD red net1", `{"type":"red"`+rest+`}`)
		n.got("DEL red net1", `{"type":"red"`+rest+`}`)
		// The result did not go with DEL before version 0.4.0.
		n.got("DEL blue net1", `{"type":"blue"`+rest+`}`)
	})
	t.Run("C093 a chained plugin", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.define("dev/red", list("x", "red", "blue", "green"))
		n.script("red.ADD", printing(`{"cniVersion":"0.3.1","ips":[{"version":"4","address":"10.0.0.2/24"}]}`))
		n.script("blue.ADD", printing(`{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.9/24"}]}`))
		n.run("ADD", n.conf()).ok(t)
		n.run("DEL", n.conf()).ok(t)
		n.got("ADD red net1", `{"type":"red","cniVersion":"1.0.0","name":"x"}`)
		n.got("ADD blue net1", `{"type":"blue","cniVersion":"1.0.0","name":"x",`+
			`"prevResult":{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.2/24"}]}}`)
		const last = `"prevResult":{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.9/24"}]}}`
		n.got("ADD green net1", `{"type":"green","cniVersion":"1.0.0","name":"x",`+last)
		// On DEL all of them get the result of the last one.
		for _, plugin := range []string{"green", "blue", "red"} {
			n.got("DEL "+plugin+" net1", `{"type":"`+plugin+`","cniVersion":"1.0.0","name":"x",`+last)
		}
	})
	t.Run("C091 cni-args", func(t *testing.T) {
		n := newNode(t, networksKey,
			`[{"name":"red","cni-args":{"b":1.0,"c":[2]}},{"name":"blue","cni-args":{"b":1}}]`)
		n.define("dev/red", `{"cniVersion":"1.0.0","type":"red","args":{"cni":{"a":0,"b":0}}}`)
		n.define("dev/blue", `{"cniVersion":"1.0.0","plugins":[{"type":"blue"},{"type":"green"}]}`)
		n.run("ADD", n.conf()).ok(t)
		n.got("ADD red net1", `{"cniVersion":"1.0.0","type":"red","args":{"cni":{"a":0,"b":1.0,"c":[2]}},"name":"red"}`)
		n.got("ADD blue net2", `{"type":"blue","args":{"cni":{"b":1}},"cniVersion":"1.0.0","name":"blue"}`)
		if got := n.one("ADD green net2").Stdin; !strings.Contains(got, `"args":{"cni":{"b":1}}`) {
			t.Errorf("the second plugin got %s", got)
		}
	})
	t.Run("C092 cni-args that are null", func(t *testing.T) {
		n := newNode(t, networksKey, `[{"name":"red","cni-args":null}]`)
		n.run("ADD", n.conf()).ok(t)
		n.got("ADD red net1", `{"cniVersion":"1.0.0","type":"red","name":"red"}`)
	})
}

// got fails the test unless a plugin got exactly this on standard input.
func (n *node) got(what, stdin string) {
	n.t.Helper()
	if c := n.one(what); c.Stdin != stdin {
		n.t.Errorf("%s got\n%s\nwant\n%s", what, c.Stdin, stdin)
	}
}

// TestEnvironment is of what plugins get in their environment.
func TestEnvironment(t *testing.T) {
	for _, c := range []struct{ name, given, annotation, want string }{
		{
			"C081 in this order", "K8S_POD_UID=u1;K8S_POD_NAME=p;K8S_POD_NAMESPACE=dev", "red",
			"IgnoreUnknown=true;K8S_POD_NAMESPACE=dev;K8S_POD_NAME=p;K8S_POD_INFRA_CONTAINER_ID=;K8S_POD_UID=u1",
		},
		{"C082 once each", podArgs + ";K8S_POD_NAME=p;EXTRA=1", "red", podArgs + ";EXTRA=1"},
		{
			"C083 no UID", "K8S_POD_NAMESPACE=dev;K8S_POD_NAME=p", "red",
			"IgnoreUnknown=true;K8S_POD_NAMESPACE=dev;K8S_POD_NAME=p;K8S_POD_INFRA_CONTAINER_ID=;K8S_POD_UID=",
		},
		{"C084 a MAC address", podArgs, `[{"name":"red","mac":"02:00:00:00:00:01"}]`, podArgs + ";MAC=02:00:00:00:00:01"},
		{
			"C085 addresses", podArgs, `[{"name":"red","ips":["10.0.0.3","fd00::3/64"]}]`,
			podArgs + ";IP=10.0.0.3,fd00::3/64",
		},
		{
			"C084, C085: both", podArgs, `[{"name":"red","ips":["10.0.0.3"],"mac":"02:00:00:00:00:01"}]`,
			podArgs + ";MAC=02:00:00:00:00:01;IP=10.0.0.3",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNode(t, networksKey, c.annotation)
			n.run("ADD", n.conf(), "CNI_ARGS="+c.given).ok(t)
			n.run("DEL", n.conf(), "CNI_ARGS="+c.given).ok(t)
			for _, verb := range []string{"ADD", "DEL"} {
				if got := n.one(verb + " red net1").Args; got != c.want {
					t.Errorf("%s got CNI_ARGS\n%s\nwant\n%s", verb, got, c.want)
				}
			}
		})
	}
	t.Run("C097 the other variables", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf(), "CNI_PATH=/a:/b").ok(t)
		c := n.one("ADD pri eth0")
		if c.ContainerID != container || c.Netns != n.netns || c.Path != n.bin+":/a:/b" {
			t.Errorf("it got %+v", c)
		}
	})
}

// TestRuntimeConfig is of capabilities: who gets what that was asked for.
func TestRuntimeConfig(t *testing.T) {
	const everything = `[{"name":"red","mac":"02:00:00:00:00:01","ips":["10.0.0.3/24"],` +
		`"infiniband-guid":"02:00:00:00:00:00:00:01","deviceID":"0000:01:00.1",` +
		`"bandwidth":{"ingressRate":1,"ingressBurst":2,"egressRate":3,"egressBurst":4},` +
		`"portMappings":[{"hostPort":80,"containerPort":8080,"protocol":"tcp"}]}]`
	t.Run("C087 all of them", func(t *testing.T) {
		n := newNode(t, networksKey, everything)
		n.define("dev/red", `{"cniVersion":"1.0.0","type":"red",`+declared+`}`)
		n.run("ADD", n.conf()).ok(t)
		want := `"runtimeConfig":{"CNIDeviceInfoFile":"` + n.path("devinfo") + `/cni/dev-red-c1_net1",` +
			`"bandwidth":{"ingressRate":1,"ingressBurst":2,"egressRate":3,"egressBurst":4},` +
			`"deviceID":"0000:01:00.1","infinibandGUID":"02:00:00:00:00:00:00:01","ips":["10.0.0.3/24"],` +
			`"mac":"02:00:00:00:00:01",` +
			`"portMappings":[{"hostPort":80,"containerPort":8080,"protocol":"tcp"}]}}`
		if got := n.one("ADD red net1").Stdin; !strings.HasSuffix(got, want) {
			t.Errorf("it got\n%s\nwant at its end\n%s", got, want)
		}
		n.run("DEL", n.conf()).ok(t)
		if got := n.one("DEL red net1").Stdin; !strings.Contains(got, strings.TrimSuffix(want, "}")) {
			t.Errorf("on DEL it got\n%s\nwant in it\n%s", got, want)
		}
	})
	t.Run("C086 what nobody declares is warned of", func(t *testing.T) {
		n := newNode(t, networksKey, `[{"name":"red","bandwidth":{"ingressRate":1}}]`)
		a := n.run("ADD", n.conf(onePrimary, `"logLevel":"verbose"`)).ok(t)
		n.got("ADD red net1", `{"cniVersion":"1.0.0","type":"red","name":"red"}`)
		if !strings.Contains(a.stderr, "pod dev/p: net1 (dev/red): the pod asks for bandwidth") {
			t.Errorf("stderr %q", a.stderr)
		}
	})
	t.Run("C088 the plugin that declares it", func(t *testing.T) {
		n := newNode(t, networksKey, `[{"name":"red","mac":"02:00:00:00:00:01"}]`)
		n.define("dev/red", `{"cniVersion":"1.0.0","plugins":[{"type":"red"},{"type":"blue",`+
			`"capabilities":{"mac":true,"ips":false}}]}`)
		n.run("ADD", n.conf()).ok(t)
		n.got("ADD red net1", `{"type":"red","cniVersion":"1.0.0","name":"red"}`)
		if got := n.one("ADD blue net1").Stdin; !strings.Contains(got,
			`"runtimeConfig":{"mac":"02:00:00:00:00:01"}`) {
			t.Errorf("the plugin that declares it got %s", got)
		}
	})
	const offered = `"runtimeConfig":{"portMappings":[{"hostPort":80,"containerPort":8080}],` +
		`"dns":{"servers":["10.0.0.1"]},"aliases":["a"]}`
	mapping := func(t *testing.T) *node {
		t.Helper()
		n := newNode(t, networksKey, "red")
		n.define("dev/red", `{"cniVersion":"1.0.0","type":"red",`+declared+`}`)
		return n
	}
	t.Run("C089, C090: the runtime's port mappings, and what Multus drops", func(t *testing.T) {
		n := mapping(t)
		n.run("ADD", n.conf(`"delegates":[{"cniVersion":"1.0.0","name":"cbr0","type":"pri",`+
			`"capabilities":{"portMappings":true}}]`, offered)).ok(t)
		const ports = `"portMappings":[{"hostPort":80,"containerPort":8080}]}}`
		n.got("ADD pri eth0", `{"cniVersion":"1.0.0","name":"cbr0","type":"pri",`+
			`"capabilities":{"portMappings":true},"runtimeConfig":{`+ports)
		if got := n.one("ADD red net1").Stdin; !strings.HasSuffix(got,
			`"runtimeConfig":{"aliases":["a"],"dns":{"servers":["10.0.0.1"]},`+ports) {
			t.Errorf("the second network got %s", got)
		}
	})
	t.Run("C089 the pod's own count", func(t *testing.T) {
		n := mapping(t)
		n.pod(networksKey, `[{"name":"red","portMappings":[{"hostPort":81,"containerPort":1}]}]`)
		n.run("ADD", n.conf(onePrimary, offered)).ok(t)
		if got := n.one("ADD red net1").Stdin; !strings.HasSuffix(got,
			`"portMappings":[{"hostPort":81,"containerPort":1}]}}`) {
			t.Errorf("it got %s", got)
		}
	})
}
