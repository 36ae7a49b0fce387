package result_test

import (
	"encoding/json"
	"strings"
	"testing"

	"patchbay/core/fail"
	"patchbay/core/result"
)

func TestVersions(t *testing.T) {
	t.Run("C017 a result is told in the version of our configuration", func(t *testing.T) {
		o := parse(t, ptp)
		for _, v := range []string{"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"} {
			typed, err := o.In(v)
			if err != nil || typed.Version() != v {
				t.Errorf("%s: %v, %v", v, typed, err)
			}
		}
		if _, err := o.In("9.0.0"); !fail.Is(err, fail.Version) {
			t.Errorf("a version that nobody speaks: %v", err)
		}
	})
	t.Run("C009 a result without a version is of the oldest", func(t *testing.T) {
		o, err := result.Parse("", []byte(`{"ip4":{"ip":"10.0.0.2/24"}}`))
		if err != nil || o.Version != "0.1.0" || len(o.Result.IPs) != 1 {
			t.Errorf("%+v, %v", o, err)
		}
	})
	t.Run("a result without a version is of its network's, as with libcni", func(t *testing.T) {
		for _, v := range []string{"0.2.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"} {
			for _, raw := range []string{`{"x-vendor":1.50}`, `{"cniVersion":"","x-vendor":1.50}`} {
				o, err := result.Parse(v, []byte(raw))
				if err != nil || o.Version != v {
					t.Errorf("%s: %+v, %v", v, o, err)
					continue
				}
				again, err := result.Parse("", o.Raw) // as the next plugin reads it
				if err != nil || again.Version != v || !strings.Contains(string(o.Raw), "1.50") {
					t.Errorf("%s: told on as %s, %v", v, o.Raw, err)
				}
			}
		}
	})
	for _, raw := range []string{
		"", "null", "{} {}", "[]", `{"cniVersion":"9.9.9"}`, `{"cniVersion":7}`,
		`{"cniVersion":"1.0.0","interfaces":[null]}`, `{"cniVersion":"0.4.0","ips":[null]}`,
		`{"cniVersion":"1.1.0","routes":[null]}`,
		`{"cniVersion":"0.2.0","ip4":{}}`,
		`{"cniVersion":"1.0.0","interfaces":[{"name":"a"}],` +
			`"ips":[{"address":"10.0.0.2/24","interface":1}]}`,
		`{"cniVersion":"1.0.0","interfaces":[{"name":"a"}],` +
			`"ips":[{"address":"10.0.0.2/24","interface":-1}]}`,
	} {
		if _, err := result.Parse("1.0.0", []byte(raw)); err == nil {
			t.Errorf("%q passed as a result", raw)
		}
	}
}

func TestSynthetic(t *testing.T) {
	t.Run("C125 the result for a pod that nobody knows", func(t *testing.T) {
		typed, err := result.SyntheticFor("eth0", "/ns").In("1.0.0")
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(typed)
		want := `{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"/ns"}],` +
			`"ips":[{"address":"0.0.0.0/0","gateway":"0.0.0.0","interface":0}]}`
		if err != nil || string(raw) != want {
			t.Errorf("%s, %v", raw, err)
		}
	})
}

func TestRoutesOfKeptResults(t *testing.T) {
	dual := `{"cniVersion":"0.4.0","interfaces":[{"name":"eth0","sandbox":"/ns"}],"ips":[{"version":"4","interface":0,"address":"10.0.0.2/24"}],` +
		`"routes":[{"dst":"0.0.0.0/0","gw":"10.0.0.1"},{"dst":"::/0","gw":"fd00::1"},{"dst":"10.9.0.0/16"}]}`
	routes := func(t *testing.T, moved ...result.Route) string {
		t.Helper()
		o := parse(t, dual)
		raw, err := o.WithRoutes(o.Version, moved)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Routes []struct{ Dst, GW string } }
		if err = json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range got.Routes {
			out = append(out, strings.TrimSpace(r.Dst+" "+r.GW))
		}
		return strings.Join(out, ", ")
	}
	for _, c := range []struct {
		name  string
		moved []result.Route
		want  string
	}{
		{"nothing moved", nil, "0.0.0.0/0 10.0.0.1, ::/0 fd00::1, 10.9.0.0/16"},
		{
			"C140 who loses the default is not expected to have it",
			[]result.Route{{Lost: true}},
			"::/0 fd00::1, 10.9.0.0/16",
		},
		{
			"C138b only in the family that moved",
			[]result.Route{{V6: true, Lost: true}},
			"0.0.0.0/0 10.0.0.1, 10.9.0.0/16",
		},
		{
			"C140 who gets it is",
			[]result.Route{{Gateway: "10.0.0.254"}},
			"::/0 fd00::1, 10.9.0.0/16, 0.0.0.0/0 10.0.0.254",
		},
		{
			"C139 one of each family",
			[]result.Route{{Gateway: "10.0.0.254"}, {V6: true, Gateway: "fd00::fe"}},
			"10.9.0.0/16, 0.0.0.0/0 10.0.0.254, ::/0 fd00::fe",
		},
		{"C138 its own default stays", []result.Route{{}}, "0.0.0.0/0 10.0.0.1, ::/0 fd00::1, 10.9.0.0/16"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := routes(t, c.moved...); got != c.want {
				t.Errorf("routes %s; want %s", got, c.want)
			}
		})
	}
	t.Run("C135 the result itself is not edited", func(t *testing.T) {
		o := parse(t, dual)
		if _, err := o.WithRoutes("0.4.0", []result.Route{{Lost: true}}); err != nil {
			t.Fatal(err)
		}
		if len(o.Result.Routes) != 3 || string(o.Raw) != dual {
			t.Error("it was")
		}
	})
	t.Run("untouched results keep what only their plugin understands", func(t *testing.T) {
		o := parse(t, `{"cniVersion":"1.0.0","x-vendor":{"n":1.50}}`)
		raw, err := o.WithRoutes("1.0.0", nil)
		if err != nil || string(raw) != string(o.Raw) {
			t.Errorf("%s, %v", raw, err)
		}
	})
}

// FuzzResult covers what plugins answer: whatever is accepted can be told to a
// runtime and to people.
func FuzzResult(f *testing.F) {
	f.Add("1.0.0", []byte(ptp))
	f.Add("0.2.0", []byte(`{"ip4":{"ip":"10.0.0.2/24","routes":[{"dst":"::0/0"}]}}`))
	f.Add("1.1.0", []byte(`{"interfaces":[{"sandbox":"x"}],"ips":[{"interface":9,"address":"1.1.1.1/32"}]}`))
	f.Add("1.0.0", []byte(`{"interfaces":[null],"ips":[null],"routes":[null]}`))
	f.Add("0.4.0", []byte(`{"interfaces":[null],"ips":[null],"routes":[null]}`))
	f.Fuzz(func(t *testing.T, version string, raw []byte) {
		o, err := result.Parse(version, raw)
		if err != nil {
			return
		}
		if _, err = o.WithRoutes(o.Version, []result.Route{{Lost: true}, {V6: true, Gateway: "fd00::1"}}); err != nil &&
			!fail.Is(err, fail.Version) {
			t.Fatal(err)
		}
		status(t, o)
	})
}
