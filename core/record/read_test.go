package record

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

const writtenRecord = `{
  "seq": 3,
  "bootID": "866f2019", "containerID": "c1", "ifName": "eth0", "netns": "/run/netns/a",
  "netnsID": {"dev": 4, "ino": 4026532281},
  "pod": {"namespace": "shop", "name": "cart-0", "uid": "6f0c"},
  "pluginPath": "/opt/cni/bin", "fallbackVersion": "1.0.0", "compat": "multus-v4",
  "parallel": true, "announce": true, "attempts": 2, "origin": "libcni-cache",
  "attachments": [
    {"network": "red", "name": "red", "ifName": "net1", "config": "eyJ0eXBlIjoiYSJ9",
     "args": "A=b;C=d", "capabilities": {"mac": "x", "ips": [ 1 ]}, "master": true,
     "optional": false, "deviceInfo": "/x"},
    {"config": ""}
  ]
}`

const writtenEntry = `{"kind":"cniCacheV1","containerId":"c","config":"e30=","ifName":"net1",` +
	`"networkName":"red","netns":"/n","cniArgs":[["A","b"],["C",""]],` +
	`"capabilityArgs":{"a":1},"result":{"cniVersion":"1.0.0","ips": [ ] }}`

func TestPlainTakesWhatIsWritten(t *testing.T) {
	if _, ok := plainRecord([]byte(writtenRecord)); !ok {
		t.Error("encoding/json is asked for a record")
	}
	if _, ok := plainCached([]byte(writtenEntry)); !ok {
		t.Error("encoding/json is asked for a cache entry")
	}
}

// FuzzPlainRecord compares the reader with encoding/json.
func FuzzPlainRecord(f *testing.F) {
	f.Add([]byte(writtenRecord))
	f.Add([]byte(`{"seq":1,"seq":-1,"netnsID":{"dev":1},"netnsID":{"ino":2},"pod":{}}`))
	f.Add([]byte(`{"attachments":[],"attachments":[{"capabilities":null,"config":"e30"}]}`))
	f.Add([]byte(`{"SEQ":1,"attempts":1e3,"parallel":null,"bootID":"\u0061"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, ok := plainRecord(body)
		if !ok {
			return
		}
		want, err := decodedRecord(body)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s:\n%+v, and not\n%+v (%v)", body, got, want, err)
		}
	})
}

// FuzzPlainCached compares the reader with encoding/json.
func FuzzPlainCached(f *testing.F) {
	f.Add([]byte(writtenEntry))
	f.Add([]byte(`{"cniArgs":[["a"],["b","c","d"]],"cniArgs":[],"result":null}`))
	f.Add([]byte(`{"config":"e30=\n","result":" ","capabilityArgs":[ { } ]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ok := plainCached(data)
		if !ok {
			return
		}
		want, err := decodedCached(data)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s:\n%+v, and not\n%+v (%v)", data, got, want, err)
		}
	})
}

// FuzzEncodeCache compares an entry with what encoding/json makes of it.
func FuzzEncodeCache(f *testing.F) {
	f.Add([]byte(`{ "cniVersion" : "1.0.0", "dns" : {} }`))
	f.Add([]byte("{\"a\":\"<&>\u2028\"}"))
	f.Add([]byte(``))
	r := Record{ContainerID: "c1", IfName: "eth0", Netns: "/n"}
	a := Attachment{Network: "red", Name: "red", IfName: "net1", Config: []byte(`{}`), Args: "A=b"}
	f.Fuzz(func(t *testing.T, result []byte) {
		got, err := EncodeCache(r, a, result)
		if err != nil {
			return
		}
		want, err := json.Marshal(Cached{
			Kind: cacheKind, ContainerID: "c1", Config: a.Config, IfName: "net1", Network: "red",
			Netns: "/n", Args: [][2]string{{"A", "b"}}, Result: result,
		})
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%s, and not %s (%v)", got, want, err)
		}
	})
}
