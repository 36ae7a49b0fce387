package node_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"

	"patchbay/ci/netnstest"
)

// machine is a node of one test.
type machine struct {
	programs
	dir   string // everything that is written goes below it
	netns string // plays the namespace of the host
}

// newMachine makes a node with the three networks that pods of these tests get:
// "cluster", a bridge; "red", macvlan; and "blue", a bridge with tuning.
func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{programs: program(t), dir: t.TempDir(), netns: netnstest.New(t)}
	t.Cleanup(func() { m.endProcesses(t) })
	for _, dir := range []string{"manifests", "tmp"} {
		if err := os.Mkdir(m.path(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	m.within(t, func() {
		links := []netlink.Link{
			bridge("br-cluster", 1),
			bridge("br-blue", 2),
			&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "uplink"}, PeerName: "switch"},
		}
		for _, link := range links {
			if err := netlink.LinkAdd(link); err != nil {
				t.Fatalf("link %s: %v", link.Attrs().Name, err)
			}
			if err := netlink.LinkSetUp(link); err != nil {
				t.Fatalf("link %s: %v", link.Attrs().Name, err)
			}
		}
	})
	m.manifest(t, "red", definition("red", m.network("red")))
	m.manifest(t, "blue", definition("blue", m.network("blue")))
	return m
}

// bridge has a hardware address that does not change with its ports: CHECK of
// the bridge plugin insists on the one that ADD saw.
func bridge(name string, number byte) *netlink.Bridge {
	return &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{
		Name: name, HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, number},
	}}
}

// within runs f in the namespace of the host.
func (m *machine) within(t testing.TB, f func()) {
	t.Helper()
	netnstest.Do(t, m.netns, f)
}

func (m *machine) path(elem ...string) string {
	return filepath.Join(append([]string{m.dir}, elem...)...)
}

// object is a JSON object.
type object map[string]any

func (o object) json() string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // a test wrote what JSON can not say
	}
	return string(text)
}

// network is the configuration of one of the three networks.
func (m *machine) network(name string) object {
	ipam := func(subnet string) object {
		return object{
			"type": "host-local", "dataDir": m.path("ipam"),
			"ranges": [][]object{{{"subnet": subnet}}},
		}
	}
	plugins := map[string][]object{
		"cluster": {{"type": "bridge", "bridge": "br-cluster", "ipam": ipam("10.1.0.0/24")}},
		"red": {{
			"type": "macvlan", "master": "uplink", "mode": "bridge", "ipam": ipam("10.2.0.0/24"),
		}},
		"blue": {
			{"type": "bridge", "bridge": "br-blue", "ipam": ipam("10.3.0.0/24")},
			// Not "mtu": tuning forgets the file that remembers the old one when
			// its DEL comes after the end of the namespace.
			{"type": "tuning", "sysctl": object{"net.ipv4.conf.IFNAME.arp_filter": "1"}},
		},
	}[name]
	if name == "cluster" {
		plugins[0]["ipam"].(object)["routes"] = []object{{"dst": "0.0.0.0/0"}}
	}
	return object{"cniVersion": "1.1.0", "name": name, "plugins": plugins}
}

// config is what patchbay gets, with more over it.
func (m *machine) config(more object) object {
	c := object{
		"cniVersion": "1.1.0", "name": "node", "type": "patchbay",
		"cniDir": m.path("multus"), "confDir": m.path("net.d"), "binDir": m.pluginDir,
		"manifestDir": m.path("manifests"), "deviceInfoDir": m.path("devinfo"),
		"logToStderr": true, "logLevel": "verbose",
		"delegates": []object{m.network("cluster")},
	}
	maps.Copy(c, more)
	return c
}

func (m *machine) manifest(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(m.path("manifests", name+".json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func definition(name string, config object) string {
	return object{
		"apiVersion": "k8s.cni.cncf.io/v1", "kind": "NetworkAttachmentDefinition",
		"metadata": object{"namespace": "shop", "name": name},
		"spec":     object{"config": config.json()},
	}.json()
}

// pod is a pod with one sandbox.
type pod struct {
	name, container string
	netns           string
}

// pod makes a pod with all three networks, of which the last gets the default
// route, and its sandbox.
func (m *machine) pod(t testing.TB, name string) pod {
	t.Helper()
	m.manifest(t, "pod-"+name, object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": object{
			"namespace": "shop", "name": name, "uid": "uid-of-" + name,
			"annotations": object{
				"k8s.v1.cni.cncf.io/networks": `[{"name":"red"},
					{"name":"blue","default-route":["10.3.0.1"]}]`,
			},
		},
		"spec": object{"containers": []object{}},
	}.json())
	return pod{name: name, container: "sandbox-of-" + name, netns: netnstest.New(t)}
}

// args are the CNI_ARGS that a container runtime sends.
func (p pod) args() [][2]string {
	return [][2]string{
		{"IgnoreUnknown", "1"},
		{"K8S_POD_NAMESPACE", "shop"},
		{"K8S_POD_NAME", p.name},
		{"K8S_POD_INFRA_CONTAINER_ID", p.container},
		{"K8S_POD_UID", "uid-of-" + p.name},
	}
}

func (p pod) argsLine() string {
	var items []string
	for _, kv := range p.args() {
		items = append(items, kv[0]+"="+kv[1])
	}
	return strings.Join(items, ";")
}

// attachment is how a runtime lists the pod for GC.
func (p pod) attachment() object {
	return object{"containerID": p.container, "ifname": "eth0"}
}

func (p pod) String() string { return fmt.Sprintf("shop/%s (%s)", p.name, p.container) }
