package netnstest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"patchbay/ci/require"
)

// Dir is where the namespaces are mounted. It is the directory of iproute2, so
// that "ip netns" shows what a test that was killed has left behind.
const Dir = "/run/netns"

// current is the namespace of the calling thread. That of the process, under
// /proc/self, is its main thread's.
const current = "/proc/thread-self/ns/net"

// count makes names unique in this process; the process ID does it between
// processes, and O_EXCL settles what a killed test left under a used ID.
//
//nolint:gochecknoglobals // test binaries share one directory
var count atomic.Uint64

// New makes a network namespace that persists until the test ends, and returns
// its path. The namespace holds only "lo", which is down.
func New(t testing.TB) string {
	t.Helper()
	require.Root(t)
	path, err := mountPoint()
	if err != nil {
		t.Fatalf("network namespace: %v", err)
	}
	t.Cleanup(func() {
		if err := remove(path); err != nil {
			t.Errorf("network namespace: %v", err)
		}
	})
	if err := fill(path); err != nil {
		t.Fatalf("network namespace: %v", err)
	}
	return path
}

// Do runs f inside the namespace at path, in this goroutine and on a thread
// that nothing else runs on meanwhile. Goroutines that f starts are elsewhere.
// f may end the test, and may call Do again.
func Do(t testing.TB, path string, f func()) {
	t.Helper()
	leave, err := enter(func() error { return join(path) })
	if err != nil {
		t.Fatalf("network namespace: %v", err)
	}
	defer func() {
		if err := leave(); err != nil {
			t.Fatalf("network namespace: %v", err)
		}
	}()
	f()
}

// Delete removes the namespace at path before the test ends, for tests of what
// happens then. A namespace that is not there any more counts as deleted.
func Delete(t testing.TB, path string) {
	t.Helper()
	if err := remove(path); err != nil {
		t.Fatalf("network namespace: %v", err)
	}
}

// mountPoint makes an empty file with a name that nobody else uses.
func mountPoint() (string, error) {
	//nolint:gosec // as iproute2 makes it
	if err := os.MkdirAll(Dir, 0o755); err != nil {
		return "", err
	}
	for {
		name := fmt.Sprintf("patchbay-%d-%d", os.Getpid(), count.Add(1))
		path := filepath.Join(Dir, name)
		//nolint:gosec // as iproute2 makes it, and empty
		f, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE|os.O_EXCL, 0o444)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		return path, f.Close()
	}
}

// fill mounts a new namespace on the file at path.
func fill(path string) error {
	leave, err := enter(func() error { return unix.Unshare(unix.CLONE_NEWNET) })
	if err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	err = unix.Mount(current, path, "", unix.MS_BIND, "")
	if err != nil {
		err = fmt.Errorf("mount on %s: %w", path, err)
	}
	return errors.Join(err, leave())
}

// enter locks the goroutine to its thread and changes the thread's namespace
// by change. The function it returns goes back. A thread that can not go back
// stays locked, so that it dies with its goroutine and nobody gets it again.
func enter(change func() error) (func() error, error) {
	runtime.LockOSThread() //nolint:forbidigo // this is the place for it in tests
	home, err := unix.Open(current, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		runtime.UnlockOSThread() //nolint:forbidigo // nothing was changed
		return nil, err
	}
	if err := change(); err != nil {
		runtime.UnlockOSThread() //nolint:forbidigo // nothing was changed
		return nil, errors.Join(err, unix.Close(home))
	}
	return func() error {
		if err := unix.Setns(home, unix.CLONE_NEWNET); err != nil {
			return errors.Join(fmt.Errorf("go back: %w", err), unix.Close(home))
		}
		runtime.UnlockOSThread() //nolint:forbidigo // the thread is as it was
		return unix.Close(home)
	}, nil
}

// join makes the thread a member of the namespace at path.
func join(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return errors.Join(fmt.Errorf("enter %s: %w", path, err), unix.Close(fd))
	}
	return unix.Close(fd)
}

// remove takes the mount and the file away. The namespace itself goes when its
// last socket, process and interface pair does.
func remove(path string) error {
	err := unix.Unmount(path, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
	// EINVAL: it is not a mount point, or not any more.
	if err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("unmount %s: %w", path, err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
