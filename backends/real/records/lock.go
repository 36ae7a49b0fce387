package records

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// All locks are ranges of one byte of one empty file, held by an open file
// description (fcntl(2), "Open file description locks"; Linux 3.15). So there is
// no file per key to clean up or to race with, a dead process holds nothing, and
// two goroutines that opened the file for themselves exclude each other, which
// neither POSIX locks nor a lock per process would do.
const nodeByte = 0

// Pauses between tries. The kernel could wait for us, but not until a context
// ends without a thread per waiter.
const (
	firstPause = time.Millisecond
	lastPause  = 50 * time.Millisecond
)

// keyByte is the byte of a key. Two keys with the same byte only wait for each
// other, once in 2^62. The largest offset is well within an off_t.
func keyByte(key record.Key) int64 {
	return 1 + int64(hash(key.String())>>2)
}

// Lock takes the lock of one sandbox. Busy: somebody held it until the context
// ended.
func (s *Store) Lock(ctx context.Context, key record.Key) (func(), error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	return s.hold(ctx, "the lock of "+key.String(), byteLock(unix.F_WRLCK, keyByte(key)))
}

// LockNode takes the lock of the node, as Lock does. It is not fair: whoever
// makes attachments without a pause keeps garbage collection waiting, which may
// come back later.
//
//nolint:revive // a flag, because the interface has it
func (s *Store) LockNode(ctx context.Context, exclusive bool) (func(), error) {
	if exclusive {
		return s.hold(ctx, "the lock of the node", byteLock(unix.F_WRLCK, nodeByte))
	}
	return s.hold(ctx, "the lock of the node (shared)", byteLock(unix.F_RDLCK, nodeByte))
}

func byteLock(kind int16, at int64) unix.Flock_t {
	return unix.Flock_t{Type: kind, Whence: io.SeekStart, Start: at, Len: 1}
}

func (s *Store) hold(ctx context.Context, what string, at unix.Flock_t) (func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, fail.New(fail.Busy, "%s was not taken: %w", what, err)
	}
	file, err := s.openLock()
	if err != nil {
		return nil, fail.New(fail.IO, "%s: %w", what, err)
	}
	if err := s.take(ctx, what, file, at); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return sync.OnceFunc(func() {
		// The close alone would do, but for a child that is just between its
		// fork and its exec: it shares the description and would hold the lock.
		at.Type = unix.F_UNLCK
		_ = unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &at)
		_ = file.Close()
	}), nil
}

// openLock returns a description of its own for every lock. Children inherit it:
// when we are killed, what a plugin has started lives on (the kernel kills only
// the plugin with us), and until it has ended, too, the lock is not free. So no
// DEL releases what an IPAM plugin is still about to take. An unlock by us is
// one for all who share the description, so that a daemon holds up nobody.
func (s *Store) openLock() (*os.File, error) {
	if err := makeDir(filepath.Dir(s.lockFile())); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(s.lockFile(), os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	if _, err = unix.FcntlInt(file.Fd(), unix.F_SETFD, 0); err != nil { // no FD_CLOEXEC
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// take asks for the lock until it has it or the context ends.
func (s *Store) take(
	ctx context.Context, what string, file *os.File, at unix.Flock_t,
) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &at)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES) &&
			!errors.Is(err, unix.EINTR):
			return fail.New(fail.IO, "%s: %s: %w", what, file.Name(), err)
		}
		if err := s.opts.Clock.Sleep(ctx, pause); err != nil {
			return fail.New(fail.Busy, "%s is held by somebody else: %w", what, err)
		}
	}
}
