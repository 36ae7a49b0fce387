package links

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/record"
)

// namespace is an open network namespace. It can not go away while it is open.
type namespace struct {
	fd int
	id record.Inode
}

// open opens the network namespace at path. BadSandbox: there is none.
func open(path string) (*namespace, error) {
	// O_NONBLOCK, for the path may lead to a pipe that nobody writes to.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR):
		return nil, fail.New(fail.BadSandbox, "no such path")
	case errors.Is(err, unix.ENXIO): // a socket, or a device without a driver
		return nil, notNamespace()
	case err != nil:
		return nil, fail.New(fail.IO, "can not be opened: %w", os.NewSyscallError("open", err))
	}
	id, err := identify(fd)
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return &namespace{fd: fd, id: id}, nil
}

// identify tells which network namespace an open file is. BadSandbox: it is
// none.
func identify(fd int) (record.Inode, error) {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil {
		return record.Inode{}, fail.New(fail.IO, "can not be looked at: %w", err)
	}
	if fs.Type != unix.NSFS_MAGIC {
		return record.Inode{}, notNamespace()
	}
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	if err != nil {
		return record.Inode{}, fail.New(fail.IO,
			"the kernel does not tell the type of the namespace: %w", err)
	}
	if kind != unix.CLONE_NEWNET {
		return record.Inode{}, notNamespace()
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return record.Inode{}, fail.New(fail.IO, "can not be looked at: %w", err)
	}
	return record.Inode{Dev: st.Dev, Ino: st.Ino}, nil
}

func notNamespace() error { return fail.New(fail.BadSandbox, "not a network namespace") }

// openSame opens a sandbox if it still is the one that was looked at, and fails
// with Gone otherwise.
func openSame(sandbox backends.Sandbox) (*namespace, error) {
	ns, err := open(sandbox.Path)
	if fail.Is(err, fail.BadSandbox) {
		return nil, fail.As(fail.Gone, err)
	}
	if err != nil {
		return nil, err
	}
	if ns.id != sandbox.ID {
		ns.close()
		return nil, fail.New(fail.Gone, "the path now leads to another network namespace")
	}
	// Nobody who looked has this identity; but a record may have been altered,
	// and the node's own default route is too much to lose.
	if err := ns.notOwn(); err != nil {
		ns.close()
		return nil, err
	}
	return ns, nil
}

// notOwn fails with BadSandbox when ns is the namespace that this code runs in,
// or that of the node's first process.
func (ns *namespace) notOwn() error {
	var st unix.Stat_t
	// That of this thread: /proc/self is the main thread, which may be the one
	// that just opens a socket inside ns for another goroutine.
	if err := unix.Stat("/proc/thread-self/ns/net", &st); err != nil {
		return fail.New(fail.IO, "the node's own network namespace can not be looked at: %w", err)
	}
	own := ns.id == record.Inode{Dev: st.Dev, Ino: st.Ino}
	// Inside a container the first process may be hidden. There the namespace
	// of this process is the node's, or it could not plug sandboxes into it.
	if err := unix.Stat("/proc/1/ns/net", &st); err == nil {
		own = own || ns.id == record.Inode{Dev: st.Dev, Ino: st.Ino}
	}
	if own {
		return fail.New(fail.BadSandbox, "is the node's own network namespace")
	}
	return nil
}

// close has no error to report: the file was only read.
func (ns *namespace) close() { _ = unix.Close(ns.fd) }
