package record_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"patchbay/core/fail"
	"patchbay/core/record"
)

func entry(network, ifName string) record.Cached {
	return record.Cached{
		Kind: "cniCacheV1", ContainerID: "0123abcd", Network: network, IfName: ifName,
		Config: []byte(`{"name":"` + network + `","type":"bridge"}`), Netns: "/run/netns/cni-1",
		Args: [][2]string{
			{"IgnoreUnknown", "true"},
			{"K8S_POD_NAMESPACE", ""},
			{"K8S_POD_NAMESPACE", "shop"},
			{"K8S_POD_NAME", "cart-0"},
			{"K8S_POD_UID", "6f0c"},
		},
	}
}

func TestCacheComesBack(t *testing.T) {
	r := sample()
	result := []byte(`{"cniVersion":"1.0.0","ips":[]}`)
	data, err := record.EncodeCache(r, r.Attachments[1], result)
	if err != nil {
		t.Fatal(err)
	}
	c, err := record.DecodeCache(data)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.FileName(); got != "red-0123abcd-net1" {
		t.Errorf("file name %q, %v", got, err)
	}
	if string(c.Result) != string(result) || string(c.Config) != string(r.Attachments[1].Config) {
		t.Errorf("got %s with %s", c.Result, c.Config)
	}
	if c.Netns != r.Netns || c.ContainerID != r.ContainerID || c.IfName != "net1" {
		t.Errorf("got %+v", c)
	}
}

func TestEncodeCacheRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, network, result string
	}{
		{"no network name", "", `{}`},
		{"a network name that is a path", "../../etc/x", `{}`},
		{"a result that is a list", "red", `[]`},
		{"half a result", "red", `{"ips":`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := sample()
			r.Attachments[1].Name = tt.network
			_, err := record.EncodeCache(r, r.Attachments[1], []byte(tt.result))
			if !fail.Is(err, fail.Invalid) {
				t.Errorf("got %v, want invalid", err)
			}
		})
	}
}

func TestFromCache(t *testing.T) {
	r, err := record.FromCache([]record.Cached{
		entry("c", "zeta"), entry("b", "net10"), entry("d", "alpha"), entry("a", "net2"),
		entry("cluster", "eth0"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, a := range r.Attachments {
		order = append(order, a.IfName)
	}
	if got, want := strings.Join(order, " "), "eth0 net2 net10 alpha zeta"; got != want {
		t.Errorf("order %q, want %q", got, want)
	}
	want := record.Record{
		ContainerID: "0123abcd", IfName: "eth0", Netns: "/run/netns/cni-1",
		Pod: record.Pod{Namespace: "shop", Name: "cart-0", UID: "6f0c"}, Origin: "libcni-cache",
		Attachments: r.Attachments,
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
	if !r.Attachments[0].Master || r.Attachments[1].Master {
		t.Error("want the runtime's interface, and it alone, to be the master")
	}
}

func TestFromCacheRefuses(t *testing.T) {
	other := entry("b", "net1")
	other.ContainerID = "other"
	for name, entries := range map[string][]record.Cached{
		"nothing": nil, "two containers": {entry("a", "eth0"), other},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := record.FromCache(entries); !fail.Is(err, fail.Decode) {
				t.Errorf("got %v, want decode", err)
			}
		})
	}
}

func TestPrimary(t *testing.T) {
	for _, tt := range []struct{ have, want string }{
		{"eth0 net1", "eth0"},
		{"net1 eth10 eth2", "eth2"},
		{"net1 net2", "eth0"},
		{"net1 data", "data"},
		{"eth0 data", "eth0"},
		{"zeta beta", "beta"},
		{"", "eth0"},
	} {
		t.Run(tt.have, func(t *testing.T) {
			var entries []record.Cached
			for name := range strings.FieldsSeq(tt.have) {
				entries = append(entries, entry("n", name))
			}
			if got := record.Primary(entries); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzDecodeCache(f *testing.F) {
	r := sample()
	for _, a := range r.Attachments {
		data, err := record.EncodeCache(r, a, []byte(`{"cniVersion":"1.0.0"}`))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"cniVersion":"0.3.1","ips":[]}`)) // the format before cniCacheV1
	f.Add([]byte(`{"kind":"cniCacheV1","containerId":"../x","config":"e30=","result":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := record.DecodeCache(data)
		if err != nil {
			if !fail.Is(err, fail.Decode) {
				t.Fatalf("kind %v: %v", fail.Of(err), err)
			}
			return
		}
		name, err := c.FileName()
		if err != nil || strings.Contains(name, "/") {
			t.Fatalf("file name %q, %v", name, err)
		}
		r, err := record.FromCache([]record.Cached{c})
		if err != nil {
			return
		}
		again, err := record.EncodeCache(r, r.Attachments[0], c.Result)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(again) {
			t.Fatalf("%q is not JSON", again)
		}
	})
}
