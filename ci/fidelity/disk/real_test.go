package disk_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"patchbay/sim/disk"
	"patchbay/sim/errno"
)

// real is a directory of this machine, asked by system calls alone.
type real struct {
	t      *testing.T
	root   string
	handle int
	locks  []*descr
}

// descr is an open file description, with a descriptor for each process that
// has it. A duplicate of a descriptor is to locks what one of a child is.
type descr struct {
	want disk.Want
	fds  map[disk.Proc]int
}

func newReal(t *testing.T, root string) *real {
	t.Helper()
	r := &real{t: t, root: root, handle: -1}
	t.Cleanup(func() {
		_ = unix.Close(r.handle)
		for _, l := range r.locks {
			for _, fd := range l.fds {
				_ = unix.Close(fd)
			}
		}
	})
	return r
}

// said is the number of an error of either side by name.
func said(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[errno.Errno](err); ok {
		return e.Name()
	}
	if e, ok := errors.AsType[unix.Errno](err); ok {
		return unix.ErrnoName(e)
	}
	return err.Error()
}

func (r *real) tree() string {
	var b strings.Builder
	err := filepath.WalkDir(r.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == r.root {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, mode := strings.TrimPrefix(path, r.root), uint64(info.Mode().Perm())
		if d.IsDir() {
			fmt.Fprintf(&b, "%s/ %o\n", name, mode)
			return nil
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %o %d %s\n", name, mode, len(data), strconv.Quote(string(data)))
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return b.String()
}

func (r *real) do(c call) string {
	path := r.root + c.path
	const o = unix.O_CLOEXEC
	switch c.kind { //nolint:exhaustive // the others are in doMore
	case mkdir:
		return said(unix.Mkdir(path, 0o700))
	case create:
		return r.with(path, o|unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, nothing)
	case write:
		return r.with(path, o|unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC, writing(c.data))
	case appendTo:
		return r.with(path, o|unix.O_WRONLY|unix.O_APPEND, writing(c.data))
	case read:
		return r.with(path, o|unix.O_RDONLY, reading)
	case stat:
		info, err := os.Stat(path)
		if err != nil {
			return said(err)
		}
		return fmt.Sprint(info.IsDir(), info.Mode().Perm(), !info.IsDir() && info.Size() > 0)
	case list:
		entries, err := os.ReadDir(path)
		text := said(err)
		for _, e := range entries {
			text += fmt.Sprint(" ", e.Name(), e.Type())
		}
		return text
	case rename:
		return said(unix.Rename(path, r.root+c.to))
	case unlink:
		return said(unix.Unlink(path))
	case rmdir:
		return said(unix.Rmdir(path))
	case remove:
		return said(os.Remove(path))
	case fsync:
		return r.with(path, o|unix.O_RDONLY, syncing)
	case syncDir:
		return r.with(path, o|unix.O_RDONLY|unix.O_DIRECTORY, syncing)
	}
	return r.doMore(c)
}

func (r *real) doMore(c call) string {
	switch c.kind { //nolint:exhaustive // the others are in do
	case open, openAppend:
		flags := unix.O_CLOEXEC | unix.O_RDONLY
		if c.kind == openAppend {
			flags = unix.O_CLOEXEC | unix.O_WRONLY | unix.O_APPEND
		}
		fd, err := unix.Open(r.root+c.path, flags, 0)
		if err == nil {
			_ = unix.Close(r.handle)
			r.handle = fd
		}
		return said(err)
	case appendBy:
		return writing(c.data)(r.handle)
	case readBy:
		return reading(r.handle)
	case lock, flock:
		return r.lock(c)
	case unlock:
		if len(r.locks) > 0 {
			l := r.locks[0]
			r.locks = r.locks[1:]
			l.unlock()
		}
	case inherit:
		r.inherit()
	case kill:
		for _, l := range r.locks {
			l.leave(c.want.By)
		}
	}
	return ""
}

func (r *real) with(path string, flags int, f func(fd int) string) string {
	fd, err := unix.Open(path, flags, 0o600)
	if err != nil {
		return said(err)
	}
	answer := f(fd)
	if err := unix.Close(fd); err != nil {
		r.t.Fatal(err)
	}
	return answer
}

func nothing(int) string { return "" }

func writing(data string) func(fd int) string {
	return func(fd int) string {
		_, err := unix.Write(fd, []byte(data))
		return said(err)
	}
}

func reading(fd int) string {
	buffer := make([]byte, 1<<16)
	n, err := unix.Pread(fd, buffer, 0)
	return said(err) + string(buffer[:max(n, 0)])
}

func syncing(fd int) string { return said(unix.Fsync(fd)) }

func (r *real) lock(c call) string {
	fd, err := unix.Open(r.root+c.path, unix.O_CLOEXEC|unix.O_RDWR|unix.O_CREAT, 0o600)
	if err != nil {
		return said(err)
	}
	how, kind := unix.LOCK_SH, int16(unix.F_RDLCK)
	if c.want.Exclusive {
		how, kind = unix.LOCK_EX, unix.F_WRLCK
	}
	if c.kind == flock {
		err = unix.Flock(fd, how|unix.LOCK_NB)
	} else {
		at := unix.Flock_t{Type: kind, Whence: io.SeekStart, Start: c.want.At, Len: 1}
		err = unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &at)
	}
	if err != nil {
		_ = unix.Close(fd)
		return said(err)
	}
	r.locks = append(r.locks, &descr{c.want, map[disk.Proc]int{c.want.By: fd}})
	return ""
}

func (r *real) inherit() {
	for _, l := range r.locks {
		fd, has := l.fds[1]
		if _, already := l.fds[2]; !has || already || !l.want.Inherit {
			continue
		}
		child, err := unix.Dup(fd)
		if err != nil {
			r.t.Fatal(err)
		}
		l.fds[2] = child
	}
}

// unlock ends both kinds of lock, whoever has the description.
func (l *descr) unlock() {
	for p, fd := range l.fds {
		whole := unix.Flock_t{Type: unix.F_UNLCK, Whence: io.SeekStart}
		_ = unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &whole)
		_ = unix.Flock(fd, unix.LOCK_UN)
		l.leave(p)
	}
}

func (l *descr) leave(p disk.Proc) {
	if fd, ok := l.fds[p]; ok {
		_ = unix.Close(fd)
		delete(l.fds, p)
	}
}
