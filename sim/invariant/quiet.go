package invariant

import (
	"slices"
	"strings"

	"patchbay/core/record"
	"patchbay/sim/cluster"
	"patchbay/sim/kernel"
	"patchbay/sim/world"
)

// rest is a look at one node that has come to rest.
type rest struct {
	*node
	look int             // its number, less than 0
	live []*box          // of the runtime, sorted
	pods map[string]*box // those that are attached, by UID
}

// aLook marks what was seen in a look. No call has such a number.
const aLook = -1

// Quiet looks at what must hold at rest. The caller says when that is: all is
// healed, all kubelets have nothing to do, and every runtime has collected.
func (c *Checker) Quiet(w *world.World) {
	stuck := map[string]bool{}
	for _, pod := range w.Stuck() {
		stuck[pod.UID] = true
	}
	for _, n := range c.nodes {
		r := &rest{node: n, look: aLook, pods: map[string]*box{}}
		r.list()
		r.links()
		r.leasesKept()
		r.cards()
		r.filesKept()
		r.namespaces()
		r.rules()
		r.boxesWhole()
		r.podStates(stuck)
	}
}

// list marks the sandboxes that the runtime has.
func (r *rest) list() {
	for _, b := range r.boxes { // in any order: a mark is taken off
		b.listed = 0
	}
	for _, key := range r.world.Live() {
		b := r.boxOf(key)
		b.listed = r.look
		r.live = append(r.live, b)
		if b.live && b.sandbox != nil {
			r.pods[b.sandbox.Pod.UID] = b
		}
	}
}

// accounted reports whether somebody answers for what a sandbox has.
func (r *rest) accounted(key record.Key) bool {
	b := r.boxes[key]
	return b != nil && (b.listed == r.look || b.aside > 0 || b.outside ||
		b.noted && b.rec.there)
}

// links looks whether every link of ours has an owner.
func (r *rest) links() {
	host := r.world.Kernel.Host()
	for _, ns := range r.world.Kernel.Namespaces() {
		if !ns.Alive() {
			continue
		}
		for _, l := range ns.Links() {
			key := l.Mark.Key
			shared := l.Kind == kernel.Loopback || l.Kind == kernel.Bridge && ns == host
			if shared || key == (record.Key{}) || r.accounted(key) ||
				l.Peer != nil && !l.Peer.NS.Alive() {
				continue
			}
			r.c.report(41, r.node, key, "link "+l.Name+" ("+l.Kind.String()+
				") is left, and the runtime does not know its sandbox")
		}
	}
}

// leasesKept looks whether every lease has an owner.
func (r *rest) leasesKept() {
	for _, network := range r.names(strings.TrimSuffix(networksIn, "/")) {
		for _, name := range r.names(networksIn + network) {
			path := networksIn + network + "/" + name
			if !address(path[len(networksIn):]) {
				continue
			}
			b, known := r.leases[path]
			switch {
			case !known || b == nil:
				r.orphan(path)
			case !r.accounted(b.key):
				r.c.report(42, r.node, b.key, "lease "+path[len(networksIn):]+
					" is left, and the runtime does not know its sandbox")
			case r.lessee(path) != b:
				r.c.report(36, r.node, b.key, "lease "+path[len(networksIn):]+
					" does not say any more that it is his")
			}
		}
	}
}

// orphan looks at the file of an address that names no sandbox that is known.
func (r *rest) orphan(path string) {
	data, err := r.world.Disk.ReadFile(path)
	id, _, _ := strings.Cut(strings.TrimSpace(string(data)), "\r\n")
	if err != nil || id == "" || r.strange[path] || r.robbed[id] {
		return // the plugin has died between making and writing it, or it is a stranger's
	}
	r.c.report(42, r.node, record.Key{ContainerID: id}, "lease "+path[len(networksIn):]+
		" is left, and nobody knows its sandbox")
}

// cards looks whether every card that no sandbox has is as it was.
func (r *rest) cards() {
	host := r.world.Kernel.Host()
	for i := range r.foreign {
		f := &r.foreign[i]
		if f.link.Kind != kernel.Device || !f.link.Alive() {
			continue
		}
		ns := f.link.NS
		switch {
		case ns == host && f.changed() && !r.accounted(f.owner) && !r.lostCard(f.owner):
			r.c.report(43, r.node, record.Key{}, "card "+f.name+" is not as it was: it is "+
				f.link.Name)
		case ns != host && !r.accounted(ns.Mark.Key):
			r.c.report(43, r.node, ns.Mark.Key, "card "+f.name+" is in a namespace that the "+
				"runtime does not know")
		}
	}
}

// namespaces looks whether one is kept from dying.
func (r *rest) namespaces() {
	for _, ns := range r.world.Kernel.Namespaces() {
		key := ns.Mark.Key
		if key == (record.Key{}) || !ns.Alive() || r.accounted(key) {
			continue
		}
		r.c.report(45, r.node, key, "its namespace is alive, and the runtime does not know it")
	}
}

// rules looks whether rules and routes of the node have owners.
func (r *rest) rules() {
	host := r.world.Kernel.Host()
	for _, chain := range host.Chains() {
		for _, rule := range chain.Rules {
			key := rule.Mark.Key
			// A rule without a key of its maker's is the chain's, as its jumps are.
			if rule.Key == "" || key == (record.Key{}) || r.accounted(key) || r.blindly(key) {
				continue
			}
			r.c.report(46, r.node, key, "rule \""+rule.Text+"\" of chain "+chain.Name+
				" is left, and the runtime does not know its sandbox")
		}
	}
	for _, v6 := range [...]bool{false, true} {
		for _, id := range host.Tables(v6) {
			for _, route := range host.Routes(v6, id) {
				key := route.Mark.Key
				if key == (record.Key{}) || r.accounted(key) || passing(route.Dev) {
					continue
				}
				r.c.report(46, r.node, key, "route "+route.String()+
					" is left, and the runtime does not know its sandbox")
			}
		}
	}
}

// lostCard reports whether the sandbox that had a card last was never told of its
// namespace in DEL, or lost the process that brought the card in. The reference plugin
// gives a card its name back inside of the namespace alone.
func (r *rest) lostCard(owner record.Key) bool {
	b := r.boxes[owner]
	return owner != (record.Key{}) && (b == nil || b.blind || b.unsure)
}

// blindly reports whether a sandbox had its DEL without its namespace. The reference
// plugins know by the addresses inside which rules are its own, and leave them else.
func (r *rest) blindly(key record.Key) bool {
	b := r.boxes[key]
	return b == nil || b.blind || b.misled
}

// passing reports a link of which the routes have no owner, or will go soon: a
// bridge, and one whose peer's namespace is dying.
func passing(l *kernel.Link) bool {
	return l != nil && (l.Kind == kernel.Bridge || l.Peer != nil && !l.Peer.NS.Alive())
}

// boxesWhole looks whether what the runtime has is there, and what it wanted to
// end has ended.
func (r *rest) boxesWhole() {
	for _, b := range r.live {
		if b.outside || b.sandbox == nil {
			continue
		}
		if b.ending && b.calls == 0 && b.gone < b.added {
			r.c.report(51, r.node, b.key, "its DEL has not succeeded")
			continue
		}
		ns := b.sandbox.NS
		if !b.live || b.unknown || ns == nil || !ns.Alive() {
			continue
		}
		if ns.ByName(b.key.IfName) == nil {
			r.c.report(41, r.node, b.key, "it is attached, and has no interface "+b.key.IfName)
		}
		if len(b.leased) != b.atAck {
			r.c.report(42, r.node, b.key, "it is attached, and has not as many leases as then")
		}
		if !b.rec.there && !b.damaged {
			r.c.report(44, r.node, b.key, "it is attached, and has no record")
		}
	}
}

// podStates looks at the pods of the node and what the cluster says of them.
func (r *rest) podStates(stuck map[string]bool) {
	pods, err := r.c.w.API.ListPodsOn(cluster.Token{}, r.world.Name)
	if err != nil {
		return
	}
	for i := range pods {
		p := &pods[i]
		status := p.Annotations[cluster.StatusKey]
		b := r.pods[p.UID]
		key := record.Key{ContainerID: p.Namespace + "/" + p.Name}
		if b != nil {
			r.statusExact(b, status)
			continue
		}
		if status != "" && !p.Deleting && !stuck[p.UID] {
			r.c.report(48, r.node, key, "pod has a status, and no sandbox that is attached")
		}
		why := "is not attached"
		if stuck[p.UID] {
			why = "was given up by its kubelet"
		}
		if p.Deleting {
			why += ", and does not go"
		}
		r.c.report(49, r.node, key, "pod "+why)
	}
}

// statusExact compares the status of a pod with its sandbox, both ways.
func (r *rest) statusExact(b *box, status string) {
	ns := b.sandbox.NS
	if b.outside || b.untold || b.unknown || ns == nil || !ns.Alive() {
		return
	}
	if status == "" {
		r.c.report(47, r.node, b.key, "the pod is attached and has no status")
		return
	}
	named := r.compareStatus(b, status, 47, 47)
	have := 0
	for _, run := range b.adds {
		up := !run.failed && !run.undone && makes(run.on)
		if up && ns.ByName(interfaceOf(run.on)) != nil {
			have++
		}
	}
	if named < have {
		r.c.report(47, r.node, b.key, "the status does not name every interface of the pod")
	}
}

// filesKept looks at what Patchbay keeps.
func (r *rest) filesKept() {
	for _, name := range r.names(recordDir) {
		key, ok := r.keyOf(strings.TrimSuffix(name, ".json"))
		switch {
		case strings.HasPrefix(name, "."):
			r.temporary(recordsIn + name)
		case !ok || !r.accounted(key):
			r.c.report(44, r.node, key, "record "+name+
				" is left, and the runtime does not know its sandbox")
		default:
			r.readable(name)
		}
	}
	for _, name := range r.names(strings.TrimSuffix(resultsIn, "/")) {
		switch b := r.ownerOf(name); {
		case strings.HasPrefix(name, "."):
			r.temporary(resultsIn + name)
		case b == nil:
			r.c.report(44, r.node, record.Key{}, "result "+name+" is left, and is nobody's")
		case !r.accounted(b.key):
			r.c.report(44, r.node, b.key, "result "+name+
				" is left, and the runtime does not know its sandbox")
		}
	}
	for _, name := range r.names(strings.TrimSuffix(stateDir, "/")) {
		switch name {
		case "records", "results", "quarantine", "lock":
			continue
		}
		if strings.HasPrefix(name, ".") {
			r.temporary(stateDir + name)
			continue
		}
		owner := func(b *box) bool { return b.key.ContainerID == name }
		if !slices.ContainsFunc(r.live, owner) && !r.asideOf(name) {
			r.c.report(44, r.node, record.Key{ContainerID: name}, "scratch file "+name+
				" is left, and the runtime does not know its sandbox")
		}
	}
}

// temporary reports a file that a crash has left, unless what it is about is in
// quarantine.
func (r *rest) temporary(path string) {
	for _, b := range r.boxes { // whether there is one
		if (b.aside > 0 || b.outside) && strings.Contains(path, b.key.ContainerID) {
			return
		}
	}
	r.c.report(44, r.node, record.Key{}, "temporary file "+path+" is left")
}

func (r *rest) asideOf(container string) bool {
	for key, b := range r.boxes { // whether there is one
		if key.ContainerID == container && (b.aside > 0 || b.outside) {
			return true
		}
	}
	return false
}

// readable looks whether a record can be read, unless it was damaged.
func (r *rest) readable(name string) {
	key, _ := r.keyOf(strings.TrimSuffix(name, ".json"))
	b := r.boxes[key]
	data, err := r.world.Disk.ReadFile(recordsIn + name)
	if err != nil || b.damaged {
		return
	}
	if _, err := record.Decode(data); err != nil {
		r.c.report(21, r.node, key, "its record can not be read: "+err.Error())
	}
}
