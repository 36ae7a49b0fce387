package plugins

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
)

// FuzzResult reads results twice, quickly and as the plugins do: where the quick
// way says yes it has read the same, and what is printed of it is read again.
func FuzzResult(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"cniVersion":"1.0.0"}`,
		`{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","mac":"02:00:00:00:00:01",` +
			`"sandbox":"/run/netns/a","mtu":1500,"socketPath":"/s","pciID":"0000:01:00.0"}],` +
			`"ips":[{"address":"10.0.0.5/24","gateway":"10.0.0.1","interface":0},` +
			`{"address":"fd00::5/64"}],"routes":[{"dst":"0.0.0.0/0","gw":"10.0.0.1","mtu":1400,` +
			`"advmss":5,"priority":6,"table":7,"scope":253}],"dns":{"nameservers":["1.1.1.1"],` +
			`"domain":"d","search":["s"],"options":["o"]}}`,
		`{"cniVersion":"1.0.0","ips":[{"address":"::ffff:10.0.0.5/120"}]}`,
		`{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.5/33"}]}`,
		`{"cniVersion":"1.0.0","ips":[{"interface":-1,"address":"10.0.0.5/3"}]}`,
		`{"cniVersion":"1.0.0","interfaces":[{"name":"\u00e4\n"}]}`,
		`{"cniVersion":"1.0.0","interfaces":[{"name":"a"},]}`, `{"cniVersion":"1.0.0",}`,
		`{"cniVersion":"1.0.0","dns":{"search":[]},"interfaces":[]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var quick result
		s := scanner{text: text}
		if !s.result(&quick, "1.0.0") {
			return
		}
		slow, err := libraryResult(text, "1.0.0")
		if err != nil {
			t.Skip("the quick way forgives more") // what no plugin prints, and JSON forbids
		}
		if len(slow.ifaces)+len(slow.ips)+len(slow.routes) !=
			len(quick.ifaces)+len(quick.ips)+len(quick.routes) {
			t.Fatalf("%+v and %+v", quick, slow)
		}
		c := call{doc: &document{version: "1.0.0"}}
		if err = c.print(&quick); err != nil {
			t.Fatal(err)
		}
		if !json.Valid(c.out) {
			t.Fatalf("prints what is no JSON: %s", c.out)
		}
		again, err := libraryResult(c.out, "1.0.0")
		if err != nil {
			t.Fatalf("prints what can not be read: %v: %s", err, c.out)
		}
		slow.dns, again.dns = dns{}, dns{}
		if !reflect.DeepEqual(slow.ips, again.ips) || !reflect.DeepEqual(slow.ifaces, again.ifaces) {
			t.Fatalf("read %+v, printed %+v", slow, again)
		}
	})
}

// FuzzConfiguration runs the reader of configurations: what it takes has a name,
// and a prevResult is found wherever it is.
func FuzzConfiguration(f *testing.F) {
	for _, text := range []string{
		`{"name":"n"}`, `{"name":"n","prevResult":{"a":[1,"}"]},"type":"t"}`, `{"prevResult":{}}`,
		`{"name":"n","x":{"prevResult":{}}}`, `{"name":"n","x":"\"prevResult\":{"}`, `{`, `[]`,
		`{"name":"n","prevResult":null}`, `{"name":"n","prevResult":7}`,
		`{"name":"n","prevResult":{},"prevResult":{"b":1}}`, `{"name":"n","prevResult":{]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := call{Env: Env{Machine: new(Machine), Stdin: text}}
		c.read()
		if c.doc.bad != nil {
			return
		}
		if !validName(c.doc.name) {
			t.Errorf("a network called %q", c.doc.name)
		}
		first := c.doc
		c.read()
		if c.doc.name != first.name || c.doc.version != first.version {
			t.Errorf("read as %+v, then as %+v", first, c.doc)
		}
		var whole types.NetConf
		if json.Unmarshal(text, &whole) == nil && (whole.RawPrevResult != nil) != (c.prev != nil) {
			t.Errorf("prevResult is %q", c.prev)
		}
	})
}
