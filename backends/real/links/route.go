package links

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"patchbay/core/fail"
)

const (
	// nextHopID is RTA_NH_ID (include/uapi/linux/rtnetlink.h).
	nextHopID = 30
	// ownFlags are the flags of a next hop that are somebody's wish; the others
	// are its state, and the kernel refuses to be told its state.
	ownFlags = unix.RTNH_F_ONLINK | unix.RTNH_F_PERVASIVE
	// ticks is how many clock ticks the kernel counts in a second towards user
	// space (USER_HZ), on every architecture that Go runs on.
	ticks = 100
	// where the flags are in a struct rtnexthop.
	hopFlags = 2
)

// hop is one way that a route may take.
type hop struct {
	link    int32
	gateway netip.Addr // the zero Addr: none, or of another family
	raw     []byte     // as an element of RTA_MULTIPATH; nil when it is the only one
}

// route is a default route as the kernel describes it, kept in full so that it
// can be put back with what this package does not understand of it: metrics,
// weights, preference, encapsulation.
type route struct {
	msg   unix.RtMsg
	attrs []*nl.RtAttr
	hops  []hop
}

// rank is what the kernel prefers a default route by; equals are told apart by
// their order.
type rank struct {
	tos    uint8
	metric uint32
}

func (r route) rank() rank {
	its := rank{tos: r.msg.Tos}
	for _, a := range r.attrs {
		if a.Type == unix.RTA_PRIORITY {
			its.metric = number(a.Data)
		}
	}
	return its
}

// defaults lists the unicast default routes of a family in the main table, the
// preferred one first. A default for some sources only is not one.
func (c *conn) defaults(ctx context.Context, family uint8) ([]route, error) {
	messages, err := c.dump(ctx, unix.RTM_NEWROUTE, func() *nl.NetlinkRequest {
		req := nl.NewNetlinkRequest(unix.RTM_GETROUTE, unix.NLM_F_DUMP)
		req.AddData(&nl.RtMsg{RtMsg: unix.RtMsg{Family: family}})
		return req
	})
	if err != nil {
		return nil, fail.New(kind(err), "routes can not be listed: %w", err)
	}
	var all []route
	for _, message := range messages {
		if len(message) < unix.SizeofRtMsg {
			return nil, fail.New(fail.Internal, "the kernel's answer about a route is short")
		}
		msg := nl.DeserializeRtMsg(message).RtMsg
		if msg.Family != family || msg.Dst_len != 0 || msg.Src_len != 0 ||
			msg.Type != unix.RTN_UNICAST || msg.Table != unix.RT_TABLE_MAIN ||
			msg.Flags&unix.RTM_F_CLONED != 0 {
			continue
		}
		r, err := parseRoute(msg, message[unix.SizeofRtMsg:])
		if err != nil {
			return nil, fmt.Errorf("default route: %w", err)
		}
		all = append(all, r.parts()...)
	}
	return all, nil
}

// parseRoute decodes the attributes of a route, and makes of them what the
// kernel takes back.
func parseRoute(msg unix.RtMsg, body []byte) (route, error) {
	attrs, err := nl.ParseRouteAttr(body)
	if err != nil {
		return route{}, err
	}
	msg.Flags &= ownFlags
	r := route{msg: msg}
	var only hop
	for _, a := range attrs {
		value := bytes.Clone(a.Value)
		switch a.Attr.Type {
		case unix.RTA_OIF:
			only.link = int32(number(value)) //nolint:gosec // an index
		case unix.RTA_GATEWAY:
			only.gateway, _ = netip.AddrFromSlice(value)
		case unix.RTA_MULTIPATH:
			if r.hops, err = parseHops(value); err != nil {
				return route{}, err
			}
		case unix.RTA_CACHEINFO:
			// The kernel tells how long a route will live in one way, and is
			// told in another.
			if left := lifetime(value); left > 0 {
				r.attrs = append(r.attrs, nl.NewRtAttr(unix.RTA_EXPIRES, nl.Uint32Attr(left)))
			}
			continue
		}
		r.attrs = append(r.attrs, nl.NewRtAttr(int(a.Attr.Type), value))
	}
	if r.hops == nil {
		if only.link == 0 {
			return route{}, fail.New(fail.Internal, "the kernel does not show its interface")
		}
		r.hops = []hop{only}
	}
	if r.byID() {
		// A next hop object is shown with what is in it, but must be given
		// without (net/ipv4/fib_semantics.c, "mutually exclusive").
		r.attrs = slices.DeleteFunc(r.attrs, saysWhere)
	}
	return r, nil
}

// parseHops decodes RTA_MULTIPATH, a list of struct rtnexthop with attributes,
// and takes the state out of it.
func parseHops(list []byte) ([]hop, error) {
	var hops []hop
	for len(list) >= unix.SizeofRtNexthop {
		head := nl.DeserializeRtNexthop(list)
		size := int(head.RtNexthop.Len)
		if size < unix.SizeofRtNexthop || size > len(list) || size%unix.RTA_ALIGNTO != 0 {
			return nil, fail.New(fail.Internal, "the kernel shows a next hop of %d bytes", size)
		}
		h := hop{link: head.Ifindex, raw: list[:size:size]}
		h.raw[hopFlags] &= ownFlags
		attrs, err := nl.ParseRouteAttr(h.raw[unix.SizeofRtNexthop:])
		if err != nil {
			return nil, err
		}
		for _, a := range attrs {
			if a.Attr.Type == unix.RTA_GATEWAY {
				h.gateway, _ = netip.AddrFromSlice(a.Value)
			}
		}
		hops = append(hops, h)
		list = list[size:]
	}
	return hops, nil
}

// lifetime is the number of seconds in the rta_expires of a struct
// rta_cacheinfo, rounded up; 0 is for ever.
func lifetime(cacheInfo []byte) uint32 {
	const at = 8
	left := int32(number(cacheInfo[min(at, len(cacheInfo)):])) //nolint:gosec // it is signed
	return uint32(max(0, left)+ticks-1) / ticks
}

// number is the number that the kernel's bytes begin with; 0 for too few.
func number(b []byte) uint32 {
	const size = 4
	if len(b) < size {
		return 0
	}
	return binary.NativeEndian.Uint32(b)
}

// parts splits a multipath route of IPv6, which is in truth several routes that
// the kernel shows as one; of IPv4 it is one and can only be replaced.
func (r route) parts() []route {
	if r.msg.Family != unix.AF_INET6 || len(r.hops) < 2 || r.byID() {
		return []route{r}
	}
	parts := make([]route, 0, len(r.hops))
	for _, h := range r.hops {
		parts = append(parts, r.with([]hop{h}))
	}
	return parts
}

// with returns a route that has some of the next hops of r, which are several,
// and is like r otherwise.
func (r route) with(hops []hop) route {
	var list []byte
	for _, h := range hops {
		list = append(list, h.raw...)
	}
	attrs := slices.DeleteFunc(slices.Clone(r.attrs), func(a *nl.RtAttr) bool {
		return saysWhere(a) || a.Type == nextHopID
	})
	attrs = append(attrs, nl.NewRtAttr(unix.RTA_MULTIPATH, list))
	return route{msg: r.msg, attrs: attrs, hops: hops}
}

// byID reports whether r leads to a next hop object.
func (r route) byID() bool {
	return slices.ContainsFunc(r.attrs, func(a *nl.RtAttr) bool { return a.Type == nextHopID })
}

// saysWhere reports whether an attribute is about next hops.
func saysWhere(a *nl.RtAttr) bool {
	switch a.Type {
	case unix.RTA_OIF, unix.RTA_GATEWAY, unix.RTA_VIA, unix.RTA_MULTIPATH,
		unix.RTA_ENCAP, unix.RTA_ENCAP_TYPE:
		return true
	}
	return false
}

// newDefault is a default route like those of the reference plugins: protocol
// boot, and the metric that the kernel gives.
func newDefault(family uint8, to hop) route {
	return route{
		msg: unix.RtMsg{
			Family: family, Table: unix.RT_TABLE_MAIN, Protocol: unix.RTPROT_BOOT,
			Scope: unix.RT_SCOPE_UNIVERSE, Type: unix.RTN_UNICAST,
		},
		attrs: []*nl.RtAttr{
			nl.NewRtAttr(unix.RTA_GATEWAY, to.gateway.AsSlice()),
			nl.NewRtAttr(unix.RTA_OIF, nl.Uint32Attr(uint32(to.link))), //nolint:gosec // an index
		},
		hops: []hop{to},
	}
}

// request makes a request about r.
func (r route) request(verb, flags int) *nl.NetlinkRequest {
	req := nl.NewNetlinkRequest(verb, flags|unix.NLM_F_ACK)
	req.AddData(&nl.RtMsg{RtMsg: r.msg})
	for _, a := range r.attrs {
		req.AddData(a)
	}
	return req
}
