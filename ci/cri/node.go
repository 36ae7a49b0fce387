package cri

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Programs that a node needs, from Debian's packages containerd and runc.
const (
	containerdPath = "/usr/bin/containerd"
	ctrPath        = "/usr/bin/ctr"
	runcPath       = "/usr/sbin/runc"
)

// stopWithin is how long containerd may take to end after SIGTERM.
const stopWithin = 20 * time.Second

// Node is a node in a directory and a network namespace.
type Node struct {
	// Name is the namespace of the node's pods and the name of their cgroup.
	// No other node of the machine has it.
	Name string

	dir        string
	namespace  netns.NsHandle
	containerd *exec.Cmd
	log        *os.File
}

// maxSocketPath is the size of sun_path less its final zero byte (unix(7)).
const maxSocketPath = 107

// NewNode makes a node below dir, which has to be short, for containerd's
// socket is there. The plugins are the files of the plugin directories; an
// earlier directory wins. Close the node even after an error.
func NewNode(dir, name string, pluginDirs ...string) (*Node, error) {
	n := &Node{Name: name, dir: dir, namespace: netns.None()}
	if longest := n.socket() + ".ttrpc"; len(longest) > maxSocketPath {
		return n, fmt.Errorf("a socket's path has at most %d bytes, not %d as %s has (TMPDIR?)",
			maxSocketPath, len(longest), longest)
	}
	for _, sub := range []string{
		"root", "state", "opt", "bin", "net.d", "cni", "manifests", "leases",
	} {
		if err := os.Mkdir(n.path(sub), 0o700); err != nil {
			return n, fmt.Errorf("making a directory of the node: %w", err)
		}
	}
	log, err := os.Create(n.path("containerd.log"))
	if err != nil {
		return n, fmt.Errorf("making containerd's log: %w", err)
	}
	n.log = log
	n.namespace, err = newNetns()
	if err != nil {
		return n, err
	}
	return n, errors.Join(
		n.addLinks(),
		n.linkPlugins(pluginDirs),
		n.writeDefinitions(),
		n.writeNetworkConfig(),
		n.writeContainerdConfig(),
	)
}

func (n *Node) path(name string) string { return filepath.Join(n.dir, name) }

func (n *Node) socket() string { return n.path("c.sock") }

// addLinks makes the links that the pods' networks start from. The bridges are
// made here and not by the first pod, because the bridge plugin keeps the
// bridge after the last one.
func (n *Node) addLinks() error {
	handle, err := netlink.NewHandleAt(n.namespace)
	if err != nil {
		return fmt.Errorf("opening a netlink socket: %w", err)
	}
	defer handle.Close()
	uplink := netlink.NewLinkAttrs()
	uplink.Name = "up-east"
	links := []netlink.Link{
		&netlink.Veth{LinkAttrs: uplink, PeerName: "up-peer"},
		bridge("br-home"), bridge("br-west"),
	}
	for _, link := range links {
		if err := handle.LinkAdd(link); err != nil {
			return fmt.Errorf("adding link %s: %w", link.Attrs().Name, err)
		}
	}
	// Without lo containerd's streaming server has no address to listen on.
	for _, name := range []string{"lo", "up-east", "up-peer", "br-home", "br-west"} {
		link := netlink.NewLinkAttrs()
		link.Name = name
		if err := handle.LinkSetUp(&netlink.GenericLink{LinkAttrs: link}); err != nil {
			return fmt.Errorf("setting link %s up: %w", name, err)
		}
	}
	return nil
}

func bridge(name string) netlink.Link {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	return &netlink.Bridge{LinkAttrs: attrs}
}

// linkPlugins gives the node a plugin directory of its own. So the command
// line of every plugin that the node runs names the node.
func (n *Node) linkPlugins(dirs []string) error {
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("looking for CNI plugins: %w", err)
		}
		for _, entry := range entries {
			if entry.IsDir() {
				continue
			}
			target := filepath.Join(n.path("bin"), entry.Name())
			err := os.Symlink(filepath.Join(dir, entry.Name()), target)
			if err != nil && !errors.Is(err, os.ErrExist) {
				return fmt.Errorf("offering a CNI plugin to the node: %w", err)
			}
		}
	}
	return nil
}

// Start starts containerd and waits until it is ready. The node may be started
// again after Kill.
func (n *Node) Start(ctx context.Context) (*Client, error) {
	// Not bound to ctx: containerd ends by Kill or Close, which wait for it.
	//nolint:noctx // see above
	containerd := exec.Command(containerdPath, "--config", n.path("containerd.toml"))
	containerd.Stdout, containerd.Stderr = n.log, n.log
	// Ctrl-C is for the test, which then closes the node.
	containerd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := inNetns(n.namespace, containerd.Start); err != nil {
		return nil, fmt.Errorf("starting containerd: %w", err)
	}
	n.containerd = containerd
	client, err := Dial(n.socket())
	if err != nil {
		return nil, err
	}
	if err := client.Ready(ctx); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return client, nil
}

// ImportImage makes a docker archive known to the node's containerd.
func (n *Node) ImportImage(ctx context.Context, archive string) error {
	load := exec.CommandContext(ctx, ctrPath, "--address", n.socket(), "--namespace", "k8s.io",
		"images", "import", "--snapshotter", "native", archive)
	if output, err := load.CombinedOutput(); err != nil {
		return fmt.Errorf("importing an image: %w: %s", err, output)
	}
	return nil
}

// Kill ends containerd as the OOM killer would. Its shims, its sandboxes and
// the plugins that are running at that moment go on.
func (n *Node) Kill(context.Context) error {
	if err := n.containerd.Process.Kill(); err != nil {
		return fmt.Errorf("killing containerd: %w", err)
	}
	// That it was killed is no error here; Wait has nothing else to say.
	_ = n.containerd.Wait()
	return nil
}

// KillWithPlugins ends containerd and the plugins under it, ours and those that
// ours has called, as the OOM killer does that takes whole cgroups. Shims and
// sandboxes go on.
func (n *Node) KillWithPlugins(ctx context.Context) error {
	if err := n.Kill(ctx); err != nil {
		return err
	}
	return n.end(ctx, func(p process) bool { return !n.isPlugin(p) })
}

// Forget makes containerd forget all its sandboxes, as if its disk had been
// replaced: it is killed, its shims end, and it has nothing left to start with.
func (n *Node) Forget(ctx context.Context) error {
	if err := n.Kill(ctx); err != nil {
		return err
	}
	if err := n.endProcesses(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(n.path("root")); err != nil {
		return fmt.Errorf("removing what containerd knows: %w", err)
	}
	return nil
}

// GC calls the plugin as a runtime does to collect garbage: every attachment
// goes that is not one of the valid containers.
func (n *Node) GC(ctx context.Context, valid []string) error {
	config, err := n.gcConfig(valid)
	if err != nil {
		return err
	}
	plugin := exec.CommandContext(ctx, filepath.Join(n.path("bin"), "patchbay"))
	plugin.Env = append(os.Environ(), "CNI_COMMAND=GC", "CNI_PATH="+n.path("bin"))
	plugin.Stdin = bytes.NewReader(config)
	var output bytes.Buffer
	plugin.Stdout, plugin.Stderr = &output, &output
	err = inNetns(n.namespace, plugin.Start)
	if err == nil {
		err = plugin.Wait()
	}
	if err != nil {
		return fmt.Errorf("collecting garbage: %w: %s", err, output.Bytes())
	}
	return nil
}

// DropForgotten removes what containerd itself left of sandboxes that it does
// not know any more: shims that serve nothing, cgroups, network namespaces,
// mounts and results in the cache of its CNI library. They are the runtime's
// and not the plugin's, and it never looks for them again. The plugin's own
// leavings stay: links, leases, records, processes. No sandbox may be left.
func (n *Node) DropForgotten(ctx context.Context) error {
	mounts, err := n.mounts()
	if err != nil {
		return err
	}
	namespaces, err := n.listNamespaces()
	if err != nil {
		return err
	}
	results, err := n.listCache()
	if err != nil {
		return err
	}
	return errors.Join(n.end(ctx, n.isPlugin), n.dropCgroups(),
		unmount(mounts), remove(namespaces), remove(results))
}

// unmount takes mount points in the order of mounting.
func unmount(points []string) error {
	var errs []error
	for _, point := range slices.Backward(points) {
		if err := unix.Unmount(point, unix.MNT_DETACH); err != nil {
			errs = append(errs, fmt.Errorf("unmounting %s: %w", point, err))
		}
	}
	return errors.Join(errs...)
}

func remove(files []string) error {
	var errs []error
	for _, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, fmt.Errorf("removing what a node left: %w", err))
		}
	}
	return errors.Join(errs...)
}

// Close ends everything that belongs to the node, whatever state it is in.
func (n *Node) Close(ctx context.Context) error {
	var errs []error
	if n.containerd != nil && n.containerd.ProcessState == nil {
		errs = append(errs, n.terminate())
	}
	errs = append(errs, n.endProcesses(ctx), n.DropForgotten(ctx))
	if n.namespace.IsOpen() {
		errs = append(errs, n.namespace.Close())
	}
	if n.log != nil {
		errs = append(errs, n.log.Close())
	}
	return errors.Join(errs...)
}

// terminate asks containerd to end, and kills it when it does not.
func (n *Node) terminate() error {
	if err := n.containerd.Process.Signal(unix.SIGTERM); err != nil {
		return fmt.Errorf("stopping containerd: %w", err)
	}
	late := time.AfterFunc(stopWithin, func() { _ = n.containerd.Process.Kill() })
	defer late.Stop()
	var exit *exec.ExitError
	if err := n.containerd.Wait(); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("waiting for containerd: %w", err)
	}
	return nil
}
