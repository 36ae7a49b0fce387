package ctldemo

import (
	"bytes"
	"errors"
	"os"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"patchbay/core/fail"
)

// forwarding is what the plugins bridge and ptp switch on and leave on.
const forwarding = "/proc/sys/net/ipv4/ip_forward"

// vni is the number of the example's overlay; the port is that of IANA.
const (
	vni  = 4242
	port = 4789
)

// Node is what the networks of the example expect of a node.
type Node struct {
	handle  *netlink.Handle
	made    []netlink.Link // in order
	forward []byte         // the setting before
}

// Describe says what Prepare makes, for people.
func Describe() [][2]string {
	return [][2]string{
		{"pbdemo0", "a bridge for the default network"},
		{"pbdemo-up0", "one end of a veth pair, as the link that macvlan shares"},
		{"pbdemo1", "a bridge with the port pbdemo-vx, a vxlan to other nodes"},
	}
}

// Prepare makes the links. On an error nothing is left. Busy: a link of that
// name is there already.
func Prepare() (*Node, error) {
	before, err := os.ReadFile(forwarding)
	if err != nil {
		return nil, fail.New(fail.IO, "forwarding: %w", err)
	}
	h, err := netlink.NewHandle()
	if err != nil {
		return nil, fail.New(fail.IO, "netlink: %w", err)
	}
	n := &Node{handle: h, forward: before}
	for _, l := range links() {
		if err = n.add(l); err != nil {
			return nil, errors.Join(err, n.Restore())
		}
	}
	return n, nil
}

func links() []netlink.Link {
	named := func(name string) netlink.LinkAttrs {
		a := netlink.NewLinkAttrs()
		a.Name = name
		return a
	}
	// A bridge without an address of its own takes the lowest of its ports', and
	// CHECK of the bridge plugin fails as soon as a pod brings a lower one.
	addressed := func(name string, last byte) netlink.LinkAttrs {
		a := named(name)
		a.HardwareAddr = []byte{0x02, 0x00, 0xc6, 0x12, last, 0x01}
		return a
	}
	return []netlink.Link{
		&netlink.Bridge{LinkAttrs: addressed("pbdemo0", 100)},
		&netlink.Veth{LinkAttrs: named("pbdemo-up0"), PeerName: "pbdemo-up1"},
		&netlink.Bridge{LinkAttrs: addressed("pbdemo1", 102)},
		&netlink.Vxlan{LinkAttrs: named("pbdemo-vx"), VxlanId: vni, Port: port, Learning: true},
	}
}

// add makes one link and sets it up, with what hangs on it.
func (n *Node) add(l netlink.Link) error {
	name := l.Attrs().Name
	if err := n.handle.LinkAdd(l); err != nil {
		if errors.Is(err, os.ErrExist) {
			return fail.New(fail.Busy, "link %s is there already, of an earlier "+
				"demonstration perhaps; 'ip link del %s' removes it", name, name)
		}
		return fail.New(fail.IO, "link %s can not be made: %w", name, err)
	}
	n.made = append(n.made, l)
	err := n.handle.LinkSetUp(l)
	switch l := l.(type) {
	case *netlink.Veth:
		peer := &netlink.Dummy{LinkAttrs: netlink.LinkAttrs{Name: l.PeerName}}
		err = errors.Join(err, n.handle.LinkSetUp(peer))
	case *netlink.Vxlan:
		bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "pbdemo1"}}
		err = errors.Join(err, n.handle.LinkSetMaster(l, bridge))
	}
	if err != nil {
		return fail.New(fail.IO, "link %s: %w", name, err)
	}
	return nil
}

// Restore removes the links and sets forwarding as it was. It may be repeated.
func (n *Node) Restore() error {
	var errs []error
	for _, l := range slices.Backward(n.made) {
		// By index, which LinkAdd has set: a name may be somebody else's by now.
		err := n.handle.LinkDel(l)
		if err != nil && !errors.Is(err, unix.ENODEV) {
			errs = append(errs, fail.New(fail.IO, "link %s can not be removed: %w",
				l.Attrs().Name, err))
		}
	}
	n.made = nil
	now, err := os.ReadFile(forwarding)
	if err == nil && !bytes.Equal(now, n.forward) {
		//nolint:gosec // the file is the kernel's
		err = os.WriteFile(forwarding, n.forward, 0o644)
	}
	if err != nil {
		errs = append(errs, fail.New(fail.IO, "forwarding: %w", err))
	}
	return errors.Join(errs...)
}
