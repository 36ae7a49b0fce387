//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// portmap is the configuration of the plugin "portmap".
type portmap struct {
	types.NetConf
	Backend       *string   `json:"backend,omitempty"`
	SNAT          *bool     `json:"snat,omitempty"`
	ConditionsV4  *[]string `json:"conditionsV4"`
	ConditionsV6  *[]string `json:"conditionsV6"`
	MasqAll       bool      `json:"masqAll,omitempty"`
	MarkMasqBit   *int      `json:"markMasqBit"`
	RuntimeConfig struct {
		PortMaps []portEntry `json:"portMappings,omitempty"`
	} `json:"runtimeConfig"`
	ExternalSetMarkChain *string `json:"externalSetMarkChain"`

	bad error // what is said after prevResult was read
}

// portEntry is a port of the node that leads to one of the sandbox.
type portEntry struct {
	HostPort      int    `json:"hostPort"`
	ContainerPort int    `json:"containerPort"`
	Protocol      string `json:"protocol"`
	HostIP        string `json:"hostIP,omitempty"`
}

func makePortmap(text []byte) (*portmap, error) {
	n := new(portmap)
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("failed to parse network configuration: %w", err)
	}
	n.bad = n.validate()
	return n, nil
}

func (n *portmap) validate() error {
	if n.MarkMasqBit != nil && n.ExternalSetMarkChain != nil {
		return errors.New("Cannot specify externalSetMarkChain and markMasqBit")
	}
	if bit := n.MarkMasqBit; bit != nil && (*bit < 0 || *bit > 31) {
		return errors.New("MasqMarkBit must be between 0 and 31")
	}
	if err := n.validateBackend(); err != nil {
		return err
	}
	for _, e := range n.RuntimeConfig.PortMaps {
		if e.ContainerPort <= 0 {
			return fmt.Errorf("Invalid container port number: %d", e.ContainerPort)
		}
		if e.HostPort <= 0 {
			return fmt.Errorf("Invalid host port number: %d", e.HostPort)
		}
	}
	return nil
}

// validateBackend refuses options of the one backend for the other. The node has
// no iptables, so that nftables is the backend unless the other is asked for.
func (n *portmap) validateBackend() error {
	backend, other := "nftables", "iptables"
	if n.Backend != nil {
		backend = *n.Backend
		if backend == "iptables" {
			other = "nftables"
		}
	}
	var wrong []string
	if n.ExternalSetMarkChain != nil && other == "iptables" {
		wrong = append(wrong, "externalSetMarkChain")
	}
	if conditionsOf(n.ConditionsV4) == other {
		wrong = append(wrong, "conditionsV4")
	}
	if conditionsOf(n.ConditionsV6) == other {
		wrong = append(wrong, "conditionsV6")
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s backend was requested but configuration contains "+
			"%s-specific options %v", backend, other, wrong)
	}
	if backend != "iptables" && backend != "nftables" {
		return fmt.Errorf("unrecognized backend %q", backend)
	}
	return nil
}

// conditionsOf is the backend whose language conditions are written in.
func conditionsOf(list *[]string) string {
	if list == nil || len(*list) == 0 || (*list)[0] == "" {
		return ""
	}
	if first := (*list)[0][0]; first == '-' || first == '!' {
		return "iptables"
	}
	return "nftables"
}

// loadPortmap reads the configuration and the addresses of the sandbox, the first
// of each family.
func (c *call) loadPortmap() (*mapping, error) {
	n, err := formOf(c, "portmap", makePortmap)
	if err != nil {
		return nil, err
	}
	m := &mapping{portmap: n}
	if c.prev != nil {
		if m.prev, err = c.previous(); err != nil {
			return nil, fmt.Errorf("could not parse prevResult: %w", err)
		}
	}
	if n.bad != nil {
		return nil, n.bad
	}
	m.ips = c.podIPs(&m.prev)
	return m, nil
}

// mapping is a run of the plugin under way.
type mapping struct {
	*portmap
	prev result
	ips  [2]netip.Addr // of the sandbox, IPv4 and IPv6
}

// podIPs are the first addresses of each family that are, or may be, on the
// interface of the sandbox.
func (c *call) podIPs(r *result) [2]netip.Addr {
	var ips [2]netip.Addr
	for _, ip := range r.ips {
		v6 := v6Index(ip.addr.Addr())
		if ips[v6].IsValid() {
			continue
		}
		if at := ip.place; at >= 0 && at < len(r.ifaces) &&
			(r.ifaces[at].name != c.IfName || r.ifaces[at].sandbox == "") {
			continue
		}
		ips[v6] = ip.addr.Addr()
	}
	return ips
}

func portmapAdd(c *call) error {
	m, err := c.loadPortmap()
	if err != nil {
		return fmt.Errorf("failed to parse config: %w", err)
	}
	if c.prev == nil {
		return errors.New("must be called as chained plugin")
	}
	for _, ip := range m.ips {
		if !ip.IsValid() || len(m.RuntimeConfig.PortMaps) == 0 {
			continue
		}
		if err := c.forwardPorts(m.portmap, ip); err != nil {
			return err
		}
		if !ip.Is4() || !m.snat() {
			continue
		}
		if err := c.routeLocalnet(ip); err != nil {
			return fmt.Errorf("unable to enable route_localnet: %w", err)
		}
	}
	return c.print(&m.prev)
}

func (n *portmap) snat() bool { return n.SNAT == nil || *n.SNAT }

// routeLocalnet lets packets from 127.0.0.1 go to the sandbox.
func (c *call) routeLocalnet(ip netip.Addr) error {
	var out *kernel.Link
	_ = c.p.Call(fault.RouteList, "", func() error {
		out = c.routeTo(ip)
		return nil
	})
	if out == nil {
		return nil
	}
	return c.sysctl(c.host, "net/ipv4/conf/"+out.Name+"/route_localnet", "1")
}

const (
	hostPortsAll   = "hostports_all"
	hostPorts      = "hostports"
	hostIPPorts    = "hostip_hostports"
	masquerading   = "masquerading"
	hostPortTable4 = "ip cni_hostport"
	hostPortTable6 = "ip6 cni_hostport"
)

func hostPortTable(v6 bool) string { //nolint:revive // a family
	if v6 {
		return hostPortTable6
	}
	return hostPortTable4
}

// forwardPorts makes the rules for one address of the sandbox, in one
// transaction of the packet filter.
func (c *call) forwardPorts(n *portmap, ip netip.Addr) error {
	if n.Backend != nil && *n.Backend == "iptables" {
		return fmt.Errorf("failed to open iptables: %w", errNoIPTables)
	}
	family, conditions := "ip", n.ConditionsV4
	if ip.Is6() {
		family, conditions = "ip6", n.ConditionsV6
	}
	table := hostPortTable(ip.Is6())
	jump := "fib daddr type local jump " + hostPortsAll
	if conditions != nil {
		jump = strings.Join(append(slices.Clone(*conditions), jump), " ")
	}
	err := c.p.Call(fault.FilterAdd, table, func() error {
		t := transaction{c: c, table: table}
		t.hostPorts(n, jump)
		for i := range n.RuntimeConfig.PortMaps {
			if text := n.RuntimeConfig.PortMaps[i].rule(ip, family); text != "" {
				t.rule(hostPorts, text, "", c.ContainerID)
			}
		}
		if n.snat() {
			t.masqueradeSelf(ip, family)
		}
		return t.err
	})
	if err != nil {
		return fmt.Errorf("unable to set up nftables rules for port mappings: %w", err)
	}
	return nil
}

// hostPorts makes the chains of all sandboxes.
func (t *transaction) hostPorts(n *portmap, jump string) {
	for _, chain := range []string{hostPorts, hostIPPorts} {
		t.chain(chain)
	}
	if t.chain(hostPortsAll) {
		t.rule(hostPortsAll, "jump "+hostIPPorts, hostIPPorts, "")
		t.rule(hostPortsAll, "jump "+hostPorts, hostPorts, "")
	}
	for _, chain := range []string{"prerouting", "output"} {
		t.chain(chain)
		t.refill(chain, jump, hostPortsAll)
	}
	if n.snat() {
		t.chain(masquerading)
	}
}

// masqueradeSelf lets a sandbox reach itself by way of the node, and the node a
// sandbox by way of its own loopback.
func (t *transaction) masqueradeSelf(ip netip.Addr, family string) {
	to := family + " daddr " + ip.String() + " masquerade"
	t.rule(masquerading, family+" saddr "+ip.String()+" "+to, "", t.c.ContainerID)
	if ip.Is4() {
		t.rule(masquerading, family+" saddr 127.0.0.1 "+to, "", t.c.ContainerID)
	}
}

// concerns reports whether an entry is for addresses of a family. An address that
// can not be read counts as IPv6, as in the real plugin.
func (e *portEntry) concerns(ip netip.Addr) bool {
	if e.HostIP == "" {
		return true
	}
	host, ok := parseAddr(e.HostIP)
	return ip.Is6() == (!ok || host.Is6())
}

// rule is the rule of an entry for an address of the sandbox; "" for none.
func (e *portEntry) rule(ip netip.Addr, family string) string {
	if !e.concerns(ip) {
		return ""
	}
	text := e.Protocol + " dport " + strconv.Itoa(e.HostPort) + " dnat to " +
		netip.AddrPortFrom(ip, uint16(e.ContainerPort)).String() //nolint:gosec // nft refuses more
	if host, ok := parseAddr(e.HostIP); e.HostIP != "" && (!ok || !host.IsUnspecified()) {
		return family + " daddr " + e.HostIP + " " + text
	}
	return text
}

func portmapDel(c *call) error {
	n, err := c.loadPortmap()
	if err != nil {
		return fmt.Errorf("failed to parse config: %w", err)
	}
	if len(n.RuntimeConfig.PortMaps) == 0 {
		return nil
	}
	if n.Backend != nil && *n.Backend == "iptables" {
		return unusable(errNoIPTables, errNoIP6Tables)
	}
	for _, v6 := range [2]bool{false, true} {
		table := hostPortTable(v6)
		err := c.p.Call(fault.FilterDel, table, func() error {
			t := transaction{c: c, table: table}
			for _, chain := range []string{hostPorts, hostIPPorts, masquerading} {
				t.drop(chain, func(key string) bool { return key == c.ContainerID })
			}
			return t.err
		})
		if err != nil {
			return fmt.Errorf("error deleting nftables rules: %w", err)
		}
	}
	return nil
}

// unusable says that no iptables command can be used, and why.
func unusable(v4, v6 error) error {
	return fmt.Errorf("neither iptables nor ip6tables is usable, (iptables) %s, (ip6tables) %s",
		errText(v4), errText(v6))
}

func errText(err error) string {
	if err == nil {
		return "<nil>"
	}
	return err.Error()
}

func portmapCheck(c *call) error {
	n, err := c.loadPortmap()
	if err != nil {
		return err
	}
	if c.prev == nil {
		return errors.New("Required prevResult missing")
	}
	for _, ip := range n.ips {
		if !ip.IsValid() || len(n.RuntimeConfig.PortMaps) == 0 {
			continue
		}
		if err := c.checkPorts(n.portmap, ip); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) checkPorts(n *portmap, ip netip.Addr) error {
	v6 := ip.Is6()
	if n.Backend != nil && *n.Backend == "iptables" {
		if v6 {
			return unusable(nil, errNoIP6Tables)
		}
		return unusable(errNoIPTables, nil)
	}
	ports, masks := 0, 0
	for i := range n.RuntimeConfig.PortMaps {
		if n.RuntimeConfig.PortMaps[i].concerns(ip) {
			ports++
		}
	}
	if n.snat() {
		masks = 2 - v6Index(ip)
	}
	if err := c.countRules(hostPortTable(v6), hostPorts, ports); err != nil {
		return err
	}
	return c.countRules(hostPortTable(v6), masquerading, masks)
}
