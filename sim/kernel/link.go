package kernel

import "slices"

// Kind is the type of a link, as IFLA_INFO_KIND says it.
type Kind uint8

// The kinds of link.
const (
	Device Kind = iota + 1 // a card: no IFLA_INFO_KIND
	Loopback
	Veth
	Bridge
	Macvlan
	Macvtap
	Ipvlan
	Vlan
	Vxlan
	Dummy
	Tap
	Tun
	VRF
	Ifb
	Bond
)

//nolint:gochecknoglobals // a constant table
var kindNames = [...]string{
	Device: "device", Loopback: "lo", Veth: "veth", Bridge: "bridge", Macvlan: "macvlan",
	Macvtap: "macvtap", Ipvlan: "ipvlan", Vlan: "vlan", Vxlan: "vxlan", Dummy: "dummy",
	Tap: "tap", Tun: "tun", VRF: "vrf", Ifb: "ifb", Bond: "bond",
}

// String is the kind's name for "ip link add type …".
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return "unknown"
}

// Virtual reports whether the kernel destroys such a link with its namespace;
// a card it sends home.
func (k Kind) Virtual() bool { return k != Device && k != Loopback }

// immutable kinds stay in the namespace they were made in (netns_immutable).
func (k Kind) immutable() bool {
	return k == Loopback || k == Bridge || k == VRF || k == Bond
}

// alone kinds have no neighbours to be resolved (IFF_NOARP, IFF_LOOPBACK).
func (k Kind) alone() bool {
	return k == Loopback || k == Tun || k == Ifb || k == Dummy || k == VRF
}

// Mode is how a macvlan, macvtap or ipvlan treats its neighbours on the parent.
type Mode uint8

// The modes. The zero Mode is what the kernel takes when none is given: vepa
// for macvlan and macvtap, l3 for ipvlan.
const (
	ModeDefault Mode = iota
	ModeBridge
	ModePrivate
	ModeVepa
	ModePassthru
	ModeSource
	ModeL2
	ModeL3
	ModeL3S
)

//nolint:gochecknoglobals // a constant table
var modeNames = [...]string{
	"", "bridge", "private", "vepa", "passthru", "source", "l2", "l3", "l3s",
}

// String is the mode's name in plugins' configurations.
func (m Mode) String() string { return modeNames[m] }

// Link is a network interface. Its fields may be read by everybody; they are
// changed by the methods of [Kernel].
type Link struct {
	Index int
	Name  string
	Alt   []string
	Alias string
	Kind  Kind
	NS    *Namespace
	Up    bool
	MAC   MAC
	// PermMAC is a card's burnt-in address.
	PermMAC MAC
	MTU     int
	TxQLen  int

	Master *Link // the bridge, VRF or bond that it is a port of
	Lower  *Link // what a macvlan, ipvlan, vlan or vxlan sits on
	Peer   *Link // a veth's other end

	Mode   Mode
	VlanID int
	VNI    int
	Table  int // of a VRF

	Promisc  bool
	AllMulti bool

	V4     []Addr // primary ones first
	V6     []Addr
	Neighs []Neigh
	Qdiscs []Qdisc

	Bridge BridgeAttrs // of a bridge
	Port   PortAttrs   // of a bridge's port

	PCI  string
	Mark Mark

	// lowerMAC is what a macvlan in passthru mode gives back to its parent.
	lowerMAC MAC
	home     *Namespace // where it was made; a vxlan stays bound to it
	uppers   []*Link    // that sit on it
	ports    []*Link    // whose master it is
	routes   []*Route   // that go out of it
	sys      []setting
	space    [4]*Route // of routes
	dead     bool
	// ownConf4: it has had an IPv4 address, and since then ignores "default".
	ownConf4 bool
	setMAC   bool // the address was given, not chosen (NET_ADDR_SET)
	// dark: a bridge without a port that forwards, or a link above one without a
	// carrier when that was last looked at.
	dark  bool
	ready bool // IPv6 has seen it up with a carrier (IF_READY)
	no4   bool // IPv4 left it, for its MTU became too small
	no6   bool // IPv6 left it, for its MTU is too small

	bootName  string
	bootMTU   int
	bootIndex int
}

// Alive reports whether the link still exists.
func (l *Link) Alive() bool { return !l.dead }

// IPv4 reports whether the link is large enough to do IPv4.
func (l *Link) IPv4() bool { return !l.no4 }

// IPv6 reports whether the link is large enough to do IPv6.
func (l *Link) IPv6() bool { return !l.no6 }

// Uppers lists what sits on the link. It must not be changed.
func (l *Link) Uppers() []*Link { return l.uppers }

// Ports lists whose master the link is. It must not be changed.
func (l *Link) Ports() []*Link { return l.ports }

// Carrier reports whether the link could pass a packet: it is up, and what it
// depends on is.
func (l *Link) Carrier() bool { return l.Up && l.lit() }

// lit is the carrier as the driver says it, which some say of a link that is
// down too (netif_carrier_ok).
func (l *Link) lit() bool {
	if l.Kind == Veth {
		return l.Up && l.Peer != nil && l.Peer.Up
	}
	if l.Kind == Tap || l.Kind == Tun || l.Kind == Bond {
		return false
	}
	return !l.dark
}

// register puts a new link into a namespace under the next free index.
func (k *Kernel) register(ns *Namespace, l *Link) {
	l.NS = ns
	if l.Index == 0 {
		l.Index = ns.freeIndex()
	}
	l.bootName, l.bootMTU, l.bootIndex = l.Name, l.MTU, l.Index
	if l.TxQLen == 0 {
		l.TxQLen = defaultTxQLen(l.Kind)
	}
	ns.insert(l)
	l.routes = l.space[:0]
	l.sys = ns.linkDefaults(l.Kind)
	l.no6 = l.MTU < minMTU6
	k.tellLink(LinkAdded, l)
}

func defaultTxQLen(kind Kind) int {
	if kind == Tun || kind == Macvtap {
		return 500
	}
	if kind == Ifb {
		return 32
	}
	return 1000
}

// freeIndex counts on from the last index it gave (dev_index_reserve).
func (ns *Namespace) freeIndex() int {
	for {
		ns.nextIndex++
		if ns.ByIndex(ns.nextIndex) == nil {
			return ns.nextIndex
		}
	}
}

func (ns *Namespace) insert(l *Link) {
	i, _ := slices.BinarySearchFunc(ns.links, l.Index, func(o *Link, index int) int {
		return o.Index - index
	})
	ns.links = slices.Insert(ns.links, i, l)
	if ns.names == nil && len(ns.links) > mapFrom {
		ns.names = make(map[string]*Link, 2*mapFrom)
		for _, o := range ns.links {
			ns.enter(o)
		}
		return
	}
	ns.enter(l)
}

// enter makes the names of a link findable.
func (ns *Namespace) enter(l *Link) {
	if ns.names == nil {
		return
	}
	ns.names[l.Name] = l
	for _, alt := range l.Alt {
		ns.names[alt] = l
	}
}

func (ns *Namespace) forget(name string) {
	if ns.names != nil {
		delete(ns.names, name)
	}
}

func (ns *Namespace) remove(l *Link) {
	i, found := slices.BinarySearchFunc(ns.links, l.Index, func(o *Link, index int) int {
		return o.Index - index
	})
	if found {
		ns.links = slices.Delete(ns.links, i, i+1)
	}
	ns.forget(l.Name)
	for _, alt := range l.Alt {
		ns.forget(alt)
	}
}

// without takes one link out of a list, keeping the order of the others.
func without(list []*Link, l *Link) []*Link {
	if i := slices.Index(list, l); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}
