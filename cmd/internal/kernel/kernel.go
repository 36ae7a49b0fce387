package kernel

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// Own is the namespace of the calling thread: that of the process, unless the
// caller has entered another one.
const Own = "/proc/thread-self/ns/net"

// None is the NetNS of an interface whose other half is not in another
// namespace, and the HostID of a namespace that the host has no number for.
const None = -1

// Link is an interface.
type Link struct {
	Index     int
	Name      string
	Kind      string // of the driver: "veth", "bridge", "macvlan", …; "device" for hardware
	MAC       string
	Addresses []string // with prefix length, in the kernel's order
	MTU       int      // in bytes
	Up        bool
	Parent    int // index of the veth's peer or of the parent; 0 for none
	Master    int // index of the bridge it is a port of; 0 for none
	// NetNS is the number that the interface's namespace has for the one of
	// Parent (ip-netns(8), "nsid"), or None when that is the same namespace.
	NetNS int
}

// Namespace is a network namespace as it was found.
type Namespace struct {
	Path   string
	ID     record.Inode
	HostID int // the number that our own namespace has for it, or None
	Links  []Link
}

// ByIndex finds an interface.
func (n Namespace) ByIndex(index int) (Link, bool) {
	i := slices.IndexFunc(n.Links, func(l Link) bool { return l.Index == index })
	if i < 0 || index == 0 {
		return Link{}, false
	}
	return n.Links[i], true
}

// Peer finds, in the namespace of the host, the other half of a veth pair of
// which one half is in another namespace.
func (n Namespace) Peer(inside Namespace, l Link) (Link, bool) {
	if l.Kind != "veth" || inside.HostID == None {
		return Link{}, false
	}
	i := slices.IndexFunc(n.Links, func(h Link) bool {
		return h.Kind == "veth" && h.Parent == l.Index && h.Index == l.Parent &&
			h.NetNS == inside.HostID
	})
	if i < 0 {
		return Link{}, false
	}
	return n.Links[i], true
}

// WorthShowing leaves out of addresses those that the kernel gives to every
// link: the link-local ones of IPv6.
func WorthShowing(addresses []string) []string {
	return slices.DeleteFunc(slices.Clone(addresses), func(text string) bool {
		prefix, err := netip.ParsePrefix(text)
		return err == nil && prefix.Addr().Is6() && prefix.Addr().IsLinkLocalUnicast()
	})
}

// Host looks at the namespace that we are in.
func Host(ctx context.Context) (Namespace, error) { return At(ctx, Own) }

// At looks at the namespace at a path. NotFound: there is nothing at the path.
// Denied: only root may look. Invalid: it is no network namespace.
func At(ctx context.Context, path string) (Namespace, error) {
	n := Namespace{Path: path, HostID: None}
	err := within(ctx, path, func(o opened) error {
		n.ID = o.id
		if id, err := netlink.GetNetNsIdByFd(o.fd); err == nil {
			n.HostID = id // without one, nothing of ours leads there
		}
		var err error
		n.Links, err = links(o.handle)
		return err
	})
	if err != nil {
		return Namespace{}, err
	}
	return n, nil
}

// opened is a namespace that can be asked.
type opened struct {
	fd     int
	id     record.Inode
	handle *netlink.Handle
}

// within asks the namespace at a path. Errors name the path.
func within(ctx context.Context, path string, ask func(opened) error) error {
	if err := context.Cause(ctx); err != nil {
		return fail.New(fail.Transient, "no time left: %w", err)
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return fail.New(kindOf(err), "%s: %w", path, err)
	}
	defer func() { _ = unix.Close(fd) }() // it was only read
	id, err := identify(fd)
	if err != nil {
		return fail.About(path, err)
	}
	handle, err := netlink.NewHandleAt(netns.NsHandle(fd), unix.NETLINK_ROUTE)
	if err != nil {
		return fail.New(kindOf(err), "%s can not be entered: %w", path, err)
	}
	defer handle.Close()
	return fail.About(path, ask(opened{fd, id, handle}))
}

func identify(fd int) (record.Inode, error) {
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	if err != nil || kind != unix.CLONE_NEWNET {
		return record.Inode{}, fail.New(fail.Invalid, "it is not a network namespace")
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return record.Inode{}, fail.New(fail.IO, "it can not be looked at: %w", err)
	}
	return record.Inode{Dev: st.Dev, Ino: st.Ino}, nil
}

func kindOf(err error) fail.Kind {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ESRCH):
		return fail.NotFound
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fail.Denied
	}
	return fail.IO
}

// links lists the interfaces of a namespace with their addresses.
func links(handle *netlink.Handle) ([]Link, error) {
	//nolint:forbidigo // whole never takes an interrupted dump for an answer
	all, err := whole(handle.LinkList)
	if err != nil {
		return nil, err
	}
	addresses, err := whole(func() ([]netlink.Addr, error) {
		//nolint:forbidigo // whole never takes an interrupted dump for an answer
		return handle.AddrList(nil, netlink.FAMILY_ALL)
	})
	if err != nil {
		return nil, err
	}
	out := make([]Link, 0, len(all))
	for _, one := range all {
		l := linkOf(one)
		for _, a := range addresses {
			if a.LinkIndex == l.Index {
				l.Addresses = append(l.Addresses, a.IPNet.String())
			}
		}
		out = append(out, l)
	}
	return out, nil
}

func linkOf(l netlink.Link) Link {
	a := l.Attrs()
	return Link{
		Index: a.Index, Name: a.Name, Kind: l.Type(), MAC: a.HardwareAddr.String(),
		MTU: a.MTU, Up: a.RawFlags&unix.IFF_UP != 0,
		Parent: a.ParentIndex, Master: a.MasterIndex, NetNS: a.NetNsID,
	}
}

// whole repeats a dump until no change interrupted it: what is missing in such
// an answer may well be there.
func whole[T any](dump func() ([]T, error)) ([]T, error) {
	const tries = 20
	for range tries {
		out, err := dump()
		if err == nil {
			return out, nil
		}
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			return nil, fail.New(kindOf(err), "the kernel does not answer: %w", err)
		}
	}
	return nil, fail.New(fail.Transient, "it changes too fast to be listed")
}
