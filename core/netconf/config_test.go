package netconf

import (
	"slices"
	"strings"
	"testing"

	"patchbay/core/fail"
)

const one = `"delegates":[{"name":"x","type":"bridge"}]`

func TestParseConfigRefuses(t *testing.T) {
	for _, c := range []struct {
		name, raw, want string
		kind            fail.Kind
	}{
		{
			"C004 neither delegates nor clusterNetwork", `{}`,
			"at least one delegate/clusterNetwork must be specified", fail.Invalid,
		},
		{"C010 bad JSON", `{`, "configuration:", fail.Decode},
		{
			"C013 prevResult that is none", `{"cniVersion":"1.0.0","prevResult":{"ips":"x"},` + one + `}`,
			"prevResult", fail.Decode,
		},
		{"wrong type", `{"delegates":{}}`, "delegates must not be a JSON object", fail.Decode},
		{"profile", `{"compat":"v5",` + one + `}`, `compat "v5"`, fail.Invalid},
		{"podNotFound", `{"podNotFound":"x",` + one + `}`, `podNotFound "x"`, fail.Invalid},
		{"no patience", `{"apiTimeoutSeconds":0,` + one + `}`, "apiTimeoutSeconds", fail.Invalid},
		{"endless patience", `{"delegateTimeoutSeconds":1e9,` + one + `}`, "delegateTimeoutSeconds", fail.Invalid},
		{"two clusters", `{"kubeconfig":"a","manifestDir":"b",` + one + `}`, "exclude each other", fail.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseConfig([]byte(c.raw))
			if !fail.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v of kind %v; want %q of kind %v", err, fail.Of(err), c.want, c.kind)
			}
		})
	}
}

func TestParseConfigAccepts(t *testing.T) {
	t.Run("C011 unknown keys", func(t *testing.T) {
		raw := `{"delegats":[],"zzz":{"a":1},` + one + `}`
		if _, err := ParseConfig([]byte(raw)); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(Lint([]byte(raw)), "\n")
		if !strings.Contains(got, `is "delegates" meant?`) || !strings.Contains(got, `"zzz"`) {
			t.Errorf("lint says %q", got)
		}
	})
	t.Run("C012 a valid prevResult is not used", func(t *testing.T) {
		raw := `{"cniVersion":"1.0.0","prevResult":{"cniVersion":"1.0.0","ips":[]},` + one + `}`
		if _, err := ParseConfig([]byte(raw)); err != nil {
			t.Error(err)
		}
	})
	t.Run("defaults are those of Multus", func(t *testing.T) {
		c, err := ParseConfig([]byte(`{` + one + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if c.ConfDir != "/etc/cni/multus/net.d" || c.CNIDir != "/var/lib/cni/multus" ||
			c.BinDir != "/opt/cni/bin" || !slices.Equal(c.SystemNamespaces, []string{"kube-system"}) ||
			c.MultusNamespace != "kube-system" || !c.LogToStderr || c.LogLevel != "panic" {
			t.Errorf("%+v", c)
		}
		if !c.Allowed("dev", "default") || c.Allowed("dev", "other") || !c.Allowed("dev", "dev") {
			t.Error("which namespaces are allowed by default")
		}
	})
	t.Run("C097 plugins are looked for in binDir, then in CNI_PATH", func(t *testing.T) {
		c := Config{BinDir: "/a"}
		if got := c.PluginPath("/b:/a::/c"); got != "/a:/b:/c" {
			t.Error(got)
		}
	})
}

func TestLintOfIdleSettings(t *testing.T) {
	raw := `{"clusterNetwork":"x","defaultNetworks":["y"],"globalNamespaces":"z",` +
		`"capabilities":{"ips":false},"retryDeleteOnError":true,` + one + `}`
	got := Lint([]byte(raw))
	if len(got) != 4 {
		t.Errorf("%d findings: %q", len(got), got)
	}
}

func TestParseNetwork(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"C006 neither type nor plugins", `{"name":"x"}`, "must have the 'type' or 'plugins' field"},
		{"C077 empty object", `{}`, "must have the 'type' or 'plugins' field"},
		{"C077 bad JSON", `{"type":`, "not JSON"},
		{"no object", `"a"`, "not a JSON object"},
		{"plugin without type", `{"plugins":[{"type":"a"},{}]}`, "plugin 2 of the list: it has no type"},
		{"calls itself", `{"plugins":[{"type":"multus"}]}`, "would delegate to itself"},
		{"a path as type", `{"plugins":[{"type":"../sh"}]}`, `type "../sh" is a path, not a name`},
		{"versions nobody speaks", `{"type":"a","cniVersions":["9.0.0"]}`, "none of the cniVersions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseNetwork([]byte(c.raw))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v; want %q", err, c.want)
			}
		})
	}
	t.Run("C007 an empty list of plugins", func(t *testing.T) {
		n, err := ParseNetwork([]byte(`{"name":"x","plugins":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		if err = n.RequirePlugins(); !fail.Is(err, fail.Invalid) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("newest common version", func(t *testing.T) {
		n, err := ParseNetwork([]byte(`{"type":"a","cniVersion":"0.4.0","cniVersions":["0.3.1","1.1.0","7.0.0"]}`))
		if err != nil || n.Version != "1.1.0" {
			t.Errorf("version %q, error %v", n.Version, err)
		}
	})
	t.Run("a plugin may shape ipam as it likes", func(t *testing.T) {
		n, err := ParseNetwork([]byte(`{"type":"a","ipam":"x","disableCheck":"true",` +
			`"disableGC":"True","loadOnlyInlinedPlugins":"true"}`))
		if err != nil || !n.DisableCheck || !n.DisableGC || !n.OnlyInlined {
			t.Errorf("%+v, error %v", n, err)
		}
	})
}

func TestParseConfigGC(t *testing.T) {
	for raw, want := range map[string]struct {
		came bool
		list Attachments
	}{
		`{` + one + `}`: {},
		`{"cni.dev/valid-attachments":null,` + one + `}`: {came: true},
		`{"cni.dev/valid-attachments":[],` + one + `}`:   {came: true},
		`{"cni.dev/valid-attachments":[{"containerID":"a","ifname":"b"}],` + one + `}`: {
			true, Attachments{{"a", "b"}},
		},
		`{"cni.dev/attachments":[{"containerID":"a","ifname":"b"}],` + one + `}`: {
			true, Attachments{{"a", "b"}},
		},
		`{"cni.dev/valid-attachments":[],"cni.dev/attachments":[{}],` + one + `}`: {came: true},
	} {
		c, err := ParseConfig([]byte(raw))
		if err != nil || (c.ValidAttachments != nil) != want.came ||
			!slices.Equal(c.ValidAttachments, want.list) {
			t.Errorf("%s: %#v, %v", raw, c.ValidAttachments, err)
		}
	}
	_, err := ParseConfig([]byte(`{"cni.dev/valid-attachments":{},` + one + `}`))
	if !fail.Is(err, fail.Decode) {
		t.Errorf("a list that is none: %v", err)
	}
}
