package invariant

import (
	"slices"
	"strings"

	"patchbay/core/fail"
	"patchbay/sim/errno"
	"patchbay/sim/fault"
)

// saysGone reports an answer that a thing is not there. It is one that a fault gives,
// so the thing may be there all the same: in the end it goes with the sandbox, or the
// next look finds it.
func saysGone(err error) bool {
	e, _ := err.(errno.Errno) //nolint:errorlint // the outcome has it unwrapped
	switch e {                //nolint:exhaustive // those that say it
	case errno.ENOENT, errno.ENODEV, errno.ESRCH, errno.EINVAL, errno.EADDRNOTAVAIL:
		return true
	}
	return false
}

// failed reports whether a run of a plugin has failed, as who ran it sees it. What
// a plugin has printed is not seen here; what is clearly no result, is.
func failed(out fault.Outcome, err error) bool {
	if err != nil {
		return true
	}
	a, ok := out.Err.(*fault.Answer) //nolint:errorlint // the outcome has it unwrapped
	if !ok {
		return false
	}
	_, err = a.Run([]byte("{}"))
	return err != nil
}

// excused reports whether a DEL that failed counts as done: code 3, "the runtime
// does not need to perform any cleanup" (CNI spec 1.1, "Error").
func excused(out fault.Outcome, err error) bool {
	if a, ok := out.Err.(*fault.Answer); ok { //nolint:errorlint // as above
		_, err = a.Run(nil)
	}
	return err == nil || fail.Is(err, fail.NoContainer) || fail.Is(err, fail.Gone)
}

// metaPlugins make no interface of the name that they are given.
//
//nolint:gochecknoglobals // a constant table
var metaPlugins = [...]string{
	"portmap", "tuning", "bandwidth", "sbr", "firewall", "vrf", "loopback",
}

func makes(on string) bool {
	name, _, _ := strings.Cut(on, " ")
	for _, m := range metaPlugins {
		if name == m {
			return false
		}
	}
	return true
}

func interfaceOf(on string) string {
	_, ifName, _ := strings.Cut(on, " ")
	return ifName
}

// ran notes the run of a plugin.
func (c *Checker) ran(k *call, at int, r run) {
	k.runs = append(k.runs, r)
	if k.box == nil {
		return
	}
	n := c.nodes[at]
	if r.del {
		n.undone(k, r)
		return
	}
	b := k.box
	k.undone = 0 // an optional network may have been undone before
	if !r.failed && makes(r.on) && !k.outside {
		for _, o := range b.adds {
			if !o.failed && !o.undone && makes(o.on) && interfaceOf(o.on) == interfaceOf(r.on) {
				c.report(16, n, b.key, r.on+" was attached, and "+o.on+" is under the same name")
			}
		}
	}
	b.adds = append(b.adds, r)
	if interfaceOf(r.on) == b.key.IfName && !r.failed && b.sandbox.NS != nil {
		if l := b.sandbox.NS.ByName(b.key.IfName); l != nil {
			k.main = settledOf(l)
		}
	}
}

// undone looks at the run of a plugin's DEL: which, and in what order.
func (n *node) undone(k *call, r run) {
	b := k.box
	if k.bare && k.world.Verb == "DEL" || b.damaged || b.guessed || b.outside {
		b.undo(r)
		return
	}
	last := k.undone - 1 // the one before in ADD is next
	if k.undone == 0 {
		last = len(b.adds)
	}
	ifName := interfaceOf(r.on)
	known, some, whole := false, false, true // of its network
	for i, o := range slices.Backward(b.adds) {
		if o.on == r.on && i < last {
			k.undone = i + 1
			b.adds[i].undone = b.adds[i].undone || !r.failed
			return
		}
		known = known || o.on == r.on
		if interfaceOf(o.on) == ifName {
			some, whole = true, whole && !o.failed
		}
	}
	// Of a network of which a plugin fails, those behind it are undone too; and one
	// that was never begun is, for the record does not say how far ADD came.
	strange := some && whole || !some && ifName != b.key.IfName && !b.asks(ifName)
	switch {
	case known && !n.abreast():
		n.c.report(28, n, b.key, r.on+" was undone after what came before it in ADD")
	case !known && strange && !b.unsure:
		n.c.report(27, n, b.key, r.on+" was undone, and ADD has not run it")
	}
}

// undo notes that a plugin was undone, whatever its place.
func (b *box) undo(r run) {
	for i := range b.adds {
		if b.adds[i].on == r.on && !r.failed {
			b.adds[i].undone = true
		}
	}
}

// abreast reports whether networks are attached side by side.
func (n *node) abreast() bool {
	return strings.Contains(n.c.w.Story.Config, `"parallelAttachments"`)
}
