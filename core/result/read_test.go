package result

import (
	"encoding/json"
	"reflect"
	"testing"

	current "github.com/containernetworking/cni/pkg/types/100"
)

const usual = `{
    "cniVersion": "1.0.0",
    "interfaces": [
        {"name": "veth0d5a0001", "mac": "7a:1c:b2:09:5e:01"},
        {"name": "eth0", "mac": "0a:58:0a:f4:02:11", "mtu": 1450, "sandbox": "/run/netns/a"}
    ],
    "ips": [
        {"interface": 1, "address": "10.244.2.17/24", "gateway": "10.244.2.1"},
        {"interface": 1, "address": "fd00::17/64", "gateway": "fd00::1"}
    ],
    "routes": [{"dst": "0.0.0.0/0", "gw": "10.244.2.1"}, {"dst": "::/0"}],
    "dns": {}
}`

func TestPlainTakesWhatIsUsual(t *testing.T) {
	for _, raw := range []string{
		usual,
		`{"cniVersion":"1.1.0"}`,
		`{"cniVersion":"1.0.0","interfaces":[],"ips":[],"routes":[],"dns":{}}`,
	} {
		if _, ok := plain([]byte(raw)); !ok {
			t.Errorf("encoding/json is asked for %s", raw)
		}
	}
}

func TestIsKept(t *testing.T) {
	for raw, want := range map[string]bool{
		usual:                               true,
		`{"x":[null],"cniVersion":"1.0.0"}`: true,
		`{"cniVersion":"0.4.0"}`:            false,
		`{}`:                                false,
		`{"cniVersion":"1.0.0"`:             false,
		`{"cniVersion":"1.0.0"} x`:          false,
		`["cniVersion"]`:                    false,
		`{"cniVersion":"1.0.0","CNIVersion":"2"}`: false,
		`{"cniVersion":"1.0.0","cniVersion":""}`:  false,
	} {
		if IsKept([]byte(raw), "1.0.0") != want {
			t.Errorf("%s: %v", raw, !want)
		}
	}
}

// FuzzPlain compares the reader with encoding/json.
func FuzzPlain(f *testing.F) {
	for _, raw := range []string{
		usual,
		`{"cniVersion":"1.1.0","ips":[{"address":"10.0.0.1/024"}]}`,
		`{"cniVersion":"1.0.0","ips":[{"address":"::ffff:10.0.0.1/120","gateway":"::ffff:1.2.3.4"}]}`,
		`{"cniVersion":"1.0.0","ips":[],"ips":[{"interface":-0}]}`,
		`{"cniVersion":"1.0.0","interfaces":[{"name":"a","name":"b","Name":"c","mtu":1e3}]}`,
		`{"cniVersion":"1.0.0","routes":[{"dst":"fe80::1%lo/64","gw":""}],"dns":null}`,
		`{"cniVersion":"1.0.0","interfaces":[null],"dns":{"domain":"x"}}`,
		`{"cniVersion":"0.4.0","interfaces":[{"mtu":99999999999999999999}]}`,
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var keys struct{ CNIVersion string }
		if IsKept(raw, "1.0.0") && (json.Unmarshal(raw, &keys) != nil || keys.CNIVersion != "1.0.0") {
			t.Fatalf("%s is of %q", raw, keys.CNIVersion)
		}
		got, ok := plain(raw)
		if !ok {
			return
		}
		want, err := decode(current.ImplementedSpecVersion, raw)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s:\n%+v, and not\n%+v (%v)", raw, got, want, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("1.0.0", []byte(usual)); err != nil {
			b.Fatal(err)
		}
	}
}
