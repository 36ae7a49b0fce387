package kernel

import (
	"slices"

	"patchbay/core/record"
	"patchbay/sim/errno"
)

type life uint8

const (
	alive life = iota
	dying      // without a reference, and not yet cleaned up
	gone
)

// nsfsDev is the device number of the namespaces' file system. Linux has one,
// chosen at boot.
const nsfsDev = 4

// Namespace is a network namespace.
type Namespace struct {
	k     *Kernel
	id    record.Inode
	state life
	refs  int // mounts and open files

	links     []*Link // by index
	names     map[string]*Link
	nextIndex int
	tables    []*table
	rules     []Rule
	sys       []setting
	filter    filter
	ruled4    bool // there has been an IPv4 rule that was not there at first
	ruled6    bool // an IPv6 rule was added; until then rules are not asked
	sources6  bool // an IPv6 route has had a preferred source

	Mark Mark

	// What nearly every namespace needs, in one piece with it.
	lo         Link
	linkSpace  [4]*Link
	tableSpace [4]table
	tablePtrs  [4]*table
}

// mount is what is at a path: namespaces mounted above each other on a file.
type mount struct{ stack []*Namespace }

func (m *mount) top() *Namespace {
	if n := len(m.stack); n > 0 {
		return m.stack[n-1]
	}
	return nil
}

func (k *Kernel) newNamespace(mark Mark) *Namespace {
	ns := &Namespace{k: k, Mark: mark, rules: defaultRules}
	ns.links, ns.tables = ns.linkSpace[:0], ns.tablePtrs[:0]
	ns.id = record.Inode{Dev: nsfsDev, Ino: k.takeInode()}
	if k.host != nil {
		ns.inherit(k.host)
	}
	ns.lo = Link{Kind: Loopback, Name: "lo", MTU: loopbackMTU, setMAC: true, Mark: mark}
	k.spaces = append(k.spaces, ns)
	k.tell(Change{What: NamespaceMade, NS: ns})
	k.register(ns, &ns.lo)
	return ns
}

func (k *Kernel) takeInode() uint64 {
	if n := len(k.inodes); n > 0 && k.Profile.ReuseInodes {
		ino := k.inodes[n-1]
		k.inodes = k.inodes[:n-1]
		return ino
	}
	k.nextIno++
	return k.nextIno
}

// Unshare makes a namespace and mounts it on a new file at path. The answer is
// EEXIST when there is a file.
func (k *Kernel) Unshare(path string, mark Mark) (*Namespace, error) {
	if k.paths[path] != nil {
		return nil, errno.EEXIST
	}
	ns := k.newNamespace(mark)
	k.mount(path, ns)
	return ns, nil
}

// UnshareHeld makes a namespace that is at no path. It lives for as long as the
// one reference that the caller holds.
func (k *Kernel) UnshareHeld(mark Mark) *Namespace {
	ns := k.newNamespace(mark)
	ns.refs = 1
	return ns
}

func (k *Kernel) mount(path string, ns *Namespace) {
	m := k.paths[path]
	if m == nil {
		m = &mount{}
		k.paths[path] = m
	}
	m.stack = append(m.stack, ns)
	ns.refs++
	k.tell(Change{What: PathChanged, NS: ns, Path: path})
}

// Bind mounts a namespace at path, over what is there. The answer is EBADF when
// the namespace is gone.
func (k *Kernel) Bind(path string, ns *Namespace) error {
	if ns.state != alive {
		return errno.EBADF
	}
	k.mount(path, ns)
	return nil
}

// Open looks at path: ENOENT when nothing is there, EINVAL when it is a plain
// file, as unmounting leaves one. It takes no reference; Hold does.
func (k *Kernel) Open(path string) (*Namespace, error) {
	m := k.paths[path]
	if m == nil {
		return nil, errno.ENOENT
	}
	if ns := m.top(); ns != nil {
		return ns, nil
	}
	return nil, errno.EINVAL
}

// Exists reports whether there is anything at path, a plain file included.
func (k *Kernel) Exists(path string) bool { return k.paths[path] != nil }

// Touch makes a plain file at path; one that is there stays as it is.
func (k *Kernel) Touch(path string) {
	if k.paths[path] == nil {
		k.paths[path] = &mount{}
		k.tell(Change{What: PathChanged, Path: path})
	}
}

// Unmount takes away what is mounted at path and leaves a plain file. ENOENT:
// there is none. EINVAL: nothing is mounted on it.
func (k *Kernel) Unmount(path string) error {
	m := k.paths[path]
	if m == nil {
		return errno.ENOENT
	}
	ns := m.top()
	if ns == nil {
		return errno.EINVAL
	}
	m.stack = m.stack[:len(m.stack)-1]
	k.tell(Change{What: PathChanged, NS: ns, Path: path})
	ns.Release()
	return nil
}

// RemovePath removes the file at path. ENOENT: there is none. EBUSY: something
// is mounted on it.
func (k *Kernel) RemovePath(path string) error {
	m := k.paths[path]
	if m == nil {
		return errno.ENOENT
	}
	if m.top() != nil {
		return errno.EBUSY
	}
	delete(k.paths, path)
	k.tell(Change{What: PathChanged, Path: path})
	return nil
}

// ID is the identity of the namespace for as long as it exists.
func (ns *Namespace) ID() record.Inode { return ns.id }

// Alive reports whether anything refers to the namespace.
func (ns *Namespace) Alive() bool { return ns.state == alive }

// Kernel is the kernel that the namespace is one of.
func (ns *Namespace) Kernel() *Kernel { return ns.k }

// Hold is an open file of the namespace. The answer is EBADF when nothing
// referred to it any more: there was no file to be opened.
func (ns *Namespace) Hold() error {
	if ns.state != alive {
		return errno.EBADF
	}
	ns.refs++
	return nil
}

// Release closes such a file. With the last reference the namespace begins to
// die; it is cleaned up by [Kernel.Reap].
func (ns *Namespace) Release() {
	if ns.state != alive {
		return
	}
	ns.refs--
	if ns.refs > 0 {
		return
	}
	ns.state = dying
	ns.k.dying = append(ns.k.dying, ns)
	ns.k.tell(Change{What: NamespaceDying, NS: ns})
}

// Links lists the links by index. It must not be changed, and changes with the
// namespace.
func (ns *Namespace) Links() []*Link { return ns.links }

// ByIndex finds a link, or nil.
func (ns *Namespace) ByIndex(index int) *Link {
	i, found := slices.BinarySearchFunc(ns.links, index, func(l *Link, index int) int {
		return l.Index - index
	})
	if !found {
		return nil
	}
	return ns.links[i]
}

// mapFrom is how many links a namespace has when looking through them costs
// more than keeping a map does.
const mapFrom = 12

// ByName finds a link by its name or one of its alternative names, or nil.
func (ns *Namespace) ByName(name string) *Link {
	if ns.names != nil {
		return ns.names[name]
	}
	for _, l := range ns.links {
		if l.Name == name || slices.Contains(l.Alt, name) {
			return l
		}
	}
	return nil
}

// Lookup is ByName with the kernel's answer, ENODEV.
func (ns *Namespace) Lookup(name string) (*Link, error) {
	if l := ns.ByName(name); l != nil {
		return l, nil
	}
	return nil, errno.ENODEV
}
