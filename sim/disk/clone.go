package disk

import (
	"io/fs"
	"slices"
)

// Clone returns another disk in the same state, which nobody watches: to look
// what a power cut would leave, without one. Open files are those of the first.
func (d *Disk) Clone() *Disk {
	c := *d
	k := cloner{nodes: map[*node]*node{}}
	c.OnChange = nil
	c.dirs, c.recent = map[string]*node{}, [4]place{}
	c.root = k.node(d.root)
	c.mounts = slices.Clone(d.mounts)
	for i, m := range d.mounts {
		c.mounts[i] = mount{k.node(m.on), k.node(m.root)}
	}
	c.pending = slices.Clone(d.pending)
	for i := range c.pending {
		op := &c.pending[i]
		op.dir, op.to, op.was = k.node(op.dir), k.node(op.to), k.node(op.was)
		op.fromDir = k.node(op.fromDir)
	}
	c.dirty = slices.Clone(d.dirty)
	for i, n := range d.dirty {
		c.dirty[i] = k.node(n)
	}
	c.troubles, c.holders = slices.Clone(d.troubles), slices.Clone(d.holders)
	c.locks = slices.Clone(d.locks)
	for i := range c.locks {
		c.locks[i].n = k.node(c.locks[i].n)
	}
	return &c
}

// cloner copies nodes, each of them once.
type cloner struct{ nodes map[*node]*node }

func (k *cloner) node(n *node) *node {
	if n == nil {
		return nil
	}
	if c, ok := k.nodes[n]; ok {
		return c
	}
	c := *n
	k.nodes[n] = &c
	c.data, c.disk = slices.Clip(n.data), slices.Clip(n.disk) // an append to one copies
	c.up = k.node(n.up)
	if n.dir != nil {
		c.dir = k.dir(n.dir)
	}
	return &c
}

func (k *cloner) dir(x *dir) *dir {
	c := &dir{entries: make(map[string]*entry, len(x.entries)), over: k.node(x.over)}
	list := x.sorted()
	c.list = make([]fs.DirEntry, 0, len(list))
	for _, old := range list {
		if e := x.entries[old.Name()]; e != nil {
			copied := &entry{name: e.name, node: k.node(e.node), mode: e.mode, listed: true}
			c.entries[e.name] = copied
			c.list = append(c.list, copied)
		}
	}
	return c
}
