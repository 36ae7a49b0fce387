package kernel

import (
	"encoding/binary"
	"slices"

	"patchbay/core/record"
	"patchbay/sim/errno"
)

// MAC is an Ethernet address.
type MAC [6]byte

// multicast reports the group bit (IEEE 802-2014, 8.2.2).
func (m MAC) multicast() bool { return m[0]&1 != 0 }

// number is the address in the order of addresses.
func (m MAC) number() uint64 {
	return uint64(m[0])<<40 | uint64(m[1])<<32 | uint64(m[2])<<24 |
		uint64(m[3])<<16 | uint64(m[4])<<8 | uint64(m[5])
}

// Mark says who made an object. The pretended software must not read it.
type Mark struct {
	Key  record.Key
	Proc int
}

// Kernel is the kernel of one node.
type Kernel struct {
	Profile Profile
	// OnChange is told of every change after it was made.
	OnChange func(Change)
	// ChooseMAC chooses the address of a link that is made without one, by its
	// namespace and name. Nil means to count from 02:00:00:00:00:01 on.
	ChooseMAC func(ns *Namespace, name string) MAC

	// ReadOnlySysctl makes every write of a switch fail with EROFS, as in a
	// container whose /proc/sys is mounted so.
	ReadOnlySysctl bool

	host    *Namespace
	spaces  []*Namespace // alive and dying, in the order of their making
	dying   []*Namespace
	paths   map[string]*mount
	inodes  []uint64 // free for reuse
	nextIno uint64
	nextMAC uint64
	scratch []byte // of Hash
}

// New makes the kernel of a node that has just started: a host namespace with
// a loopback that is up.
func New(p Profile) *Kernel {
	k := &Kernel{Profile: p, paths: map[string]*mount{}}
	k.boot()
	return k
}

// firstIno is about where the kernel's numbers for namespaces begin
// (include/linux/proc_ns.h, PROC_DYNAMIC_FIRST).
const firstIno = 0xf0000000

func (k *Kernel) boot() {
	k.nextIno = firstIno
	k.host = k.newNamespace(Mark{})
	k.host.refs = 1
	lo := k.host.links[0]
	k.up(lo)
}

// Host is the namespace that the node started with.
func (k *Kernel) Host() *Namespace { return k.host }

// Namespaces lists those that are alive or dying, the oldest first. It must
// not be changed.
func (k *Kernel) Namespaces() []*Namespace { return k.spaces }

// AddNIC plugs a card in: a physical link in the host namespace. The answer is
// EEXIST when the name is taken.
func (k *Kernel) AddNIC(name string, mac MAC, mtu int, pci string) (*Link, error) {
	if !validName(name) {
		return nil, errno.EINVAL
	}
	if k.host.ByName(name) != nil {
		return nil, errno.EEXIST
	}
	l := &Link{Kind: Device, Name: name, MAC: mac, PermMAC: mac, MTU: mtu, PCI: pci, setMAC: true}
	k.register(k.host, l)
	return l, nil
}

// Unplug takes a card away, wherever it is. The answer is EOPNOTSUPP for a link
// that is no card.
func (k *Kernel) Unplug(l *Link) error {
	if l.dead {
		return errno.ENODEV
	}
	if l.Kind != Device {
		return errno.EOPNOTSUPP
	}
	k.destroy(l)
	return nil
}

// Reboot starts the node again: everything is gone but the cards, which are in
// the host namespace as they were when they were plugged in.
func (k *Kernel) Reboot() {
	var cards []*Link
	for _, ns := range k.spaces {
		for _, l := range ns.links {
			if l.Kind == Device {
				cards = append(cards, l)
				continue
			}
			l.dead = true
		}
		ns.state = gone
	}
	slices.SortStableFunc(cards, func(a, b *Link) int { return a.bootIndex - b.bootIndex })
	mac := k.nextMAC
	*k = Kernel{
		Profile: k.Profile, OnChange: k.OnChange, ChooseMAC: k.ChooseMAC,
		ReadOnlySysctl: k.ReadOnlySysctl,
		paths:          map[string]*mount{}, nextMAC: mac, scratch: k.scratch,
	}
	k.boot()
	for _, old := range cards {
		l := &Link{
			Kind: Device, Name: old.bootName, MAC: old.PermMAC, PermMAC: old.PermMAC,
			MTU: old.bootMTU, PCI: old.PCI, setMAC: true,
		}
		old.dead = true
		k.register(k.host, l)
	}
	k.tell(Change{What: Rebooted, NS: k.host})
}

// freshMAC chooses an address, locally administered.
func (k *Kernel) freshMAC(ns *Namespace, name string) MAC {
	if k.ChooseMAC != nil {
		return k.ChooseMAC(ns, name)
	}
	k.nextMAC++
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], k.nextMAC)
	mac := MAC(b[2:])
	mac[0] = 2
	return mac
}
