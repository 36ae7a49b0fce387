package topology_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/cmd/internal/topology"
)

var update = flag.Bool("update", false, "write the golden files anew")

func example() topology.Model {
	return topology.Model{
		Pods: []topology.Pod{
			{
				Namespace: "default", Name: "router", Container: "3f2a91c0d5e6f7a8b9c0", State: topology.Alive,
				Interfaces: []topology.Interface{
					{
						Name: "eth0", Network: "kindnet", Kind: "veth", MAC: "0a:58:0a:f4:00:05",
						IPs: []string{"10.244.0.5/24", "fd00:10:244::5/64"}, Host: "veth1f2e3d4c",
					},
					{
						Name: "net1", Network: "default/red", Kind: "veth", MAC: "ca:fe:00:00:00:01",
						IPs: []string{"192.168.10.4/24"}, Host: "vethbeefcafe",
					},
					{
						Name: "net2", Network: "lab/uplink", Kind: "macvlan", MAC: "ca:fe:00:00:00:02",
						IPs: []string{"172.20.0.17/16"}, Host: "enp3s0f1",
					},
				},
			},
			{
				Namespace: "default", Name: "web-6d4cf56db6-x7k2p", Container: "77aa00b1c2d3e4f5", State: topology.Alive,
				Interfaces: []topology.Interface{
					{
						Name: "eth0", Network: "kindnet", Kind: "veth", MAC: "0a:58:0a:f4:00:06",
						IPs: []string{"10.244.0.6/24"}, Host: "veth00aa11bb",
					},
					{Name: "net1", Network: "default/red", Missing: true},
				},
			},
			{
				Container: "deadbeef00112233", State: topology.Gone,
				Interfaces: []topology.Interface{{Name: "eth0", Network: "kindnet", MAC: "0a:58:0a:f4:00:07"}},
			},
		},
		Networks: []topology.Network{
			{Name: "default/red", Plugin: "bridge", Link: "br-red", LinkIs: "bridge", Members: 2},
			{Name: "kindnet", Plugin: "ptp", Members: 3},
			{Name: "lab/uplink", Plugin: "macvlan", Link: "enp3s0f1", LinkIs: "parent", Members: 1},
		},
		Notes: []string{"record x@eth0: the record is torn: it ends after 7 bytes"},
	}
}

// hostile is a model of which every text is made to break out of the picture.
func hostile() topology.Model {
	const bad = "a\"]]>&<script>#;`|{}\\n\x1b[31m\x00\xff--%>é"
	return topology.Model{
		Pods: []topology.Pod{{
			Namespace: bad, Name: bad, Container: bad, State: topology.Unknown,
			Interfaces: []topology.Interface{
				{Name: bad, Network: bad, Kind: bad, MAC: bad, IPs: []string{bad}, Host: bad},
			},
		}},
		Networks: []topology.Network{{Name: bad, Plugin: bad, Link: bad, LinkIs: "parent", Members: 1}},
		Notes:    []string{bad},
	}
}

var renderers = map[string]func(io.Writer, topology.Model) error{
	"svg":     topology.SVG,
	"dot":     topology.Dot,
	"mermaid": topology.Mermaid,
	"txt":     func(w io.Writer, m topology.Model) error { return topology.Text(w, m, false) },
	"ansi":    func(w io.Writer, m topology.Model) error { return topology.Text(w, m, true) },
}

func TestGolden(t *testing.T) {
	for name, render := range renderers {
		for title, m := range map[string]topology.Model{
			"example": example(), "empty": {}, "hostile": hostile(),
		} {
			t.Run(title+" as "+name, func(t *testing.T) {
				var got bytes.Buffer
				if err := render(&got, m); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join("testdata", title+"."+name)
				if *update {
					if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Bytes(), want) {
					t.Errorf("%s differs; look at it with go test -update:\n%s", path, got.String())
				}
			})
		}
	}
}

func TestSVGIsXML(t *testing.T) {
	for title, m := range map[string]topology.Model{
		"example": example(), "empty": {}, "hostile": hostile(),
	} {
		t.Run(title, func(t *testing.T) {
			var got bytes.Buffer
			if err := topology.SVG(&got, m); err != nil {
				t.Fatal(err)
			}
			dec := xml.NewDecoder(&got)
			for {
				token, err := dec.Token()
				if errors.Is(err, io.EOF) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if e, ok := token.(xml.StartElement); ok && e.Name.Local == "script" {
					t.Error("a name became an element")
				}
			}
		})
	}
}

func TestTextMovesNoCursor(t *testing.T) {
	var got bytes.Buffer
	if err := topology.Text(&got, hostile(), false); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(got.String(), "\x1b\x00") {
		t.Errorf("%q", got.String())
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestOutputFails(t *testing.T) {
	for name, render := range renderers {
		if err := render(full{}, example()); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzSVG(f *testing.F) {
	f.Add("default/p1", "10.0.0.2/24", uint8(3))
	f.Add("a\"]]>&<b>", "\x00\xff", uint8(0))
	f.Fuzz(func(t *testing.T, name, address string, pods uint8) {
		var m topology.Model
		for range pods % 8 {
			m.Pods = append(m.Pods, topology.Pod{
				Name: name, Container: address, Interfaces: []topology.Interface{
					{Name: name, Network: name, IPs: []string{address}, Host: name},
					{Name: address, Network: "of nobody"},
				},
			})
		}
		m.Networks = []topology.Network{{Name: name, Plugin: address}, {Name: address, Link: name}}
		var got bytes.Buffer
		if err := topology.SVG(&got, m); err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(got.Bytes(), new(struct{})); err != nil {
			t.Errorf("%v:\n%s", err, got.String())
		}
	})
}
