package kernel

import (
	"net/netip"
	"slices"

	"patchbay/sim/errno"
)

// Neigh is a permanent entry of a link's neighbour table.
type Neigh struct {
	IP   netip.Addr
	MAC  MAC
	Mark Mark
}

func findNeigh(list []Neigh, ip netip.Addr) (int, bool) {
	return slices.BinarySearchFunc(list, ip, func(n Neigh, ip netip.Addr) int {
		return n.IP.Compare(ip)
	})
}

// AddNeigh adds a permanent neighbour; EEXIST when the link has one with its
// address. A loopback or tun has one IPv4 neighbour for all addresses, 0.0.0.0
// (arp_constructor, net/ipv4/arp.c); it is overwritten.
func (k *Kernel) AddNeigh(l *Link, n Neigh) error {
	if l.dead {
		return errno.ENODEV
	}
	if !n.IP.IsValid() {
		return errno.EINVAL
	}
	if n.IP.Is4() && l.no4 || n.IP.Is6() && (l.no6 || l.disabled6()) {
		return errno.EINVAL
	}
	if _, found := findNeigh(l.Neighs, n.IP); found {
		return errno.EEXIST
	}
	if n.IP.Is4() && (l.Kind == Loopback || l.Kind == Tun) {
		n.IP = netip.IPv4Unspecified()
	}
	if l.Kind == Tun {
		n.MAC = MAC{} // its links have none
	}
	i, found := findNeigh(l.Neighs, n.IP)
	if found {
		l.Neighs[i] = n
	} else {
		l.Neighs = slices.Insert(l.Neighs, i, n)
	}
	k.tellLink(NeighChanged, l)
	return nil
}

// DelNeigh deletes a neighbour; ENOENT when there is none.
func (k *Kernel) DelNeigh(l *Link, ip netip.Addr) error {
	if l.dead {
		return errno.ENODEV
	}
	i, found := findNeigh(l.Neighs, ip)
	if !found {
		return errno.ENOENT
	}
	l.Neighs = slices.Delete(l.Neighs, i, i+1)
	k.tellLink(NeighChanged, l)
	return nil
}
