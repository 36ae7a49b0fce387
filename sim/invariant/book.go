package invariant

import (
	"net/netip"
	"slices"

	"patchbay/core/record"
	"patchbay/sim/kernel"
	"patchbay/sim/world"
)

// node is what the checker knows of a node.
type node struct {
	c     *Checker
	index int
	world *world.Node

	boot     int
	boxes    map[record.Key]*box
	recent   *box // that was asked for last
	calls    []*call
	locks    int             // held on its disk
	leases   map[string]*box // whose an address is, by the path of its file; nil nobody's
	robbed   map[string]bool // containers whose record somebody else has removed
	strange  map[string]bool // files of addresses that the world itself has made
	addrs    map[netip.Addr]*kernel.Link
	foreign  []foreign
	unsynced []*box // whose record has a name that a power cut may take
	spoilt   bool   // its disk has changed the bytes of a file
	lied     bool   // its disk has said that it synced and did not
}

func newNode(c *Checker) *node {
	return &node{
		c: c, boxes: map[record.Key]*box{}, leases: map[string]*box{},
		robbed: map[string]bool{}, strange: map[string]bool{},
		addrs: map[netip.Addr]*kernel.Link{},
	}
}

// clear gives back what a node has and makes it as new.
func (n *node) clear() {
	for _, b := range n.boxes { // in any order: they are only put away
		n.c.spareBoxes = append(n.c.spareBoxes, b)
	}
	n.c.spareCalls = append(n.c.spareCalls, n.calls...)
	clear(n.boxes)
	clear(n.leases)
	clear(n.robbed)
	clear(n.strange)
	clear(n.addrs)
	clear(n.calls)
	n.calls, n.foreign, n.unsynced = n.calls[:0], n.foreign[:0], n.unsynced[:0]
	n.recent, n.world = nil, nil
	n.boot, n.locks, n.lied, n.spoilt = 0, 0, false, false
}

// box is what the checker knows of a sandbox.
type box struct {
	key     record.Key
	sandbox *world.Sandbox // nil: no call was ever about it
	boot    int            // in which its first call was

	calls    int // that are under way
	added    int // the last ADD
	adding   bool
	live     bool // ADD has succeeded, and no DEL has begun
	ending   bool // a DEL has begun
	gone     int  // the last DEL that has succeeded
	failures int  // of DEL since the world was healed
	by, was  int  // the call that acts, and the one that did before
	listed   int  // the last look at rest, or GC, that has it on its list

	rec     paper
	aside   int // files in quarantine
	links   []*kernel.Link
	leased  []string // paths of its leases
	atAck   int      // how many it had when it was attached
	results []string // names of its files
	adds    []run    // plugins that were run for it, in order
	wants   []want   // networks that its pod asks for

	outside bool // something has struck it that nobody could survive
	blind   bool // a DEL of it was not told of its namespace
	misled  bool // somebody was told that a thing is gone that was there
	damaged bool // its record was
	noted   bool // when all was healed, a DEL or GC has noted that it failed
	guessed bool // it was made by a DEL, from what the cluster says
	unsure  bool // a process of it has died: what ran is not known for sure
	untold  bool // ADD has succeeded, and what the status says is not known
	unknown bool // the cluster did not know its pod
}

// paper is a record on the disk.
type paper struct {
	there bool
	bytes bool // are synced
	name  bool // is synced
	temp  bool // the bytes of the temporary file are synced
	seq   uint64
}

func (p *paper) durable() bool { return p.there && p.bytes && p.name }

// run is a run of a plugin.
type run struct {
	on     string // the plugin and the interface, as the operation has it
	del    bool
	failed bool
	undone bool // by a DEL that has succeeded
}

// find returns the sandbox of a key, or nil.
func (n *node) find(key record.Key) *box {
	if b := n.recent; b != nil && b.key == key {
		return b
	}
	b := n.boxes[key]
	if b != nil {
		n.recent = b
	}
	return b
}

// boxOf returns the sandbox of a key, which is made if nothing is known of it.
func (n *node) boxOf(key record.Key) *box {
	if b := n.find(key); b != nil {
		return b
	}
	var b *box
	if i := len(n.c.spareBoxes) - 1; i >= 0 {
		b = n.c.spareBoxes[i]
		n.c.spareBoxes = n.c.spareBoxes[:i]
		clear(b.links)
		clear(b.leased)
		clear(b.results)
		clear(b.adds)
		*b = box{
			links: b.links[:0], leased: b.leased[:0], results: b.results[:0], adds: b.adds[:0],
		}
	} else {
		b = &box{}
	}
	b.key, b.boot = key, n.boot
	n.boxes[key], n.recent = b, b
	return b
}

// forget drops a sandbox of which nothing is left and nobody speaks any more.
func (n *node) forget(b *box) {
	if b.gone == 0 || b.calls > 0 || b.rec.there || b.aside > 0 ||
		len(b.links)+len(b.leased)+len(b.results) > 0 || n.boxes[b.key] != b {
		return
	}
	delete(n.boxes, b.key)
	if n.recent == b {
		n.recent = nil
	}
	if len(n.unsynced) > 0 {
		n.unsynced = slices.DeleteFunc(n.unsynced, func(o *box) bool { return o == b })
	}
	n.c.spareBoxes = append(n.c.spareBoxes, b)
}

// has reports whether anything of a sandbox is in the kernel or in a pool. A link
// of a namespace that is dying goes with it, and so does in the end one that is
// inside under a name that nobody asked for: macvlan makes its link under another,
// and does not find it again when it was told that this failed.
func (b *box) has() (string, bool) {
	for _, l := range b.links {
		if l.Alive() && l.NS.Alive() && (l.Peer == nil || l.Peer.NS.Alive()) && b.asked(l) {
			return "link " + l.Name, true
		}
	}
	if len(b.leased) > 0 {
		return "lease " + b.leased[0], true
	}
	return "", false
}

// asked reports whether a link, or its peer in the sandbox, has a name under which
// an interface of the sandbox was asked for; those outside alone were.
func (b *box) asked(l *kernel.Link) bool {
	if b.sandbox == nil || b.sandbox.NS == nil {
		return true
	}
	if l.NS != b.sandbox.NS {
		if l = l.Peer; l == nil || l.NS != b.sandbox.NS {
			return true
		}
	}
	if l.Name == b.key.IfName {
		return true
	}
	for _, r := range b.adds {
		if interfaceOf(r.on) == l.Name {
			return true
		}
	}
	return b.asks(l.Name)
}

// asks reports whether the pod asks for a network of an interface name.
func (b *box) asks(ifName string) bool {
	return slices.ContainsFunc(b.wants, func(x want) bool { return x.ifName == ifName })
}

// foreign is a link that nobody of ours has made, as it was.
type foreign struct {
	link   *kernel.Link
	name   string
	up     bool
	mtu    int
	mac    kernel.MAC
	master *kernel.Link
	owner  record.Key // the sandbox that had the card last
}

func foreignOf(l *kernel.Link) foreign {
	return foreign{
		link: l, name: l.Name, up: l.Up, mtu: l.MTU, mac: l.MAC, master: l.Master,
	}
}

// changed reports whether the link is not as it was.
func (f *foreign) changed() bool {
	l := f.link
	return !l.Alive() || l.Name != f.name || l.Up != f.up || l.MTU != f.mtu ||
		l.MAC != f.mac || l.Master != f.master
}

// rememberForeign notes the links that are there before any pod.
func (n *node) rememberForeign() {
	clear(n.foreign)
	n.foreign = n.foreign[:0]
	for _, ns := range n.world.Kernel.Namespaces() {
		for _, l := range ns.Links() {
			if l.Mark.Key == (record.Key{}) {
				n.foreign = append(n.foreign, foreignOf(l))
			}
		}
	}
}
