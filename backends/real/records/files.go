package records

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"patchbay/backends/store"
)

// Records are for the one who runs the runtime: they hold names of pods and
// whatever secrets people put into network configurations.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// files are the files of this machine. Contexts are not asked: none of this
// waits for anybody but the disk, and half a file is no answer.
type files struct{}

var _ store.FS = files{}

// ReadFile reads a whole file.
func (files) ReadFile(_ context.Context, path string) ([]byte, error) {
	return os.ReadFile(path)
}

// WriteFile creates or replaces a file. The close is the last to report that a
// write failed.
//
//nolint:revive // a flag, because the interface has it
func (files) WriteFile(_ context.Context, path string, data []byte, sync bool) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	if _, err = file.Write(data); err == nil && sync {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// Rename puts a file in the place of another one.
func (files) Rename(_ context.Context, from, to string) error { return os.Rename(from, to) }

// Remove removes a file or an empty directory.
func (files) Remove(_ context.Context, path string) error { return os.Remove(path) }

// Mkdir makes one directory.
func (files) Mkdir(_ context.Context, path string) error { return os.Mkdir(path, dirMode) }

// ReadDir lists a directory, sorted by name.
func (files) ReadDir(_ context.Context, path string) ([]fs.DirEntry, error) {
	return os.ReadDir(path)
}

// IsDir reports whether there is a directory at a path.
func (files) IsDir(_ context.Context, path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// SyncDir makes the names in a directory durable.
func (files) SyncDir(_ context.Context, path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// TryLock locks a byte by an open file description of its own (fcntl(2), "Open
// file description locks"; Linux 3.15). Two goroutines that opened the file for
// themselves exclude each other, which neither POSIX locks nor a lock per
// process would do.
//
//nolint:revive // a flag, because the interface has it
func (files) TryLock(
	_ context.Context, path string, at int64, exclusive bool,
) (func(), error) {
	file, err := openLock(path)
	if err != nil {
		return nil, err
	}
	lock := unix.Flock_t{Type: unix.F_RDLCK, Whence: io.SeekStart, Start: at, Len: 1}
	if exclusive {
		lock.Type = unix.F_WRLCK
	}
	if err = unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &lock); err != nil {
		return nil, errors.Join(refusal(path, err), file.Close())
	}
	return sync.OnceFunc(func() {
		// The close alone would do, but for a child that is just between its
		// fork and its exec: it shares the description and would hold the lock.
		lock.Type = unix.F_UNLCK
		_ = unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &lock)
		_ = file.Close()
	}), nil
}

// refusal tells a lock that is held from one that can not be had.
func refusal(path string, err error) error {
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) ||
		errors.Is(err, unix.EINTR) {
		return store.ErrLocked
	}
	return &fs.PathError{Op: "lock", Path: path, Err: err}
}

// openLock returns a description of its own for every lock. Children inherit it:
// when we are killed, what a plugin has started lives on (the kernel kills only
// the plugin with us), and until it has ended, too, the lock is not free. So no
// DEL releases what an IPAM plugin is still about to take. An unlock by us is
// one for all who share the description, so that a daemon holds up nobody.
func openLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	if _, err = unix.FcntlInt(file.Fd(), unix.F_SETFD, 0); err != nil { // no FD_CLOEXEC
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
