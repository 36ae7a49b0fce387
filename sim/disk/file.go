package disk

import (
	"io/fs"
	"slices"

	"patchbay/sim/errno"
)

// File is an open file. Like a descriptor it stays with the file when that is
// renamed or removed, and it is good until the next boot.
type File struct {
	d    *Disk
	n    *node
	path string
	boot uint32
	can  access
}

// access is what a file was opened for.
type access uint8

const (
	toRead access = 1 + iota
	toWrite
)

// Create makes an empty file: open(2) with O_CREAT|O_EXCL.
func (d *Disk) Create(path string, mode fs.FileMode) (File, error) {
	dir, name, err := d.parent(path)
	if err != nil {
		return File{}, err
	}
	if dir.has(name) != nil {
		return File{}, errno.EEXIST
	}
	return d.makeFile(dir, name, path, mode)
}

// Truncate opens a file for writing and empties it, or makes one: open(2) with
// O_WRONLY|O_CREAT|O_TRUNC.
func (d *Disk) Truncate(path string, mode fs.FileMode) (File, error) {
	dir, name, err := d.parent(path)
	if err != nil {
		return File{}, err
	}
	n := dir.has(name)
	if n == nil {
		return d.makeFile(dir, name, path, mode)
	}
	if n.dir != nil {
		return File{}, errno.EISDIR
	}
	if err := d.check(path, onWrite); err != nil {
		return File{}, err
	}
	if len(n.data) > 0 || n.lost {
		d.giveBack(path, len(n.data))
		d.set(n, nil)
		d.changed(Wrote, path)
	}
	n.lost = false // every page will be written anew
	return File{d, n, path, d.boot, toWrite}, nil
}

func (d *Disk) makeFile(dir *node, name, path string, mode fs.FileMode) (File, error) {
	if e := missing(name); e != errno.ENOENT {
		return File{}, e
	}
	if err := d.check(path, onMake); err != nil {
		return File{}, err
	}
	n := d.newFile(mode, dir.durable)
	d.add(dir, name, n)
	d.changed(Made, path)
	return File{d, n, path, d.boot, toWrite}, nil
}

// Open opens a file for reading, or a directory to sync it.
func (d *Disk) Open(path string) (File, error) {
	n, err := d.lookup(path)
	if err != nil {
		return File{}, err
	}
	if err := d.check(path, onOpen); err != nil {
		return File{}, err
	}
	return File{d, n, path, d.boot, toRead}, nil
}

// OpenAppend opens a file that is there for writing behind its end: open(2) with
// O_WRONLY|O_APPEND.
func (d *Disk) OpenAppend(path string) (File, error) {
	n, err := d.file(path)
	if err != nil {
		return File{}, err
	}
	if err := d.check(path, onWrite); err != nil {
		return File{}, err
	}
	return File{d, n, path, d.boot, toWrite}, nil
}

// Bytes reads the whole file. Nobody may change them.
func (f File) Bytes() ([]byte, error) {
	if err := f.good(toRead); err != nil {
		return nil, err
	}
	if f.n.dir != nil {
		return nil, errno.EISDIR
	}
	if err := f.d.check(f.path, onRead); err != nil {
		return nil, err
	}
	return f.n.data, nil
}

// Append writes behind the end. The bytes are kept and not copied where the file
// was empty, so nobody may change them. When the disk is full as much is written
// as there is room for.
func (f File) Append(data []byte) error {
	if err := f.good(toWrite); err != nil {
		return err
	}
	d := f.d
	fit, err := d.room(f.path, len(data))
	if fit > 0 {
		if len(f.n.data) == 0 {
			d.set(f.n, data[:fit:fit])
		} else {
			d.set(f.n, append(f.n.data, data[:fit]...))
		}
		d.changed(Wrote, f.path)
	}
	return err
}

// Sync returns after the bytes of the file are on the platter: fsync(2). When it
// fails they never will be, and the next Sync does not say so.
func (f File) Sync() error {
	if err := f.good(f.can); err != nil {
		return err
	}
	return f.d.flush(f.n, f.path)
}

// good refuses a descriptor that was not opened for this, or not in this boot.
func (f File) good(can access) error {
	if f.d == nil || f.boot != f.d.boot || f.can != can {
		return errno.EBADF
	}
	return nil
}

// ReadFile reads a whole file. Nobody may change the bytes.
func (d *Disk) ReadFile(path string) ([]byte, error) {
	n, err := d.file(path)
	if err != nil {
		return nil, err
	}
	if err := d.check(path, onOpen|onRead); err != nil {
		return nil, err
	}
	return n.data, nil
}

// WriteFile replaces the bytes of a file, which it makes if it must, as Truncate
// and Append do.
func (d *Disk) WriteFile(path string, data []byte, mode fs.FileMode) error {
	f, err := d.Truncate(path, mode)
	if err != nil || len(data) == 0 {
		return err
	}
	return f.Append(data)
}

// Append writes behind the end of a file that is there.
func (d *Disk) Append(path string, data []byte) error {
	f, err := d.OpenAppend(path)
	if err != nil {
		return err
	}
	return f.Append(data)
}

// set changes what processes read. The platter keeps what it has.
func (d *Disk) set(n *node, data []byte) {
	if n.durable && !n.dirty {
		if !n.lost {
			n.disk = n.data
		}
		n.dirty = true
		d.dirty = append(d.dirty, n)
		d.writeBack()
	}
	n.data, n.sum = data, 0
}

// Flip changes one bit of a file, on the platter too; the first bit is that of
// value 1 of the first byte. EINVAL: it has no such bit.
func (d *Disk) Flip(path string, bit int) error {
	n, err := d.file(path)
	if err != nil {
		return err
	}
	if bit < 0 || bit/8 >= len(n.data) {
		return errno.EINVAL
	}
	data := slices.Clone(n.data)
	data[bit/8] ^= 1 << (bit % 8)
	d.damage(n, path, data)
	return nil
}

// Cut leaves the first bytes of a file, on the platter too. EINVAL: it has not
// so many.
func (d *Disk) Cut(path string, size int) error {
	n, err := d.file(path)
	if err != nil {
		return err
	}
	if size < 0 || size > len(n.data) {
		return errno.EINVAL
	}
	d.damage(n, path, n.data[:size:size])
	return nil
}

// Fill replaces the bytes of a file, on the platter too.
func (d *Disk) Fill(path string, data []byte) error {
	n, err := d.file(path)
	if err != nil {
		return err
	}
	d.damage(n, path, data)
	return nil
}

func (d *Disk) file(path string) (*node, error) {
	n, err := d.lookup(path)
	if err == nil && n.dir != nil {
		err = errno.EISDIR
	}
	return n, err
}

func (d *Disk) damage(n *node, path string, data []byte) {
	n.data, n.disk, n.sum, n.lost = data, data, 0, false
	d.clean(n)
	d.changed(Damaged, path)
}

// DropCaches makes processes read what is on the platter where a failed sync
// made that differ. The kernel may do so at any time.
func (d *Disk) DropCaches() {
	d.each(d.root, "", func(path string, n *node) {
		if n.lost && !n.dirty {
			n.data, n.sum, n.lost = slices.Clip(n.disk), 0, false
			d.changed(Damaged, path)
		}
	})
}
