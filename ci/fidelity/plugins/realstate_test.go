package plugins

import (
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

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"patchbay/ci/netnstest"
)

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

// again asks the kernel until it can answer without being interrupted by a change.
func again[T any](t *testing.T, ask func() (T, error)) T {
	t.Helper()
	for range 100 {
		v, err := ask()
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			return must(t, v, err)
		}
	}
	t.Fatal("every answer of the kernel was interrupted")
	panic("not reached")
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
	links := again(t, func() ([]netlink.Link, error) {
		return netlink.LinkList()
	})
	slices.SortFunc(links, func(a, b netlink.Link) int { return a.Attrs().Index - b.Attrs().Index })
	names := map[int]netlink.Link{}
	var own []string
	for _, l := range links {
		names[l.Attrs().Index] = l
		own = append(own, l.Attrs().Name)
	}
	vlans := again(t, func() (map[int32][]*nl.BridgeVlanInfo, error) {
		return netlink.BridgeVlanList()
	})
	var out, lines []string
	for _, l := range links {
		line := where + " " + realLink(l, names)
		if m := names[l.Attrs().MasterIndex]; m != nil {
			for _, v := range vlans[int32(l.Attrs().Index)] {
				line += fmt.Sprintf(" vlan %d/%t/%t", v.Vid, v.PortVID(), v.EngressUntag())
			}
		}
		out = append(out, line)
		addrs := again(t, func() ([]netlink.Addr, error) {
			return netlink.AddrList(l, netlink.FAMILY_ALL)
		})
		for _, a := range addrs {
			ones, _ := a.Mask.Size()
			lines = append(lines, fmt.Sprintf("%s addr %s %s/%d scope %d", where,
				l.Attrs().Name, plain(a.IP), ones, a.Scope))
		}
		lines = append(lines, realQdiscs(t, where, l)...)
	}
	lines = append(lines, realRoutes(t, where, names)...)
	rules := again(t, func() ([]netlink.Rule, error) {
		return netlink.RuleList(netlink.FAMILY_ALL)
	})
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
	list := again(t, func() ([]netlink.Qdisc, error) {
		return netlink.QdiscList(l)
	})
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
		list := again(t, func() ([]netlink.Route, error) {
			return netlink.RouteListFiltered(family, &netlink.Route{Table: unix.RT_TABLE_UNSPEC},
				netlink.RT_FILTER_TABLE)
		})
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

// finish leaves out what IPv6 does by itself for every link that
// has a carrier, at a time of its own: level one compares that.
func finish(lines []string) []string {
	return slices.DeleteFunc(lines, func(line string) bool {
		return linkLocal.MatchString(line) || ownRoute.MatchString(line)
	})
}
