package ctlconf_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/cmd/internal/ctlconf"
	"patchbay/core/fail"
	"patchbay/examples"
)

const delegate = `"delegates":[{"type":"bridge","name":"pods"}]`

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, raw string
		kind      fail.Kind
		words     string // of the error; "" is none
	}{
		{"list", `{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"tuning"},{"type":"multus",` +
			delegate + `}]}`, 0, ""},
		{"single", `{"cniVersion":"1.0.0","name":"n","type":"patchbay",` + delegate + `}`, 0, ""},
		{"no JSON", `{`, fail.Decode, "not a CNI configuration"},
		{"no name", `{"type":"patchbay",` + delegate + `}`, fail.Invalid, "has no name"},
		{"not ours", `{"name":"n","type":"bridge"}`, fail.Invalid, "no plugin of network n"},
		{"a plugin without type", `{"name":"n","plugins":[{}]}`, fail.Invalid, "plugin"},
		{"no delegate", `{"name":"n","type":"multus"}`, fail.Invalid, "at least one delegate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := ctlconf.Parse([]byte(c.raw))
			if c.words != "" {
				if !fail.Is(err, c.kind) || !strings.Contains(err.Error(), c.words) {
					t.Fatalf("error %v, want one of kind %v with %q", err, c.kind, c.words)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if f.Config.Name != "n" || f.Config.CNIVersion != "1.0.0" {
				t.Errorf("the plugin lacks what the list says: %s", f.Plugin)
			}
		})
	}
}

func TestReadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "00.conf")
	if _, err := ctlconf.Read(path); !fail.Is(err, fail.NotFound) {
		t.Errorf("an absent file: %v", err)
	}
	if err := os.WriteFile(path, []byte(`[]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ctlconf.Read(path); err == nil || !strings.HasPrefix(err.Error(), path) {
		t.Errorf("error %v does not begin with the file", err)
	}
}

func FuzzParse(f *testing.F) {
	raw, err := examples.Files.ReadFile("00-patchbay.conflist")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"name":"n","type":"multus",` + delegate + `}`))
	f.Add([]byte(`{"name":"n","plugins":[null,{"type":1}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := ctlconf.Parse(raw)
		if err != nil {
			return
		}
		if got.Config.Name != got.List.Name {
			t.Errorf("the plugin is of network %q, the list %q", got.Config.Name, got.List.Name)
		}
	})
}
