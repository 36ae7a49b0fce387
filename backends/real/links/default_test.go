package links_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"patchbay/backends"
	"patchbay/core/fail"
)

// The default routes that most cases begin with.
const (
	viaEth0  = "route add default via 10.0.0.1 dev eth0\n"
	viaEth06 = "-6 route add default via fd00:0::1 dev eth0\n"
)

// moves are requests that succeed, and the default routes before and after.
var moves = []struct {
	name   string
	before string
	want   backends.DefaultRoute
	lost   []string
	v4, v6 []string
}{{
	name:   "C136 nothing asked of the other family",
	before: viaEth0 + "route add default via 10.1.0.1 dev net1 metric 7\n" + viaEth06,
	want:   backends.DefaultRoute{V6: true, IfName: "eth0", Others: []string{"net1"}},
	v4: []string{
		"default via 10.0.0.1 dev eth0", "default via 10.1.0.1 dev net1 metric 7",
	},
	v6: []string{"default via fd00::1 dev eth0 metric 1024 pref medium"},
}, {
	name:   "C137 the gateway replaces the other interface's route",
	before: viaEth0,
	want: backends.DefaultRoute{
		IfName: "net1", Gateway: "10.1.0.1", Others: []string{"eth0", "net2"},
	},
	lost: []string{"eth0"},
	v4:   []string{"default via 10.1.0.1 dev net1"},
}, {
	name:   "C137 IPv6, where equal metrics make one multipath route",
	before: viaEth06,
	want: backends.DefaultRoute{
		V6: true, IfName: "net1", Gateway: "fd00:1::1", Others: []string{"eth0"},
	},
	lost: []string{"eth0"},
	v6:   []string{"default via fd00:1::1 dev net1 metric 1024 pref medium"},
}, {
	name:   "C137 IPv6 with a link-local gateway",
	before: viaEth06,
	want: backends.DefaultRoute{
		V6: true, IfName: "net1", Gateway: "fe80::1", Others: []string{"eth0"},
	},
	lost: []string{"eth0"},
	v6:   []string{"default via fe80::1 dev net1 metric 1024 pref medium"},
}, {
	name:   "C137 the interface's own other gateway goes, too",
	before: "route add default via 10.1.0.9 dev net1\n",
	want:   backends.DefaultRoute{IfName: "net1", Gateway: "10.1.0.1"},
	v4:     []string{"default via 10.1.0.1 dev net1"},
}, {
	name: "C137 what is there already stays, with its metric",
	before: viaEth0 + "route add default via 10.1.0.1 dev net1 metric 50 proto static\n" +
		"route add default via 10.1.0.1 dev net1 metric 60\n",
	want: backends.DefaultRoute{
		IfName: "net1", Gateway: "10.1.0.1", Others: []string{"eth0"},
	},
	lost: []string{"eth0"},
	v4:   []string{"default via 10.1.0.1 dev net1 proto static metric 50"},
}, {
	name: "C138 no gateway: the interface keeps what it has",
	before: viaEth0 + "route add default via 10.1.0.1 dev net1 metric 10\n" +
		"route add default via 10.1.0.9 dev net1 metric 20\n",
	want: backends.DefaultRoute{IfName: "net1", Others: []string{"eth0"}},
	lost: []string{"eth0"},
	v4: []string{
		"default via 10.1.0.1 dev net1 metric 10", "default via 10.1.0.9 dev net1 metric 20",
	},
}, {
	name:   "C138 no gateway: who has none takes none",
	before: viaEth0,
	want:   backends.DefaultRoute{IfName: "net1", Others: []string{"eth0"}},
	v4:     []string{"default via 10.0.0.1 dev eth0"},
}, {
	name: "C138 no gateway: the same interface by another name",
	before: viaEth0 + "route add default via 10.1.0.1 dev net1 metric 10\n" +
		"link property add dev net1 altname seven\n",
	want: backends.DefaultRoute{IfName: "net1", Others: []string{"seven", "eth0"}},
	lost: []string{"eth0"},
	v4:   []string{"default via 10.1.0.1 dev net1 metric 10"},
}, {
	name:   "C138b only the family that was asked for",
	before: viaEth0 + viaEth06,
	want: backends.DefaultRoute{
		IfName: "net1", Gateway: "10.1.0.1", Others: []string{"eth0"},
	},
	lost: []string{"eth0"},
	v4:   []string{"default via 10.1.0.1 dev net1"},
	v6:   []string{"default via fd00::1 dev eth0 metric 1024 pref medium"},
}, {
	name:   "a default route without a gateway",
	before: "route add default dev eth0\n-6 route add default dev eth0\n",
	want: backends.DefaultRoute{
		V6: true, IfName: "net1", Gateway: "fd00:1::1", Others: []string{"eth0"},
	},
	lost: []string{"eth0"},
	v4:   []string{"default dev eth0 scope link"},
	v6:   []string{"default via fd00:1::1 dev net1 metric 1024 pref medium"},
}, {
	name:   "an interface that is not named keeps its route",
	before: viaEth0 + "route append default via 10.2.0.1 dev net2\n",
	want: backends.DefaultRoute{
		IfName: "net1", Gateway: "10.1.0.1", Others: []string{"eth0"},
	},
	lost: []string{"eth0"},
	v4:   []string{"default via 10.1.0.1 dev net1", "default via 10.2.0.1 dev net2"},
}, {
	name: "multipath: only the named interfaces' next hops go",
	before: "route add default nexthop via 10.0.0.1 dev eth0 weight 3 " +
		"nexthop via 10.1.0.1 dev net1 nexthop via 10.2.0.1 dev net2 weight 2\n",
	want: backends.DefaultRoute{IfName: "net1", Others: []string{"eth0"}},
	lost: []string{"eth0"},
	v4: []string{
		"default nexthop via 10.1.0.1 dev net1 weight 1 nexthop via 10.2.0.1 dev net2 weight 2",
	},
}, {
	name: "multipath: to a single gateway",
	before: "route add default nexthop via 10.0.0.1 dev eth0 " +
		"nexthop via 10.1.0.1 dev net1\n",
	want: backends.DefaultRoute{
		IfName: "net1", Gateway: "10.1.0.1", Others: []string{"eth0"},
	},
	lost: []string{"eth0"},
	v4:   []string{"default via 10.1.0.1 dev net1"},
}, {
	name: "multipath of IPv6: only the named interfaces' next hops go",
	before: "-6 route add default nexthop via fd00:0::1 dev eth0 weight 3 " +
		"nexthop via fd00:1::1 dev net1 nexthop via fd00:2::1 dev net2 weight 2\n",
	want: backends.DefaultRoute{V6: true, IfName: "net1", Others: []string{"eth0"}},
	lost: []string{"eth0"},
	v6: []string{"default metric 1024 pref medium " +
		"nexthop via fd00:1::1 dev net1 weight 1 nexthop via fd00:2::1 dev net2 weight 2"},
}, {
	name: "next hop objects",
	before: "nexthop add id 1 via 10.0.0.1 dev eth0\nnexthop add id 2 via 10.2.0.1 dev net2\n" +
		"nexthop add id 3 group 1/2\nroute add default nhid 3\n" +
		"route add default nhid 1 metric 5\n",
	want: backends.DefaultRoute{
		IfName: "net1", Gateway: "10.1.0.1", Others: []string{"eth0"},
	},
	lost: []string{"eth0"},
	v4:   []string{"default via 10.1.0.1 dev net1", "default via 10.2.0.1 dev net2"},
}, {
	name: "a route that a router advertised",
	before: "-6 route add default via fe80::9 dev eth0 proto ra metric 512 " +
		"pref high expires 600\n",
	want: backends.DefaultRoute{
		V6: true, IfName: "net1", Gateway: "fd00:1::1", Others: []string{"eth0"},
	},
	lost: []string{"eth0"},
	v6:   []string{"default via fd00:1::1 dev net1 metric 1024 pref medium"},
}, {
	name:   "an other interface that is not there",
	before: viaEth0,
	want: backends.DefaultRoute{
		IfName: "net1", Gateway: "10.1.0.1", Others: []string{"none", "eth0", "eth0"},
	},
	lost: []string{"eth0"},
	v4:   []string{"default via 10.1.0.1 dev net1"},
}, {
	name:   "what is no default route of the main table stays",
	before: "route add unreachable default metric 4000\nroute add 10.9.0.0/16 via 10.0.0.1\n",
	want: backends.DefaultRoute{
		IfName: "net1", Gateway: "10.1.0.1", Others: []string{"eth0", "lo"},
	},
	v4: []string{"default via 10.1.0.1 dev net1", "unreachable default metric 4000"},
}}

func TestMoveDefault(t *testing.T) {
	// In every case: a default route that must stay because of its table.
	const aside = "route add default via 10.0.0.1 dev eth0 table 100\n" +
		"-6 route add default via fd00:0::1 dev eth0 table 100\n"
	for _, c := range moves {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sandbox := node(t, three, aside, c.before)
			others := routes(t, sandbox.Path, "-4", "100")
			for turn, lost := range [][]string{c.lost, nil} {
				got, err := kernel().MoveDefault(t.Context(), sandbox, c.want)
				if err != nil {
					t.Fatalf("turn %d: %v", turn, err)
				}
				if !slices.Equal(got, lost) {
					t.Errorf("turn %d: lost %q, want %q", turn, got, lost)
				}
				if v4 := routes(t, sandbox.Path, "-4", "main"); !slices.Equal(v4, c.v4) {
					t.Errorf("turn %d: IPv4 %q\nwant %q", turn, v4, c.v4)
				}
				if v6 := routes(t, sandbox.Path, "-6", "main"); !slices.Equal(v6, c.v6) {
					t.Errorf("turn %d: IPv6 %q\nwant %q", turn, v6, c.v6)
				}
			}
			if now := routes(t, sandbox.Path, "-4", "100"); !slices.Equal(now, others) {
				t.Errorf("table 100: %q, before %q", now, others)
			}
			if now := routes(t, sandbox.Path, "-6", "100"); len(now) != 1 {
				t.Errorf("table 100: %q, want one route", now)
			}
		})
	}
}

// refusals are requests that fail and change nothing.
var refusals = []struct {
	name string
	want backends.DefaultRoute
	kind fail.Kind
	text string // after the sandbox
}{{
	"C141 no such interface",
	backends.DefaultRoute{IfName: "net9", Gateway: "10.1.0.1"},
	fail.NotFound, "interface net9 is not in the sandbox",
}, {
	"gateway elsewhere",
	backends.DefaultRoute{IfName: "net1", Gateway: "10.7.0.1"},
	fail.Invalid, "default route on net1: gateway 10.7.0.1: " +
		"network is unreachable: Nexthop has invalid gateway",
}, {
	"gateway elsewhere, IPv6",
	backends.DefaultRoute{V6: true, IfName: "net1", Gateway: "fd00:7::1"},
	fail.Invalid, "default route on net1: gateway fd00:7::1: no route to host",
}, {
	"gateway of another family",
	backends.DefaultRoute{IfName: "net1", Gateway: "fd00:1::1"},
	fail.Invalid, "gateway fd00:1::1 is no IPv4 address",
}, {
	"gateway of the other family",
	backends.DefaultRoute{V6: true, IfName: "net1", Gateway: "10.1.0.1"},
	fail.Invalid, "gateway 10.1.0.1 is no IPv6 address",
}, {
	"mapped gateway",
	backends.DefaultRoute{V6: true, IfName: "net1", Gateway: "::ffff:10.1.0.1"},
	fail.Invalid, "gateway ::ffff:10.1.0.1 is no IPv6 address",
}, {
	"gateway with a zone",
	backends.DefaultRoute{V6: true, IfName: "net1", Gateway: "fe80::1%net1"},
	fail.Invalid, "gateway fe80::1%net1 must not have a zone",
}, {
	"no address",
	backends.DefaultRoute{IfName: "net1", Gateway: "bogus"},
	fail.Invalid, `gateway "bogus" is no IP address`,
}, {
	"nobody's address",
	backends.DefaultRoute{IfName: "net1", Gateway: "0.0.0.0"},
	fail.Invalid, "gateway 0.0.0.0 is no address of a router",
}, {
	"get and lose",
	backends.DefaultRoute{IfName: "net1", Others: []string{"net1"}},
	fail.Invalid, "interface net1 can not both get the default route and lose it",
}}

func TestMoveDefaultRefuses(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sandbox := node(t, three, viaEth0, viaEth06)
			c.want.Others = append(c.want.Others, "eth0")
			lost, err := kernel().MoveDefault(t.Context(), sandbox, c.want)
			if !fail.Is(err, c.kind) || len(lost) != 0 {
				t.Errorf("lost %q, %v (%v); want %v", lost, err, fail.Of(err), c.kind)
			}
			if want := "sandbox " + sandbox.Path + ": " + c.text; err.Error() != want {
				t.Errorf("%q\nwant %q", err, want)
			}
			v4, v6 := routes(t, sandbox.Path, "-4", "main"), routes(t, sandbox.Path, "-6", "main")
			if !slices.Equal(v4, []string{"default via 10.0.0.1 dev eth0"}) ||
				!slices.Equal(v6, []string{"default via fd00::1 dev eth0 metric 1024 pref medium"}) {
				t.Errorf("routes changed: %q %q", v4, v6)
			}
		})
	}
}

// ending is a context that ends after it was asked a number of times.
type ending struct {
	context.Context //nolint:containedctx // it is one
	left            int
}

func (e *ending) Err() error {
	if e.left--; e.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// TestMoveDefaultGoesBack ends the time at every point of the work, so that
// everything that was removed by then has to be restored, as it was.
func TestMoveDefaultGoesBack(t *testing.T) {
	for _, c := range moves {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sandbox := node(t, three, c.before)
			v4, v6 := routes(t, sandbox.Path, "-4", "main"), routes(t, sandbox.Path, "-6", "main")
			for looks := range 100 {
				ctx := &ending{Context: t.Context(), left: looks}
				lost, err := kernel().MoveDefault(ctx, sandbox, c.want)
				if err == nil {
					return
				}
				if !fail.Is(err, fail.Transient) || !errors.Is(err, context.DeadlineExceeded) ||
					len(lost) != 0 {
					t.Fatalf("after %d: lost %q, %v (%v)", looks, lost, err, fail.Of(err))
				}
				if now := routes(t, sandbox.Path, "-4", "main"); !slices.Equal(now, v4) {
					t.Fatalf("after %d: IPv4 %q\nbefore %q", looks, now, v4)
				}
				if now := routes(t, sandbox.Path, "-6", "main"); !slices.Equal(now, v6) {
					t.Fatalf("after %d: IPv6 %q\nbefore %q", looks, now, v6)
				}
			}
			t.Fatal("it never succeeds")
		})
	}
}
