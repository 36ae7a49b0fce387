package ctlruntime

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"patchbay/core/fail"
)

// MakeNetns makes a network namespace with "lo" up and mounts it at a path.
// Busy: there is something at the path.
func MakeNetns(path string) error {
	//nolint:gosec // as iproute2 makes it
	if err := os.MkdirAll(Dir, 0o755); err != nil {
		return fail.New(fail.IO, "network namespace: %w", err)
	}
	//nolint:gosec // as iproute2 makes it, and empty
	f, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE|os.O_EXCL, 0o444)
	switch {
	case errors.Is(err, os.ErrExist):
		return fail.New(fail.Busy, "network namespace %s is there already", path)
	case err != nil:
		return fail.New(fail.IO, "network namespace: %w", err)
	}
	_ = f.Close() // nothing was written
	done := make(chan error, 1)
	go func() { done <- fill(path) }()
	if err = <-done; err != nil {
		return errors.Join(fail.New(fail.BadSandbox, "network namespace %s: %w", path, err),
			RemoveNetns(path))
	}
	return nil
}

// fill makes the namespace on a thread of its own. The thread stays locked and
// so dies with the goroutine: nobody gets it with the wrong namespace.
func fill(path string) error {
	runtime.LockOSThread() //nolint:forbidigo // a runtime makes namespaces; see above
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("lo: %w", err)
	}
	if err := unix.Mount("/proc/thread-self/ns/net", path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	return nil
}

// loopbackUp sets lo up in the namespace of this thread (netdevice(7)).
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err = unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, req); err != nil {
		return err
	}
	req.SetUint16(req.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}

// RemoveNetns takes a namespace away. One that is not there counts as removed.
func RemoveNetns(path string) error {
	err := unix.Unmount(path, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
	// EINVAL: it is not a mount point, or not any more.
	if err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
		return fail.New(fail.IO, "network namespace %s can not be unmounted: %w", path, err)
	}
	if err = os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fail.New(fail.IO, "network namespace: %w", err)
	}
	return nil
}

// HasNetns reports whether a namespace is mounted at a path; a mere file that a
// crash has left is none.
func HasNetns(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(path, &st) == nil && st.Type == unix.NSFS_MAGIC
}
