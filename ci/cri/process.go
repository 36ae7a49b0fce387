package cri

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// process is a process of the node that is not containerd itself.
type process struct {
	pid  int
	args []string
}

// String is the command line: a shim's says which sandbox it is for.
func (p process) String() string { return strings.Join(p.args, " ") }

// processes returns the shims and plugins of the node, whose arguments name
// the node's directory, and what is in its cgroups. It does not ask containerd
// or its state directory, for they may have forgotten some.
func (n *Node) processes() ([]process, error) {
	inside, err := n.cgroupMembers()
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	var found []process
	for _, file := range files {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil || n.isOwn(pid) {
			continue
		}
		line, err := os.ReadFile(file)
		if err != nil {
			continue // it ended while we looked
		}
		args := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
		names := func(arg string) bool { return strings.HasPrefix(arg, n.dir+"/") }
		if slices.ContainsFunc(args, names) || slices.Contains(inside, pid) {
			found = append(found, process{pid: pid, args: args})
		}
	}
	return found, nil
}

func (n *Node) isOwn(pid int) bool {
	running := n.containerd != nil && n.containerd.ProcessState == nil
	return pid == os.Getpid() || running && pid == n.containerd.Process.Pid
}

// cgroups returns the node's cgroups, parents first: one tree per controller
// with cgroup v1, one tree with v2.
func (n *Node) cgroups() ([]string, error) {
	var dirs []string
	for _, pattern := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/"} {
		trees, err := filepath.Glob(pattern + n.Name)
		if err != nil {
			return nil, fmt.Errorf("listing cgroups: %w", err)
		}
		for _, tree := range trees {
			err := filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.IsDir() {
					dirs = append(dirs, path)
				}
				if errors.Is(err, fs.ErrNotExist) {
					return nil
				}
				return err
			})
			if err != nil {
				return nil, fmt.Errorf("listing cgroups: %w", err)
			}
		}
	}
	return dirs, nil
}

func (n *Node) cgroupMembers() ([]int, error) {
	dirs, err := n.cgroups()
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, dir := range dirs {
		members, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		if err != nil {
			continue // the cgroup ended while we looked, or has threads only
		}
		for line := range bytes.FieldsSeq(members) {
			pid, err := strconv.Atoi(string(line))
			if err != nil {
				return nil, fmt.Errorf("reading the members of a cgroup: %w", err)
			}
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// endProcesses kills what is left of the node, and waits for it.
func (n *Node) endProcesses(ctx context.Context) error {
	return n.end(ctx, func(process) bool { return false })
}

// end kills all processes of the node but those to be spared, and waits. The
// sockets of the shims among them go too.
func (n *Node) end(ctx context.Context, spare func(process) bool) error {
	before, err := n.shimSockets()
	if err != nil {
		return err
	}
	if err = n.killAll(ctx, spare); err != nil {
		return err
	}
	after, err := n.shimSockets()
	if err != nil {
		return err
	}
	return remove(slices.DeleteFunc(before, func(path string) bool {
		return slices.Contains(after, path)
	}))
}

func (n *Node) killAll(ctx context.Context, spare func(process) bool) error {
	return until(ctx, "the processes of the node have ended", func() (bool, error) {
		left, err := n.processes()
		if err != nil {
			return false, err
		}
		left = slices.DeleteFunc(left, spare)
		for _, p := range left {
			if err := unix.Kill(p.pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
				return false, fmt.Errorf("killing %s: %w", p, err)
			}
		}
		return len(left) == 0, nil
	})
}

// shimSocketDir is where containerd 1.6 keeps its shims' sockets, whatever its
// state directory is.
const shimSocketDir = "/run/containerd/s/"

// shimSockets returns the sockets that are open in the node's network
// namespace, which the kernel lists for each namespace by itself.
func (n *Node) shimSockets() ([]string, error) {
	if !n.namespace.IsOpen() {
		return nil, nil
	}
	var table []byte
	err := inNetns(n.namespace, func() error {
		var err error
		table, err = os.ReadFile("/proc/thread-self/net/unix")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing sockets: %w", err)
	}
	var paths []string
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line) // proc_net(5): the last is the path, if any
		if path := fields[len(fields)-1]; strings.HasPrefix(path, shimSocketDir) {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// dropCgroups removes the node's cgroups, which have to be empty.
func (n *Node) dropCgroups() error {
	dirs, err := n.cgroups()
	if err != nil {
		return err
	}
	var errs []error
	for _, dir := range slices.Backward(dirs) {
		if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("removing a cgroup: %w", err))
		}
	}
	return errors.Join(errs...)
}

// mounts returns the mount points below the node's directory in the order of
// mounting.
func (n *Node) mounts() ([]string, error) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("reading the mount table: %w", err)
	}
	var points []string
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line) // proc(5): the fifth is the mount point
		if len(fields) > 4 && strings.HasPrefix(fields[4], n.dir+"/") {
			points = append(points, fields[4])
		}
	}
	return points, nil
}

// WaitForPlugins waits until no CNI plugin of the node is running. Plugins go
// on when containerd is killed under them, and nobody waits for them then.
func (n *Node) WaitForPlugins(ctx context.Context) error {
	return until(ctx, "the CNI plugins have ended", func() (bool, error) {
		running, err := n.processes()
		return !slices.ContainsFunc(running, n.isPlugin), err
	})
}

// WaitForPatchbay waits until patchbay is running.
func (n *Node) WaitForPatchbay(ctx context.Context) error {
	return until(ctx, "patchbay is running", func() (bool, error) {
		running, err := n.processes()
		return slices.ContainsFunc(running, func(p process) bool {
			return slices.Contains(p.args, n.path("bin/patchbay"))
		}), err
	})
}

// isPlugin looks at all arguments, because a plugin can be a script.
func (n *Node) isPlugin(p process) bool {
	return slices.ContainsFunc(p.args, func(arg string) bool {
		return strings.HasPrefix(arg, n.path("bin")+"/")
	})
}

// until looks again and again until something is so, or ctx ends.
func until(ctx context.Context, what string, isSo func() (bool, error)) error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		done, err := isSo()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w", what, ctx.Err())
		case <-again.C:
		}
	}
}
