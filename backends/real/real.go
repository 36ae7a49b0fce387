package real

import (
	"context"
	"io"
	"time"

	"patchbay/backends"
	"patchbay/backends/real/clock"
	"patchbay/backends/real/cluster"
	"patchbay/backends/real/confs"
	"patchbay/backends/real/devices"
	"patchbay/backends/real/links"
	"patchbay/backends/real/manifests"
	"patchbay/backends/real/plugins"
	"patchbay/backends/real/records"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// Options is what the assembly depends on.
type Options struct {
	Config netconf.Config
	// ServiceHost and ServicePort are KUBERNETES_SERVICE_HOST and _PORT, by
	// which a pod finds the API server.
	ServiceHost, ServicePort string
	Version                  string    // of ourselves, for the API server's log
	Stderr                   io.Writer // where plugins' standard error goes
}

// New returns the backend, and whether there is a cluster to ask. A cluster
// that can not be reached by its configuration is no error here but in every
// answer: DEL works without one.
func New(o Options) (backends.Backend, bool) {
	wall := clock.Wall{}
	b := backends.Backend{
		Plugins: plugins.New(plugins.Options{Clock: wall, Stderr: o.Stderr}),
		Links:   links.New(wall),
		Devices: devices.New(o.Config.DeviceInfoDir),
		Records: records.New(records.Options{
			Dir: o.Config.CNIDir, CompatScratch: o.Config.CompatScratch, Clock: wall,
		}),
		Confs: confs.Disk{},
		Clock: wall,
	}
	var known bool
	b.Cluster, known = clusterOf(o, wall)
	return b, known
}

// clusterOf chooses where pods and definitions come from: a directory of
// manifests, a kubeconfig, the service account of the pod we run in, or
// nowhere.
func clusterOf(o Options, wall backends.Clock) (backends.Cluster, bool) {
	switch {
	case o.Config.ManifestDir != "":
		d, err := manifests.New(manifests.Options{Dir: o.Config.ManifestDir, Clock: wall})
		if err != nil {
			return unreachable{err}, true
		}
		return d, true
	case o.Config.Kubeconfig != "", o.ServiceHost != "" && o.ServicePort != "":
		c, err := cluster.New(cluster.Options{
			Kubeconfig: o.Config.Kubeconfig,
			InCluster:  o.Config.Kubeconfig == "",
			Host:       o.ServiceHost,
			Port:       o.ServicePort,
			Budget:     time.Duration(o.Config.APITimeoutSeconds * float64(time.Second)),
			Clock:      wall,
			UserAgent:  "patchbay/" + o.Version,
		})
		if err != nil {
			return unreachable{err}, true
		}
		return c, true
	}
	return nil, false
}

// unreachable is a cluster whose configuration is no good. Whatever the kind of
// the error was, it must never read as "there is no such pod".
type unreachable struct{ err error }

// Pod returns the error.
func (u unreachable) Pod(_ context.Context, namespace, name string) (need.Pod, error) {
	return need.Pod{}, fail.As(fail.Invalid, fail.About("pod "+namespace+"/"+name, u.err))
}

// Definition returns the error.
func (u unreachable) Definition(context.Context, string, string) (need.Definition, error) {
	return need.Definition{}, fail.As(fail.Invalid, u.err)
}

// SetStatus returns the error.
func (u unreachable) SetStatus(context.Context, record.Pod, string) error { return u.err }

// Report returns the error.
func (u unreachable) Report(context.Context, record.Pod, []backends.Event) error { return u.err }
