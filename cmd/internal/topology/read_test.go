package topology_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/backends/real"
	"patchbay/ci/netnstest"
	"patchbay/ci/require"
	"patchbay/cmd/internal/kernel"
	"patchbay/cmd/internal/topology"
	"patchbay/core/fail"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

func backend(t *testing.T) backends.Backend {
	t.Helper()
	config, err := netconf.ParseConfig([]byte(fmt.Sprintf(
		`{"cniDir": %q, "delegates": [{}]}`, t.TempDir())))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := real.New(real.Options{Config: config})
	return b
}

// save records a sandbox with one interface on a bridge, and its result.
func save(t *testing.T, b backends.Backend, netns string, id record.Inode) {
	t.Helper()
	bootID, err := b.Records.BootID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := record.Record{
		BootID: bootID, ContainerID: "c1", IfName: "eth0", Netns: netns, NetnsID: id,
		Pod: record.Pod{Namespace: "default", Name: "p1"},
		Attachments: []record.Attachment{{
			Network: "default/red", Name: "red", IfName: "eth0",
			Config: []byte(`{"name": "red", "type": "bridge", "bridge": "br-conf"}`),
		}},
	}
	if err = b.Records.Save(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	err = b.Records.SaveResult(t.Context(), r, "eth0", []byte(`{"cniVersion": "1.0.0",
		"interfaces": [{"name": "v1", "mac": "02:00:00:00:00:09"},
			{"name": "eth0", "mac": "02:00:00:00:00:01", "sandbox": "/n"}],
		"ips": [{"interface": 1, "address": "10.1.2.3/24"}, {"interface": 0, "address": "10.9.9.9/24"}]}`))
	if err != nil {
		t.Fatal(err)
	}
}

// blind is a kernel that lets nobody look.
type blind struct{}

func (blind) Host(context.Context) (kernel.Namespace, error) {
	return kernel.Namespace{}, fail.New(fail.Denied, "only for root")
}

func (blind) At(context.Context, string) (kernel.Namespace, error) {
	return kernel.Namespace{}, fail.New(fail.Denied, "only for root")
}

func TestReadWithoutKernel(t *testing.T) {
	b := backend(t)
	save(t, b, "/run/netns/patchbay-nowhere", record.Inode{})
	m, err := topology.ReadWith(t.Context(), b, blind{})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Pods) != 1 || len(m.Networks) != 1 {
		t.Fatalf("%s", m.Summary())
	}
	p, n := m.Pods[0], m.Networks[0]
	i := p.Interfaces[0]
	if p.State != topology.Gone || i.MAC != "02:00:00:00:00:01" || !slices.Equal(i.IPs, []string{"10.1.2.3/24"}) {
		t.Errorf("pod %+v", p)
	}
	if n.Description() != "bridge br-conf" || n.Members != 1 {
		t.Errorf("network %+v", n)
	}
	if !slices.Equal(m.Notes, []string{"only for root"}) {
		t.Errorf("notes %q", m.Notes)
	}
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %v: %v: %s", args, err, out)
	}
}

func TestReadTheKernel(t *testing.T) {
	require.Root(t)
	b := backend(t)
	path := netnstest.New(t)
	name := fmt.Sprintf("%d", os.Getpid()%1e6)
	ip(t, "link", "add", "tb"+name, "type", "bridge")
	t.Cleanup(func() { _ = exec.Command("ip", "link", "delete", "tb"+name).Run() })
	ip(t, "link", "add", "tv"+name, "type", "veth", "peer", "name", "eth0", "netns", path)
	ip(t, "link", "set", "tv"+name, "master", "tb"+name)
	netnstest.Do(t, path, func() {
		ip(t, "link", "set", "eth0", "address", "02:00:00:00:00:77")
		ip(t, "addr", "add", "198.18.76.2/24", "dev", "eth0")
	})
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	save(t, b, path, record.Inode{Dev: st.Dev, Ino: st.Ino})
	m, err := topology.Read(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	i := m.Pods[0].Interfaces[0]
	if m.Pods[0].State != topology.Alive || i.Host != "tv"+name || i.MAC != "02:00:00:00:00:77" ||
		!slices.Equal(i.IPs, []string{"198.18.76.2/24"}) {
		t.Errorf("pod %+v", m.Pods[0])
	}
	if got := m.Networks[0].Description(); got != "bridge tb"+name {
		t.Errorf("network is %s", got)
	}
	if len(m.Notes) > 0 {
		t.Errorf("notes: %s", strings.Join(m.Notes, "; "))
	}
}
