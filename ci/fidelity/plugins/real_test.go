package plugins

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"patchbay/ci/netnstest"
	"patchbay/ci/require"
)

// containerID is whose interfaces all rows are about.
const containerID = "c0ffee"

// binaries is the directory of the reference plugins.
func binaries(t *testing.T) string {
	t.Helper()
	require.Root(t)
	dir, err := filepath.Abs("../../../bin/cni")
	if err != nil {
		t.Fatal(err)
	}
	require.Command(t, "node", filepath.Join(dir, "bridge"))
	return dir
}

// onKernel is this kernel: one namespace that plays the node and one the sandbox.
type onKernel struct {
	bin, host, box, files string
	gone                  bool
}

func newReal(t *testing.T, bin string) *onKernel {
	t.Helper()
	r := &onKernel{bin: bin, host: netnstest.New(t), box: netnstest.New(t), files: t.TempDir()}
	r.do(t, "link up lo")
	r.do(t, "sysctl net/ipv4/ip_forward 0") // it is what the machine has
	r.do(t, "box sysctl net/ipv4/ip_forward 0")
	return r
}

func (r *onKernel) netns() string { return r.box }
func (r *onKernel) dir() string   { return r.files }

func (r *onKernel) run(t *testing.T, verb string, e execution) ending {
	t.Helper()
	c := exec.CommandContext(t.Context(), filepath.Join(r.bin, e.program))
	c.Stdin = bytes.NewReader(e.stdin)
	c.Env = append(os.Environ(), "CNI_COMMAND="+verb, "CNI_CONTAINERID="+containerID,
		"CNI_NETNS="+e.netns, "CNI_IFNAME="+e.ifName, "CNI_ARGS="+e.args, "CNI_PATH="+r.bin)
	var stdout bytes.Buffer
	c.Stdout = &stdout
	var err error
	netnstest.Do(t, r.host, func() { err = c.Run() })
	if err == nil {
		return ending{stdout: stdout.Bytes()}
	}
	if _, exited := errors.AsType[*exec.ExitError](err); !exited {
		t.Fatal(err)
	}
	var said types.Error
	if json.Unmarshal(stdout.Bytes(), &said) != nil {
		return ending{failed: true, crashed: true}
	}
	msg := strings.ReplaceAll(said.Msg, r.bin, "/opt/cni/bin")
	return ending{failed: true, code: said.Code, msg: msg, details: said.Details}
}

func (r *onKernel) do(t *testing.T, command string) {
	t.Helper()
	ns, w := r.host, strings.Fields(command)
	if w[0] == "box" {
		ns, w = r.box, w[1:]
	}
	switch {
	case w[0] == "write":
		path := strings.ReplaceAll(w[1], "DIR", r.files)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(unquote(w[2])), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	case w[0] == "sysctl":
		netnstest.Do(t, ns, func() {
			if err := os.WriteFile("/proc/sys/"+w[1], []byte(w[2]), 0o644); err != nil {
				t.Fatal(err)
			}
		})
		return
	case w[0] == "gone":
		r.leave(t)
		return
	}
	args := ipArgs(w, r.box)
	netnstest.Do(t, ns, func() {
		//nolint:gosec // a row of the table
		if out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	})
}

// leave takes the sandbox away and waits until the kernel has done so too, which
// it does in its own time.
func (r *onKernel) leave(t *testing.T) {
	t.Helper()
	split := func() int {
		n := 0
		netnstest.Do(t, r.host, func() {
			list, err := netlink.LinkList()
			must(t, list, err)
			for _, l := range list {
				if l.Type() == "veth" && l.Attrs().NetNsID >= 0 {
					n++
				}
			}
		})
		return n
	}
	netnstest.Delete(t, r.box)
	r.gone = true
	for range 20_000 {
		if split() == 0 {
			return
		}
	}
	t.Log("the kernel has not cleaned up yet")
}

func unquote(text string) string { return strings.NewReplacer("|", "\n", nbsp, " ").Replace(text) }

// ipArgs are the arguments of ip(8) for a command of a row.
func ipArgs(w []string, box string) []string {
	switch w[0] + " " + w[1] {
	case "link add":
		if w[3] == "veth" {
			return []string{"link", "add", w[2], "type", "veth", "peer", "name", w[4]}
		}
		return []string{"link", "add", w[2], "type", w[3]}
	case "addr add":
		return []string{"addr", "add", w[2], "brd", "+", "dev", w[3]}
	case "rule add":
		return []string{"rule", "add", "from", w[2], "table", "100"}
	case "route add":
		if w[2] == "default6" {
			return append([]string{"-6", "route", "add", "default"}, w[3:]...)
		}
		return w
	case "link del":
		return w
	case "link tobox":
		return []string{"link", "set", w[2], "netns", filepath.Base(box)}
	case "link mtu", "link address", "link name", "link alias":
		return []string{"link", "set", w[2], w[1], w[3]}
	}
	return []string{"link", "set", w[2], w[1]} // up and down
}

func (r *onKernel) state(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, ns := range []string{r.host, r.box} {
		where := "host"
		if ns == r.box {
			if where = "box"; r.gone {
				continue
			}
		}
		netnstest.Do(t, ns, func() { out = append(out, realState(t, where)...) })
	}
	return append(out, realFiles(t, r.files)...)
}

func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// realState describes the namespace that the thread is in.
func realState(t *testing.T, where string) []string {
	t.Helper()
	links, err := netlink.LinkList()
	must(t, links, err)
	slices.SortFunc(links, func(a, b netlink.Link) int { return a.Attrs().Index - b.Attrs().Index })
	names := map[int]netlink.Link{}
	var own []string
	for _, l := range links {
		names[l.Attrs().Index] = l
		own = append(own, l.Attrs().Name)
	}
	vlans, err := netlink.BridgeVlanList()
	must(t, vlans, err)
	var out, lines []string
	for _, l := range links {
		line := where + " " + realLink(l, names)
		if m := names[l.Attrs().MasterIndex]; m != nil {
			for _, v := range vlans[int32(l.Attrs().Index)] {
				line += fmt.Sprintf(" vlan %d/%t/%t", v.Vid, v.PortVID(), v.EngressUntag())
			}
		}
		out = append(out, line)
		addrs, err := netlink.AddrList(l, netlink.FAMILY_ALL)
		must(t, addrs, err)
		for _, a := range addrs {
			ones, _ := a.Mask.Size()
			lines = append(lines, fmt.Sprintf("%s addr %s %s/%d scope %d", where,
				l.Attrs().Name, plain(a.IP), ones, a.Scope))
		}
		lines = append(lines, realQdiscs(t, where, l)...)
	}
	lines = append(lines, realRoutes(t, where, names)...)
	rules, err := netlink.RuleList(netlink.FAMILY_ALL)
	must(t, rules, err)
	for _, r := range rules {
		if r.Src != nil {
			ones, _ := r.Src.Mask.Size()
			lines = append(lines, fmt.Sprintf("%s rule %d from %s/%d table %d", where,
				r.Priority, plain(r.Src.IP), ones, r.Table))
		}
	}
	lines = append(lines, realFilter(t, where)...)
	for _, name := range switchNames(own) {
		if data, err := os.ReadFile("/proc/sys/" + name); err == nil {
			lines = append(lines, where+" sysctl "+name+" "+strings.TrimSpace(string(data)))
		}
	}
	return append(out, finish(lines)...)
}

func plain(ip net.IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}

func realLink(l netlink.Link, names map[int]netlink.Link) string {
	a := l.Attrs()
	mac := a.HardwareAddr
	if len(mac) == 0 {
		mac = make(net.HardwareAddr, 6)
	}
	kind := l.Type()
	if kind == "device" && a.Name == "lo" {
		kind = "lo"
	}
	if tap, ok := l.(*netlink.Tuntap); ok && tap.Mode == netlink.TUNTAP_MODE_TAP {
		kind = "tap"
	}
	line := fmt.Sprintf("link %s %s up %t mac %s mtu %d qlen %d promisc %t allmulti %t alias %q",
		a.Name, kind, a.Flags&net.FlagUp != 0, mac, a.MTU, a.TxQLen,
		a.RawFlags&unix.IFF_PROMISC != 0, a.RawFlags&unix.IFF_ALLMULTI != 0, a.Alias)
	if m := names[a.MasterIndex]; m != nil {
		line += " master " + m.Attrs().Name
		if m.Type() == "bridge" {
			p, err := netlink.LinkGetProtinfo(l)
			if err != nil {
				line += " " + err.Error()
			}
			line += fmt.Sprintf(" hairpin %t isolated %t", p.Hairpin, p.Isolated)
		}
	}
	if br, ok := l.(*netlink.Bridge); ok {
		line += fmt.Sprintf(" filtering %t", br.VlanFiltering != nil && *br.VlanFiltering)
		ports := 0
		for _, o := range names {
			if o.Attrs().MasterIndex == a.Index {
				ports++
			}
		}
		if ports == 0 {
			line += " without ports"
		}
	}
	if m, ok := l.(*netlink.Macvlan); ok {
		line += " mode " + map[netlink.MacvlanMode]string{
			netlink.MACVLAN_MODE_BRIDGE: "bridge", netlink.MACVLAN_MODE_PRIVATE: "private",
			netlink.MACVLAN_MODE_VEPA: "vepa", netlink.MACVLAN_MODE_PASSTHRU: "passthru",
		}[m.Mode]
		if low := names[a.ParentIndex]; low != nil && a.NetNsID < 0 {
			line += " on " + low.Attrs().Name
		}
	}
	return line
}

func realQdiscs(t *testing.T, where string, l netlink.Link) []string {
	t.Helper()
	list, err := netlink.QdiscList(l)
	must(t, list, err)
	var out []string
	for _, q := range list {
		line := fmt.Sprintf("%s qdisc %s %s", where, l.Attrs().Name, q.Type())
		switch q := q.(type) {
		case *netlink.Tbf:
			out = append(out, line+fmt.Sprintf(" rate %d", q.Rate))
		case *netlink.Ingress:
			out = append(out, line)
		}
	}
	return out
}

func realRoutes(t *testing.T, where string, names map[int]netlink.Link) []string {
	t.Helper()
	var out []string
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		list, err := netlink.RouteListFiltered(family, &netlink.Route{Table: unix.RT_TABLE_UNSPEC},
			netlink.RT_FILTER_TABLE)
		must(t, list, err)
		for _, r := range list {
			dst := "?"
			if r.Dst != nil {
				ones, _ := r.Dst.Mask.Size()
				dst = fmt.Sprintf("%s/%d", plain(r.Dst.IP), ones)
			}
			dev := "?"
			if l := names[r.LinkIndex]; l != nil {
				dev = l.Attrs().Name
			}
			line := fmt.Sprintf("%s route %d %s dev %s table %d metric %d scope %d proto %d", where,
				r.Type, dst, dev, r.Table, r.Priority, r.Scope, r.Protocol)
			if r.Gw != nil {
				line += " via " + plain(r.Gw).String()
			}
			if r.Src != nil {
				line += " src " + plain(r.Src).String()
			}
			out = append(out, line)
		}
	}
	return out
}

var (
	nftTable = regexp.MustCompile(`^table (\S+ \S+) \{$`)
	nftChain = regexp.MustCompile(`^chain (\S+) \{$`)
)

// realFilter lists the packet filter as nft(8) does.
func realFilter(t *testing.T, where string) []string {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "nft", "list", "ruleset").Output()
	must(t, text, err)
	var out []string
	table, chain, count := "", "", 0
	for line := range strings.SplitSeq(string(text), "\n") {
		line = strings.TrimSpace(line)
		if m := nftTable.FindStringSubmatch(line); m != nil {
			table, chain = m[1], ""
			continue
		}
		if m := nftChain.FindStringSubmatch(line); m != nil {
			chain, count = m[1], 0
			out = append(out, where+" chain "+table+" "+chain)
			continue
		}
		switch {
		case chain == "", line == "", line == "}", strings.HasPrefix(line, "type "),
			strings.HasPrefix(line, "comment "):
			continue
		}
		out = append(out, fmt.Sprintf("%s rule %s %s %d: %s", where, table, chain, count, line))
		count++
	}
	return out
}

func realFiles(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		out = append(out, fmt.Sprintf("file %s %o %q", path, info.Mode().Perm(), data))
		return nil
	})
	must(t, out, err)
	return out
}

// switchNames are the switches that plugins write, of links and of a namespace.
func switchNames(links []string) []string {
	out := []string{"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/core/somaxconn"}
	for _, l := range links {
		for _, name := range []string{"arp_notify", "route_localnet", "proxy_arp", "rp_filter"} {
			out = append(out, "net/ipv4/conf/"+l+"/"+name)
		}
		for _, name := range []string{
			"accept_ra", "accept_dad", "enhanced_dad", "ndisc_notify", "disable_ipv6",
			"keep_addr_on_down",
		} {
			out = append(out, "net/ipv6/conf/"+l+"/"+name)
		}
	}
	return out
}

var (
	linkLocal = regexp.MustCompile(` (fe80|ff00)::`)
	ownRoute  = regexp.MustCompile(` route [24] \S*:\S*/128 dev`)
)

// finish sorts lines and leaves out what IPv6 does by itself for every link that
// has a carrier, at a time of its own: level one compares that.
func finish(lines []string) []string {
	lines = slices.DeleteFunc(lines, func(line string) bool {
		return linkLocal.MatchString(line) || ownRoute.MatchString(line)
	})
	slices.Sort(lines)
	return lines
}
