package disk

import "patchbay/sim/errno"

// Acts are what a trouble is about.
type Acts uint16

// The acts. A call may be several of them.
const (
	onLook    Acts = 1 << iota // stat
	onOpen                     // open for reading, or to lock
	onRead                     // read bytes or names
	onWrite                    // change bytes of a file
	onGrow                     // need another block for bytes
	onMake                     // need another inode
	onMakeDir                  // need an inode and a block
	onAlter                    // change a directory, before anybody looks what is in it
	onRemove                   // take something from a directory
	onSync                     // fsync
	onLock                     // lock
)

// Trouble is something that is wrong with a part of the disk for as long as
// nobody mends it.
type Trouble struct {
	Under string      // a file, or a directory with all below it
	On    Acts        // what fails
	Err   errno.Errno // and how
	Room  int         // bytes that can still be written; only for Full and OverQuota
}

// Full says that there is no room but for so many bytes more. Files without a
// byte and names find room in blocks that are there.
func Full(under string, room int) Trouble {
	return Trouble{Under: under, On: onGrow | onMakeDir, Err: errno.ENOSPC, Room: room}
}

// OverQuota is Full with another word.
func OverQuota(under string, room int) Trouble {
	return Trouble{Under: under, On: onGrow | onMakeDir, Err: errno.EDQUOT, Room: room}
}

// NoInodes says that nothing can be made.
func NoInodes(under string) Trouble {
	return Trouble{Under: under, On: onMake | onMakeDir, Err: errno.ENOSPC}
}

// ReadOnly says that a file system was mounted so, or has made itself so after
// an error (ext4, errors=remount-ro).
func ReadOnly(under string) Trouble {
	return Trouble{
		Under: under, On: onWrite | onMake | onMakeDir | onAlter | onLock, Err: errno.EROFS,
	}
}

// BadRead says that bytes, or names, can not be read.
func BadRead(under string) Trouble { return Trouble{Under: under, On: onRead, Err: errno.EIO} }

// BadWrite says that bytes can not be written, and the writer is told at once.
func BadWrite(under string) Trouble {
	return Trouble{Under: under, On: onGrow, Err: errno.EIO}
}

// BadSync says that the platter takes nothing, which nobody learns before a
// sync: that one fails, the bytes are lost, and the next sync has nothing to do.
func BadSync(under string) Trouble { return Trouble{Under: under, On: onSync, Err: errno.EIO} }

// Denied says that a policy forbids everything but to look, root or not.
func Denied(under string) Trouble {
	return Trouble{
		Under: under, Err: errno.EACCES,
		On: onOpen | onRead | onWrite | onMake | onMakeDir | onRemove | onLock,
	}
}

type trouble struct {
	Trouble
	id uint64
}

// Break makes a trouble and returns its number. Where there are several the
// oldest answers first.
func (d *Disk) Break(t Trouble) uint64 {
	d.lastID++
	d.troubles = append(d.troubles, trouble{t, d.lastID})
	return d.lastID
}

// Mend ends a trouble; one that has ended already may be mended again.
func (d *Disk) Mend(id uint64) {
	for i, t := range d.troubles {
		if t.id == id {
			d.troubles = append(d.troubles[:i], d.troubles[i+1:]...)
			return
		}
	}
}

// MendAll ends all troubles.
func (d *Disk) MendAll() { d.troubles = nil }

// check says how a trouble makes an act fail.
func (d *Disk) check(path string, acts Acts) error {
	if len(d.troubles) == 0 {
		return nil
	}
	for _, t := range d.troubles {
		if t.On&acts != 0 && t.covers(path) {
			return t.Err
		}
	}
	return nil
}

func (d *Disk) checkBoth(from, to string, acts Acts) error {
	if err := d.check(from, acts); err != nil {
		return err
	}
	return d.check(to, acts)
}

func (t Trouble) covers(path string) bool {
	n := len(t.Under)
	return t.Under == "/" ||
		len(path) >= n && path[:n] == t.Under && (len(path) == n || path[n] == '/')
}

// room takes room for bytes and says for how many there was, and why not for
// all.
func (d *Disk) room(path string, size int) (int, error) {
	var err error
	for i := range d.troubles {
		t := &d.troubles[i]
		if t.On&onGrow == 0 || !t.covers(path) {
			continue
		}
		if err == nil && t.Room < size {
			size, err = t.Room, t.Err
		}
	}
	d.giveBack(path, -size)
	return size, err
}

// giveBack says that bytes are not there any more.
func (d *Disk) giveBack(path string, size int) {
	for i := range d.troubles {
		if t := &d.troubles[i]; t.On&onGrow != 0 && t.covers(path) && t.Err != errno.EIO {
			t.Room += size
		}
	}
}
