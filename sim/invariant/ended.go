package invariant

import (
	"slices"

	current "github.com/containernetworking/cni/pkg/types/100"

	"patchbay/core/fail"
	"patchbay/sim/kernel"
	"patchbay/sim/world"
)

// Ended closes the books of a call and judges its answer.
func (c *Checker) Ended(wc *world.Call) {
	n := c.nodes[wc.Node.Index]
	i := slices.IndexFunc(n.calls, func(k *call) bool { return k.world == wc })
	if i < 0 {
		return // the node was started again meanwhile
	}
	k := n.calls[i]
	n.calls = slices.Delete(n.calls, i, i+1)
	b := k.box
	n.judge(k)
	switch {
	case b == nil:
	case wc.Verb == "ADD":
		n.addEnded(k)
	case wc.Verb == "DEL" && wc.Err == nil && !wc.Died:
		b.gone = k.number
	case wc.Verb == "DEL":
		n.delFailed(b)
	}
	if len(n.calls) == 0 && n.locks != 0 {
		n.c.report(45, n, k.key(), "no call is under way, and somebody holds a lock of the disk")
		n.locks = 0
	}
	if c.last == k {
		c.last = nil
	}
	c.spareCalls = append(c.spareCalls, k)
	if b != nil {
		b.calls--
		n.forget(b)
	}
}

// addEnded notes what became of a sandbox by an ADD. One that has failed before it
// did anything leaves it as it was.
func (n *node) addEnded(k *call) {
	b := k.box
	b.adding = false
	switch {
	case k.world.Err == nil && !k.world.Died:
		b.live = !b.ending
		b.atAck, b.untold, b.unknown = len(b.leased), k.untold || k.odd, k.unknown
	case b.by == k.number:
		b.live = false
	}
}

// mostDels is how often DEL of a sandbox may fail when everything is healed.
const mostDels = 25

func (n *node) delFailed(b *box) {
	if !n.c.w.Healed() {
		return
	}
	if b.failures++; b.failures == mostDels+1 {
		n.c.report(53, n, b.key, "its DEL has failed for the 26th time since all was healed")
	}
}

// judge looks at an answer.
func (n *node) judge(k *call) {
	wc := k.world
	n.fewEvents(k)
	if wc.Died {
		return
	}
	n.inTime(k)
	if wc.Err != nil {
		n.errorSaid(k)
	}
	switch {
	case wc.Verb == "ADD" && wc.Err == nil:
		n.added(k)
	case wc.Verb == "ADD":
		n.addFailed(k)
	case wc.Verb == "DEL" && wc.Err == nil:
		n.deleted(k)
	}
}

// inTime looks how long the call took. What held it up is somebody else's: others
// who work on the node, and what does not answer.
func (n *node) inTime(k *call) {
	took := n.c.w.Sched.Now() - k.world.At
	if took > patience && !k.held && !k.crowded {
		n.c.report(29, n, k.key(), k.world.Verb+" took "+took.String()+
			", and the runtime waits for "+patience.String())
	}
}

func (n *node) fewEvents(k *call) {
	allowed := 0
	if k.world.Verb == "ADD" {
		allowed = 1 + 1 + len(k.wants)
	}
	if k.events > allowed {
		n.c.report(38, n, k.key(), k.world.Verb+" reports more events than the pod has networks")
	}
}

// errorSaid looks at an error as the runtime will print it.
func (n *node) errorSaid(k *call) {
	said := fail.CNI(k.world.Err)
	if said.Code == 0 || said.Msg == "" {
		n.c.report(25, n, k.key(), "the error of "+k.world.Verb+" has no code, or no text")
	}
}

// addFailed looks at what an ADD has left that failed.
func (n *node) addFailed(k *call) {
	b := k.box
	if b.rec.there || b.aside > 0 || b.outside || b.misled {
		return
	}
	what, left := b.has()
	if !left && len(b.results) > 0 {
		what, left = "result "+b.results[0], true
	}
	if left {
		n.c.report(12, n, b.key, "ADD failed without a record, and left "+what)
	}
}

// deleted looks at what a DEL has left that succeeded.
func (n *node) deleted(k *call) {
	b := k.box
	if b.outside {
		return
	}
	for i, r := range k.runs {
		if r.del && r.failed && !k.bare && !b.damaged && k.last(i) {
			n.c.report(13, n, b.key, "DEL succeeded although DEL of "+r.on+" failed")
		}
	}
	if b.aside > 0 || b.misled {
		return
	}
	what, left := b.has()
	switch {
	case left:
	case len(b.results) > 0:
		what = "result " + b.results[0]
	case b.rec.there:
		what = "record"
	default:
		return
	}
	n.c.report(11, n, b.key, "DEL succeeded and left "+what)
}

// last reports whether a run is the last of its plugin and interface.
func (k *call) last(i int) bool {
	for _, r := range k.runs[i+1:] {
		if r.on == k.runs[i].on && r.del == k.runs[i].del {
			return false
		}
	}
	return true
}

// added looks at what an ADD has made that succeeded.
func (n *node) added(k *call) {
	b := k.box
	if k.unknown || k.outside || b.outside {
		return
	}
	n.recorded(b)
	n.attached(k)
	n.leasesUsed(b)
	n.mainIntact(k)
	if !k.odd {
		n.resultTrue(k)
	}
}

func (n *node) recorded(b *box) {
	if b.damaged || n.lied && b.rec.there || b.rec.durable() {
		return
	}
	n.c.report(20, n, b.key, "ADD succeeded, and of its record "+b.rec.String())
}

// attached looks whether every network that was to be attached is.
func (n *node) attached(k *call) {
	b := k.box
	up := 0 // interfaces
	for i, r := range k.runs {
		switch {
		case r.del || !k.last(i):
		case r.failed:
			if !k.optional(interfaceOf(r.on)) {
				n.c.report(13, n, b.key, "ADD succeeded although ADD of "+r.on+" failed")
			}
		case makes(r.on):
			if !k.broken(r.on) {
				up++
				n.present(k, interfaceOf(r.on))
			}
		}
	}
	if len(b.results) < up && !k.odd {
		n.c.report(10, n, b.key, "ADD succeeded, and a result is not kept")
	}
	for _, x := range k.wants {
		if !x.optional && !k.attached(x.ifName) {
			n.c.report(10, n, b.key, "ADD succeeded, and no network was attached as "+x.ifName)
		}
	}
	if !k.attached(b.key.IfName) {
		n.c.report(10, n, b.key, "ADD succeeded, and the default network was not attached")
	}
}

// broken reports whether another plugin of the same interface has failed: of an
// optional network, all of it was undone.
func (k *call) broken(on string) bool {
	ifName := interfaceOf(on)
	for _, r := range k.runs {
		if !r.del && r.failed && interfaceOf(r.on) == ifName {
			return true
		}
	}
	return false
}

func (k *call) attached(ifName string) bool {
	for _, r := range k.runs {
		if !r.del && !r.failed && interfaceOf(r.on) == ifName {
			return true
		}
	}
	return false
}

// present looks at an interface of a sandbox that was attached. A namespace that
// somebody has taken away meanwhile has none.
func (n *node) present(k *call, ifName string) {
	b := k.box
	ns := b.sandbox.NS
	if ns == nil || !ns.Alive() {
		return
	}
	l := ns.ByName(ifName)
	switch {
	case l == nil && k.optional(ifName):
	case l == nil:
		n.c.report(10, n, b.key, "ADD succeeded, and there is no interface "+ifName)
	case l.Mark.Key != b.key && l.Kind != kernel.Device:
		n.c.report(10, n, b.key, "ADD succeeded, and interface "+ifName+" is somebody else's")
	case !l.Up && len(l.V4)+len(l.V6) > 0:
		n.c.report(10, n, b.key, "ADD succeeded, and interface "+ifName+" is down")
	}
}

// leasesUsed looks whether every address that was leased is in the sandbox.
func (n *node) leasesUsed(b *box) {
	ns := b.sandbox.NS
	if ns == nil || !ns.Alive() {
		return
	}
	for _, path := range b.leased {
		ip, ok := leasedIP(path)
		if ok && !usedIn(ns, ip) {
			n.c.report(10, n, b.key, "ADD succeeded, and no interface has "+ip.String()+
				", which is leased for it")
		}
	}
}

// mainIntact looks whether the interface of the default network still is as its
// plugins have left it.
func (n *node) mainIntact(k *call) {
	was := k.main
	if was.link == nil || k.box.sandbox.NS == nil || !k.box.sandbox.NS.Alive() {
		return
	}
	l := was.link
	if !l.Alive() || l.Name != k.box.key.IfName || settledOf(l) != was {
		n.c.report(34, n, k.box.key, "interface "+k.box.key.IfName+
			" of the default network is not as its plugins have left it")
	}
}

// askedVersion is the cniVersion of the configuration that nodes of a world have.
const askedVersion = "1.1.0"

// resultTrue compares a result with the sandbox.
func (n *node) resultTrue(k *call) {
	b := k.box
	if k.world.Result == nil {
		n.c.report(24, n, b.key, "ADD succeeded without a result")
		return
	}
	if v := k.world.Result.Version(); v != askedVersion {
		n.c.report(25, n, b.key, "the result is of version "+v+", not "+askedVersion)
		return
	}
	ns := b.sandbox.NS
	r, ok := k.world.Result.(*current.Result)
	if !ok || ns == nil || !ns.Alive() {
		return
	}
	for i, x := range r.Interfaces {
		in := n.world.Kernel.Host()
		if x.Sandbox != "" {
			in = ns
		}
		if x.Sandbox != "" && x.Sandbox != k.world.Netns {
			n.c.report(24, n, b.key, "the result names sandbox "+x.Sandbox)
		}
		l := in.ByName(x.Name)
		if l == nil {
			n.c.report(24, n, b.key, "the result names interface "+x.Name+", which is not there")
			continue
		}
		n.linkTrue(b, l, r, i)
	}
}

// linkTrue compares one interface of a result with the link that it is.
func (n *node) linkTrue(b *box, l *kernel.Link, r *current.Result, at int) {
	x := r.Interfaces[at]
	if x.Mac != "" && !sameMAC(l.MAC, x.Mac) {
		n.c.report(24, n, b.key, "the result says that "+x.Name+" has MAC "+x.Mac+
			", and it has "+l.MAC.String())
	}
	for _, ip := range r.IPs {
		if ip.Interface != nil && *ip.Interface == at && !hasIP(l, ip.Address.IP) {
			n.c.report(24, n, b.key, "the result says that "+x.Name+" has "+
				ip.Address.IP.String())
		}
	}
}
