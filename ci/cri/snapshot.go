package cri

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// libcniCache is where containerd's CNI library keeps results; containerd can
// not be told another place, so it is shared with the machine's other users.
const libcniCache = "/var/lib/cni/results"

// Snapshot is everything on a node that a pod can leave behind, one line for
// each thing, sorted: "link br0 (bridge)", "lease …", "mount …".
type Snapshot []string

// Snapshot takes a snapshot of the node. It fails when it could not look
// everywhere.
func (n *Node) Snapshot() (Snapshot, error) {
	var all Snapshot
	for _, kind := range []struct {
		name string
		list func() ([]string, error)
	}{
		{"link", n.listLinks},
		{"lease", n.listLeases},
		{"state", n.listState},
		{"cached result", n.listCache},
		{"namespace", n.listNamespaces},
		{"mount", n.mounts},
		{"cgroup", n.listCgroups},
		{"process", n.listProcesses},
	} {
		things, err := kind.list()
		if err != nil {
			return nil, err
		}
		for _, thing := range things {
			all = append(all, kind.name+" "+thing)
		}
	}
	slices.Sort(all)
	return all, nil
}

// OfPlugin is the part of s that only the plugin can have made, and has to undo.
func (s Snapshot) OfPlugin() Snapshot {
	return slices.DeleteFunc(slices.Clone(s), func(line string) bool {
		kind, _, _ := strings.Cut(line, " ")
		return kind != "link" && kind != "lease" && kind != "state"
	})
}

// Diff says how s differs from before: lines with "+" are new, lines with "-"
// are gone. It is empty when the two are equal.
func (s Snapshot) Diff(before Snapshot) string {
	var diff strings.Builder
	for _, line := range s {
		if !slices.Contains(before, line) {
			diff.WriteString("+ " + line + "\n")
		}
	}
	for _, line := range before {
		if !slices.Contains(s, line) {
			diff.WriteString("- " + line + "\n")
		}
	}
	return diff.String()
}

// listLinks lists the node's links, and those in sandboxes' namespaces but lo.
func (n *Node) listLinks() ([]string, error) {
	links, err := linksIn(n.namespace)
	if err != nil {
		return nil, fmt.Errorf("looking at the node's links: %w", err)
	}
	var lines []string
	for name, link := range links {
		lines = append(lines, name+" ("+link.Type+")")
	}
	mounted, err := n.mounts()
	if err != nil {
		return nil, err
	}
	for _, path := range mounted {
		if filepath.Dir(path) != n.namespaceDir() {
			continue
		}
		links, err := linksAt(path)
		if err != nil {
			return nil, err
		}
		delete(links, "lo")
		for name, link := range links {
			lines = append(lines, name+" ("+link.Type+") in "+filepath.Base(path))
		}
	}
	return lines, nil
}

// listLeases lists the addresses that host-local holds as taken. Its other
// files, a lock and the last address given, are not leases.
func (n *Node) listLeases() ([]string, error) {
	files, err := filesBelow(n.path("leases"))
	return slices.DeleteFunc(files, func(path string) bool {
		_, notLease := netip.ParseAddr(filepath.Base(path))
		return notLease != nil
	}), err
}

// listState lists what patchbay keeps: records, results, what was set aside. Its
// lock file is the node's; it is empty and stays.
func (n *Node) listState() ([]string, error) {
	files, err := filesBelow(n.path("cni"))
	return slices.DeleteFunc(files, func(path string) bool {
		return path == n.path("cni/lock")
	}), err
}

// listCache lists the results that libcni keeps for containerd. Those of our
// pods have the node's name in their CNI_ARGS, as the pod's namespace.
func (n *Node) listCache() ([]string, error) {
	files, err := filesBelow(libcniCache)
	if err != nil {
		return nil, err
	}
	var ours []string
	for _, path := range files {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another node's, that is gone now
		}
		if err != nil {
			return nil, fmt.Errorf("reading a cached result: %w", err)
		}
		if bytes.Contains(content, []byte(`"`+n.Name+`"`)) {
			ours = append(ours, path)
		}
	}
	return ours, nil
}

// listNamespaces lists the files that containerd mounts network namespaces on.
func (n *Node) listNamespaces() ([]string, error) { return filesBelow(n.namespaceDir()) }

func (n *Node) namespaceDir() string { return n.path("state/io.containerd.grpc.v1.cri/netns") }

func (n *Node) listCgroups() ([]string, error) {
	dirs, err := n.cgroups()
	// The parent that all pods share is the node's, like a kubelet's.
	return slices.DeleteFunc(dirs, func(dir string) bool {
		return filepath.Base(dir) == n.Name
	}), err
}

func (n *Node) listProcesses() ([]string, error) {
	processes, err := n.processes()
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, p := range processes {
		lines = append(lines, p.String())
	}
	return lines, nil
}

// filesBelow lists the files below a directory, none when it is not there.
func filesBelow(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the files below %s: %w", dir, err)
	}
	return files, nil
}
