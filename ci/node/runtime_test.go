package node_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/invoke"
	"github.com/containernetworking/cni/pkg/version"
)

// runtime is what a container runtime has of CNI: libcni, with a cache of its
// own, and one list of plugins.
type runtime struct {
	cni  libcni.CNI
	list *libcni.NetworkConfigList
}

// inside is libcni's way to execute plugins, in the namespace of the host.
type inside struct {
	invoke.RawExec
	version.PluginDecoder
	t testing.TB
	m *machine
}

func (i *inside) ExecPlugin(
	ctx context.Context, path string, stdin []byte, environ []string,
) ([]byte, error) {
	var (
		out []byte
		err error
	)
	i.m.within(i.t, func() {
		out, err = i.RawExec.ExecPlugin(ctx, path, stdin, append(environ, i.m.environ()...))
	})
	return out, err
}

// runtime returns a runtime that executes the plugins of a list.
func (m *machine) runtime(t testing.TB, list []byte, cacheDir string) runtime {
	t.Helper()
	parsed, err := libcni.NetworkConfFromBytes(list)
	if err != nil {
		t.Fatal(err)
	}
	path := []string{filepath.Dir(m.patchbay), m.pluginDir}
	return runtime{
		cni:  libcni.NewCNIConfigWithCacheDir(path, cacheDir, &inside{t: t, m: m}),
		list: parsed,
	}
}

// patchbayRuntime is a runtime that knows patchbay and nothing of its networks.
func (m *machine) patchbayRuntime(t testing.TB) runtime {
	t.Helper()
	list := object{
		"cniVersion": "1.1.0", "name": "node", "plugins": []object{m.config(nil)},
	}
	return m.runtime(t, []byte(list.json()), m.path("runtime"))
}

func (r runtime) add(ctx context.Context, p pod, ifName string) error {
	_, err := r.cni.AddNetworkList(ctx, r.list, p.conf(ifName))
	return err
}

func (r runtime) del(ctx context.Context, p pod, ifName string) error {
	return r.cni.DelNetworkList(ctx, r.list, p.conf(ifName))
}

func (p pod) conf(ifName string) *libcni.RuntimeConf {
	return &libcni.RuntimeConf{
		ContainerID: p.container, NetNS: p.netns, IfName: ifName, Args: p.args(),
	}
}
