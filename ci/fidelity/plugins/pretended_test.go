package plugins

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/core/record"
	"patchbay/sim/chance"
	"patchbay/sim/disk"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
	"patchbay/sim/plugins"
	"patchbay/sim/proc"
	"patchbay/sim/sched"
)

// pretended is the simulator.
type pretended struct {
	machine *plugins.Machine
	sched   *sched.Sched
	stage   *proc.Stage
	box     *kernel.Namespace
}

const (
	pretendedNetns = "/run/netns/box"
	pretendedDir   = "/var/lib/test"
)

func newPretended(t *testing.T) *pretended {
	t.Helper()
	p := &pretended{machine: &plugins.Machine{
		Kernel: kernel.New(kernel.Kernel618()), Disk: disk.New(disk.Ext4()),
	}}
	pool := new(sched.Pool)
	p.sched = sched.New(chance.Ordinary{}, pool, sched.InTurn{})
	p.stage = &proc.Stage{Sched: p.sched, Judge: fault.Never{}}
	t.Cleanup(func() {
		p.sched.Close()
		pool.Close()
	})
	var err error
	if p.box, err = p.machine.Kernel.Unshare(pretendedNetns, kernel.Mark{}); err != nil {
		t.Fatal(err)
	}
	if err = p.machine.Kernel.Bind(p.own(), p.machine.Kernel.Host()); err != nil {
		t.Fatal(err)
	}
	p.machine.Kernel.Touch(p.plain())
	return p
}

func (*pretended) netns() string { return pretendedNetns }
func (*pretended) own() string   { return "/run/netns/node" }
func (*pretended) plain() string { return "/run/netns/plain" }
func (*pretended) dir() string   { return pretendedDir }

func (p *pretended) run(_ *testing.T, verb string, e execution) ending {
	var out []byte
	var err error
	p.sched.Go(e.program, func() {
		out, err = plugins.Run(plugins.Env{
			Machine: p.machine, Type: e.program, Verb: verb, ContainerID: containerID,
			NetNS: e.netns, IfName: e.ifName, Args: e.args, Path: "/opt/cni/bin", Stdin: e.stdin,
			Proc: p.stage.Begin(fault.Actor{
				Program: e.program, Verb: verb,
				Key: record.Key{ContainerID: containerID, IfName: e.ifName},
			}),
		})
	})
	p.sched.Run()
	p.machine.Kernel.ReapAll()
	if err == nil {
		return ending{stdout: out}
	}
	said, ok := errors.AsType[*types.Error](err)
	if !ok {
		return ending{failed: true, msg: "no CNI error: " + err.Error()}
	}
	if said.Code == 0 && strings.Contains(said.Msg, "panic") || len(out) > 0 {
		return ending{failed: true, crashed: true}
	}
	return ending{failed: true, code: said.Code, msg: said.Msg, details: said.Details}
}

// do carries out those commands of ip(8) that rows use.
func (p *pretended) do(t *testing.T, command string) {
	t.Helper()
	ns, words := p.machine.Kernel.Host(), strings.Fields(command)
	if words[0] == "box" {
		ns, words = p.box, words[1:]
	}
	if err := p.carryOut(ns, words); err != nil {
		t.Fatalf("pretended %s: %v", command, err)
	}
}

func (p *pretended) carryOut(ns *kernel.Namespace, w []string) error {
	k := p.machine.Kernel
	switch {
	case w[0] == "write":
		d := p.machine.Disk
		path := strings.ReplaceAll(w[1], "DIR", pretendedDir)
		for i, c := range path {
			if c == '/' && i > 0 {
				if err := d.Mkdir(path[:i], 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
					return err
				}
			}
		}
		return d.WriteFile(path, []byte(unquote(w[2])), 0o644)
	case w[0] == "sysctl":
		return k.SetSysctl(ns, w[1], w[2])
	case w[0] == "gone":
		if err := k.Unmount(pretendedNetns); err != nil {
			return err
		}
		return k.RemovePath(pretendedNetns)
	case w[0] == "link" && w[1] == "add" && w[3] == "veth":
		_, err := k.Add(ns, kernel.Spec{Kind: kernel.Veth, Name: w[2], PeerName: w[4]})
		return err
	case w[0] == "link" && w[1] == "add" && w[3] == "bridge":
		_, err := k.Add(ns, kernel.Spec{Kind: kernel.Bridge, Name: w[2]})
		return err
	case w[0] == "addr" && w[1] == "add":
		prefix, err := netip.ParsePrefix(w[2])
		if err != nil {
			return err
		}
		l, err := ns.Lookup(w[3])
		if err != nil {
			return err
		}
		return k.AddAddr(l, kernel.NewAddr(prefix))
	case w[0] == "route" && w[1] == "add":
		return p.addRoute(ns, w[2:])
	case w[0] == "rule" && w[1] == "add":
		src := netip.MustParsePrefix(w[2])
		return k.AddRule(ns, kernel.Rule{Src: src, V6: src.Addr().Is6(), Table: 100})
	case w[0] == "link":
		return p.changeLink(ns, w[1:])
	}
	return fmt.Errorf("unknown command %q", w)
}

func (p *pretended) addRoute(ns *kernel.Namespace, w []string) error {
	r := kernel.Route{Proto: kernel.ProtoBoot, Scope: kernel.ScopeLink}
	switch w[0] {
	case "default":
		r.Dst = kernel.Default4
	case "default6":
		r.Dst = kernel.Default6
	default:
		r.Dst = netip.MustParsePrefix(w[0])
	}
	for i := 1; i+1 < len(w); i += 2 {
		switch w[i] {
		case "via":
			r.Gw, r.Scope = netip.MustParseAddr(w[i+1]), 0
		case "dev":
			r.Dev = ns.ByName(w[i+1])
		}
	}
	if r.V6() {
		r.Scope = 0
	}
	return p.machine.Kernel.AddRoute(ns, r)
}

func (p *pretended) changeLink(ns *kernel.Namespace, w []string) error {
	k := p.machine.Kernel
	l, err := ns.Lookup(w[1])
	if err != nil {
		return err
	}
	switch w[0] {
	case "up":
		return k.SetUp(l)
	case "down":
		return k.SetDown(l)
	case "del":
		return k.Delete(l)
	case "mtu":
		var mtu int
		if _, err := fmt.Sscan(w[2], &mtu); err != nil {
			return err
		}
		return k.SetMTU(l, mtu)
	case "address":
		hw, err := net.ParseMAC(w[2])
		if err != nil {
			return err
		}
		return k.SetMAC(l, kernel.MAC(hw))
	case "name":
		return k.SetName(l, w[2])
	case "alias":
		return k.SetAlias(l, w[2])
	case "tobox":
		return k.Move(l, p.box, "")
	}
	return fmt.Errorf("unknown command %q", w)
}

func (p *pretended) state(*testing.T) []string {
	k := p.machine.Kernel
	var out []string
	for _, ns := range []*kernel.Namespace{k.Host(), p.box} {
		where := "host"
		if ns == p.box {
			where = "box"
		}
		if !ns.Alive() {
			continue
		}
		var lines []string
		for _, l := range ns.Links() {
			out = append(out, where+" "+simLink(l, ns))
			for _, a := range slices.Concat(l.V4, l.V6) {
				lines = append(lines, fmt.Sprintf("%s addr %s %s/%d scope %d", where, l.Name,
					a.IP, a.Bits, a.Scope))
			}
			for _, q := range l.Qdiscs {
				line := fmt.Sprintf("%s qdisc %s %s", where, l.Name, q.Kind)
				if q.Kind == "tbf" {
					line += fmt.Sprintf(" rate %d", q.Rate)
				}
				lines = append(lines, line)
			}
		}
		for _, v6 := range []bool{false, true} {
			for _, table := range ns.Tables(v6) {
				for _, r := range ns.Routes(v6, table) {
					lines = append(lines, where+" "+simRoute(r))
				}
			}
		}
		for _, r := range ns.Rules() {
			if r.Src.IsValid() {
				lines = append(lines, fmt.Sprintf("%s rule %d from %s table %d", where,
					r.Priority, r.Src, r.Table))
			}
		}
		for _, c := range ns.Chains() {
			lines = append(lines, where+" chain "+c.Table+" "+c.Name)
			for i, r := range c.Rules {
				line := fmt.Sprintf("%s rule %s %s %d: %s", where, c.Table, c.Name, i, r.Text)
				if r.Key != "" {
					line += ` comment "` + r.Key + `"`
				}
				lines = append(lines, line)
			}
		}
		for _, name := range switchNames(linkNames(ns.Links())) {
			if value, err := ns.Sysctl(name); err == nil {
				lines = append(lines, where+" sysctl "+name+" "+value)
			}
		}
		out = append(out, finish(lines)...)
	}
	return append(out, p.files(pretendedDir)...)
}

func linkNames(list []*kernel.Link) []string {
	var out []string
	for _, l := range list {
		out = append(out, l.Name)
	}
	return out
}

func simLink(l *kernel.Link, ns *kernel.Namespace) string {
	line := fmt.Sprintf("link %s %s up %t mac %s mtu %d qlen %d promisc %t allmulti %t alias %q",
		l.Name, l.Kind, l.Up, net.HardwareAddr(l.MAC[:]), l.MTU, l.TxQLen, l.Promisc, l.AllMulti,
		l.Alias)
	if l.Master != nil {
		line += " master " + l.Master.Name
		if l.Master.Kind == kernel.Bridge {
			line += fmt.Sprintf(" hairpin %t isolated %t", l.Port.Hairpin, l.Port.Isolated)
		}
		for _, v := range l.Port.VLANs {
			if !l.Master.Bridge.VlanFiltering {
				break
			}
			line += fmt.Sprintf(" vlan %d/%t/%t", v.ID, v.PVID, v.Untagged)
		}
	}
	if l.Kind == kernel.Bridge {
		line += fmt.Sprintf(" filtering %t", l.Bridge.VlanFiltering)
	}
	if l.Kind == kernel.Macvlan {
		line += " mode " + l.Mode.String()
	}
	if low := l.Lower; low != nil && low.NS == ns {
		line += " on " + low.Name
	}
	return line
}

func simRoute(r *kernel.Route) string {
	line := fmt.Sprintf("route %d %s dev %s table %d metric %d scope %d proto %d", r.Type, r.Dst,
		r.Dev.Name, r.Table, r.Metric, r.Scope, r.Proto)
	if r.Gw.IsValid() {
		line += " via " + r.Gw.String()
	}
	if r.Src.IsValid() {
		line += " src " + r.Src.String()
	}
	return line
}

func (p *pretended) files(dir string) []string {
	list, err := p.machine.Disk.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range list {
		path := dir + "/" + e.Name()
		if e.IsDir() {
			out = append(out, p.files(path)...)
			continue
		}
		data, err := p.machine.Disk.ReadFile(path)
		if err != nil {
			continue
		}
		info, err := p.machine.Disk.Stat(path)
		if err != nil {
			continue
		}
		out = append(out, fmt.Sprintf("file %s %o %q", path, info.Mode.Perm(), data))
	}
	return out
}
