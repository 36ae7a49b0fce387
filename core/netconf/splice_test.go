package netconf

import (
	"encoding/json"
	"testing"
)

func mustParse(t *testing.T, raw string) Network {
	t.Helper()
	n, err := ParseNetwork([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		name, raw, want string
		edit            func(Network) (Network, error)
	}{
		{
			"C076 a name is injected", `{"type":"a","name":"","x":1.0}`, `{"type":"a","name":"nad","x":1.0}`,
			func(n Network) (Network, error) { return n.WithName("nad") },
		},
		{
			"its own name stays", `{"type":"a", "name":"own"}`, `{"type":"a", "name":"own"}`,
			func(n Network) (Network, error) { return n.WithName("nad") },
		},
		{
			"C091 cni-args are merged into a conf, the pod's win",
			`{"type":"a","args":{"x":1,"cni":{"k":1,"z":9007199254740993}}}`,
			`{"type":"a","args":{"x":1,"cni":{"k":2,"z":9007199254740993,"n":"v"}}}`,
			func(n Network) (Network, error) { return n.WithArgs(json.RawMessage(`{"k":2,"n":"v"}`)) },
		},
		{
			"C091 cni-args reach every plugin of a list",
			`{"name":"l","plugins":[{"type":"a"},{"type":"b","args":null}]}`,
			`{"name":"l","plugins":[{"type":"a","args":{"cni":{"k":2}}},{"type":"b","args":{"cni":{"k":2}}}]}`,
			func(n Network) (Network, error) { return n.WithArgs(json.RawMessage(`{"k":2}`)) },
		},
		{
			"C092 no cni-args", `{"type":"a"}`, `{"type":"a"}`,
			func(n Network) (Network, error) { return n.WithArgs(nil) },
		},
		{
			"C024 plugins of a sub-directory come last",
			`{"name":"l","plugins":[ {"type":"a"} ],"x":0}`, `{"name":"l","plugins":[{"type":"a"},{"type":"b","y":1e2}],"x":0}`,
			func(n Network) (Network, error) { return n.Append([][]byte{[]byte(`{"type":"b","y":1e2}`)}) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.edit(mustParse(t, c.raw))
			if err != nil || string(got.Raw) != c.want {
				t.Errorf("got %s, %v; want %s", got.Raw, err, c.want)
			}
		})
	}
}

func TestStdin(t *testing.T) {
	list := `{"name":"l","cniVersion":"1.0.0","plugins":[` +
		`{"type":"a","capabilities":{"ips":true,"mac":true,"off":false},"n":1.50},{"type":"b","name":"mine"}]}`
	caps := json.RawMessage(`{"ips":["10.0.0.1/24"],"mac":"02:00:00:00:00:01","off":1,"other":2}`)
	for _, c := range []struct {
		name, raw, want string
		plugin          int
		in              Inputs
	}{
		{
			"C079 a single conf keeps unknown keys, order and numbers",
			`{"z":1.50,"type":"a","name":"n","cniVersion":"0.3.1","y":{"b":1,"a":2}}`,
			`{"z":1.50,"type":"a","name":"n","cniVersion":"0.3.1","y":{"b":1,"a":2}}`, 0,
			Inputs{},
		},
		{
			"C009 no version stays no version", `{"type":"a","name":"n"}`,
			`{"type":"a","name":"n","cniVersion":""}`, 0,
			Inputs{},
		},
		{
			"C078 a list without a version", `{"name":"l","plugins":[{"type":"a"}]}`,
			`{"type":"a","cniVersion":"","name":"l"}`, 0,
			Inputs{},
		},
		{
			"C088 runtimeConfig goes to the plugin that declares the capability", list,
			`{"type":"a","capabilities":{"ips":true,"mac":true,"off":false},"n":1.50,"cniVersion":"1.0.0","name":"l",` +
				`"runtimeConfig":{"ips":["10.0.0.1/24"],"mac":"02:00:00:00:00:01"}}`,
			0,
			Inputs{Capabilities: caps},
		},
		{
			"C093 a chained plugin gets prevResult, and the list's name", list,
			`{"type":"b","name":"l","cniVersion":"1.0.0","prevResult":{"ips":[]}}`,
			1,
			Inputs{Capabilities: caps, Prev: []byte(`{"ips":[]}`)},
		},
		{
			"C080 a DEL has what the ADD had", list,
			`{"type":"b","name":"l","cniVersion":"1.0.0","prevResult":{"x":1}}`,
			1,
			Inputs{Prev: []byte(`{"x":1}`)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := mustParse(t, c.raw).Stdin(c.plugin, c.in)
			if err != nil || string(got) != c.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func TestPodArgs(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{
			"C081 base items in this order",
			"K8S_POD_NAME=p;K8S_POD_UID=u;K8S_POD_NAMESPACE=ns;K8S_POD_INFRA_CONTAINER_ID=c",
			"IgnoreUnknown=true;K8S_POD_NAMESPACE=ns;K8S_POD_NAME=p;K8S_POD_INFRA_CONTAINER_ID=c;K8S_POD_UID=u",
		},
		{
			"C082 what the runtime adds comes once, behind",
			"IgnoreUnknown=1;K8S_POD_NAMESPACE=ns;FOO=bar;K8S_POD_NAME=p",
			"IgnoreUnknown=true;K8S_POD_NAMESPACE=ns;K8S_POD_NAME=p;K8S_POD_INFRA_CONTAINER_ID=;K8S_POD_UID=;FOO=bar",
		},
		{
			"C083 no UID is an empty one", "K8S_POD_NAMESPACE=ns;K8S_POD_NAME=p",
			"IgnoreUnknown=true;K8S_POD_NAMESPACE=ns;K8S_POD_NAME=p;K8S_POD_INFRA_CONTAINER_ID=;K8S_POD_UID=",
		},
		{
			"C177 a trailing semicolon and a value with =", "A=b=c;",
			"IgnoreUnknown=true;K8S_POD_NAMESPACE=;K8S_POD_NAME=;K8S_POD_INFRA_CONTAINER_ID=;K8S_POD_UID=;A=b=c",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			args, err := ParseArgs(c.in)
			if got := PodArgs(args).String(); err != nil || got != c.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
	if _, err := ParseArgs("A=b;nonsense"); err == nil {
		t.Error("an item without = was accepted")
	}
}
