package disk

import (
	"errors"
	"io/fs"
	"strings"

	"patchbay/sim/errno"
)

// Mkdir makes a directory: mkdir(2).
func (d *Disk) Mkdir(path string, mode fs.FileMode) error {
	if path == "/" {
		return errno.EEXIST
	}
	dir, name, err := d.parent(path)
	if err != nil {
		return err
	}
	if dir.has(name) != nil {
		return errno.EEXIST
	}
	if e := missing(name); e != errno.ENOENT {
		return e
	}
	if err := d.check(path, onMakeDir); err != nil {
		return err
	}
	d.add(dir, name, d.newDir(mode, dir.durable))
	d.changed(MadeDir, path)
	return nil
}

// ReadDir lists a directory, sorted by name. Nobody may change the list.
func (d *Disk) ReadDir(path string) ([]fs.DirEntry, error) {
	n, err := d.lookup(path)
	if err != nil {
		return nil, err
	}
	if n.dir == nil {
		return nil, errno.ENOTDIR
	}
	if err := d.check(path, onOpen|onRead); err != nil {
		return nil, err
	}
	return n.dir.sorted(), nil
}

// Unlink removes a file: unlink(2).
func (d *Disk) Unlink(path string) error {
	if path == "/" {
		return errno.EISDIR
	}
	dir, name, err := d.parent(path)
	if err != nil {
		return err
	}
	if err := d.check(path, onAlter); err != nil {
		return err
	}
	n := dir.has(name)
	switch {
	case n == nil:
		return missing(name)
	case n.dir != nil:
		return errno.EISDIR
	}
	if err := d.check(path, onRemove); err != nil {
		return err
	}
	d.giveBack(path, len(n.data))
	d.drop(dir, name, n)
	d.changed(Removed, path)
	return nil
}

// Rmdir removes an empty directory: rmdir(2).
func (d *Disk) Rmdir(path string) error {
	if path == "/" {
		return errno.EBUSY
	}
	dir, name, err := d.parent(path)
	if err != nil {
		return err
	}
	if err := d.check(path, onAlter); err != nil {
		return err
	}
	n := dir.has(name)
	switch {
	case n == nil:
		return missing(name)
	case n.dir == nil:
		return errno.ENOTDIR
	}
	if err := d.check(path, onRemove); err != nil {
		return err
	}
	switch {
	case n.dir.over != nil:
		return errno.EBUSY
	case len(n.dir.entries) > 0:
		return errno.ENOTEMPTY
	}
	d.drop(dir, name, n)
	d.forget()
	d.changed(RemovedDir, path)
	return nil
}

// Remove removes a file or an empty directory, as remove(3) and package os do.
func (d *Disk) Remove(path string) error {
	err := d.Unlink(path)
	if errors.Is(err, errno.EISDIR) {
		return d.Rmdir(path)
	}
	return err
}

// Wipe removes what is at a path with all below it, as somebody who cleans up by
// hand does. What can not be removed stays.
func (d *Disk) Wipe(path string) error {
	n, err := d.lookup(path)
	if err != nil {
		return err
	}
	if n.dir != nil {
		for _, e := range n.dir.sorted() {
			if err := d.Wipe(path + "/" + e.Name()); err != nil {
				return err
			}
		}
	}
	return d.Remove(path)
}

// Rename gives a file or a directory another name in one step: rename(2). What
// had that name is gone.
func (d *Disk) Rename(from, to string) error {
	op, err := d.renaming(from, to)
	if err != nil || op.to == op.was {
		return err
	}
	n := op.to
	if op.was != nil && n.dir == nil {
		d.giveBack(to, len(op.was.data))
		op.settles = d.profile.Replace
	}
	op.data = n.data
	op.redo()
	d.note(&op)
	if n.dir != nil {
		d.forget()
	}
	if d.OnChange != nil {
		d.OnChange(Change{Op: Renamed, Path: from, To: to})
	}
	return nil
}

// renaming checks what rename(2) checks, in its order (do_renameat2, vfs_rename).
func (d *Disk) renaming(from, to string) (nameOp, error) {
	var op nameOp
	if from == "/" || to == "/" {
		return op, errno.EBUSY
	}
	if strings.IndexByte(to, 0) >= 0 {
		return op, errno.EINVAL
	}
	var err error
	if op.fromDir, op.fromName, err = d.parent(from); err != nil {
		return op, err
	}
	if op.dir, op.name, err = d.parent(to); err != nil {
		return op, err
	}
	if op.fromDir != op.dir && d.rootOf(op.fromDir) != d.rootOf(op.dir) {
		return op, errno.EXDEV
	}
	if err = d.checkBoth(from, to, onAlter); err != nil {
		return op, err
	}
	op.to, op.was = op.fromDir.has(op.fromName), op.dir.has(op.name)
	switch n := op.to; {
	case n == nil:
		return op, missing(op.fromName)
	case op.was == nil && missing(op.name) != errno.ENOENT:
		return op, missing(op.name)
	case n.dir != nil && within(op.dir, n):
		return op, errno.EINVAL
	case op.was != nil && op.was.dir != nil && within(op.fromDir, op.was):
		return op, errno.ENOTEMPTY
	case op.was == n:
		return op, nil
	}
	if err = d.checkBoth(from, to, onRemove); err != nil {
		return op, err
	}
	return op, replaceable(op.to, op.was)
}

// replaceable says why one thing can not take the place of another.
func replaceable(n, old *node) error {
	switch {
	case n.dir != nil && old != nil && old.dir == nil:
		return errno.ENOTDIR
	case n.dir == nil && old != nil && old.dir != nil:
		return errno.EISDIR
	case n.dir != nil && n.dir.over != nil:
		return errno.EBUSY
	case old == nil || old.dir == nil:
		return nil
	case old.dir.over != nil:
		return errno.EBUSY
	case len(old.dir.entries) > 0:
		return errno.ENOTEMPTY
	}
	return nil
}

// within reports whether a directory is n or below it.
func within(dir, n *node) bool {
	for ; ; dir = dir.up {
		if dir == n {
			return true
		}
		if dir.up == dir || dir.up == nil {
			return false
		}
	}
}

// rootOf is the root of the file system that a directory is on.
func (d *Disk) rootOf(dir *node) *node {
	for ; dir != d.root; dir = dir.up {
		for _, m := range d.mounts {
			if dir == m.root {
				return dir
			}
		}
	}
	return dir
}
