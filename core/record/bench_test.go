package record_test

import (
	"encoding/json"
	"strings"
	"testing"

	"patchbay/core/record"
)

// typical is the record of a pod with three networks.
func typical() record.Record {
	args := "IgnoreUnknown=true;K8S_POD_NAMESPACE=dev;K8S_POD_NAME=web-6d4cf56db6-x7k2p;" +
		"K8S_POD_INFRA_CONTAINER_ID=4f1cc6a3a1c1f8e6a4b7e1d2c3b4a5968778695a4b3c2d1e0f9e8d7c6b5a;" +
		"K8S_POD_UID=9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
	r := record.Record{
		Seq: 1, BootID: "866f2019-bbba-4a83-90f0-8ada005c3146", IfName: "eth0",
		ContainerID: "4f1cc6a3a1c1f8e6a4b7e1d2c3b4a5968778695a4b3c2d1e0f9e8d7c6b5a4938",
		Netns:       "/var/run/netns/cni-3e2f1a70-5d7b-4f7e-9c3e-1f0b6a8c9d2e",
		NetnsID:     record.Inode{Dev: 4, Ino: 4026532701},
		Pod: record.Pod{
			Namespace: "dev", Name: "web-6d4cf56db6-x7k2p", UID: "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
		},
		PluginPath: "/opt/cni/bin", FallbackVersion: "1.0.0", Compat: "multus-v4", Announce: true,
		Attachments: []record.Attachment{{
			Network: "cbr0", Name: "cbr0", IfName: "eth0", Master: true, Args: args,
			Capabilities: json.RawMessage(`{}`),
			Config: []byte(`{"cniVersion":"1.0.0","name":"cbr0","plugins":[{"type":"bridge",` +
				`"bridge":"cni0","isGateway":true,"ipMasq":true,"mtu":1450,"hairpinMode":true,` +
				`"ipam":{"type":"host-local","ranges":[[{"subnet":"10.244.2.0/24"}]],` +
				`"routes":[{"dst":"10.244.0.0/16"}]}},{"type":"portmap",` +
				`"capabilities":{"portMappings":true}}]}`),
		}},
	}
	for _, name := range []string{"red", "blue"} {
		r.Attachments = append(r.Attachments, record.Attachment{
			Network: "dev/" + name, Name: name, IfName: "net" + name[:1], Args: args,
			Capabilities: json.RawMessage(`{}`),
			Config: []byte(`{"cniVersion":"1.0.0","type":"macvlan","master":"ens5","mode":"bridge",` +
				`"ipam":{"type":"host-local","subnet":"10.1.2.0/24"},"name":"` + name + `"}`),
		})
	}
	return r
}

var kept = []byte(strings.ReplaceAll(`{"cniVersion":"1.0.0","interfaces":[
{"name":"veth0d5a0001","mac":"7a:1c:b2:09:5e:01"},{"name":"eth0","mac":"0a:58:0a:f4:02:11",
"sandbox":"/var/run/netns/cni-3e2f1a70-5d7b-4f7e-9c3e-1f0b6a8c9d2e"}],"ips":[{"interface":1,
"address":"10.1.2.17/24","gateway":"10.1.2.1"}],"routes":[{"dst":"10.1.0.0/16"}],"dns":{}}`,
	"\n", ""))

func BenchmarkEncode(b *testing.B) {
	r := typical()
	b.SetBytes(int64(len(record.Encode(r))))
	b.ReportAllocs()
	for b.Loop() {
		if record.Encode(r) == nil {
			b.Fatal("not encoded")
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data := record.Encode(typical())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := record.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeCache(b *testing.B) {
	r := typical()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := record.EncodeCache(r, r.Attachments[1], kept); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeCache(b *testing.B) {
	r := typical()
	data, err := record.EncodeCache(r, r.Attachments[1], kept)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := record.DecodeCache(data); err != nil {
			b.Fatal(err)
		}
	}
}
