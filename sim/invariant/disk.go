package invariant

import (
	"slices"
	"strconv"
	"strings"

	"patchbay/core/record"
	"patchbay/sim/disk"
	"patchbay/sim/proc"
)

// Where things are on a node's disk.
const (
	stateDir   = "/var/lib/cni/multus/"
	recordDir  = stateDir + "records"
	recordsIn  = recordDir + "/"
	resultsIn  = stateDir + "results/"
	asideIn    = stateDir + "quarantine/"
	lockFile   = stateDir + "lock"
	networksIn = "/var/lib/cni/networks/"
)

// diskChanged is told of every change of the node's disk.
func (n *node) diskChanged(ch *disk.Change) {
	switch ch.Op { //nolint:exhaustive // the others are about a path
	case disk.Locked:
		n.locks++
		return
	case disk.Unlocked:
		n.locks--
		return
	case disk.Rebooted:
		n.locks = 0
		return
	}
	switch path := ch.Path; {
	case strings.HasPrefix(path, stateDir):
		n.stateChanged(ch)
	case strings.HasPrefix(path, networksIn):
		if address(path[len(networksIn):]) {
			n.leaseChanged(ch)
		}
	}
}

// stateChanged looks at a change of what Patchbay keeps.
func (n *node) stateChanged(ch *disk.Change) {
	p, k := n.c.actor()
	if p != nil && p.Parent != nil {
		p, k = nil, nil // plugins have no business there: it is another hand
	}
	path := ch.Path
	switch {
	case strings.HasPrefix(path, recordsIn):
		n.recordChanged(k, ch)
	case path == recordDir:
		if ch.Op == disk.Synced {
			n.syncNames()
		}
	case strings.HasPrefix(path, resultsIn):
		n.resultChanged(p, k, ch)
	case strings.HasPrefix(path, asideIn):
		n.asideChanged(k, ch)
	case path == lockFile || ch.Op == disk.MadeDir || ch.Op == disk.Synced:
	case k != nil:
		n.scratchChanged(k, ch)
	}
}

// scratchChanged looks at a file of Multus, which one of the sandboxes of its
// container has.
func (n *node) scratchChanged(k *call, ch *disk.Change) {
	if ch.Op == disk.Renamed && strings.HasPrefix(ch.To, asideIn) {
		n.asideMoved(ch.To)
		return
	}
	n.looks(k, "file "+ch.Path[len(stateDir):])
}

// keyOf is the sandbox that a name in our directories is of.
func (n *node) keyOf(name string) (record.Key, bool) {
	id, ifName, ok := strings.Cut(name, "@")
	return record.Key{ContainerID: id, IfName: ifName}, ok
}

// recordChanged keeps the books of records.
func (n *node) recordChanged(k *call, ch *disk.Change) {
	name := ch.Path[len(recordsIn):]
	temp := strings.HasPrefix(name, ".")
	if temp {
		name = strings.TrimSuffix(name[1:], ".tmp")
	}
	key, ok := n.keyOf(strings.TrimSuffix(name, ".json"))
	if !ok {
		return
	}
	b := n.boxOf(key)
	if temp {
		switch ch.Op { //nolint:exhaustive // the others do not happen to it
		case disk.Made, disk.Wrote, disk.Removed, disk.Damaged:
			b.rec.temp = false
		case disk.Synced:
			b.rec.temp = true
		case disk.Renamed:
			n.recordSaved(k, b)
		}
		return
	}
	switch ch.Op { //nolint:exhaustive // the others do not happen to it
	case disk.Damaged, disk.Wrote:
		b.damaged = true
	case disk.Synced:
		b.rec.bytes = b.rec.there
		n.syncNames()
	case disk.Removed:
		n.recordGone(k, b)
	case disk.Renamed: // into the quarantine
		b.rec = paper{seq: b.rec.seq}
		if strings.HasPrefix(ch.To, asideIn) {
			b.aside++
		}
		if k != nil && !k.quiet {
			n.owns(k, b, "record")
		}
	}
}

// syncNames notes that all names are on the platter: the journal has them.
func (n *node) syncNames() {
	for _, b := range n.unsynced {
		b.rec.name = b.rec.there
	}
	clear(n.unsynced)
	n.unsynced = n.unsynced[:0]
}

// recordSaved is called when a record has got its name.
func (n *node) recordSaved(k *call, b *box) {
	was := b.rec
	b.rec = paper{there: true, bytes: was.temp, seq: was.seq}
	n.unsynced = append(n.unsynced, b)
	data, err := n.world.Disk.ReadFile(recordsIn + b.key.String() + ".json")
	seq, whole := headOf(data)
	switch {
	case err != nil:
		seq = was.seq + 1 // nobody can look now
	case !whole:
		n.c.report(21, n, b.key, "its record is torn when it gets its name")
	}
	b.rec.seq = seq
	if k == nil {
		return
	}
	n.owns(k, b, "record")
	if !was.there && k.world.Verb != "ADD" {
		b.guessed = true // what there was had to be guessed
	}
	b.noted = k.world.Verb != "ADD" && n.c.w.Healed()
	if was.there && seq <= was.seq && !b.damaged {
		n.c.report(9, n, b.key, "record has sequence "+strconv.FormatUint(seq, 10)+" after "+
			strconv.FormatUint(was.seq, 10))
	}
}

// recordGone is called when a record was removed.
func (n *node) recordGone(k *call, b *box) {
	b.rec = paper{}
	if k == nil {
		n.robbed[b.key.ContainerID] = true
		b.outside, b.damaged = true, true // who tidied up has taken what undo needs
		return
	}
	n.owns(k, b, "record")
	n.looks(k, "record")
	if what, left := b.has(); left && !b.outside && !b.misled && b.aside == 0 {
		n.c.report(12, n, b.key, "its record was dropped and it still has "+what)
	}
}

// owns looks whether a call may do something to a file of a sandbox.
func (n *node) owns(k *call, b *box, what string) {
	if k.box != nil && k.box != b {
		n.others(b, what)
		return
	}
	n.does(k, b, what)
}

// headOf reads of a record its sequence and whether it is as long as it says: the
// first line ends in the length of what follows, and the sequence is its first
// member.
func headOf(data []byte) (uint64, bool) {
	i := slices.Index(data, '\n')
	if i < 0 {
		return 0, false
	}
	body := data[i+1:]
	length, unit := 0, 1
	for j := i - 1; j >= 0 && data[j] >= '0' && data[j] <= '9'; j-- {
		length += unit * int(data[j]-'0')
		unit *= 10
	}
	const member = "{\n  \"seq\": "
	if len(body) != length || length < len(member) || string(body[:len(member)]) != member {
		return 0, false
	}
	seq := uint64(0)
	for _, c := range body[len(member):] {
		if c < '0' || c > '9' {
			break
		}
		seq = 10*seq + uint64(c-'0')
	}
	return seq, true
}

// address reports whether a file below the directory of networks is of an address.
func address(path string) bool {
	name := path[strings.LastIndexByte(path, '/')+1:]
	return name != "" && len(name) < len(path) && name != "lock" &&
		!strings.HasPrefix(name, "last_reserved_ip")
}

// leaseChanged keeps the books of leases.
func (n *node) leaseChanged(ch *disk.Change) {
	p, k := n.c.actor()
	if p != nil && p.Parent == nil {
		p, k = nil, nil // Patchbay has no business there: it is another hand
	}
	path := ch.Path
	switch ch.Op { //nolint:exhaustive // the others do not happen to it
	case disk.Made:
		n.leaseMade(p, k, path)
	case disk.Wrote:
		n.leaseWritten(k, path)
	case disk.Removed:
		n.leaseGone(p, k, path)
	}
}

func (n *node) leaseMade(p *proc.Proc, k *call, path string) {
	if p == nil || k == nil || k.box == nil {
		n.leases[path] = nil
		if p != nil && k == nil {
			n.late(p, "lease "+path)
		} else if p == nil {
			n.strange[path] = true
		}
		return
	}
	n.leases[path] = nil // until it says whose it is
	n.made(p, k, k.box, "lease", path[len(networksIn):])
}

// leaseWritten notes whose a lease is, and looks whether the file says so.
func (n *node) leaseWritten(k *call, path string) {
	if k == nil || k.box == nil {
		return
	}
	old := n.leases[path]
	if old != nil && old != k.box {
		n.c.report(2, n, old.key, "lease "+path[len(networksIn):]+" was written for "+
			k.box.key.String())
		return
	}
	data, err := n.world.Disk.ReadFile(path)
	id := k.box.key.ContainerID
	switch {
	case err != nil || strings.HasPrefix(id, string(data)):
		return // nobody's, if the disk is full
	case len(data) < len(id) || string(data[:len(id)]) != id:
		n.c.report(4, n, k.box.key, "lease "+path[len(networksIn):]+" says that it is of "+
			strconv.Quote(string(data)))
		return
	}
	if old == nil {
		n.leases[path] = k.box
		k.box.leased = append(k.box.leased, path)
	}
}

func (n *node) leaseGone(p *proc.Proc, k *call, path string) {
	b := n.leases[path]
	delete(n.leases, path)
	delete(n.strange, path)
	if b == nil {
		return
	}
	if i := slices.Index(b.leased, path); i >= 0 {
		b.leased = slices.Delete(b.leased, i, i+1)
	}
	switch {
	case p == nil:
	case k == nil:
		n.late(p, "lease "+path)
	case k.box != nil && k.box != b:
		n.others(b, "lease "+path[len(networksIn):])
	default:
		n.does(k, b, "lease")
	}
	if b.gone > 0 {
		n.forget(b)
	}
}
