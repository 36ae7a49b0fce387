package invariant

import (
	"net"
	"net/netip"
	"strings"

	"patchbay/sim/kernel"
)

// leasedIP is the address that a file of host-local is of.
func leasedIP(path string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(path[strings.LastIndexByte(path, '/')+1:])
	return ip, err == nil
}

// usedIn reports whether any interface of a namespace has an address.
func usedIn(ns *kernel.Namespace, ip netip.Addr) bool {
	for _, l := range ns.Links() {
		if hasIn(l, ip) {
			return true
		}
	}
	return false
}

func hasIn(l *kernel.Link, ip netip.Addr) bool {
	list := l.V4
	if ip.Is6() {
		list = l.V6
	}
	for i := range list {
		if list[i].IP == ip {
			return true
		}
	}
	return false
}

func hasIP(l *kernel.Link, ip net.IP) bool {
	addr, ok := netip.AddrFromSlice(ip)
	return ok && hasIn(l, addr.Unmap())
}

// sameMAC compares an address with a text of it, in lower case or upper.
func sameMAC(m kernel.MAC, text string) bool {
	if len(text) != 17 {
		return false
	}
	for i, octet := range m {
		if digit(text[3*i])<<4|digit(text[3*i+1]) != octet {
			return false
		}
	}
	return true
}

func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}
