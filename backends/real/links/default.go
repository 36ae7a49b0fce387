package links

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/core/fail"
)

// rounds is how often the default routes are put right before somebody else is
// taken to be changing them all the time.
const rounds = 5

// MoveDefault makes the default route of one family be on want.IfName, and
// returns the interfaces of want.Others that lost theirs, in that order. Only
// unicast routes of the main table count; other tables, the other family and
// other interfaces stay as they are.
//
// With a gateway there is afterwards one default route among all interfaces
// named, through that gateway; one that was there already stays as it is,
// metric included. Without one, what IfName has stays, and the others lose
// theirs if that is something.
//
// The new route is made before the old ones go, so that a gateway which can not
// be reached costs nothing. What fails later is taken back; an error that says
// nothing about restoring means that the routes are as they were. A route that
// a router advertised (proto ra) goes as any other does, and comes back with
// the next advertisement: accept_ra_defrtr is not this method's to change.
//
// Invalid: the gateway is no unicast address of the family, or can not be
// reached over IfName; IfName is among Others. NotFound: IfName is not there.
func (k *Links) MoveDefault(
	ctx context.Context, sandbox backends.Sandbox, want backends.DefaultRoute,
) ([]string, error) {
	gateway, err := parseGateway(want)
	if err != nil {
		return nil, fail.About("sandbox "+sandbox.Path, err)
	}
	var lost []string
	err = k.within(ctx, sandbox, func(c *conn) error {
		var moveErr error
		lost, moveErr = c.moveDefault(ctx, want, gateway)
		return moveErr
	})
	return lost, err
}

// moveDefault is MoveDefault inside a sandbox, with a gateway that was checked.
func (c *conn) moveDefault(
	ctx context.Context, want backends.DefaultRoute, gateway netip.Addr,
) ([]string, error) {
	all, err := c.links(ctx)
	if err != nil {
		return nil, err
	}
	to, ok := byName(all, want.IfName)
	if !ok {
		return nil, fail.New(fail.NotFound, "interface %s is not in the sandbox", want.IfName)
	}
	m := mover{conn: c, want: wish{
		family: family(want), to: hop{link: to.index, gateway: gateway},
		others: map[int32]bool{},
	}}
	for _, name := range want.Others {
		// One that is not there has no route to lose; one that is the same by
		// another name must not.
		if l, there := byName(all, name); there && l.index != to.index {
			m.want.others[l.index] = true
		}
	}
	if err := m.move(ctx); err != nil {
		return nil, fail.About("default route on "+want.IfName, err)
	}
	return m.lost(all, want.Others), nil
}

func family(want backends.DefaultRoute) uint8 {
	if want.V6 {
		return unix.AF_INET6
	}
	return unix.AF_INET
}

// parseGateway checks a request before anything is done; the zero Addr is for
// no gateway.
func parseGateway(want backends.DefaultRoute) (netip.Addr, error) {
	if slices.Contains(want.Others, want.IfName) {
		return netip.Addr{}, fail.New(fail.Invalid,
			"interface %s can not both get the default route and lose it", want.IfName)
	}
	if want.Gateway == "" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(want.Gateway)
	if err != nil {
		return a, fail.New(fail.Invalid, "gateway %q is no IP address", want.Gateway)
	}
	name := "IPv4"
	if want.V6 {
		name = "IPv6"
	}
	switch {
	case a.Is4In6(), a.Is4() == want.V6:
		return a, fail.New(fail.Invalid, "gateway %s is no %s address", a, name)
	case a.Zone() != "":
		return a, fail.New(fail.Invalid, "gateway %s must not have a zone", a)
	case a.IsUnspecified(), a.IsMulticast(), a.IsLoopback():
		return a, fail.New(fail.Invalid, "gateway %s is no address of a router", a)
	}
	return a, nil
}

// mover moves the default routes of a sandbox and remembers how to go back.
type mover struct {
	conn *conn
	want wish
	gone []hop // next hops that were removed
	undo []step
}

// step is one change of one route.
type step struct {
	verb  int // RTM_NEWROUTE or RTM_DELROUTE
	flags int // NLM_F_*
	route route
}

// move looks, does what is missing, and looks again until nothing is. If it
// fails it goes back.
func (m *mover) move(ctx context.Context) error {
	for range rounds {
		routes, err := m.conn.defaults(ctx, m.want.family)
		if err != nil {
			return m.back(err)
		}
		todo := decide(routes, m.want)
		if todo.empty() {
			return nil
		}
		if err := m.apply(ctx, todo); err != nil {
			return m.back(err)
		}
	}
	return m.back(fail.New(fail.Transient, "somebody else keeps changing it"))
}

// apply carries a change out.
func (m *mover) apply(ctx context.Context, todo change) error {
	for _, r := range todo.add {
		// Neither EXCL, for others of the same metric are still there, nor
		// APPEND, for this one is to be preferred to them (IPv4).
		if err := m.do(ctx, add(r, 0), del(r)); err != nil {
			return m.refused(err)
		}
	}
	for _, d := range todo.drops {
		if len(d.rest) > 0 {
			smaller := d.from.with(d.rest)
			if err := m.do(ctx, add(smaller, unix.NLM_F_APPEND), del(smaller)); err != nil {
				return fail.New(kind(err), "a multipath route can not be reduced: %w", err)
			}
		}
		if err := m.do(ctx, del(d.from), add(d.from, d.place)); err != nil {
			return fail.New(kind(err), "another default route can not be removed: %w", err)
		}
		m.gone = append(m.gone, d.gone...)
	}
	return nil
}

// add makes a route; place is its place among its equals, NLM_F_APPEND or 0.
func add(r route, place int) step {
	return step{unix.RTM_NEWROUTE, unix.NLM_F_CREATE | place, r}
}

func del(r route) step { return step{unix.RTM_DELROUTE, 0, r} }

// do takes a step and remembers its opposite. What is the case already is not
// done and not to be undone.
func (m *mover) do(ctx context.Context, s, opposite step) error {
	_, err := m.conn.ask(ctx, s.route.request(s.verb, s.flags), 0)
	if s.done(err) {
		return nil
	}
	if err == nil {
		m.undo = append(m.undo, opposite)
	}
	return err
}

// done reports whether err says that there was nothing to do.
func (s step) done(err error) bool {
	if s.verb == unix.RTM_DELROUTE {
		return errors.Is(err, unix.ESRCH)
	}
	return errors.Is(err, unix.EEXIST)
}

// back undoes every step, the last one first, and returns the cause with what
// could not be undone. It does not heed the context, which may be the cause.
func (m *mover) back(cause error) error {
	var failed []error
	for _, s := range slices.Backward(m.undo) {
		_, err := m.conn.exec(s.route.request(s.verb, s.flags), 0)
		if err != nil && !s.done(err) {
			failed = append(failed, err)
		}
	}
	if len(failed) == 0 {
		return cause
	}
	return fail.New(fail.Of(cause), "%w; and %d of %d routes could not be restored: %w",
		cause, len(failed), len(m.undo), errors.Join(failed...))
}

// refused explains why the kernel does not want the new route.
func (m *mover) refused(err error) error {
	k := kind(err)
	if errors.Is(err, unix.ENETUNREACH) || errors.Is(err, unix.EHOSTUNREACH) ||
		errors.Is(err, unix.EINVAL) {
		k = fail.Invalid
	}
	return fail.New(k, "gateway %s: %w", m.want.to.gateway, err)
}

// lost names the interfaces among others that lost a default route.
func (m *mover) lost(all []link, others []string) []string {
	var names []string
	for _, name := range others {
		l, there := byName(all, name)
		if there && !slices.Contains(names, name) &&
			slices.ContainsFunc(m.gone, func(h hop) bool { return h.link == l.index }) {
			names = append(names, name)
		}
	}
	return names
}
