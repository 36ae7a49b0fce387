package invariant

import (
	"slices"
	"strings"

	"patchbay/sim/disk"
	"patchbay/sim/proc"
)

// resultChanged keeps the books of cached results. Temporary files do not count.
func (n *node) resultChanged(p *proc.Proc, k *call, ch *disk.Change) {
	name := ch.Path[len(resultsIn):]
	switch {
	case ch.Op == disk.Renamed && strings.HasPrefix(ch.To, asideIn):
		n.resultGone(k, name)
		n.asideMoved(ch.To)
	case ch.Op == disk.Renamed:
		n.resultSaved(p, k, ch.To[len(resultsIn):])
	case ch.Op == disk.Removed && !strings.HasPrefix(name, "."):
		n.resultGone(k, name)
	}
}

// resultSaved is called when a result has got its name.
func (n *node) resultSaved(p *proc.Proc, k *call, name string) {
	if k == nil || k.box == nil {
		return
	}
	b := k.box
	if !isOf(name, b) {
		if o := n.ownerOf(name); o != nil {
			n.others(o, "result "+name)
		} else {
			n.c.report(4, n, b.key, "result "+name+" is of nobody")
		}
		return
	}
	if slices.Contains(b.results, name) {
		n.does(k, b, "result")
		return
	}
	b.results = append(b.results, name)
	n.made(p, k, b, "result", name)
}

// resultGone is called when a result was removed, or set aside.
func (n *node) resultGone(k *call, name string) {
	var b *box
	if k != nil && k.box != nil && slices.Contains(k.box.results, name) {
		b = k.box
	} else if b = n.ownerOf(name); b == nil {
		return
	}
	if i := slices.Index(b.results, name); i >= 0 {
		b.results = slices.Delete(b.results, i, i+1)
	}
	if k != nil {
		n.looks(k, "result "+name)
		n.owns(k, b, "result "+name)
	}
	if b.gone > 0 {
		n.forget(b)
	}
}

// isOf reports whether a name "<network>-<container>-<interface>" is of a sandbox.
func isOf(name string, b *box) bool {
	i := strings.LastIndexByte(name, '-')
	return i > 0 && strings.HasSuffix(name[:i], b.key.ContainerID) &&
		strings.HasSuffix(name[:i-len(b.key.ContainerID)], "-")
}

// ownerOf finds the sandbox that has a result. It is slow.
func (n *node) ownerOf(name string) *box {
	for _, b := range n.boxes { // at most one has it
		if slices.Contains(b.results, name) {
			return b
		}
	}
	return nil
}

// asideMoved notes that a file was set aside.
func (n *node) asideMoved(to string) {
	if b := n.asideBox(to); b != nil {
		b.aside++
	}
}

// asideBox is the sandbox of a file in quarantine; nil of the directory itself.
func (n *node) asideBox(path string) *box {
	name, _, ok := strings.Cut(path[len(asideIn):], "/")
	if !ok {
		return nil
	}
	key, ok := n.keyOf(name)
	if !ok {
		return nil
	}
	return n.boxOf(key)
}

// asideChanged keeps the books of the quarantine.
func (n *node) asideChanged(k *call, ch *disk.Change) {
	b := n.asideBox(ch.Path)
	switch {
	case b == nil:
	case ch.Op == disk.Renamed && strings.HasPrefix(ch.To, asideIn): // of the reason
		b.aside++
	case ch.Op == disk.Removed && !strings.HasSuffix(ch.Path, ".tmp"):
		b.aside--
		what, left := b.has()
		if left && k != nil && !b.rec.there && !b.outside {
			n.c.report(37, n, b.key, "it is forgotten in quarantine and still has "+what)
		}
		if b.aside == 0 && b.gone > 0 {
			n.forget(b)
		}
	}
}

// readDisk reads the books anew: nobody tells what a power cut has left.
func (n *node) readDisk() {
	for _, b := range n.boxes { // in any order: they are only cleared
		b.rec, b.aside = paper{seq: b.rec.seq}, 0
		clear(b.leased)
		clear(b.results)
		b.leased, b.results = b.leased[:0], b.results[:0]
	}
	clear(n.leases)
	clear(n.unsynced)
	n.unsynced = n.unsynced[:0]
	n.readRecords()
	n.readAside()
	n.readLeases()
	n.readResults()
}

func (n *node) names(dir string) []string {
	list, err := n.world.Disk.ReadDir(dir)
	if err != nil {
		return nil
	}
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.Name()
	}
	return out
}

func (n *node) readRecords() {
	for _, name := range n.names(recordDir) {
		key, ok := n.keyOf(strings.TrimSuffix(name, ".json"))
		if !ok || strings.HasPrefix(name, ".") {
			continue
		}
		b := n.boxOf(key)
		data, _ := n.world.Disk.ReadFile(recordsIn + name)
		seq, whole := headOf(data)
		b.rec = paper{there: true, bytes: true, name: true, seq: seq}
		b.damaged = b.damaged || !whole
		b.unsure = b.unsure || b.sandbox == nil // a power cut has brought it back
	}
}

func (n *node) readAside() {
	for _, name := range n.names(strings.TrimSuffix(asideIn, "/")) {
		key, ok := n.keyOf(name)
		if !ok {
			continue
		}
		for _, file := range n.names(asideIn + name) {
			if !strings.HasPrefix(file, ".") {
				n.boxOf(key).aside++
			}
		}
	}
}

func (n *node) readLeases() {
	for _, network := range n.names(strings.TrimSuffix(networksIn, "/")) {
		for _, name := range n.names(networksIn + network) {
			path := networksIn + network + "/" + name
			if !address(path[len(networksIn):]) {
				continue
			}
			b := n.lessee(path)
			n.leases[path] = b
			if b != nil {
				b.leased = append(b.leased, path)
			}
		}
	}
}

// lessee is the sandbox that the file of an address names; nil when it names none
// that is known.
func (n *node) lessee(path string) *box {
	data, err := n.world.Disk.ReadFile(path)
	if err != nil {
		return nil
	}
	id, _, _ := strings.Cut(strings.TrimSpace(string(data)), "\r\n")
	var found *box
	for key, b := range n.boxes { // the smallest, where a container has several
		if key.ContainerID == id && (found == nil || key.IfName < found.key.IfName) {
			found = b
		}
	}
	return found
}

func (n *node) readResults() {
	for _, name := range n.names(strings.TrimSuffix(resultsIn, "/")) {
		if strings.HasPrefix(name, ".") {
			continue
		}
		var found *box
		for _, b := range n.boxes { // at most one container is of that name
			if isOf(name, b) && (found == nil || b.key.IfName < found.key.IfName) {
				found = b
			}
		}
		if found != nil {
			found.results = append(found.results, name)
		}
	}
}
