package links

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// wish is a backends.DefaultRoute in terms of the kernel.
type wish struct {
	family uint8
	to     hop            // the gateway is the zero Addr where none was asked for
	others map[int32]bool // indices of the interfaces that lose theirs
}

// change is what is to be done to the default routes.
type change struct {
	add   []route // none or one
	drops []drop
}

// drop removes some next hops of a route.
type drop struct {
	from route
	gone []hop
	rest []hop
	// place is where from was among its equals, as NLM_F_APPEND or 0.
	place int
}

func (c change) empty() bool { return len(c.add) == 0 && len(c.drops) == 0 }

// decide says what is missing to a wish. It says nothing once that was done, so
// that asking again is how to see that it was.
func decide(routes []route, want wish) change {
	if want.to.gateway == (netip.Addr{}) {
		if !slices.ContainsFunc(routes, func(r route) bool { return r.uses(want.to.link) }) {
			return change{} // who has none by himself must not take the others'
		}
		return change{drops: remove(routes, -1, func(h hop) bool { return want.others[h.link] })}
	}
	var c change
	keep := slices.IndexFunc(routes, func(r route) bool { return r.is(want.to) })
	if keep < 0 {
		c.add = []route{newDefault(want.family, want.to)}
	}
	c.drops = remove(routes, keep, func(h hop) bool {
		return want.others[h.link] || h.link == want.to.link
	})
	return c
}

// remove drops the next hops that are unwanted, but not those of route keep.
//
// Equal routes of IPv4 have an order, and the kernel adds before all of them or
// behind all of them. The drops come in such an order that to undo them, the
// last one first, restores that of the routes, unless it was before one that
// stays and behind another.
func remove(routes []route, keep int, unwanted func(hop) bool) []drop {
	stays := map[rank]bool{}
	var front, back []drop
	for i, r := range routes {
		d := r.less(unwanted)
		switch {
		case i == keep, len(d.gone) == 0:
			stays[r.rank()] = true
		case stays[r.rank()], r.msg.Family == unix.AF_INET6:
			d.place = unix.NLM_F_APPEND
			back = append(back, d)
		default:
			front = append(front, d)
		}
	}
	slices.Reverse(back)
	return append(front, back...)
}

// uses reports whether r has a next hop on an interface.
func (r route) uses(link int32) bool {
	return slices.ContainsFunc(r.hops, func(h hop) bool { return h.link == link })
}

// is reports whether r leads to one next hop only, for all traffic.
func (r route) is(to hop) bool {
	return len(r.hops) == 1 && r.msg.Tos == 0 &&
		r.hops[0].link == to.link && r.hops[0].gateway == to.gateway
}

// less tells the next hops of r that are unwanted from the rest.
func (r route) less(unwanted func(hop) bool) drop {
	d := drop{from: r}
	for _, h := range r.hops {
		if unwanted(h) {
			d.gone = append(d.gone, h)
		} else {
			d.rest = append(d.rest, h)
		}
	}
	return d
}
