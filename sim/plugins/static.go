//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/containernetworking/cni/pkg/types"
)

var errNoIPAM = errors.New("IPAM config missing 'ipam' key")

// static is the configuration of the IPAM plugin "static".
type static struct {
	addrs   []staticAddr
	args    []string // addresses by "args", which replace those
	runtime []string // by runtimeConfig, which replace both
	routes  []route
	dns     dns
}

// staticAddr is an address, read only when it is known not to be replaced.
type staticAddr struct {
	text string
	addr netip.Prefix
	gw   netip.Addr
}

func makeStatic(text []byte) (*static, error) {
	var n struct {
		IPAM *struct {
			Routes    []*types.Route `json:"routes"`
			Addresses []struct {
				AddressStr string `json:"address"`
				Gateway    net.IP `json:"gateway,omitempty"`
			} `json:"addresses,omitempty"`
			DNS types.DNS `json:"dns"`
		} `json:"ipam"`
		RuntimeConfig struct {
			IPs []string `json:"ips,omitempty"`
		} `json:"runtimeConfig"`
		Args *struct {
			A *struct {
				IPs []string `json:"ips"`
			} `json:"cni"`
		} `json:"args"`
	}
	if err := json.Unmarshal(text, &n); err != nil {
		return nil, err
	}
	if n.IPAM == nil {
		return nil, errNoIPAM
	}
	out := &static{
		routes: routesOf(n.IPAM.Routes), dns: dnsOf(n.IPAM.DNS), runtime: n.RuntimeConfig.IPs,
	}
	if n.Args != nil && n.Args.A != nil {
		out.args = n.Args.A.IPs
	}
	for _, a := range n.IPAM.Addresses {
		out.addrs = append(out.addrs, staticAddr{text: a.AddressStr, gw: addrOf(a.Gateway)})
	}
	return out, nil
}

// addresses are those that a sandbox gets: of the configuration and CNI_ARGS, or
// those of "args" alone, or those of runtimeConfig alone.
func (s *static) addresses(args arguments) ([]staticAddr, error) {
	list, err := addStatic(slices.Clip(s.addrs), args.IP)
	if err != nil {
		return nil, err
	}
	if args.Gateway != "" {
		list = slices.Clone(list)
		if err := setGateways(list, args.Gateway); err != nil {
			return nil, err
		}
	}
	for _, more := range [][]string{s.args, s.runtime} {
		if len(more) == 0 {
			continue
		}
		list = make([]staticAddr, 0, len(more))
		for _, text := range more {
			addr, ok := parsePrefix(text)
			if !ok {
				return nil, fmt.Errorf(
					"an entry in the 'ips' field is NOT in CIDR notation, got: '%s'", text)
			}
			list = append(list, staticAddr{text: text, addr: addr})
		}
	}
	return readStatic(list)
}

// addStatic adds the addresses of CNI_ARGS.
func addStatic(list []staticAddr, items string) ([]staticAddr, error) {
	if items == "" {
		return list, nil
	}
	for item := range strings.SplitSeq(items, ",") {
		text := strings.TrimSpace(item)
		addr, ok := parsePrefix(text)
		if !ok {
			return nil, fmt.Errorf(
				"the 'ip' field is expected to be in CIDR notation, got: '%s'", text)
		}
		list = append(list, staticAddr{text: text, addr: addr})
	}
	return list, nil
}

// setGateways gives the gateways of CNI_ARGS to the addresses of their networks.
// Those of the configuration are not read yet, and so have no network.
func setGateways(list []staticAddr, items string) error {
	for item := range strings.SplitSeq(items, ",") {
		gw, ok := parseAddr(strings.TrimSpace(item))
		if !ok {
			return fmt.Errorf("invalid gateway address: %s", item)
		}
		for i := range list {
			if list[i].addr.IsValid() && list[i].addr.Masked().Contains(gw) {
				list[i].gw = gw
			}
		}
	}
	return nil
}

func readStatic(list []staticAddr) ([]staticAddr, error) {
	out := make([]staticAddr, len(list))
	copy(out, list)
	for i := range out {
		if out[i].addr.IsValid() {
			continue
		}
		addr, ok := parsePrefix(out[i].text)
		if !ok {
			return nil, fmt.Errorf(
				"the 'address' field is expected to be in CIDR notation, got: '%s'", out[i].text)
		}
		out[i].addr = addr
	}
	return out, nil
}

// loadStatic reads the configuration and CNI_ARGS.
func (c *call) loadStatic() (*static, []staticAddr, error) {
	conf, err := formOf(c, "static", makeStatic)
	if err != nil {
		return nil, nil, err
	}
	args, err := c.arguments(knowsIP | knowsGateway)
	if err != nil {
		return nil, nil, err
	}
	list, err := conf.addresses(args)
	if err != nil {
		return nil, nil, err
	}
	v4 := 0
	for _, a := range list {
		if a.addr.Addr().Is4() {
			v4++
		}
	}
	if err := c.oneEach(v4, len(list)-v4); err != nil {
		return nil, nil, err
	}
	return conf, list, nil
}

// oneEach refuses several addresses of a family where the version can not say
// them.
func (c *call) oneEach(v4, v6 int) error {
	if v4 <= 1 && v6 <= 1 || c.doc.atLeast("0.3.0") {
		return nil
	}
	return fmt.Errorf("CNI version %v does not support more than 1 address per family",
		c.doc.base.CNIVersion)
}

func staticAdd(c *call) error {
	conf, list, err := c.loadStatic()
	if err != nil {
		return err
	}
	r := result{dns: conf.dns, routes: conf.routes}
	for _, a := range list {
		r.ips = append(r.ips, ipConf{a.addr, a.gw, nowhere})
	}
	return c.print(&r)
}

// staticDel has nothing to give back, and does not even read its configuration.
func staticDel(*call) error { return nil }

func staticCheck(c *call) error {
	_, list, err := c.loadStatic()
	if err != nil {
		return err
	}
	if c.doc.baseErr != nil {
		return fmt.Errorf("failed to load netconf: %w", c.doc.baseErr)
	}
	if c.prev == nil {
		return errors.New("Required prevResult missing")
	}
	r, err := c.previous()
	if err != nil {
		return err
	}
	for _, a := range list {
		for _, ip := range r.ips {
			if a.addr.Addr() != ip.addr.Addr() {
				continue
			}
			if !a.gw.IsValid() || a.gw == ip.gw {
				break
			}
			return fmt.Errorf("static: Failed to match addr %v on interface %v",
				ip.addr.Addr(), c.IfName)
		}
	}
	return nil
}
