package world

import (
	"context"
	"errors"
	"slices"
	"strings"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

var _ backends.Links = (*view)(nil)

// Look identifies the namespace at a path and lists its interfaces.
func (v *view) Look(ctx context.Context, path string) (need.Sandbox, error) {
	var out need.Sandbox
	err := v.p.Do(ctx, fault.Op{Kind: fault.NSLook, On: path}, func(fault.Outcome) error {
		ns, err := v.node.Kernel.Open(path)
		if err == nil && ns == v.node.Kernel.Host() {
			err = fail.New(fail.BadSandbox, "is the node's own network namespace")
		}
		if err != nil {
			return err
		}
		out = need.Sandbox{ID: ns.ID(), Links: names(ns)}
		return nil
	})
	return out, sandboxed(path, err)
}

func names(ns *kernel.Namespace) []string {
	all := ns.Links()
	out := make([]string, 0, len(all))
	for _, l := range all {
		out = append(out, l.Name)
	}
	slices.Sort(out)
	return out
}

// Absent fails with Invalid when the sandbox has an interface of that name.
func (v *view) Absent(ctx context.Context, sandbox backends.Sandbox, ifName string) error {
	op := fault.Op{Kind: fault.LinkAbsent, On: ifName}
	return v.within(ctx, op, sandbox, func(ns *kernel.Namespace) error {
		if ns.ByName(ifName) != nil {
			return fail.New(fail.Invalid, "interface %s already exists in the sandbox", ifName)
		}
		return nil
	})
}

// Present fails with NotFound when the sandbox lacks an interface.
func (v *view) Present(
	ctx context.Context, sandbox backends.Sandbox, ifNames []string,
) error {
	op := fault.Op{Kind: fault.LinkPresent, On: strings.Join(ifNames, ",")}
	return v.within(ctx, op, sandbox, func(ns *kernel.Namespace) error {
		for _, name := range ifNames {
			if ns.ByName(name) == nil {
				return fail.New(fail.NotFound, "interface %s is not in the sandbox", name)
			}
		}
		return nil
	})
}

// within does one operation in a sandbox, if it still is that sandbox.
func (v *view) within(
	ctx context.Context, op fault.Op, sandbox backends.Sandbox,
	f func(*kernel.Namespace) error,
) error {
	err := v.p.Do(ctx, op, func(fault.Outcome) error {
		ns, err := v.same(sandbox)
		if err != nil {
			return err
		}
		return f(ns)
	})
	return sandboxed(sandbox.Path, err)
}

// same opens a sandbox if its path still leads to it.
func (v *view) same(sandbox backends.Sandbox) (*kernel.Namespace, error) {
	ns, err := v.node.Kernel.Open(sandbox.Path)
	switch {
	case errors.Is(err, errno.ENOENT), errors.Is(err, errno.EINVAL):
		return nil, fail.New(fail.Gone, "there is no network namespace any more: %w", err)
	case err != nil:
		return nil, err
	case ns.ID() != sandbox.ID:
		return nil, fail.New(fail.Gone, "the path now leads to another network namespace")
	case ns == v.node.Kernel.Host():
		return nil, fail.New(fail.BadSandbox, "is the node's own network namespace")
	}
	return ns, nil
}

// sandboxed gives an error of the kernel the kind that backends/real/links gives
// it, and says which sandbox it is about.
func sandboxed(path string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fail.Error](err); ok {
		return fail.About("sandbox "+path, err)
	}
	kind := fail.Internal
	switch {
	case errors.Is(err, errno.ENOENT), errors.Is(err, errno.EINVAL):
		kind = fail.BadSandbox
	case errors.Is(err, errno.EPERM), errors.Is(err, errno.EACCES):
		kind = fail.Denied
	case errors.Is(err, errno.EINTR), errors.Is(err, errno.EAGAIN),
		errors.Is(err, errno.ENOBUFS), errors.Is(err, errno.ENOMEM),
		errors.Is(err, errno.EMFILE), errors.Is(err, errno.ENFILE),
		errors.Is(err, errno.EBUSY),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		kind = fail.Transient
	case errors.Is(err, errno.ENODEV), errors.Is(err, errno.ENXIO):
		kind = fail.NotFound
	}
	return fail.New(kind, "sandbox %s: %w", path, err)
}
