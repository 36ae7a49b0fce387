package disk

import (
	"slices"

	"patchbay/sim/errno"
)

// Proc is a process, by a number that its owner chooses.
type Proc uint64

// Whole is the place of a lock by flock(2) of a whole file, which has nothing to
// do with locks of bytes.
const Whole int64 = -1

// Want is a lock that somebody wants.
type Want struct {
	At        int64 // the byte, or Whole
	Exclusive bool
	By        Proc
	Inherit   bool // children have the descriptor too (no FD_CLOEXEC)
}

// held is an open file description with a lock.
type held struct {
	Want
	id   uint64
	n    *node
	path string
}

// holder is a descriptor of a description.
type holder struct {
	id uint64
	by Proc
}

// TryLock opens a file, which it makes if there is none, and locks one byte of
// it for the new open file description (fcntl(2), "Open file description
// locks"), or all of it as flock(2) does. It returns the number of the lock.
// EAGAIN: somebody else has one.
func (d *Disk) TryLock(path string, w Want) (uint64, error) {
	n, err := d.lookup(path)
	if err != nil {
		var f File
		if f, err = d.Create(path, 0o600); err != nil {
			return 0, err
		}
		n = f.n
	}
	if n.dir != nil {
		return 0, errno.EISDIR
	}
	if err := d.check(path, onOpen|onLock); err != nil {
		return 0, err
	}
	if n.locked > 0 {
		for i := range d.locks {
			l := &d.locks[i]
			if l.n == n && l.At == w.At && (l.Exclusive || w.Exclusive) {
				return 0, errno.EAGAIN
			}
		}
	}
	d.lastID++
	n.locked++
	d.locks = append(d.locks, held{w, d.lastID, n, path})
	d.holders = append(d.holders, holder{d.lastID, w.By})
	d.changed(Locked, path)
	return d.lastID, nil
}

// Unlock ends a lock for all who share it. One that has ended may be unlocked
// again.
func (d *Disk) Unlock(id uint64) {
	for i, h := range slices.Backward(d.holders) {
		if h.id == id {
			d.holders = append(d.holders[:i], d.holders[i+1:]...)
		}
	}
	d.release(id)
}

// Inherit gives a new child of a process the descriptors that it may have.
func (d *Disk) Inherit(parent, child Proc) {
	for i := range len(d.holders) {
		h := d.holders[i]
		if h.by == parent && d.inherited(h.id) {
			d.holders = append(d.holders, holder{h.id, child})
		}
	}
}

func (d *Disk) inherited(id uint64) bool {
	for i := range d.locks {
		if d.locks[i].id == id {
			return d.locks[i].Inherit
		}
	}
	return false
}

// Kill is the end of a process, good or bad. What it wrote stays; locks end with
// the last process that has them.
func (d *Disk) Kill(p Proc) {
	for i, h := range slices.Backward(d.holders) {
		if h.by != p {
			continue
		}
		d.holders = append(d.holders[:i], d.holders[i+1:]...)
		if !d.isHeld(h.id) {
			d.release(h.id)
		}
	}
}

func (d *Disk) isHeld(id uint64) bool {
	for _, h := range d.holders {
		if h.id == id {
			return true
		}
	}
	return false
}

func (d *Disk) release(id uint64) {
	for i := range d.locks {
		if l := d.locks[i]; l.id == id {
			d.locks = append(d.locks[:i], d.locks[i+1:]...)
			l.n.locked--
			d.changed(Unlocked, l.path)
			return
		}
	}
}
