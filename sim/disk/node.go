package disk

import (
	"io/fs"
	"slices"
	"strings"
	"time"

	"patchbay/sim/errno"
)

// node is an inode. It is kept small: a large cluster has millions.
type node struct {
	ino  uint32
	mode fs.FileMode
	data []byte // what processes read; never changed in place, so it is shared
	disk []byte // what is on the platter, where dirty or lost
	sum  uint64 // of data, or 0

	durable bool  // on a platter at all
	dirty   bool  // data is not on the platter
	lost    bool  // and never will be, though no sync says so any more
	links   int32 // names; 0 or 1
	locked  int32 // locks on it

	dir *dir  // nil: a file
	up  *node // the directory that has the name
}

// dir is what an inode is for a directory. Its names are sorted when somebody
// lists them and not before, so that no change costs more in a larger directory.
type dir struct {
	entries map[string]*entry
	list    []fs.DirEntry // sorted; handed out, so never changed in place
	removed []*entry      // names in list that are gone
	added   []*entry      // names that are not in list, in any order; some are gone
	over    *node         // what is mounted on it
}

// entry is a name in a directory.
type entry struct {
	name string
	node *node // nil: it is gone
	mode fs.FileMode

	listed bool // in the list of its directory
}

var _ fs.DirEntry = (*entry)(nil)

// Name returns the name.
func (e *entry) Name() string { return e.name }

// IsDir reports whether it is the name of a directory.
func (e *entry) IsDir() bool { return e.mode.IsDir() }

// Type returns the type bits.
func (e *entry) Type() fs.FileMode { return e.mode.Type() }

// Info describes the file; it fails when the name is gone.
func (e *entry) Info() (fs.FileInfo, error) {
	if e.node == nil {
		return nil, errno.ENOENT
	}
	return info{e.name, e.node.mode | e.mode, int64(len(e.node.data))}, nil
}

type info struct {
	name string
	mode fs.FileMode
	size int64
}

// Name returns the name.
func (i info) Name() string { return i.name }

// Size returns the size in bytes.
func (i info) Size() int64 { return i.size }

// Mode returns type and permission bits.
func (i info) Mode() fs.FileMode { return i.mode }

// ModTime is not known: there is no time on this disk.
func (i info) ModTime() time.Time { return time.Time{} }

// IsDir reports whether it is a directory.
func (i info) IsDir() bool { return i.mode.IsDir() }

// Sys returns nil.
func (i info) Sys() any { return nil }

func (d *Disk) newDir(mode fs.FileMode, durable bool) *node {
	d.inodes++
	return &node{
		ino: d.inodes, mode: mode, durable: durable,
		dir: &dir{entries: map[string]*entry{}},
	}
}

func (d *Disk) newFile(mode fs.FileMode, durable bool) *node {
	d.inodes++
	return &node{ino: d.inodes, mode: mode, durable: durable}
}

// child finds a name, and what is mounted there.
func (n *node) child(name string) (*node, error) {
	e := n.dir.entries[name]
	if e == nil {
		return nil, missing(name)
	}
	if e.node.dir != nil && e.node.dir.over != nil {
		return e.node.dir.over, nil
	}
	return e.node, nil
}

// missing is why a name is not there.
func missing(name string) errno.Errno {
	if len(name) > nameMax {
		return errno.ENAMETOOLONG
	}
	return errno.ENOENT
}

// has returns the node of a name, or nil. It is the covered one, not what is
// mounted there.
func (n *node) has(name string) *node {
	if e := n.dir.entries[name]; e != nil {
		return e.node
	}
	return nil
}

// bind makes a name mean a node; nil removes the name.
func (n *node) bind(name string, to *node) {
	x := n.dir
	e := x.entries[name]
	if e != nil {
		e.node.links--
	}
	switch {
	case to == nil && e != nil:
		x.remove(e)
	case to == nil:
		return
	case e != nil && e.IsDir() == (to.dir != nil):
		e.node = to
	default:
		if e != nil {
			x.remove(e)
		}
		x.add(name, to)
	}
	if to == nil {
		return
	}
	to.links++
	to.up = n
}

func (x *dir) add(name string, to *node) {
	e := &entry{name: name, node: to}
	if to.dir != nil {
		e.mode = fs.ModeDir
	}
	x.entries[name] = e
	x.added = append(x.added, e)
}

func (x *dir) remove(e *entry) {
	delete(x.entries, e.name)
	e.node = nil
	if e.listed {
		x.removed = append(x.removed, e)
	} else if len(x.added) > 2*len(x.entries)+16 {
		x.added = slices.DeleteFunc(x.added, gone)
	}
}

func gone(e *entry) bool { return e.node == nil }

// few changes of a list are made one by one.
const few = 4

// sorted lists the names that are there.
func (x *dir) sorted() []fs.DirEntry {
	if len(x.removed)+len(x.added) == 0 {
		return x.list
	}
	x.added = slices.DeleteFunc(x.added, gone)
	if len(x.removed)+len(x.added) <= few {
		x.patch()
	} else {
		x.merge()
	}
	for _, e := range x.added {
		e.listed = true
	}
	clear(x.added)
	clear(x.removed)
	x.added, x.removed = x.added[:0], x.removed[:0]
	return x.list
}

// patch makes the list anew by a copy and a few moves.
func (x *dir) patch() {
	list := make([]fs.DirEntry, len(x.list), len(x.list)+len(x.added))
	copy(list, x.list)
	for _, e := range x.removed {
		i, _ := slices.BinarySearchFunc(list, e.name, byName)
		list = slices.Delete(list, i, i+1)
	}
	for _, e := range x.added {
		i, _ := slices.BinarySearchFunc(list, e.name, byName)
		list = slices.Insert(list, i, fs.DirEntry(e))
	}
	x.list = list
}

func byName(e fs.DirEntry, name string) int { return strings.Compare(e.Name(), name) }

// merge makes the list anew in one walk.
func (x *dir) merge() {
	slices.SortFunc(x.added, func(a, b *entry) int { return strings.Compare(a.name, b.name) })
	list := make([]fs.DirEntry, 0, len(x.entries))
	added := x.added
	for _, old := range x.list {
		e, ok := old.(*entry)
		if !ok || gone(e) {
			continue
		}
		for len(added) > 0 && added[0].name < e.name {
			list = append(list, added[0])
			added = added[1:]
		}
		list = append(list, e)
	}
	for _, e := range added {
		list = append(list, e)
	}
	x.list = list
}
