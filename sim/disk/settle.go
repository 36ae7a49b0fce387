package disk

import (
	"slices"

	"patchbay/sim/errno"
)

// nameOp is one change of names, which survives a power cut whole or not at all.
type nameOp struct {
	dir  *node
	name string
	to   *node // nil: the name goes
	was  *node // what had the name; nil: nothing

	// A rename takes this name from to.
	fromDir  *node
	fromName string

	data    []byte // of to, at a rename
	settles bool   // the op survives only with data (auto_da_alloc)
	wanted  bool   // by a sync that is under way
}

// add gives a new node a name that nobody has.
func (d *Disk) add(dir *node, name string, n *node) {
	dir.dir.add(name, n)
	n.links++
	n.up = dir
	d.note(&nameOp{dir: dir, name: name, to: n})
}

// drop takes the name from a node.
func (d *Disk) drop(dir *node, name string, n *node) {
	dir.dir.remove(dir.dir.entries[name])
	n.links--
	d.note(&nameOp{dir: dir, name: name, was: n})
}

// note remembers that a change of names may be undone.
func (d *Disk) note(op *nameOp) {
	if !op.dir.durable {
		return
	}
	if len(d.pending) >= 2*d.profile.Backlog {
		// The oldest are written by themselves, as the kernel does by time
		// (jbd2 each 5 s, Documentation/admin-guide/ext4.rst, "commit").
		n := copy(d.pending, d.pending[d.profile.Backlog:])
		clear(d.pending[n:])
		d.pending = d.pending[:n]
	}
	d.pending = append(d.pending, *op)
}

func (op *nameOp) redo() {
	if op.fromDir != nil {
		op.fromDir.bind(op.fromName, nil)
	}
	op.dir.bind(op.name, op.to)
}

func (op *nameOp) undo() {
	op.dir.bind(op.name, op.was)
	if op.fromDir != nil {
		op.fromDir.bind(op.fromName, op.to)
	}
}

// touches reports whether the op changed a name in a directory.
func (op *nameOp) touches(dir *node) bool { return op.dir == dir || op.fromDir == dir }

// after reports whether the op makes no sense on the platter without an earlier
// one: it is about the same name, or moves a directory, which must not get
// below itself.
func (op *nameOp) after(old *nameOp) bool {
	return op.names(old.dir, old.name) ||
		old.fromDir != nil && op.names(old.fromDir, old.fromName) ||
		op.fromDir != nil && op.to.dir != nil
}

func (op *nameOp) names(dir *node, name string) bool {
	return op.dir == dir && op.name == name || op.fromDir == dir && op.fromName == name
}

// writeBack bounds what is dirty, as note does.
func (d *Disk) writeBack() {
	if len(d.dirty) < 2*d.profile.Backlog {
		return
	}
	for _, n := range d.dirty[:d.profile.Backlog] {
		n.settle()
	}
	n := copy(d.dirty, d.dirty[d.profile.Backlog:])
	clear(d.dirty[n:])
	d.dirty = d.dirty[:n]
}

// settle says that the bytes are on the platter, but for those which a failed
// sync has lost for good.
func (n *node) settle() {
	n.dirty = false
	if !n.lost {
		n.disk = nil
	}
}

// clean takes a file from those that are dirty.
func (d *Disk) clean(n *node) {
	if !n.dirty {
		return
	}
	n.settle()
	for i, other := range slices.Backward(d.dirty) { // it is mostly the last
		if other == n {
			d.dirty = slices.Delete(d.dirty, i, i+1)
			return
		}
	}
}

// Fsync is Sync of the file, or SyncDir of the directory, at a path.
func (d *Disk) Fsync(path string) error {
	n, err := d.lookup(path)
	if err != nil {
		return err
	}
	return d.flush(n, path)
}

// SyncDir returns after the names in a directory are on the platter: fsync(2).
func (d *Disk) SyncDir(path string) error {
	n, err := d.lookup(path)
	if err != nil {
		return err
	}
	if n.dir == nil {
		return errno.ENOTDIR
	}
	return d.flush(n, path)
}

func (d *Disk) flush(n *node, path string) error {
	if err := d.check(path, onSync); err != nil {
		if n.dirty {
			n.lost = true // what a directory was to have, the journal keeps
			d.clean(n)
		}
		return err
	}
	if n.dir == nil {
		d.clean(n)
	}
	switch {
	case !n.durable || len(d.pending) == 0:
	case d.profile.Journal:
		d.commit()
	case n.dir != nil:
		d.settleNames(n)
	}
	d.changed(Synced, path)
	return nil
}

// Sync writes everything: sync(2), or some time without work.
func (d *Disk) Sync() {
	d.commit()
	for _, n := range d.dirty {
		n.settle()
	}
	clear(d.dirty)
	d.dirty = d.dirty[:0]
}

// commit writes all names.
func (d *Disk) commit() {
	for i := range d.pending {
		d.written(&d.pending[i])
	}
	clear(d.pending)
	d.pending = d.pending[:0]
}

// written is called when an op is on the platter for good.
func (d *Disk) written(op *nameOp) {
	if !op.settles || op.to.lost || !op.to.dirty {
		return
	}
	op.to.disk = op.data
	if same(op.to.data, op.data) {
		d.clean(op.to)
	}
}

// same reports whether two slices are one.
func same(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// settleNames writes the names of one directory, and whatever these depend on.
func (d *Disk) settleNames(dir *node) {
	for i := len(d.pending) - 1; i >= 0; i-- {
		op := &d.pending[i]
		op.wanted = op.touches(dir)
		for j := i + 1; j < len(d.pending) && !op.wanted; j++ {
			later := &d.pending[j]
			op.wanted = later.wanted && later.after(op)
		}
	}
	kept := d.pending[:0]
	for i := range d.pending {
		if op := &d.pending[i]; op.wanted {
			d.written(op)
		} else {
			kept = append(kept, *op)
		}
	}
	clear(d.pending[len(kept):])
	d.pending = kept
}
