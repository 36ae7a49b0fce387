package disk

import (
	"errors"
	"io/fs"
	"strings"

	"patchbay/sim/errno"
)

// Profile is how a kind of file system is kinder than POSIX, and how long the
// kernel keeps changes to itself.
type Profile struct {
	// Journal: names survive in the order in which they were changed, and a
	// sync of anything is one of all names (ext4, xfs).
	Journal bool
	// Ordered: bytes are on the platter before the size of the file says so, so
	// that no file has zeros where nothing was written (ext4, data=ordered).
	Ordered bool
	// Replace: a rename over another file survives only with the bytes of the
	// new one (ext4, auto_da_alloc; Documentation/admin-guide/ext4.rst).
	Replace bool
	// Backlog is how many changes of names, and how many changed files, the
	// kernel holds back at least before it writes the oldest; 0 is 32.
	Backlog int
}

// POSIX promises what the standard does.
func POSIX() Profile { return Profile{} }

// Ext4 is ext4 as it is mounted by default.
func Ext4() Profile { return Profile{Journal: true, Ordered: true, Replace: true} }

const defaultBacklog = 32

// Limits of names and paths in bytes (include/uapi/linux/limits.h); that of a
// path counts the zero at its end.
const (
	nameMax = 255
	pathMax = 4096
)

// Disk is all that is mounted on a node.
type Disk struct {
	// OnChange is told of every change after it has happened; nil: nobody is.
	OnChange func(Change)

	profile Profile
	root    *node
	mounts  []mount
	inodes  uint32
	boot    uint32 // handles of another boot are no good

	pending []nameOp // changes of names that a power cut may undo, oldest first
	dirty   []*node  // files with bytes that a power cut may undo, oldest first

	troubles []trouble
	lastID   uint64 // of troubles and locks
	locks    []held
	holders  []holder

	dirs   map[string]*node // directories by path
	recent [4]place         // the directories that were asked for last
	next   int
}

type place struct {
	path string
	dir  *node
}

type mount struct {
	on   *node // the directory that is covered
	root *node
}

// New returns an empty disk.
func New(p Profile) *Disk {
	if p.Backlog <= 0 {
		p.Backlog = defaultBacklog
	}
	d := &Disk{profile: p, dirs: map[string]*node{}}
	d.root = d.newDir(0o755, true)
	d.root.up = d.root
	return d
}

// MountTmpfs puts an empty file system at a path that is empty again after each
// boot. The directory is made if it must be; that it is there survives.
func (d *Disk) MountTmpfs(path string) error {
	if err := d.makeAll(path); err != nil {
		return err
	}
	on, err := d.lookup(path)
	if err != nil {
		return err
	}
	d.Sync()
	root := d.newDir(0o755, false)
	root.up = on.up
	on.dir.over = root
	d.mounts = append(d.mounts, mount{on, root})
	d.forget()
	return nil
}

func (d *Disk) makeAll(path string) error {
	for i := 1; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		if err := d.Mkdir(path[:i], 0o755); err != nil && !errors.Is(err, errno.EEXIST) {
			return err
		}
	}
	return nil
}

// lookup finds what is at a path.
func (d *Disk) lookup(path string) (*node, error) {
	if path == "/" {
		return d.root, nil
	}
	dir, name, err := d.parent(path)
	if err != nil {
		return nil, err
	}
	return dir.child(name)
}

// parent finds the directory that has the last name of a path, and the name.
// The last directories are tried first, without looking for the slash: names are
// long and directories are few.
func (d *Disk) parent(path string) (*node, string, error) {
	if strings.IndexByte(path, 0) >= 0 {
		return nil, "", errno.EINVAL // as package syscall says, for the kernel never sees it
	}
	for i := range d.recent {
		r := &d.recent[i]
		n := len(r.path)
		if r.dir == nil || len(path) <= n+1 || len(path) >= pathMax ||
			path[n] != '/' || path[:n] != r.path {
			continue
		}
		name := path[n+1:]
		if strings.IndexByte(name, '/') < 0 {
			return r.dir, name, legal(name)
		}
	}
	return d.search(path)
}

func (d *Disk) search(path string) (*node, string, error) {
	i := strings.LastIndexByte(path, '/')
	switch {
	case i < 0:
		return nil, "", errno.EINVAL
	case len(path) >= pathMax:
		return nil, "", errno.ENAMETOOLONG
	}
	name := path[i+1:]
	dir, ok := d.dirs[path[:i]]
	if !ok {
		var err error
		if dir, err = d.walk(path[:i]); err != nil {
			return nil, "", err
		}
		if len(d.dirs) >= 4096 {
			d.forget()
		}
		d.dirs[strings.Clone(path[:i])] = dir
	}
	if err := legal(name); err != nil {
		return nil, "", err
	}
	d.recent[d.next] = place{strings.Clone(path[:i]), dir}
	d.next = (d.next + 1) % len(d.recent)
	return dir, name, nil
}

// legal refuses names in paths that are not clean.
func legal(name string) error {
	if name == "" || name == "." || name == ".." {
		return errno.EINVAL
	}
	return nil
}

// walk finds a directory from the root; "" is the root.
func (d *Disk) walk(path string) (*node, error) {
	at := d.root
	for rest := path; rest != ""; {
		if rest[0] != '/' {
			return nil, errno.EINVAL
		}
		name, _, _ := strings.Cut(rest[1:], "/")
		rest = rest[1+len(name):]
		if err := legal(name); err != nil {
			return nil, err
		}
		var err error
		if at, err = at.child(name); err != nil {
			return nil, err
		}
		if at.dir == nil {
			return nil, errno.ENOTDIR
		}
	}
	return at, nil
}

// forget is called when a path may lead somewhere else than before.
func (d *Disk) forget() {
	clear(d.dirs)
	clear(d.recent[:])
}

// Info is what stat(2) says.
type Info struct {
	Dir  bool
	Mode fs.FileMode // permission bits alone
	Size int
	Ino  uint64
}

// Stat describes what is at a path.
func (d *Disk) Stat(path string) (Info, error) {
	n, err := d.lookup(path)
	if err != nil {
		return Info{}, err
	}
	if err := d.check(path, onLook); err != nil {
		return Info{}, err
	}
	return Info{n.dir != nil, n.mode, len(n.data), uint64(n.ino)}, nil
}

// IsDir reports whether there is a directory at a path.
func (d *Disk) IsDir(path string) bool {
	n, err := d.lookup(path)
	return err == nil && n.dir != nil && d.check(path, onLook) == nil
}
