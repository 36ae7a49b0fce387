package links

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"patchbay/sim/kernel"
)

const (
	slots = 4 // namespaces that are looked at
	paths = 5 // files they may be mounted on
)

// op is one operation as data: what it means does not depend on what was done
// before, so that a sequence can lose steps and still be run.
type op struct {
	do     string
	ns, to int    // slots
	path   int    // for those about files
	link   string // by name, in ns
	other  string // a parent, master or peer, in ns or to
	name   string
	n      int
	index  int // of a link to be made; 0 lets the kernel choose
	v6     family
	on     bool
	mac    kernel.MAC
	at     netip.Prefix
	gw     netip.Addr
	src    netip.Addr
}

// String is the operation with what matters to it.
func (o op) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "{do: %q, ns: %d, to: %d, path: %d, link: %q, other: %q, name: %q, n: %d, "+
		"index: %d, v6: %t, on: %t", o.do, o.ns, o.to, o.path, o.link, o.other, o.name, o.n, o.index,
		o.v6, o.on)
	if o.mac != (kernel.MAC{}) {
		fmt.Fprintf(&b, ", mac: %#v", o.mac)
	}
	if o.at.IsValid() {
		fmt.Fprintf(&b, ", at: pfx(%q)", o.at)
	}
	if o.gw.IsValid() {
		fmt.Fprintf(&b, ", gw: addr(%q)", o.gw)
	}
	if o.src.IsValid() {
		fmt.Fprintf(&b, ", src: addr(%q)", o.src)
	}
	b.WriteString("},")
	return b.String()
}

// world is both kernels.
type world struct {
	m *machine
	p *pretence
	// answer is what an operation that reads has read, of both.
	answer [2]string
	// patience is how long to wait for the machine to be as the pretence is.
	patience time.Duration
	waited   time.Duration
	waits    int
	last     op
	row      string // of the ledger that allows how the kernels differ
}

// both runs an operation on the machine and on the pretence. The links it names
// are looked up in the pretence, whose indexes are the machine's.
type both struct {
	w           *world
	o           op
	link, other *kernel.Link
}

// opKind is a kind of operation. Where real says that there is nothing to do it,
// both are left alone.
type opKind struct {
	name   string
	weight int
	// needs says which links must be there: "" none, "l" a link, "lo" a link
	// and another one.
	needs string
	fill  func(*chooser, *op)
	real  func(*both) error
	sim   func(*both) error
}

// chooser chooses.
type chooser struct {
	r *rand.Rand
	p *pretence
}

func pick[T any](c *chooser, from ...T) T { return from[c.r.IntN(len(from))] }

func (c *chooser) rarely() bool { return c.r.IntN(12) == 0 }

// slot picks a slot that holds a namespace.
func (c *chooser) slot() int {
	for {
		if i := c.r.IntN(slots); c.p.slots[i] != nil {
			return i
		}
	}
}

// linkOf picks the name of a link of a slot, mostly not the loopback's.
func (c *chooser) linkOf(slot int) string {
	links := c.p.slots[slot].Links()
	if len(links) > 1 && !c.rarely() {
		return links[1+c.r.IntN(len(links)-1)].Name
	}
	return links[0].Name
}

// parentOf picks a link that others can sit on, mostly.
func (c *chooser) parentOf(slot int, kinds ...kernel.Kind) string {
	links := c.p.slots[slot].Links()
	for range 8 {
		if l := links[c.r.IntN(len(links))]; slices.Contains(kinds, l.Kind) {
			return l.Name
		}
	}
	return c.linkOf(slot)
}

func (c *chooser) name() string {
	if c.rarely() {
		return pick(c, "waytoolongnamexx", "exactly15chars_", "a/b", "a b", ".", "..", "a:b", "x%dy",
			"v%d", "v%s", "%d%d", "lo", "p\u00a0q", "tab\tx", "all", "default", "ü")
	}
	return pick(c, "a0", "a1", "a2", "a3", "a4", "a5", "b0", "b1", "b2", "eth0", "net1")
}

func (c *chooser) altName() string {
	if c.rarely() {
		return pick(c, strings.Repeat("x", 127), strings.Repeat("x", 128), "with space", "a/b", "v%d")
	}
	return pick(c, "alt0", "alt1", "alt2", "a0", "a1", "eth0", "an-alternative-name-that-is-long")
}

// mac is zero for one that the kernel chooses.
func (c *chooser) mac() kernel.MAC {
	switch c.r.IntN(8) {
	case 0:
		return kernel.MAC{}
	case 1:
		return kernel.MAC{3, 0, 0, 0, 0, 1}
	}
	return kernel.MAC{2, 0, 0, 0, byte(c.r.IntN(2)), byte(1 + c.r.IntN(9))}
}

func (c *chooser) prefix4() netip.Prefix {
	return netip.MustParsePrefix(pick(c, "10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24", "10.0.0.2/16",
		"10.0.1.1/24", "10.0.1.2/24", "192.0.2.1/32", "192.0.2.2/32", "198.51.100.1/31",
		"198.51.100.1/30", "203.0.113.7/25", "0.0.0.0/0", "10.0.0.255/24", "10.0.0.0/24",
		"169.254.1.1/32", "127.0.0.2/8", "224.0.0.1/24", "255.255.255.255/32"))
}

func (c *chooser) prefix6() netip.Prefix {
	return netip.MustParsePrefix(pick(c, "fd00::1/64", "fd00::2/64", "fd00::3/64", "fd00::2/48",
		"fd01::1/64", "fd01::2/128", "fe80::5/64", "2001:db8::1/127", "fd00::/64", "::1/128",
		"ff02::1/128", "::/0"))
}

func (c *chooser) prefix(v6 family) netip.Prefix {
	if v6 {
		return c.prefix6()
	}
	return c.prefix4()
}

func (c *chooser) dst(v6 family) netip.Prefix {
	if v6 {
		return netip.MustParsePrefix(pick(c, "::/0", "::/0", "fd02::/64", "fd03::/48", "fd00::/64",
			"fd01::7/128", "2001:db8::1/128"))
	}
	return netip.MustParsePrefix(pick(c, "0.0.0.0/0", "0.0.0.0/0", "172.16.0.0/12", "10.0.0.0/24",
		"10.0.1.0/24", "10.0.2.0/24", "169.254.1.1/32", "192.0.2.1/32", "10.9.0.1/16", "127.0.0.0/8"))
}

func (c *chooser) gateway(v6 family) netip.Addr {
	if v6 {
		return netip.MustParseAddr(pick(c, "fd00::1", "fd00::2", "fd00::fe", "fd01::1", "fd01::fe",
			"fe80::1", "fe80::5", "fd02::1", "ff02::1", "2001:db8::"))
	}
	return netip.MustParseAddr(pick(c, "10.0.0.1", "10.0.0.2", "10.0.0.254", "10.0.1.1", "10.0.1.254",
		"169.254.1.1", "192.0.2.1", "172.16.0.1", "10.0.0.255", "127.0.0.1", "224.0.0.5"))
}

// own is an address that the namespace has, mostly.
func (c *chooser) own(slot int, v6 family) netip.Addr {
	for _, l := range c.p.slots[slot].Links() {
		list := l.V4
		if v6 {
			list = l.V6
		}
		if len(list) > 0 && c.r.IntN(3) > 0 {
			return list[c.r.IntN(len(list))].IP
		}
	}
	return c.gateway(v6)
}
