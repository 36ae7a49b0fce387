package plugins

import (
	"errors"
	"net/netip"

	"github.com/containernetworking/cni/pkg/types"
)

// result is what a plugin prints, in the form of version 1.1.0.
type result struct {
	ifaces []iface
	ips    []ipConf
	routes []route
	dns    dns
}

// iface is an entry of "interfaces".
type iface struct {
	name, mac, sandbox string
	mtu                int
	socket, pci        string
}

// ipConf is an entry of "ips". An address without a place among the interfaces
// has the place nowhere.
type ipConf struct {
	addr  netip.Prefix // with its host bits
	gw    netip.Addr
	place int
}

const nowhere = -1 << 31

// route is an entry of "routes".
type route struct {
	dst                   netip.Prefix // with host bits, if somebody gave them
	gw                    netip.Addr
	mtu, advMSS, priority int
	table, scope          *int

	wide bool // its mask has sixteen bytes, as the plugin bridge makes it
}

// dns are the settings of a resolver. A list that is empty and one that is not
// there make a difference to some plugins.
type dns struct {
	servers         []string
	domain          string
	search, options []string
}

func dnsOf(d types.DNS) dns { return dns{d.Nameservers, d.Domain, d.Search, d.Options} }

// empty reports whether nothing would be printed.
func (d *dns) empty() bool {
	return len(d.servers) == 0 && d.domain == "" && len(d.search) == 0 && len(d.options) == 0
}

// given reports whether a configuration has any of it.
func (d *dns) given() bool {
	return d.servers != nil || d.search != nil || d.options != nil || d.domain != ""
}

var errNoIP = errors.New("cannot convert: no valid IP addresses")

// narrow takes from a result what a version can not say: before 0.3.0 there is
// one address of each family, and routes hang on it.
func (r *result) narrow(version string) error {
	if version != "0.1.0" && version != "0.2.0" {
		return nil
	}
	var v4, v6 *ipConf
	for i := range r.ips {
		switch ip := &r.ips[i]; {
		case ip.addr.Addr().Is4() && v4 == nil:
			v4 = ip
		case ip.addr.Addr().Is6() && v6 == nil:
			v6 = ip
		}
	}
	if v4 == nil && v6 == nil {
		return errNoIP
	}
	out := result{dns: r.dns}
	for _, ip := range []*ipConf{v4, v6} {
		if ip == nil {
			continue
		}
		out.ips = append(out.ips, ipConf{ip.addr, ip.gw, nowhere})
		for _, rt := range r.routes {
			if rt.dst.Addr().Is4() == ip.addr.Addr().Is4() {
				out.routes = append(out.routes, route{dst: rt.dst, gw: rt.gw})
			}
		}
	}
	*r = out
	return nil
}
