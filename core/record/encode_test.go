package record_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"patchbay/core/fail"
	"patchbay/core/record"
)

func sample() record.Record {
	return record.Record{
		Seq: 3, BootID: "866f2019-bbba-4a83-90f0-8ada005c3146",
		ContainerID: "0123abcd", IfName: "eth0", Netns: "/run/netns/cni-1",
		NetnsID: record.Inode{Dev: 4, Ino: 4026532281},
		Pod:     record.Pod{Namespace: "shop", Name: "cart-0", UID: "6f0c"},

		PluginPath: "/opt/cni/bin:/usr/libexec/cni",
		Attachments: []record.Attachment{
			{
				Network: "cluster", Name: "cluster", IfName: "eth0", Master: true,
				Config: []byte(`{"name":"cluster","type":"bridge","mtu":9007199254740993}`),
				Args:   "IgnoreUnknown=true;K8S_POD_NAME=cart-0",
			},
			{
				Network: "shop/red", Name: "red", IfName: "net1",
				Config:       []byte(`{ "name":"red", "plugins":[{"type":"sriov"},{"type":"tuning"}] }`),
				Capabilities: json.RawMessage(`{"mac":"02:00:00:00:00:01","note":"a<b & c"}`),
				DeviceInfo:   "/var/run/k8s.cni.cncf.io/devinfo/cni/shop-red-0123abcd_net1",
				DefaultRoute: &[]string{"10.0.0.1"},
			},
		},
	}
}

func TestEncodeReturnsTheSameRecord(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*record.Record)
	}{
		{"a full record", func(*record.Record) {}},
		{"no attachment", func(r *record.Record) { r.Attachments = nil }},
		{"rebuilt", func(r *record.Record) { r.Origin, r.BootID = record.OriginCache, "" }},
		{"the network's own default route", func(r *record.Record) {
			r.Attachments[0].DefaultRoute = &[]string{}
		}},
		{"a dotted interface", func(r *record.Record) { r.IfName = "eth0.100" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := sample()
			tt.edit(&want)
			got, err := record.Decode(record.Encode(want))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestEncodeKeepsAnEmptyWishForADefaultRoute(t *testing.T) {
	r := sample()
	r.Attachments[0].DefaultRoute = new([]string)
	got, err := record.Decode(record.Encode(r))
	if err != nil {
		t.Fatal(err)
	}
	if got.Attachments[0].DefaultRoute == nil {
		t.Error("the wish for the network's own default route was lost")
	}
}

func TestDecodeRefuses(t *testing.T) {
	valid := string(record.Encode(sample()))
	header, body, _ := strings.Cut(valid, "\n")
	for _, tt := range []struct {
		name, data string
		kind       fail.Kind
		text       string
	}{
		{"nothing", "", fail.Decode, "torn"},
		{"a cut magic", "patchbay-rec", fail.Decode, "torn"},
		{"a cut header", header[:30], fail.Decode, "torn"},
		{"a header alone", header + "\n", fail.Decode, "torn"},
		{"a cut body", valid[:len(valid)-1], fail.Decode, "torn"},
		{"zeros, as after a power cut", string(make([]byte, 4096)), fail.Decode, "not a record"},
		{"a changed body", strings.Replace(valid, "shop", "shoq", 1), fail.Decode, "altered"},
		{"a longer body", valid + "\n", fail.Decode, "altered"},
		{
			"a padded format", strings.Replace(header, " 1 ", " 01 ", 1) + "\n" + body, fail.Decode,
			"altered",
		},
		{"JSON", `[{"Conf":{}}]`, fail.Decode, "not a record"},
		{"text", "hello\n", fail.Decode, "not a record"},
		{"a later format", "patchbay-record 2 blake3:00\nx", fail.Version, "later Patchbay"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := record.Decode([]byte(tt.data))
			if !fail.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v (%v), want %q (%v)", err, fail.Of(err), tt.text, tt.kind)
			}
		})
	}
}

func TestValidateRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*record.Record)
	}{
		{"no container", func(r *record.Record) { r.ContainerID = "" }},
		{"a container that is a path", func(r *record.Record) { r.ContainerID = "../etc" }},
		{"a container with an @", func(r *record.Record) { r.ContainerID = "a@b" }},
		{"a hidden container", func(r *record.Record) { r.ContainerID = ".hidden" }},
		{"no interface", func(r *record.Record) { r.IfName = "" }},
		{"an interface that is a directory", func(r *record.Record) { r.IfName = ".." }},
		{"a long interface", func(r *record.Record) { r.IfName = "eth0123456789abc" }},
		{"an interface with a slash", func(r *record.Record) { r.IfName = "a/b" }},
		{"an interface with a NUL", func(r *record.Record) { r.IfName = "a\x00b" }},
		{"a path that is not UTF-8", func(r *record.Record) { r.Netns = "/run/\xff" }},
		{"an attachment without interface", func(r *record.Record) { r.Attachments[1].IfName = "" }},
		{"no configuration", func(r *record.Record) { r.Attachments[1].Config = nil }},
		{"a list for a configuration", func(r *record.Record) {
			r.Attachments[1].Config = []byte(`[]`)
		}},
		{"half a configuration", func(r *record.Record) {
			r.Attachments[1].Config = []byte(`{"name":`)
		}},
		{"a list of capabilities", func(r *record.Record) {
			r.Attachments[1].Capabilities = json.RawMessage(`["mac"]`)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := sample()
			tt.edit(&r)
			if err := r.Validate(); !fail.Is(err, fail.Invalid) {
				t.Errorf("Validate: %v, want invalid", err)
			}
			if data := record.Encode(r); data != nil {
				t.Errorf("Encode returned %q", data)
			}
		})
	}
}

// TestOneByteOff shows that no record comes from a damaged one: every prefix and
// every flipped bit of one is refused.
func TestOneByteOff(t *testing.T) {
	valid := record.Encode(sample())
	for i := range valid {
		if _, err := record.Decode(valid[:i]); err == nil {
			t.Fatalf("the first %d of %d bytes were believed", i, len(valid))
		}
		for bit := range 8 {
			flipped := bytes.Clone(valid)
			flipped[i] ^= 1 << bit
			if _, err := record.Decode(flipped); err == nil {
				t.Fatalf("byte %d with bit %d flipped was believed", i, bit)
			}
		}
	}
}

func TestAnyValidRecordComesBack(t *testing.T) {
	text := rapid.String()
	word := rapid.StringMatching(`[a-z0-9][a-z0-9_.-]{0,20}`)
	ifName := rapid.StringMatching(`[a-z][a-z0-9.@_-]{0,14}`)
	rapid.Check(t, func(t *rapid.T) {
		want := record.Record{
			Seq: rapid.Uint64().Draw(t, "seq"), ContainerID: word.Draw(t, "container"),
			IfName: ifName.Draw(t, "interface"), Netns: text.Draw(t, "netns"),
			Pod:        record.Pod{Name: text.Draw(t, "pod")},
			PluginPath: text.Draw(t, "path"), Parallel: rapid.Bool().Draw(t, "parallel"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "attachments") {
			a := record.Attachment{
				Network: text.Draw(t, "network"), IfName: ifName.Draw(t, "attached"),
				Config: fmt.Appendf(nil, `{"name":%q}`, word.Draw(t, "name")),
				Args:   text.Draw(t, "args"), Optional: rapid.Bool().Draw(t, "optional"),
			}
			if routes := rapid.SliceOf(text).Draw(t, "routes"); len(routes) > 0 {
				a.DefaultRoute = &routes
			}
			want.Attachments = append(want.Attachments, a)
		}
		got, err := record.Decode(record.Encode(want))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
		}
	})
}

func FuzzDecode(f *testing.F) {
	valid := record.Encode(sample())
	f.Add(valid, 0, byte(0))
	f.Add(valid, 16, byte(3))
	f.Add(valid[:40], 200, byte(1))
	f.Add([]byte("patchbay-record 2 x"), 0, byte(0))
	f.Fuzz(func(t *testing.T, data []byte, at int, mask byte) {
		r, err := record.Decode(data)
		if err == nil {
			var again record.Record
			again, err = record.Decode(record.Encode(r))
			if err != nil || !reflect.DeepEqual(again, r) {
				t.Fatalf("got %+v, %v\nwant %+v", again, err, r)
			}
		} else if k := fail.Of(err); k != fail.Decode && k != fail.Version {
			t.Fatalf("kind %v: %v", k, err)
		}
		if at >= 0 && at < len(valid) && mask != 0 {
			damaged := bytes.Clone(valid)
			damaged[at] ^= mask
			if _, err := record.Decode(damaged); err == nil {
				t.Fatalf("byte %d xor %#x was believed", at, mask)
			}
		}
	})
}

func ExampleEncode() {
	data := record.Encode(record.Record{
		Seq: 1, ContainerID: "0123abcd", IfName: "eth0", Netns: "/run/netns/x",
		Pod: record.Pod{Namespace: "shop", Name: "cart-0"},
	})
	fmt.Printf("%.25s…\n", data)
	r, err := record.Decode(data)
	fmt.Println(r.Key(), r.Pod, err)
	_, err = record.Decode(data[:30])
	fmt.Println(err)
	// Output:
	// patchbay-record 1 sha256:…
	// 0123abcd@eth0 shop/cart-0 <nil>
	// the record is torn: it ends in its first line
}
