package disk

import (
	"bytes"
	"slices"
)

// PowerCut ends all processes and leaves on the disk one of the states that are
// allowed. It asks choose(n) for a number below n wherever there is a choice; 0
// is always that nothing is lost but what an fsync already failed to write. So
// whoever tries all answers sees all states, and whoever always answers 0 sees
// what a kind disk leaves.
//
// First it asks, from the oldest on, for each change of names whether it is lost
// (1), unless it depends on one that is; with a journal it asks once how many of
// the newest are. Then it asks of each file with unsynced bytes that still has a
// name which bytes it has, of those that differ: the new ones, the last that were
// synced, none, the first half, as many zeros, the first half and zeros. At last
// it asks the same of each file of which a sync has failed; there the last that
// were synced come first.
func (d *Disk) PowerCut(choose func(n int) int) {
	d.loseNames(choose)
	for _, n := range d.dirty {
		if n.links > 0 {
			n.crash(d.profile, choose)
		}
	}
	d.each(d.root, "", func(_ string, n *node) {
		if n.lost {
			n.crash(d.profile, choose)
		}
	})
	clear(d.dirty)
	d.dirty = d.dirty[:0]
	d.start()
}

// Reboot is a shutdown in good order and the next start: everything is written,
// processes and what is on tmpfs are gone.
func (d *Disk) Reboot() { d.PowerCut(func(int) int { return 0 }) }

// start is what every boot begins with.
func (d *Disk) start() {
	d.boot++
	d.locks, d.holders = d.locks[:0], d.holders[:0]
	d.each(d.root, "", func(_ string, n *node) { n.locked = 0 })
	for _, m := range d.mounts {
		m.root.dir = &dir{entries: map[string]*entry{}}
	}
	d.forget()
	d.changed(Rebooted, "")
}

func (d *Disk) loseNames(choose func(n int) int) {
	lost, some := d.lostNames(choose)
	if some {
		for i := len(d.pending) - 1; i >= 0; i-- {
			d.pending[i].undo()
		}
	}
	for i := range d.pending {
		if lost[i] {
			continue
		}
		if some {
			d.pending[i].redo()
		}
		d.written(&d.pending[i])
	}
	clear(d.pending)
	d.pending = d.pending[:0]
}

// lostNames says which of the pending changes are lost, and whether one is.
func (d *Disk) lostNames(choose func(n int) int) ([]bool, bool) {
	lost := make([]bool, len(d.pending))
	some := false
	if d.profile.Journal && len(d.pending) > 0 {
		count := choose(len(d.pending) + 1)
		for i := len(lost) - count; i < len(lost); i++ {
			lost[i] = true
		}
		return lost, count > 0
	}
	for i := range d.pending {
		for j := range i {
			lost[i] = lost[i] || lost[j] && d.pending[i].after(&d.pending[j])
		}
		if !lost[i] {
			lost[i] = choose(2) == 1
		}
		some = some || lost[i]
	}
	return lost, some
}

// crash decides on the bytes.
func (n *node) crash(p Profile, choose func(n int) int) {
	states := n.crashStates(p)
	at := 0
	if len(states) > 1 {
		at = choose(len(states))
	}
	n.data, n.sum = slices.Clip(states[at]), 0
	n.lost, n.dirty, n.disk = false, false, nil
}

// crashStates are the bytes that a file may have.
func (n *node) crashStates(p Profile) [][]byte {
	half := len(n.data) / 2
	zeros := make([]byte, len(n.data))
	candidates := [][]byte{n.data, n.disk, nil, n.data[:half:half]}
	if n.lost {
		candidates = [][]byte{n.disk, n.data, nil, n.data[:half:half]}
	}
	if !p.Ordered {
		holed := append(n.data[:half:half], zeros[half:]...)
		candidates = append(candidates, zeros, holed)
	}
	var states [][]byte
	for _, c := range candidates {
		known := false
		for _, s := range states {
			known = known || bytes.Equal(s, c)
		}
		if !known {
			states = append(states, c)
		}
	}
	return states
}
