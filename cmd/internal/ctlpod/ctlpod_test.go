package ctlpod_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/ctlpod"
	"patchbay/cmd/internal/kernel"
	"patchbay/core/fail"
	"patchbay/core/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func interfaces() []ctlpod.Interface {
	return ctlpod.Interfaces([]kernel.Link{
		{Index: 1, Name: "lo", Kind: "device", Up: true},
		{
			Index: 2, Name: "eth0", Kind: "veth", MAC: "02:00:00:00:00:01", MTU: 1500, Up: true,
			Addresses: []string{"198.18.0.2/24", "2001:db8::2/64", "fe80::2/64"},
		},
		{Index: 3, Name: "net1", Kind: "macvlan", MAC: "02:00:00:00:00:02", MTU: 1450},
	}, []kernel.Route{
		{Link: 2, Text: "default", Default: true, Gateway: "198.18.0.1"}, {Link: 3, Text: "another"},
	}, record.Record{Attachments: []record.Attachment{
		{IfName: "eth0", Network: "pods"}, {IfName: "net1", Network: "demo/red"},
	}})
}

func TestCompare(t *testing.T) {
	const net1 = `,{"interface":"net1"}]`
	for _, c := range []struct {
		name, status string
		want         []ctlpod.Difference
	}{
		{
			"the same", `[{"interface":"eth0","ips":["198.18.0.2","2001:DB8:0::2"],` +
				`"mac":"02:00:00:00:00:01","mtu":1500}` + net1, nil,
		},
		{
			"address, MAC and MTU", `[{"interface":"eth0","ips":["198.18.0.3","2001:db8::2"],` +
				`"mac":"02:00:00:00:00:09","mtu":1400}` + net1,
			[]ctlpod.Difference{
				{"eth0", "mac", "02:00:00:00:00:01", "02:00:00:00:00:09"},
				{"eth0", "mtu", "1500", "1400"},
				{"eth0", "address", "", "198.18.0.3"},
				{"eth0", "address", "198.18.0.2/24", ""},
			},
		},
		{
			"an interface that is not there",
			`[{"interface":"eth0","ips":["198.18.0.2","2001:db8::2"]},{"interface":"net2"}` + net1,
			[]ctlpod.Difference{{"net2", "interface", "", "there"}},
		},
		{
			"an optional one that failed",
			`[{"interface":"eth0","ips":["198.18.0.2","2001:db8::2"]},` +
				`{"interface":"net2","error":"x"}` + net1, nil,
		},
		{
			"no annotation", ``,
			[]ctlpod.Difference{{"eth0", "interface", "there", ""}, {"net1", "interface", "there", ""}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ctlpod.Compare(interfaces(), []byte(c.status))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	if _, err := ctlpod.Compare(nil, []byte(`{`)); !fail.Is(err, fail.Decode) {
		t.Errorf("a broken annotation: %v", err)
	}
}

func FuzzCompare(f *testing.F) {
	f.Add([]byte(`[{"name":"pods","interface":"eth0","ips":["198.18.0.2"],"mtu":1}]`))
	f.Add([]byte(`[{"interface":"eth0","ips":["not an address"]},null]`))
	f.Fuzz(func(_ *testing.T, status []byte) {
		_, _ = ctlpod.Compare(interfaces(), status) // it must not panic
	})
}

func TestGolden(t *testing.T) {
	list := []ctlpod.Report{
		{Pod: "demo/web", Done: "is up", Interfaces: interfaces()},
		{Pod: "demo/db", Error: "there is no network demo/red"},
		{
			Pod: "demo/probe", Interfaces: interfaces()[:1],
			Status: json.RawMessage(`[{"name":"pods","interface":"eth0"}]`),
			Differences: []ctlpod.Difference{
				{Interface: "eth0", What: "mac", Kernel: "02:00:00:00:00:01", Status: "02:00:00:00:00:09"},
				{Interface: "net1", What: "interface", Status: "there"},
			},
		},
	}
	for _, format := range []ctlout.Format{ctlout.Text, ctlout.YAML} {
		var b bytes.Buffer
		p := ctlout.Printer{Out: &b, Format: format}
		if err := p.Print(list, func(p *ctlout.Page) { ctlpod.Write(p, list) }); err != nil {
			t.Fatal(err)
		}
		golden(t, "reports."+string(format), b.Bytes())
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; 'make golden' rewrites it:\n%s", path, got)
	}
}
