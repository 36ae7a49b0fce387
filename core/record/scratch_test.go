package record_test

import (
	"reflect"
	"testing"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// scratch is a file as Multus writes it: Bytes are the exact configuration, Conf
// and ConfList what libcni knows of it.
const scratch = `[
 {"Conf":{"cniVersion":"1.0.0","name":"cluster","type":"bridge","ipam":{},"dns":{}},
  "ConfList":{},"Name":"cluster","IsFilterV4Gateway":false,"IsFilterV6Gateway":false,
  "Bytes":"eyJjbmlWZXJzaW9uIjoiMS4wLjAiLCJuYW1lIjoiY2x1c3RlciIsInR5cGUiOiJicmlkZ2UifQ=="},
 {"Conf":{"name":"red","type":"sriov"},"ConfList":{},"Name":"shop/red",
  "macRequest":"02:00:00:00:00:01","ipRequest":["10.1.0.5/24","fd00::5/64"],
  "infinibandGUIDRequest":"c2:b0:57:49:47:f1:00:01","default-route":[],
  "deviceID":"0000:3b:02.1","resourceName":"example.com/nic","IsFilterV4Gateway":true,
  "IsFilterV6Gateway":true,"Bytes":null},
 {"Conf":{},"ConfList":{"name":"blue","plugins":[{"type":"macvlan"}]},"Name":"shop/blue",
  "default-route":["10.2.0.1"],"ifnameRequest":"data"}
]`

func known() record.Record {
	r := sample()
	r.Attachments = nil
	return r
}

const baseArgs = "IgnoreUnknown=true;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=cart-0;" +
	"K8S_POD_INFRA_CONTAINER_ID=0123abcd;K8S_POD_UID=6f0c"

func TestDecodeScratch(t *testing.T) {
	got, err := record.DecodeScratch([]byte(scratch), known())
	if err != nil {
		t.Fatal(err)
	}
	want := known()
	want.Origin = "multus-scratch"
	info := "/var/run/k8s.cni.cncf.io/devinfo/cni/shop-red-0123abcd_net1"
	want.Attachments = []record.Attachment{
		{
			Network: "cluster", Name: "cluster", IfName: "eth0", Master: true, Args: baseArgs,
			Config: []byte(`{"cniVersion":"1.0.0","name":"cluster","type":"bridge"}`),
		},
		{
			Network: "shop/red", Name: "red", IfName: "net1",
			Config: []byte(`{"name":"red","type":"sriov"}`),
			Args:   baseArgs + ";MAC=02:00:00:00:00:01;IP=10.1.0.5/24,fd00::5/64",
			Capabilities: []byte(`{"mac":"02:00:00:00:00:01","ips":["10.1.0.5/24","fd00::5/64"],` +
				`"infinibandGUID":"c2:b0:57:49:47:f1:00:01","deviceID":"0000:3b:02.1",` +
				`"CNIDeviceInfoFile":"` + info + `"}`),
			DeviceInfo: info, DefaultRoute: &[]string{},
		},
		{
			Network: "shop/blue", Name: "blue", IfName: "data", Args: baseArgs,
			Config:       []byte(`{"name":"blue","plugins":[{"type":"macvlan"}]}`),
			DefaultRoute: &[]string{"10.2.0.1"},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDecodeScratchRefuses(t *testing.T) {
	for _, tt := range []struct{ name, data string }{
		{"C153 an empty file", ""},
		{"C153 a torn file", scratch[:200]},
		{"C153 another document", `{"cniVersion":"1.0.0"}`},
		{"C154 an empty list", "[]"},
		{"C154 null", "null"},
		{"C154 an empty entry", "[{}]"},
		{"C154 an entry that is null", "[null]"},
		{"a configuration without type", `[{"Conf":{"name":"x"},"ConfList":{}}]`},
		{"a list without plugins", `[{"Conf":{},"ConfList":{"name":"x","plugins":[]}}]`},
		{"broken Bytes beside a lossy Conf", `[{"Conf":{"type":"x"},"Bytes":"e30="}]`},
		{"an interface that is a path", `[{"Conf":{"type":"x"},"ifnameRequest":"../x"}]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if r, err := record.DecodeScratch([]byte(tt.data), known()); !fail.Is(err, fail.Decode) {
				t.Errorf("got %+v, %v, want decode", r, err)
			}
		})
	}
}

func TestEncodeScratchComesBack(t *testing.T) {
	first, err := record.DecodeScratch([]byte(scratch), known())
	if err != nil {
		t.Fatal(err)
	}
	data, err := record.EncodeScratch(first)
	if err != nil {
		t.Fatal(err)
	}
	second, err := record.DecodeScratch(data, known())
	if err != nil || !reflect.DeepEqual(second, first) {
		t.Errorf("got  %+v, %v\nwant %+v", second, err, first)
	}
}

func TestWithPodFillsEmptySlots(t *testing.T) {
	unknown := known()
	unknown.Pod = record.Pod{}
	got, err := record.DecodeScratch([]byte(scratch), unknown)
	if err != nil {
		t.Fatal(err)
	}
	want, err := record.DecodeScratch([]byte(scratch), known())
	if err != nil {
		t.Fatal(err)
	}
	if got = got.WithPod(known().Pod); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if again := got.WithPod(record.Pod{Name: "another"}); !reflect.DeepEqual(again, want) {
		t.Errorf("a known pod was replaced: %+v", again)
	}
}

func FuzzDecodeScratch(f *testing.F) {
	f.Add([]byte(scratch))
	f.Add([]byte("[]"))
	f.Add([]byte(`[null]`))
	f.Add([]byte(`[{"Conf":{"type":"x"},"default-route":null,"ipRequest":[""]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := record.DecodeScratch(data, known())
		if err != nil {
			if !fail.Is(err, fail.Decode) {
				t.Fatalf("kind %v: %v", fail.Of(err), err)
			}
			return
		}
		out, err := record.EncodeScratch(r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := record.DecodeScratch(out, known())
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range r.Attachments {
			b := again.Attachments[i]
			if a.IfName != b.IfName || string(a.Config) != string(b.Config) || a.Args != b.Args {
				t.Fatalf("attachment %d: got %+v, want %+v", i, b, a)
			}
		}
	})
}
