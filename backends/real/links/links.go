package links

import (
	"context"
	"slices"
	"strings"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
)

// maxName is the length of an interface name in bytes (IFNAMSIZ less the NUL,
// include/uapi/linux/if.h).
const maxName = 15

// Links is the kernel of this node.
type Links struct{ clock backends.Clock }

var _ backends.Links = (*Links)(nil)

// New returns the kernel of this node. The clock is for the pauses before a
// dump that was interrupted is asked for again.
func New(clock backends.Clock) *Links { return &Links{clock: clock} }

// Look identifies the namespace at path and lists the names of its interfaces,
// sorted, "lo" included. BadSandbox: there is nothing at the path, it is no
// network namespace, or it is the node's own.
func (k *Links) Look(ctx context.Context, path string) (need.Sandbox, error) {
	ns, err := open(path)
	if err != nil {
		return need.Sandbox{}, fail.About("sandbox "+path, err)
	}
	defer ns.close()
	if ownErr := ns.notOwn(); ownErr != nil {
		return need.Sandbox{}, fail.About("sandbox "+path, ownErr)
	}
	all, err := k.list(ctx, ns)
	if err != nil {
		return need.Sandbox{}, fail.About("sandbox "+path, err)
	}
	names := make([]string, 0, len(all))
	for _, l := range all {
		names = append(names, l.name)
	}
	slices.Sort(names)
	return need.Sandbox{ID: ns.id, Links: names}, nil
}

// Absent fails with Invalid when the sandbox has an interface of that name. An
// alternative name counts: the kernel keeps both kinds in one list, and refuses
// a new interface for either.
func (k *Links) Absent(ctx context.Context, sandbox backends.Sandbox, ifName string) error {
	if ifName == "" || len(ifName) > maxName {
		return fail.New(fail.Invalid,
			"%q is no interface name: it must have 1 to %d bytes", ifName, maxName)
	}
	return k.within(ctx, sandbox, func(c *conn) error {
		there, err := c.hasLink(ctx, ifName)
		if err != nil {
			return err
		}
		if there {
			return fail.New(fail.Invalid,
				"interface %s already exists in the sandbox", ifName)
		}
		return nil
	})
}

// Present fails with NotFound when the sandbox lacks an interface, and names
// all that it lacks. An interface is there by its alternative names, too.
func (k *Links) Present(ctx context.Context, sandbox backends.Sandbox, ifNames []string) error {
	return k.within(ctx, sandbox, func(c *conn) error {
		all, err := c.links(ctx)
		if err != nil {
			return err
		}
		missing := slices.DeleteFunc(slices.Clone(ifNames), func(name string) bool {
			_, ok := byName(all, name)
			return ok
		})
		switch len(missing) {
		case 0:
			return nil
		case 1:
			return fail.New(fail.NotFound, "interface %s is not in the sandbox", missing[0])
		}
		return fail.New(fail.NotFound,
			"interfaces %s are not in the sandbox", strings.Join(missing, ", "))
	})
}

// list dumps the interfaces of a namespace.
func (k *Links) list(ctx context.Context, ns *namespace) ([]link, error) {
	c, err := k.dial(ctx, ns)
	if err != nil {
		return nil, err
	}
	defer c.close()
	return c.links(ctx)
}

// within calls f with a connection to the sandbox, if it still is that sandbox,
// and says in the error which one it is about.
func (k *Links) within(
	ctx context.Context, sandbox backends.Sandbox, f func(*conn) error,
) error {
	about := "sandbox " + sandbox.Path
	ns, err := openSame(sandbox)
	if err != nil {
		return fail.About(about, err)
	}
	defer ns.close()
	c, err := k.dial(ctx, ns)
	if err != nil {
		return fail.About(about, err)
	}
	defer c.close()
	return fail.About(about, f(c))
}
