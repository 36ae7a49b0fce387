package ctlruntime

import (
	"context"
	"io"
	"path/filepath"
	"time"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/invoke"
	"github.com/containernetworking/cni/pkg/version"

	"patchbay/core/fail"
)

// patience bounds one call of a network. It is above what Patchbay's own
// deadlines add up to for a pod with a few networks, and a kubelet's 4 minutes.
const patience = 4 * time.Minute

// Runtime calls the plugins of a network through libcni, as containerd and
// CRI-O do.
type Runtime struct {
	List *libcni.NetworkConfigList
	Path string // colon-separated: where plugins are, CNI_PATH
	Dir  string // for the results of ADD, which CHECK and DEL get
	Exec invoke.Exec
}

// Plugins runs executables; what they say on standard error goes to a writer.
func Plugins(stderr io.Writer) invoke.Exec {
	return &invoke.DefaultExec{
		RawExec:       &invoke.RawExec{Stderr: stderr},
		PluginDecoder: version.PluginDecoder{},
	}
}

// Add attaches a sandbox. On an error it calls DEL, as a runtime does; what
// that says is part of the error.
func (r Runtime) Add(ctx context.Context, s Sandbox) error {
	if ctx.Err() != nil {
		return fail.New(fail.Transient, "given up: %w", context.Cause(ctx))
	}
	err := r.do(ctx, func(ctx context.Context) error {
		_, err := r.cni().AddNetworkList(ctx, r.List, conf(s))
		return err
	})
	if err == nil {
		return nil
	}
	if undo := r.Del(ctx, s); undo != nil {
		return fail.New(fail.Of(err), "%w; and the undo failed: %w", err, undo)
	}
	return err
}

// Del detaches a sandbox. While it fails, a runtime calls it again.
func (r Runtime) Del(ctx context.Context, s Sandbox) error {
	return r.do(ctx, func(ctx context.Context) error {
		return r.cni().DelNetworkList(ctx, r.List, conf(s))
	})
}

// Check asks whether a sandbox is as ADD made it. NotFound: there is no result
// of ADD. Invalid: the configuration switches CHECK off; libcni would call that
// a success.
func (r Runtime) Check(ctx context.Context, s Sandbox) error {
	if r.List.DisableCheck {
		return fail.New(fail.Invalid, "the configuration has disableCheck: nothing was checked")
	}
	kept, err := r.cni().GetNetworkListCachedResult(r.List, conf(s))
	switch {
	case err != nil:
		return fail.New(fail.Decode, "the kept result: %w", err)
	case kept == nil:
		return fail.New(fail.NotFound, "it is not up: there is no result to check against")
	}
	return r.do(ctx, func(ctx context.Context) error {
		return r.cni().CheckNetworkList(ctx, r.List, conf(s))
	})
}

// do calls plugins with patience, but for no longer. It does not pass on that
// the caller gave up: libcni would kill the plugin, and with it the undo that
// the plugin begins when the same Ctrl-C reaches it.
func (r Runtime) do(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return call(ctx)
}

func (r Runtime) cni() *libcni.CNIConfig {
	return libcni.NewCNIConfigWithCacheDir(filepath.SplitList(r.Path), r.Dir, r.Exec)
}

func conf(s Sandbox) *libcni.RuntimeConf {
	c := &libcni.RuntimeConf{ContainerID: s.ContainerID, NetNS: s.Netns, IfName: s.IfName}
	for _, a := range s.Args() {
		c.Args = append(c.Args, [2]string{a.Key, a.Value})
	}
	return c
}
