package ctldemo

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"patchbay/cmd/internal/ctlconf"
	"patchbay/examples"
)

func TestCompare(t *testing.T) {
	before := Snapshot{Lines: map[string][]string{linksKind: {"lo", "eth9"}}}
	after := Snapshot{Lines: map[string][]string{
		linksKind: {"lo", "pbdemo0 bridge mtu 1500"}, leasesKind: {"/x/198.18.100.2"},
	}}
	want := []Change{
		{Kind: linksKind, Line: "pbdemo0 bridge mtu 1500"},
		{Kind: linksKind, Line: "eth9", Gone: true},
		{Kind: leasesKind, Line: "/x/198.18.100.2"},
	}
	if got := Compare(before, after); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOwns(t *testing.T) {
	ours := Ours{Veths: []string{"veth1"}}
	for _, c := range []struct {
		kind, line string
		want       bool
	}{
		{linksKind, "pbdemo0 bridge mtu 1500", true},
		{linksKind, "veth1 veth mtu 1500", true},
		{linksKind, "veth12 veth mtu 1500", false},
		{addressesKind, "eth0 198.18.100.1/24", true},
		{routesKind, "eth0 {Dst: 203.0.113.0/24}", false},
		{namespacesKind, "pb-demo-web", true},
		{namespacesKind, "cni-1234", false},
		{leasesKind, "/x/1", true},
		{settingsKind, "net.ipv4.ip_forward=1", true},
		{firewallKind, "-A FORWARD -s 198.18.100.0/24 -j ACCEPT", true},
		{firewallKind, "-A INPUT -j DROP", false},
	} {
		if got := ours.Owns(Change{Kind: c.kind, Line: c.line}); got != c.want {
			t.Errorf("%s %q: %v, want %v", c.kind, c.line, got, c.want)
		}
	}
}

// What host-local keeps for itself is no lease, and a lease must be seen.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"lock", "last_reserved_ip.0", "198.18.100.2"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var s Snapshot
	s.Lines = map[string][]string{}
	if err := s.files(leasesKind, dir); err != nil || len(s.Lines[leasesKind]) != 1 {
		t.Errorf("leases %v, error %v", s.Lines, err)
	}
}

func TestMakeIsPrivate(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	p, err := Make(examples.Files, "/plugins")
	if err != nil {
		t.Fatal(err)
	}
	f, err := ctlconf.Read(p.Config())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{f.Config.CNIDir, f.Config.ConfDir, f.Config.ManifestDir} {
		if !strings.HasPrefix(path, p.Dir) {
			t.Errorf("%s is not in %s", path, p.Dir)
		}
	}
	for _, file := range []string{p.Config(), p.Networks(), p.Pods()} {
		raw, readErr := os.ReadFile(file)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if strings.Contains(string(raw), "/var/lib") {
			t.Errorf("%s leads to the node's own state:\n%s", file, raw)
		}
	}
	if err = p.Remove(); err != nil {
		t.Fatal(err)
	}
}

func TestReply(t *testing.T) {
	packet := append(make([]byte, 20), request(7, 3)...)
	packet[0] = 0x45 // IPv4 with a header of 20 bytes
	if isReply(packet, 7, 3) {
		t.Error("a request is taken for a reply")
	}
	packet[20] = 0
	if !isReply(packet, 7, 3) || isReply(packet, 7, 4) || isReply(packet, 8, 3) {
		t.Error("a reply is not known by id and sequence")
	}
	if checksum(request(7, 3)) != 0 {
		t.Error("the checksum does not add up")
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0x4f})
	f.Add(append([]byte{0x45}, make([]byte, 27)...))
	f.Fuzz(func(_ *testing.T, packet []byte) { _ = isReply(packet, 1, 1) }) // no panic
}
