package ctlmanifest

import (
	"context"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/record"
)

// Overlay is a cluster that knows the manifests and, behind them, another one,
// or nil. It can be read only.
type Overlay struct {
	Set    Set
	Behind backends.Cluster
}

var _ backends.Cluster = Overlay{}

// Pod returns the pod of the manifests, else of the cluster behind.
func (o Overlay) Pod(ctx context.Context, namespace, name string) (need.Pod, error) {
	for _, p := range o.Set.Pods {
		if p.Namespace == namespace && p.Name == name {
			return p, nil
		}
	}
	if o.Behind == nil {
		return need.Pod{}, fail.New(fail.NotFound, "there is no pod %s/%s", namespace, name)
	}
	return o.Behind.Pod(ctx, namespace, name)
}

// Definition returns the definition of the manifests, else of the cluster
// behind.
func (o Overlay) Definition(
	ctx context.Context, namespace, name string,
) (need.Definition, error) {
	for _, d := range o.Set.Definitions {
		if d.Namespace == namespace && d.Name == name {
			return d, nil
		}
	}
	if o.Behind == nil {
		return need.Definition{}, fail.New(fail.NotFound,
			"there is no network-attachment-definition %s/%s", namespace, name)
	}
	return o.Behind.Definition(ctx, namespace, name)
}

// SetStatus refuses.
func (o Overlay) SetStatus(context.Context, record.Pod, string) error { return readOnly() }

// Report refuses.
func (o Overlay) Report(context.Context, record.Pod, []backends.Event) error { return readOnly() }

func readOnly() error { return fail.New(fail.Invalid, "manifests are only read") }
