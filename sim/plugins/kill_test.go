package plugins_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/cluster"
	"patchbay/sim/disk"
	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
	"patchbay/sim/plugins"
	"patchbay/sim/proc"
)

// attachments are one of each plugin, with what it is chained to.
func attachments() map[string][]string {
	local := `"ipam":{"type":"host-local","ranges":[[{"subnet":"10.1.0.0/24"}],[{"subnet":"fd00:1::/64"}]]}`
	br := `"type":"bridge","bridge":"br0","isGateway":true,"ipMasq":true,"macspoofchk":true,` + local
	lease := func(typ string) string {
		return `"ipam":{"type":"` + typ + `","range":"10.7.0.0/24"}`
	}
	return map[string][]string{
		"bandwidth":   {br, `"type":"bandwidth","ingressRate":8000,"ingressBurst":8000,"egressRate":8000,"egressBurst":8000`},
		"bridge":      {br},
		"dhcp":        {`"type":"macvlan","master":"eth0",` + lease("dhcp")},
		"dummy":       {`"type":"dummy",` + local},
		"flannel":     {`"type":"flannel"`},
		"host-device": {`"type":"host-device","device":"eth1",` + local},
		"ipvlan":      {`"type":"ipvlan","master":"eth0",` + local},
		"loopback":    {`"type":"loopback"`},
		"macvlan":     {`"type":"macvlan","master":"eth0",` + local},
		"portmap":     {br, `"type":"portmap","runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}]}`},
		"ptp":         {`"type":"ptp","ipMasq":true,` + local},
		"static":      {`"type":"macvlan","master":"eth0","ipam":{"type":"static","addresses":[{"address":"10.9.0.9/24"}]}`},
		"tap":         {`"type":"tap",` + local},
		"tuning":      {br, `"type":"tuning","mtu":1300,"sysctl":{"net.core.somaxconn":"77"}`},
		"vlan":        {`"type":"vlan","master":"eth0","vlanId":5,` + local},
		"vlan bridge": {`"type":"bridge","vlan":5,"isGateway":true,` + local},
		"vrf":         {br, `"type":"vrf","vrfname":"red"`},
		"whereabouts": {`"type":"macvlan","master":"eth0",` + lease("whereabouts")},
	}
}

// chain is an attachment under way.
type chain struct {
	*node
	confs []string
	prev  string
}

func newChain(t *testing.T, confs []string) *chain {
	t.Helper()
	c := &chain{node: newNode(t), confs: confs}
	api := cluster.New(cluster.Options{})
	if err := api.CreateNamespace(cluster.Token{}, "kube-system"); err != nil &&
		cluster.CodeOf(err) != cluster.CodeConflict {
		t.Fatal(err)
	}
	c.Pools = &plugins.Pools{API: api}
	c.Lease = &plugins.DHCP{Network: prefix("10.7.0.1/24")}
	if _, err := c.Kernel.AddNIC("eth1", kernel.MAC{10, 0, 0, 0, 0, 2}, 1500, ""); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"/run", "/run/flannel"} {
		if err := c.Disk.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	env := "FLANNEL_NETWORK=10.8.0.0/16\nFLANNEL_SUBNET=10.8.1.1/24\nFLANNEL_MTU=1450\n" +
		"FLANNEL_IPMASQ=true\n"
	if err := c.Disk.WriteFile("/run/flannel/subnet.env", []byte(env), 0o644); err != nil {
		t.Fatal(err)
	}
	c.sandbox("/run/netns/a")
	return c
}

// verb runs the plugins for one interface; DEL tries all.
func (c *chain) verb(verb string) error {
	var failed error
	prev := ""
	if verb != "ADD" {
		prev = c.prev
	}
	for i := range c.confs {
		conf := c.confs[i]
		if verb == "DEL" {
			conf = c.confs[len(c.confs)-1-i]
		}
		text := `{"cniVersion":"1.1.0","name":"net",` + conf
		if prev != "" {
			text += `,"prevResult":` + prev
		}
		_, typ, _ := strings.Cut(conf, `"type":"`)
		typ, _, _ = strings.Cut(typ, `"`)
		out, err := c.run(plugins.Env{
			Type: typ, Verb: verb, ContainerID: "a", NetNS: "/run/netns/a", IfName: "net0",
			Args: "IgnoreUnknown=1;K8S_POD_NAMESPACE=d;K8S_POD_NAME=p", Stdin: []byte(text + "}"),
		})
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s %s: %w", typ, verb, err))
			if verb == "ADD" {
				return failed
			}
		}
		if verb == "ADD" {
			prev, c.prev = out, out
		}
	}
	return failed
}

// left is what an attachment can leave behind.
func (c *chain) left() []string {
	var out []string
	for _, ns := range c.Kernel.Namespaces() {
		for _, l := range ns.Links() {
			switch {
			case l.Kind == kernel.Device && ns != c.Kernel.Host():
				out = append(out, "card "+l.Name)
			case l.Kind == kernel.Bridge, l.Kind == kernel.Device, l.Kind == kernel.Loopback:
			case strings.HasPrefix(l.Name, "cni0."), l.Peer != nil && strings.HasPrefix(l.Peer.Name, "cni0."):
				// The plugin bridge never deletes its own end in a VLAN.
			default:
				out = append(out, "link "+l.Name)
			}
		}
		for _, ch := range ns.Chains() {
			for _, r := range ch.Rules {
				if r.Key != "" {
					out = append(out, "rule "+r.Text)
				}
			}
		}
	}
	for line := range strings.Lines(c.Disk.Dump()) {
		if strings.Contains(line, `"a\r\n`) {
			out = append(out, "lease "+line)
		}
	}
	for range c.Lease.Leases() {
		out = append(out, "DHCP lease")
	}
	if pools, err := c.Pools.API.ListPools(cluster.Token{}, ""); err == nil {
		for _, p := range pools {
			for range p.Allocations {
				out = append(out, "address of the pool "+p.Name)
			}
		}
	}
	return out
}

// TestWholeLife attaches and detaches by every plugin, and nothing is left.
func TestWholeLife(t *testing.T) {
	for name, confs := range attachments() {
		t.Run(name, func(t *testing.T) {
			c := newChain(t, confs)
			for _, verb := range []string{"ADD", "CHECK", "DEL", "STATUS"} {
				if err := c.verb(verb); err != nil {
					t.Error(err)
				}
			}
			if left := c.left(); left != nil {
				t.Errorf("left: %q", left)
			}
		})
	}
}

// killer kills the process of the plugin before its operation of that number.
type killer struct{ at, seen int }

func (k *killer) Judge(fault.Actor, fault.Op) fault.Outcome {
	k.seen++
	if k.seen == k.at {
		return fault.Outcome{How: fault.CrashBefore}
	}
	return fault.Outcome{}
}

// TestDelAfterAKillAnywhere kills ADD before each of its operations. DEL then
// leaves nothing that is the sandbox's but what leaks lists.
func TestDelAfterAKillAnywhere(t *testing.T) {
	for name, confs := range attachments() {
		known := leaks()
		t.Run(name, func(t *testing.T) {
			kills := 0
			for at := 1; at < 500; at++ {
				c := newChain(t, confs)
				k := &killer{at: at}
				c.stage.Judge = k
				err := c.verb("ADD")
				if k.seen < at {
					break
				}
				if !errors.Is(err, proc.ErrDead) {
					t.Errorf("killed at %d, and says %v", at, err)
				}
				kills++
				c.stage.Judge = fault.Never{}
				if err := c.verb("DEL"); err != nil && name != "host-device" && name != "vrf" {
					t.Errorf("DEL after a kill at %d: %v", at, err)
				}
				for _, what := range c.left() {
					if known[name] == nil || !known[name].MatchString(what) {
						t.Errorf("after a kill at %d and DEL: %s", at, what)
					}
				}
			}
			if kills < 3 {
				t.Errorf("only %d operations", kills)
			}
		})
	}
}

// leaks are what the real plugins leave too: a link that has not got its name yet
// when the process is killed, which DEL does not find, and a card that is under
// way or whose namespace died with its last process.
func leaks() map[string]*regexp.Regexp {
	unnamed := regexp.MustCompile(`^link veth[0-9a-f]{8}$`)
	return map[string]*regexp.Regexp{
		"dhcp": unnamed, "ipvlan": unnamed, "macvlan": unnamed, "static": unnamed, "tap": unnamed,
		"vlan": unnamed, "whereabouts": unnamed,
		"host-device": regexp.MustCompile(`^card (eth1|net0)$`),
	}
}

// scripted gives the operations of a kind an outcome.
type scripted map[fault.Kind]fault.Outcome

func (s scripted) Judge(_ fault.Actor, op fault.Op) fault.Outcome { return s[op.Kind] }

// TestIPAMEndsBadly looks what a plugin says when its IPAM plugin ends in a way
// that is none of its own.
func TestIPAMEndsBadly(t *testing.T) {
	conf := []string{`"type":"bridge","ipam":{"type":"host-local","subnet":"10.1.0.0/24"}`}
	for _, c := range []struct {
		name string
		out  fault.Outcome
		code uint
		msg  string
	}{
		{"reports", fault.Outcome{How: fault.FailBefore, Err: &fault.Answer{
			Status: "exit status 1", Print: fault.PrintError, Code: 11, Msg: "later",
		}}, 11, "later"},
		{"says nothing", fault.Outcome{How: fault.FailAfter, Err: &fault.Answer{
			Status: "signal: killed", Print: fault.PrintNothing,
		}}, 0, "netplugin failed with no error message: signal: killed"},
		{"can not be run", fault.Outcome{How: fault.FailBefore, Err: &fault.Answer{
			Errno: errno.EACCES,
		}}, 0, "netplugin failed with no error message: " +
			"fork/exec /opt/cni/bin/host-local: permission denied"},
		{"prints garbage", fault.Outcome{How: fault.Corrupt, Err: &fault.Answer{
			Print: fault.PrintGarbage,
		}}, 999, "failed to unmarshal raw result: invalid character 'S' looking for beginning of value"},
		{"prints null", fault.Outcome{How: fault.Corrupt, Err: &fault.Answer{
			Print: fault.PrintNull,
		}}, 999, "IPAM plugin returned missing IP config"},
		{"prints no address", fault.Outcome{How: fault.Corrupt, Err: &fault.Answer{
			Print: fault.PrintNoIP,
		}}, 999, "IPAM plugin returned missing IP config"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newChain(t, conf)
			n.stage.Judge = scripted{fault.IPAMAdd: c.out}
			err := n.verb("ADD")
			said, ok := errors.AsType[*types.Error](err)
			if !ok || said.Code != c.code || said.Msg != c.msg {
				t.Errorf("said %v, want code %d: %s", err, c.code, c.msg)
			}
			n.stage.Judge = fault.Never{}
			if err := n.verb("DEL"); err != nil {
				t.Error(err)
			}
			if left := n.left(); left != nil {
				t.Errorf("left: %q", left)
			}
		})
	}
}

// TestSameEveryTime runs everything twice; nothing may depend on the order of a
// map.
func TestSameEveryTime(t *testing.T) {
	for name, confs := range attachments() {
		hashes := [2]uint64{}
		for i := range hashes {
			c := newChain(t, confs)
			for _, verb := range []string{"ADD", "CHECK", "DEL"} {
				if err := c.verb(verb); err != nil {
					t.Error(err)
				}
			}
			hashes[i] = c.stage.Hash() ^ c.Kernel.Hash() ^ c.Disk.Hash()
		}
		if hashes[0] != hashes[1] {
			t.Errorf("%s: two runs, two histories", name)
		}
	}
}

// TestLockIsFreedByDeath kills host-local while it has the lock.
func TestLockIsFreedByDeath(t *testing.T) {
	conf := []string{`"type":"bridge","ipam":{"type":"host-local","subnet":"10.1.0.0/24"}`}
	c := newChain(t, conf)
	c.stage.Judge = scripted{fault.IPAMAdd: {How: fault.Partial, N: 5, Err: &fault.Answer{
		Status: "signal: killed", Print: fault.PrintNothing,
	}}}
	if err := c.verb("ADD"); err == nil {
		t.Error("it says that all is well")
	}
	const lock = "/var/lib/cni/networks/net/lock"
	if _, err := c.Disk.TryLock(lock, disk.Want{At: disk.Whole, Exclusive: true, By: 99}); err != nil {
		t.Errorf("the lock of the dead: %v", err)
	}
}

// TestIPAMPrintsAnything gives ADD every output that the catalogue of faults
// knows, of every version, and DEL cleans up.
func TestIPAMPrintsAnything(t *testing.T) {
	conf := []string{`"type":"macvlan","master":"eth0","ipam":{"type":"host-local","subnet":"10.1.0.0/24"}`}
	for output := fault.PrintTruth; output <= fault.PrintStringOnly; output++ {
		for _, status := range []string{"", "exit status 1"} {
			c := newChain(t, conf)
			how := fault.Corrupt
			if status != "" {
				how = fault.FailAfter
			}
			c.stage.Judge = scripted{fault.IPAMAdd: {How: how, Err: &fault.Answer{
				Status: status, Print: output, Code: 100, Msg: "no",
			}}}
			err := c.verb("ADD")
			if err == nil && status != "" {
				t.Errorf("output %d with %s counts as success", output, status)
			}
			c.stage.Judge = fault.Never{}
			if err := c.verb("DEL"); err != nil {
				t.Errorf("DEL after output %d: %v", output, err)
			}
			if left := c.left(); left != nil {
				t.Errorf("output %d leaves %q", output, left)
			}
		}
	}
}
