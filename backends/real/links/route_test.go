package links

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/ci/netnstest"
	"patchbay/core/fail"
)

// encode is the attributes of a route as they are in a message.
func encode(r route) []byte {
	var body []byte
	for _, a := range r.attrs {
		body = append(body, a.Serialize()...)
	}
	return body
}

// FuzzParseRoute: whatever the kernel says of a route, what it is given back
// means the same ways and metric to this package.
func FuzzParseRoute(f *testing.F) {
	one := newDefault(unix.AF_INET, hop{link: 3, gateway: netip.MustParseAddr("10.1.0.1")})
	several := route{attrs: []*nl.RtAttr{
		nl.NewRtAttr(unix.RTA_PRIORITY, nl.Uint32Attr(7)),
		nl.NewRtAttr(unix.RTA_MULTIPATH, slices.Concat(
			// 16 bytes, flag LINKDOWN, weight 3, interface 2, via 10.0.0.1
			[]byte{16, 0, 16, 2, 2, 0, 0, 0}, []byte{8, 0, 5, 0, 10, 0, 0, 1},
			// 8 bytes, interface 3
			[]byte{8, 0, 0, 0, 3, 0, 0, 0},
		)),
		nl.NewRtAttr(unix.RTA_CACHEINFO, make([]byte, 32)),
	}}
	object := route{attrs: append([]*nl.RtAttr{
		nl.NewRtAttr(nextHopID, nl.Uint32Attr(3)),
	}, several.attrs...)}
	for _, r := range []route{one, several, object, {}} {
		f.Add(encode(r), true)
		f.Add(encode(r), false)
	}
	f.Fuzz(func(t *testing.T, body []byte, v6 bool) {
		// Messages are as long as a multiple of four.
		body = append(bytes.Clone(body), make([]byte, -len(body)&3)...)
		r, err := parseRoute(unix.RtMsg{Family: family(backends.DefaultRoute{V6: v6})}, body)
		if err != nil {
			return
		}
		parts := r.parts()
		if len(parts) == 0 || len(parts) > 1 && !v6 {
			t.Fatalf("%d parts", len(parts))
		}
		for _, part := range parts {
			if part.byID() {
				continue // the kernel is not told where it leads
			}
			again, err := parseRoute(part.msg, encode(part))
			if err != nil || again.rank() != part.rank() || again.msg != part.msg ||
				!slices.EqualFunc(again.hops, part.hops, sameWay) {
				t.Fatalf("%+v, %v\nwant %+v", again, err, part)
			}
		}
	})
}

func sameWay(a, b hop) bool { return a.link == b.link && a.gateway == b.gateway }

func TestLifetime(t *testing.T) {
	for _, c := range []struct {
		info []byte
		want uint32
	}{
		{nil, 0},
		{make([]byte, 32), 0},
		{slices.Concat(make([]byte, 8), nl.Uint32Attr(1)), 1},
		{slices.Concat(make([]byte, 8), nl.Uint32Attr(60_000)), 600},
		{slices.Concat(make([]byte, 8), nl.Uint32Attr(1<<32-5)), 0}, // it is over
	} {
		if got := lifetime(c.info); got != c.want {
			t.Errorf("%v: %d s, want %d", c.info, got, c.want)
		}
	}
}

func TestSaysWhatCouldNotBeRestored(t *testing.T) {
	ns, err := open(netnstest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	defer ns.close()
	c, err := New(&pauses{}).dial(t.Context(), ns)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	nowhere := newDefault(unix.AF_INET, hop{link: 1, gateway: netip.MustParseAddr("10.9.9.9")})
	m := mover{conn: c, undo: []step{
		add(nowhere, 0), // no such network
		del(nowhere),    // it is not there, which is as good as removed
	}}
	cause := errors.New("so")
	err = m.back(fail.As(fail.Transient, cause))
	if !errors.Is(err, cause) || !fail.Is(err, fail.Transient) || !errors.Is(err, unix.ENETUNREACH) ||
		!strings.HasPrefix(err.Error(), "so; and 1 of 2 routes could not be restored: ") {
		t.Errorf("%v (%v)", err, fail.Of(err))
	}
}
