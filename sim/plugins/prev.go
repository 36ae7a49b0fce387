package plugins

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"

	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"
)

// previous reads prevResult. The words of its errors are those of the library's
// ParsePrevResult.
func (c *call) previous() (result, error) { return readResult(c.prev, c.doc.version) }

// readResult reads a result of a version.
func readResult(text []byte, of string) (result, error) {
	var r result
	if of != "0.1.0" && of != "0.2.0" {
		s := scanner{text: text}
		if s.result(&r, of) {
			return r, nil
		}
	}
	return libraryResult(text, of)
}

// libraryResult reads a result as the plugins do, with the words of the library
// for what is wrong with it.
func libraryResult(text []byte, of string) (result, error) {
	conf := types.NetConf{CNIVersion: of}
	if err := json.Unmarshal(text, &conf.RawPrevResult); err != nil {
		return result{}, fmt.Errorf("could not serialize prevResult: %w", err)
	}
	if err := version.ParsePrevResult(&conf); err != nil {
		return result{}, err
	}
	if conf.PrevResult == nil {
		return result{}, nil // null
	}
	full, err := current.NewResultFromResult(conf.PrevResult)
	if err != nil {
		return result{}, err
	}
	return resultOf(full), nil
}

func resultOf(full *current.Result) result {
	r := result{dns: dnsOf(full.DNS)}
	for _, i := range full.Interfaces {
		r.ifaces = append(r.ifaces,
			iface{i.Name, i.Mac, i.Sandbox, i.Mtu, i.SocketPath, i.PciID})
	}
	for _, ip := range full.IPs {
		conf := ipConf{addr: prefixOf(ip.Address), gw: addrOf(ip.Gateway), place: nowhere}
		if ip.Interface != nil {
			conf.place = *ip.Interface
		}
		r.ips = append(r.ips, conf)
	}
	r.routes = routesOf(full.Routes)
	return r
}

func routesOf(list []*types.Route) []route {
	var out []route
	for _, rt := range list {
		out = append(out, route{
			dst: prefixOf(rt.Dst), gw: addrOf(rt.GW), mtu: rt.MTU, advMSS: rt.AdvMSS,
			priority: rt.Priority, table: rt.Table, scope: rt.Scope,
		})
	}
	return out
}

// addrOf makes a plain address; an IPv4 address in IPv6 form is one of IPv4, as
// package net has it.
func addrOf(ip net.IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}

func prefixOf(n net.IPNet) netip.Prefix {
	ones, bits := n.Mask.Size()
	a := addrOf(n.IP)
	if bits == 128 && a.Is4() {
		ones -= 96
	}
	return netip.PrefixFrom(a, ones)
}

// parseAddr reads an address as net.ParseIP does.
func parseAddr(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}

// parsePrefix reads an address with the length of its prefix, as net.ParseCIDR
// does.
func parsePrefix(text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(a.Unmap(), p.Bits()-96), true
	}
	return p, true
}

// result reads a result of version 0.3.0 or later. It gives up on what is not
// usual.
func (s *scanner) result(r *result, of string) bool {
	ok := s.object(func(s *scanner, key []byte) bool {
		switch string(key) {
		case "cniVersion":
			v, ok := s.string()
			return ok && (v == of || v == "")
		case "interfaces":
			return s.array(func(s *scanner) bool { return s.iface(r) })
		case "ips":
			return s.array(func(s *scanner) bool { return s.ip(r) })
		case "routes":
			return s.array(func(s *scanner) bool { return s.route(r) })
		case "dns":
			return s.dns(&r.dns)
		}
		return false
	})
	s.space()
	return ok && s.at == len(s.text)
}

func (s *scanner) iface(r *result) bool {
	var i iface
	ok := s.object(func(s *scanner, key []byte) bool {
		var ok bool
		switch string(key) {
		case "name":
			i.name, ok = s.string()
		case "mac":
			i.mac, ok = s.string()
		case "sandbox":
			i.sandbox, ok = s.string()
		case "mtu":
			i.mtu, ok = s.int()
		case "socketPath":
			i.socket, ok = s.string()
		case "pciID":
			i.pci, ok = s.string()
		}
		return ok
	})
	r.ifaces = append(r.ifaces, i)
	return ok
}

func (s *scanner) ip(r *result) bool {
	conf := ipConf{place: nowhere}
	ok := s.object(func(s *scanner, key []byte) bool {
		var ok bool
		switch string(key) {
		case "version":
			_, ok = s.string()
		case "interface":
			conf.place, ok = s.int()
		case "address":
			conf.addr, ok = s.prefix()
		case "gateway":
			conf.gw, ok = s.addr()
		}
		return ok
	})
	r.ips = append(r.ips, conf)
	return ok && conf.addr.IsValid()
}

func (s *scanner) route(r *result) bool {
	var rt route
	ok := s.object(func(s *scanner, key []byte) bool {
		var ok bool
		switch string(key) {
		case "dst":
			rt.dst, ok = s.prefix()
		case "gw":
			rt.gw, ok = s.addr()
		case "mtu":
			rt.mtu, ok = s.int()
		case "advmss":
			rt.advMSS, ok = s.int()
		case "priority":
			rt.priority, ok = s.int()
		case "table":
			rt.table, ok = s.pointer()
		case "scope":
			rt.scope, ok = s.pointer()
		}
		return ok
	})
	r.routes = append(r.routes, rt)
	return ok && rt.dst.IsValid()
}

func (s *scanner) pointer() (*int, bool) {
	n, ok := s.int()
	return &n, ok
}

func (s *scanner) addr() (netip.Addr, bool) {
	text, ok := s.string()
	if !ok {
		return netip.Addr{}, false
	}
	return parseAddr(text)
}

func (s *scanner) prefix() (netip.Prefix, bool) {
	text, ok := s.string()
	if !ok {
		return netip.Prefix{}, false
	}
	return parsePrefix(text)
}

func (s *scanner) dns(d *dns) bool {
	return s.object(func(s *scanner, key []byte) bool {
		var ok bool
		switch string(key) {
		case "nameservers":
			d.servers, ok = s.strings()
		case "domain":
			d.domain, ok = s.string()
		case "search":
			d.search, ok = s.strings()
		case "options":
			d.options, ok = s.strings()
		}
		return ok
	})
}

func (s *scanner) strings() ([]string, bool) {
	out := []string{}
	ok := s.array(func(s *scanner) bool {
		text, ok := s.string()
		out = append(out, text)
		return ok
	})
	return out, ok
}
