package blackbox_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/core/need"
)

func TestStart(t *testing.T) {
	t.Run("C001 VERSION needs no input", func(t *testing.T) {
		a := run(t, "", "CNI_COMMAND=VERSION").ok(t)
		var got, want any
		const all = `{"cniVersion":"1.1.0","supportedVersions":` +
			`["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}`
		if err := json.Unmarshal([]byte(a.stdout), &got); err != nil {
			t.Fatalf("%v in %s", err, a.stdout)
		}
		_ = json.Unmarshal([]byte(all), &want)
		if equal(t, got) != equal(t, want) {
			t.Errorf("got %s, want %s", a.stdout, all)
		}
	})
	t.Run("C002 by hand", func(t *testing.T) {
		a := run(t, "").ok(t)
		if a.stdout != "" || !strings.Contains(a.stderr, "CNI plugin patchbay") ||
			!strings.Contains(a.stderr, "0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0") {
			t.Errorf("stdout %q, stderr %q", a.stdout, a.stderr)
		}
	})
	t.Run("C003 variables are missing", func(t *testing.T) {
		run(t, "{}", "CNI_COMMAND=ADD").refused(t, types.ErrInvalidEnvironmentVariables,
			"CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_PATH")
		run(t, "{}", "CNI_COMMAND=DEL").refused(t, types.ErrInvalidEnvironmentVariables,
			"CNI_CONTAINERID", "CNI_IFNAME", "CNI_PATH")
		run(t, `{"name":"n"}`, "CNI_COMMAND=ODD").refused(t, types.ErrInvalidEnvironmentVariables, "ODD")
	})
}

// equal renders JSON in one way.
func equal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRefusedConfiguration needs no namespace: nothing is looked at before the
// configuration is.
func TestRefusedConfiguration(t *testing.T) {
	for _, c := range []struct {
		name, conf string
		code       uint
		phrase     string
	}{
		{
			"C004 neither delegates nor clusterNetwork", `{"cniVersion":"1.0.0","name":"n"}`,
			types.ErrInvalidNetworkConfig, "at least one delegate/clusterNetwork must be specified",
		},
		{"C010 not JSON", `{"cniVersion":"1.0.0","name":`, types.ErrDecodingFailure, ""},
		{"C010 no object", `[]`, types.ErrDecodingFailure, ""},
		{"C010 nothing", ``, types.ErrDecodingFailure, ""},
		{
			"C010 a key of the wrong type", `{"cniVersion":"1.0.0","name":"n","binDir":7,` + onePrimary + `}`,
			types.ErrDecodingFailure, "binDir must not be a JSON number",
		},
		{
			"C013 a prevResult that is none",
			`{"cniVersion":"1.0.0","name":"n","prevResult":{"ips":7},` + onePrimary + `}`,
			types.ErrDecodingFailure, "prevResult",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, verb := range []string{"ADD", "DEL", "CHECK"} {
				run(t, c.conf, "CNI_COMMAND="+verb, "CNI_CONTAINERID=c1", "CNI_IFNAME=eth0",
					"CNI_NETNS=/run/netns/none", "CNI_PATH=/none", "CNI_ARGS="+podArgs,
				).refused(t, c.code, c.phrase)
			}
		})
	}
}

func TestDelegates(t *testing.T) {
	for _, c := range []struct{ name, delegate, phrase string }{
		{
			"C006 neither type nor plugins", `{"cniVersion":"1.0.0","name":"x"}`,
			"a network configuration must have the 'type' or 'plugins' field",
		},
		{
			"C007 no plugins", `{"cniVersion":"1.0.0","name":"x","plugins":[]}`,
			"the list of plugins is empty",
		},
		{"C008 no name", `{"cniVersion":"1.0.0","type":"pri"}`, "missing network name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNode(t)
			n.run("ADD", n.conf(`"delegates":[`+c.delegate+`]`)).
				refused(t, types.ErrInvalidNetworkConfig, "delegate 0", c.phrase)
			n.untouched()
		})
	}
	t.Run("C007 a definition with no plugins", func(t *testing.T) {
		n := newNode(t, networksKey, "none")
		n.define("dev/none", `{"cniVersion":"1.0.0","plugins":[]}`)
		n.run("ADD", n.conf()).refused(t, types.ErrInvalidNetworkConfig,
			"pod dev/p", "dev/none", "the list of plugins is empty")
		n.untouched()
	})
	t.Run("C009 no cniVersion", func(t *testing.T) {
		n := newNode(t)
		n.script("pri.ADD", printing(`{"ip4":{"ip":"10.0.0.2/24"}}`))
		a := n.run("ADD", n.conf(`"delegates":[{"name":"x","type":"pri"}]`)).ok(t)
		if got := n.one("ADD pri eth0").Stdin; got != `{"name":"x","type":"pri","cniVersion":""}` {
			t.Errorf("it got %s", got)
		}
		if !strings.Contains(a.stdout, `"address": "10.0.0.2/24"`) {
			t.Errorf("the result is %s", a.stdout)
		}
	})
}

func TestKubeconfig(t *testing.T) {
	t.Run("C014 kubeconfig is not there", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.run("ADD", n.conf()).ok(t)
		absent := n.conf(onePrimary, `"kubeconfig":"`+n.path("absent")+`"`)
		n.forget()
		// The record has all that DEL needs.
		n.run("DEL", absent).ok(t)
		n.traced("DEL red net1, DEL pri eth0")
		if files := n.kept(); len(files) > 0 {
			t.Errorf("after DEL it keeps %q", files)
		}
		n.forget()
		n.run("ADD", absent).refused(t, types.ErrInvalidNetworkConfig, n.path("absent"))
		n.traced("")
	})
	t.Run("C015 no cluster", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		second := strings.TrimSuffix(onePrimary, "]") + `,{"cniVersion":"1.0.0","name":"x","type":"blue"}]`
		n.run("ADD", n.conf(second, `"kubeconfig":""`)).ok(t)
		n.traced("ADD pri eth0, ADD blue net1")
		if asked := n.api.Requests(); len(asked) > 0 {
			t.Errorf("the API server was asked %v", asked)
		}
	})
	t.Run("C016 no cluster, and clusterNetwork", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf(`"clusterNetwork":"cn"`, `"kubeconfig":""`)).
			refused(t, types.ErrInvalidNetworkConfig, "must have either Kubernetes config or delegates")
	})
}

func TestResultVersion(t *testing.T) {
	const result = `{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"/s"}],` +
		`"ips":[{"interface":0,"address":"10.0.0.2/24","gateway":"10.0.0.1"}]}`
	for version, part := range map[string]string{
		"0.2.0": `"ip": "10.0.0.2/24"`, "0.3.1": `"version": "4"`, "1.1.0": `"address": "10.0.0.2/24"`,
	} {
		t.Run("C017 the result in "+version, func(t *testing.T) {
			n := newNode(t)
			n.script("pri.ADD", printing(result))
			a := n.run("ADD", n.conf(onePrimary, `"cniVersion":"`+version+`"`)).ok(t)
			if !strings.Contains(a.stdout, part) ||
				!strings.Contains(a.stdout, `"cniVersion": "`+version+`"`) {
				t.Errorf("got %s", a.stdout)
			}
		})
	}
}

func TestOldPlugin(t *testing.T) {
	t.Run("C017 the result of an old plugin in 1.1.0", func(t *testing.T) {
		n := newNode(t)
		n.script("pri.ADD", printing(`{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.2/24","routes":[{"dst":"0.0.0.0/0"}]}}`))
		a := n.run("ADD", n.conf(`"delegates":[{"cniVersion":"0.2.0","name":"x","type":"pri"}]`,
			`"cniVersion":"1.1.0"`)).ok(t)
		for _, part := range []string{`"cniVersion": "1.1.0"`, `"address": "10.0.0.2/24"`, `"dst": "0.0.0.0/0"`} {
			if !strings.Contains(a.stdout, part) {
				t.Errorf("the result lacks %s: %s", part, a.stdout)
			}
		}
	})
	t.Run("C012 a prevResult of ours is nobody else's", func(t *testing.T) {
		n := newNode(t)
		a := n.run("ADD", n.conf(onePrimary, `"prevResult":{"cniVersion":"1.0.0","ips":[{"address":"10.9.9.9/24"}]}`)).ok(t)
		n.got("ADD pri eth0", single("cbr0", "pri"))
		if strings.Contains(a.stdout, "10.9.9.9") || a.stderr != "" {
			t.Errorf("stdout %s, stderr %s", a.stdout, a.stderr)
		}
	})
}

func TestUnknownKeys(t *testing.T) {
	t.Run("C011 unknown keys", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf(onePrimary, `"surprise":{"a":[1]},"cniConf":"/x"`)).ok(t)
		n.traced("ADD pri eth0")
	})
}

func TestLog(t *testing.T) {
	t.Run("C019 an unknown level", func(t *testing.T) {
		n := newNode(t)
		a := n.run("ADD", n.conf(onePrimary, `"logLevel":"loud"`)).ok(t)
		if !strings.Contains(a.stderr, `logLevel "loud" is unknown; "panic" is kept`) {
			t.Errorf("stderr %q", a.stderr)
		}
	})
	t.Run("C020 log options", func(t *testing.T) {
		n := newNode(t)
		log := n.write("log/patchbay.log", strings.Repeat("a line of before\n", 1<<16+1)) // 1.1 MB
		conf := n.conf(onePrimary, `"logFile":"`+log+`"`, `"logLevel":"debug"`,
			`"logOptions":{"maxSize":1,"maxBackups":1,"compress":false}`)
		n.run("ADD", conf).ok(t)
		files, err := filepath.Glob(n.path("log", "*"))
		if err != nil || len(files) != 2 {
			t.Fatalf("the log is %q (%v), want a file and a backup", files, err)
		}
		text, err := os.ReadFile(log)
		if err != nil || strings.Contains(string(text), "before") ||
			!strings.Contains(string(text), "attach eth0 cbr0") {
			t.Errorf("%v; the log holds\n%.2000s", err, text)
		}
	})
	t.Run("C020 no place for the log", func(t *testing.T) {
		n := newNode(t)
		log := quoted("logFile", n.write("log", "")+"/x")
		a := n.run("ADD", n.conf(onePrimary, log, `"logLevel":"verbose"`)).ok(t)
		if !strings.Contains(a.stderr, "there is no log file") {
			t.Errorf("stderr %q", a.stderr)
		}
	})
	t.Run("C005 delegates beside clusterNetwork are warned of", func(t *testing.T) {
		n := newNode(t)
		n.define("kube-system/cn", `{"cniVersion":"1.0.0","type":"red"}`)
		a := n.run("ADD", n.conf(onePrimary, `"clusterNetwork":"cn"`, `"logLevel":"verbose"`)).ok(t)
		n.traced("ADD red eth0")
		if !strings.Contains(a.stderr, "delegates are ignored because clusterNetwork is set") {
			t.Errorf("stderr %q", a.stderr)
		}
	})
}

// TestPod is of requests that name no pod, and of one whose name holds what the
// shell would split.
func TestPod(t *testing.T) {
	t.Run("no pod in CNI_ARGS", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.run("ADD", n.conf(), "CNI_ARGS=").ok(t)
		n.traced("ADD pri eth0")
	})
	t.Run("C177 a trailing semicolon, and = in a value", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.run("ADD", n.conf(), "CNI_ARGS="+podArgs+";NOTE=a=b;").ok(t)
		if got := n.one("ADD red net1").Args; !strings.HasSuffix(got, "K8S_POD_UID=u1;NOTE=a=b") {
			t.Errorf("CNI_ARGS %q", got)
		}
	})
	t.Run("CNI_ARGS that are none", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf(), "CNI_ARGS=what").
			refused(t, types.ErrInvalidEnvironmentVariables, "CNI_ARGS", "what")
		n.untouched()
	})
	t.Run("C145, C146: a pod of kube-system, whose name is kube-system", func(t *testing.T) {
		n := newNode(t)
		n.api.AddPod(need.Pod{Namespace: "kube-system", Name: "kube-system", UID: "u2"})
		n.run("ADD", n.conf(), "CNI_ARGS=K8S_POD_NAMESPACE=kube-system;K8S_POD_NAME=kube-system").ok(t)
		if got := n.api.Status("kube-system", "kube-system"); !strings.Contains(got, `"name": "cbr0"`) {
			t.Errorf("the status is %q", got)
		}
	})
}
