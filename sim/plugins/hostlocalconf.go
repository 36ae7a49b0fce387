//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/containernetworking/cni/pkg/types"
)

// hostLocal is the configuration of the IPAM plugin "host-local".
type hostLocal struct {
	dir       string   // where its files are
	lock      string   // the file that is locked
	last      []string // the file with the address that each set gave out last
	resolv    string
	routes    []route
	sets      []rangeSet
	requested []netip.Addr // by "args" and runtimeConfig
	asked     error        // what is wrong with those
	ranges    error        // what is wrong with the ranges
	v4, v6    int          // sets of each family
	overlap   error
}

// rangeSet are the ranges that one address comes from.
type rangeSet []ipRange

// ipRange are addresses of a subnet, from the first to the last.
type ipRange struct {
	subnet          netip.Prefix
	first, last, gw netip.Addr
}

// hostLocalDir is where the files are if the configuration does not say.
const hostLocalDir = "/var/lib/cni/networks"

// rangeConf is a range as it is written.
type rangeConf struct {
	RangeStart net.IP      `json:"rangeStart,omitempty"`
	RangeEnd   net.IP      `json:"rangeEnd,omitempty"`
	Subnet     types.IPNet `json:"subnet"`
	Gateway    net.IP      `json:"gateway,omitempty"`
}

// ipText is an address with or without the length of a prefix, which is ignored.
type ipText struct{ netip.Addr }

// UnmarshalText reads the address; an empty text is none.
func (t *ipText) UnmarshalText(b []byte) error {
	text := string(b)
	if text == "" {
		return nil
	}
	if p, ok := parsePrefix(text); ok {
		t.Addr = p.Addr()
		return nil
	}
	a, ok := parseAddr(text)
	if !ok {
		return fmt.Errorf("invalid IP address %s", text)
	}
	t.Addr = a
	return nil
}

func makeHostLocal(text []byte) (*hostLocal, error) {
	var n struct {
		Name string `json:"name"`
		IPAM *struct {
			rangeConf
			Routes     []*types.Route `json:"routes"`
			DataDir    string         `json:"dataDir"`
			ResolvConf string         `json:"resolvConf"`
			Ranges     [][]rangeConf  `json:"ranges"`
		} `json:"ipam"`
		RuntimeConfig struct {
			IPRanges [][]rangeConf `json:"ipRanges,omitempty"`
			IPs      []*ipText     `json:"ips,omitempty"`
		} `json:"runtimeConfig"`
		Args *struct {
			A *struct {
				IPs []*ipText `json:"ips"`
			} `json:"cni"`
		} `json:"args"`
	}
	if err := json.Unmarshal(text, &n); err != nil {
		return nil, err
	}
	if n.IPAM == nil {
		return nil, errNoIPAM
	}
	out := &hostLocal{resolv: n.IPAM.ResolvConf, routes: routesOf(n.IPAM.Routes)}
	dir := n.IPAM.DataDir
	if dir == "" {
		dir = hostLocalDir
	}
	out.dir = path.Join(dir, n.Name)
	out.lock = out.dir + "/lock"
	asked := n.RuntimeConfig.IPs
	if n.Args != nil && n.Args.A != nil {
		asked = append(n.Args.A.IPs, asked...)
	}
	for _, ip := range asked {
		if ip == nil || !ip.IsValid() {
			out.asked = errors.New("cannot understand ip: IP <nil> not v4 nor v6")
			continue
		}
		out.requested = append(out.requested, ip.Addr)
	}
	sets := n.IPAM.Ranges
	if r := n.IPAM.rangeConf; r.Subnet.IP != nil {
		sets = append([][]rangeConf{{r}}, sets...)
	}
	sets = append(n.RuntimeConfig.IPRanges, sets...)
	out.read(sets)
	return out, nil
}

// read turns ranges as they are written into the same with nothing left out.
func (h *hostLocal) read(sets [][]rangeConf) {
	if len(sets) == 0 {
		h.ranges = errors.New("no IP ranges specified")
		return
	}
	for i, conf := range sets {
		set, err := makeSet(conf)
		if err != nil {
			h.ranges = fmt.Errorf("invalid range set %d: %w", i, err)
			return
		}
		if set[0].first.Is4() {
			h.v4++
		} else {
			h.v6++
		}
		h.sets = append(h.sets, set)
		h.last = append(h.last, h.dir+"/last_reserved_ip."+strconv.Itoa(i))
	}
	for i, a := range h.sets {
		for j, b := range h.sets[i+1:] {
			if a.overlaps(b) {
				h.overlap = fmt.Errorf("range set %d overlaps with %d", i, i+j+1)
				return
			}
		}
	}
}

func makeSet(conf []rangeConf) (rangeSet, error) {
	if len(conf) == 0 {
		return nil, errors.New("empty range set")
	}
	var set rangeSet
	for _, c := range conf {
		r, err := makeRange(c)
		if err != nil {
			return nil, err
		}
		if len(set) > 0 && set[0].first.Is4() != r.first.Is4() {
			return nil, errors.New("mixed address families")
		}
		set = append(set, r)
	}
	for i, a := range set {
		for _, b := range set[i+1:] {
			if a.overlaps(b) {
				return nil, fmt.Errorf("subnets %s and %s overlap", a, b)
			}
		}
	}
	return set, nil
}

func makeRange(c rangeConf) (ipRange, error) {
	var r ipRange
	if c.Subnet.IP == nil {
		return r, errors.New("IP <nil> not v4 nor v6")
	}
	r.subnet = prefixOf(net.IPNet(c.Subnet))
	if size := r.subnet.Addr().BitLen(); r.subnet.Bits() > size-2 {
		return r, fmt.Errorf("Network %s too small to allocate from", r.subnet)
	}
	if m := r.subnet.Masked(); m != r.subnet {
		return r, fmt.Errorf("Network has host bits set. "+
			"For a subnet mask of length %d the network address is %s", m.Bits(), m.Addr())
	}
	r.gw = r.subnet.Addr().Next()
	if c.Gateway != nil {
		r.gw = addrOf(c.Gateway)
	}
	// The end bounds the start while it is not known whether it is in the subnet.
	r.last = addrOf(c.RangeEnd)
	first := r.subnet.Addr().Next()
	if c.RangeStart != nil {
		first = addrOf(c.RangeStart)
		if !r.contains(first) {
			return r, fmt.Errorf("RangeStart %s not in network %s", first, r.subnet)
		}
	}
	r.first = first
	if c.RangeEnd == nil {
		r.last = lastOf(r.subnet)
		return r, nil
	}
	if !r.contains(r.last) {
		return r, fmt.Errorf("RangeEnd %s not in network %s", r.last, r.subnet)
	}
	return r, nil
}

// lastOf is the last address that a subnet gives out: of IPv4 not the broadcast
// address, of IPv6 the very last.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	if a.Is4() {
		return a.Prev()
	}
	return a
}

// contains reports whether a range has an address; bounds that are not known do
// not count.
func (r ipRange) contains(a netip.Addr) bool {
	return a.IsValid() && r.subnet.Contains(a) &&
		(!r.first.IsValid() || !a.Less(r.first)) && (!r.last.IsValid() || !r.last.Less(a))
}

func (r ipRange) overlaps(o ipRange) bool {
	return r.first.Is4() == o.first.Is4() &&
		(r.contains(o.first) || r.contains(o.last) || o.contains(r.first) || o.contains(r.last))
}

// String is "10.0.0.1-10.0.0.254".
func (r ipRange) String() string { return r.first.String() + "-" + r.last.String() }

func (s rangeSet) overlaps(o rangeSet) bool {
	for _, a := range s {
		if slices.ContainsFunc(o, a.overlaps) {
			return true
		}
	}
	return false
}

// rangeOf is the index of the range that has an address, or -1.
func (s rangeSet) rangeOf(a netip.Addr) int {
	for i := range s {
		if s[i].contains(a) {
			return i
		}
	}
	return -1
}

// String lists the ranges.
func (s rangeSet) String() string {
	var out []string
	for _, r := range s {
		out = append(out, r.String())
	}
	return strings.Join(out, ",")
}

// loadHostLocal reads the configuration and CNI_ARGS. The addresses are those
// that were asked for.
func (c *call) loadHostLocal() (*hostLocal, []netip.Addr, error) {
	conf, err := formOf(c, "host-local", makeHostLocal)
	if err != nil {
		return nil, nil, err
	}
	args, err := c.arguments(knowsIP)
	if err != nil {
		return nil, nil, err
	}
	asked := conf.requested
	if args.IP != "" {
		var ip ipText
		if err := ip.UnmarshalText([]byte(args.IP)); err != nil {
			return nil, nil, fmt.Errorf(
				"ARGS: error parsing value of pair %q: %w", "IP="+args.IP, err)
		}
		asked = append([]netip.Addr{ip.Addr}, asked...)
	}
	for _, err := range []error{conf.asked, conf.ranges} {
		if err != nil {
			return nil, nil, err
		}
	}
	if err := c.oneEach(conf.v4, conf.v6); err != nil {
		return nil, nil, err
	}
	if conf.overlap != nil {
		return nil, nil, conf.overlap
	}
	return conf, asked, nil
}
