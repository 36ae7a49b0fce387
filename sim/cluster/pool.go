package cluster

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
)

// Pool is a range of addresses and who has which: what IPAM plugins like
// whereabouts keep in the cluster. The way to change it is to read it, to
// compute another with Take or Release, and to send that with UpdatePool: 409
// says that somebody was faster, and all of it is to be done again. The reply
// of an update may get lost, and then the address is taken.
//
// A change copies the list of allocations, as it does in the real thing.
type Pool struct {
	Meta
	Range    netip.Prefix
	Excluded []netip.Prefix // must not be changed
	// Allocations are sorted by offset; they must not be changed.
	Allocations []Allocation
}

// Holder is who has an address.
type Holder struct {
	Pod         string // "namespace/name": no UID, as whereabouts has it
	ContainerID string
	IfName      string
}

// Allocation is one address: the one so far behind the begin of the range.
type Allocation struct {
	Offset uint64
	Holder
}

// maxBits bounds how many addresses of a range are ever thought of.
const maxBits = 62

type poolSpec struct {
	prefix      netip.Prefix
	excluded    []netip.Prefix
	allocations []Allocation
}

func (p Pool) spec() poolSpec { return poolSpec{p.Range, p.Excluded, p.Allocations} }

func samePool(a, b poolSpec) bool {
	return a.prefix == b.prefix && slices.Equal(a.excluded, b.excluded) &&
		slices.Equal(a.allocations, b.allocations)
}

func (c *Cluster) poolOf(o *object[poolSpec]) Pool {
	return Pool{c.metaOf(&o.meta), o.spec.prefix, o.spec.excluded, o.spec.allocations}
}

// FullError says that a pool has no address left.
type FullError struct {
	Pool  Key
	Range netip.Prefix
}

// Error says which pool.
func (e *FullError) Error() string {
	return "pool " + e.Pool.String() + ": no address of " + e.Range.String() + " is free"
}

// last is the last offset that may be given out. The first is 1: neither the
// address of the network nor the one for all of it is used, of either family.
func (p Pool) last() uint64 {
	return max(sizeOf(p.Range), 2) - 2
}

// Addr is the address of an offset.
func (p Pool) Addr(offset uint64) netip.Addr {
	first := p.Range.Masked().Addr()
	b := first.As16()
	low := binary.BigEndian.Uint64(b[8:])
	binary.BigEndian.PutUint64(b[8:], low+offset)
	if first.Is4() {
		return netip.AddrFrom16(b).Unmap()
	}
	return netip.AddrFrom16(b)
}

// Find is the allocation of a pod's interface, whichever container has it.
func (p Pool) Find(pod, ifName string) (Allocation, bool) {
	i := p.index(pod, ifName)
	if i < 0 {
		return Allocation{}, false
	}
	return p.Allocations[i], true
}

func (p Pool) index(pod, ifName string) int {
	return slices.IndexFunc(p.Allocations, func(a Allocation) bool {
		return a.Pod == pod && a.IfName == ifName
	})
}

// Take is the pool in which h has the lowest address that is free, and that
// address. What the pod's interface has already it gets again, for the new
// container: a retry takes no second address.
func (p Pool) Take(h Holder) (Pool, netip.Addr, error) {
	old := p.Allocations
	if i := p.index(h.Pod, h.IfName); i >= 0 {
		p.Allocations = slices.Clone(old)
		p.Allocations[i].ContainerID = h.ContainerID
		return p, p.Addr(old[i].Offset), nil
	}
	free, at := p.usable(1), 0
	for at < len(old) && old[at].Offset <= free {
		if old[at].Offset == free {
			free = p.usable(free + 1)
		}
		at++
	}
	if free > p.last() {
		return p, netip.Addr{}, &FullError{p.Key(), p.Range}
	}
	p.Allocations = make([]Allocation, 0, len(old)+1)
	p.Allocations = append(p.Allocations, old[:at]...)
	p.Allocations = append(p.Allocations, Allocation{free, h})
	p.Allocations = append(p.Allocations, old[at:]...)
	return p, p.Addr(free), nil
}

// usable is the first offset from this one on that is not excluded.
func (p Pool) usable(offset uint64) uint64 {
	for {
		from := offset
		for _, x := range p.Excluded {
			if x.Contains(p.Addr(offset)) {
				offset = p.offset(x.Masked().Addr()) + sizeOf(x)
			}
		}
		if offset == from {
			return offset
		}
	}
}

// offset is how far behind the begin of the range an address is.
func (p Pool) offset(a netip.Addr) uint64 {
	first, b := p.Range.Masked().Addr().As16(), a.As16()
	return binary.BigEndian.Uint64(b[8:]) - binary.BigEndian.Uint64(first[8:])
}

func sizeOf(p netip.Prefix) uint64 {
	return 1 << min(p.Addr().BitLen()-p.Bits(), maxBits)
}

// Release is the pool in which the container's interface has no address, and
// whether it had one. It asks for the container and not for the pod: the pod of
// that name may be another by now, with the same address.
func (p Pool) Release(containerID, ifName string) (Pool, bool) {
	old := p.Allocations
	keep := func(a Allocation) bool { return a.ContainerID != containerID || a.IfName != ifName }
	if !slices.ContainsFunc(old, func(a Allocation) bool { return !keep(a) }) {
		return p, false
	}
	p.Allocations = make([]Allocation, 0, len(old))
	for _, a := range old {
		if keep(a) {
			p.Allocations = append(p.Allocations, a)
		}
	}
	return p, true
}

// checkPool says why something can not be a pool; "" when it can.
func checkPool(spec poolSpec) string {
	p := Pool{Range: spec.prefix, Allocations: spec.allocations}
	if !p.Range.IsValid() || p.last() < 1 {
		return fmt.Sprintf("spec.range: Invalid value: %q: no usable address", p.Range)
	}
	before := uint64(0)
	for _, a := range p.Allocations {
		if a.Offset <= before || a.Offset > p.last() {
			return fmt.Sprintf("spec.allocations: Invalid value: offset %d", a.Offset)
		}
		before = a.Offset
	}
	return ""
}

// GetPool reads a pool.
func (c *Cluster) GetPool(who Token, namespace, name string) (Pool, error) {
	o, err := c.pools.get(who, Key{namespace, name}, now)
	if err != nil {
		return Pool{}, err
	}
	return c.poolOf(o), nil
}

// GetPoolAt reads a pool as a view sees it.
func (c *Cluster) GetPoolAt(who Token, view *View, key Key) (Pool, error) {
	o, err := c.pools.get(who, key, view.Version())
	if err != nil {
		return Pool{}, err
	}
	return c.poolOf(o), nil
}

// ListPools lists the pools of a namespace, or of all for "", sorted.
func (c *Cluster) ListPools(who Token, namespace string) ([]Pool, error) {
	list, err := c.pools.getAll(who, namespace, now)
	if err != nil {
		return nil, err
	}
	out := make([]Pool, len(list))
	for i, o := range list {
		out[i] = c.poolOf(o)
	}
	return out, nil
}

// CreatePool makes a pool. 422: its range has no usable address, or its
// allocations are not sorted or out of range.
func (c *Cluster) CreatePool(who Token, p Pool) (Pool, error) {
	sl, err := c.pools.create(who, p.Meta, p.spec())
	if err != nil {
		return Pool{}, err
	}
	return c.poolOf(sl.now), nil
}

// UpdatePool replaces a pool; the version that was read is required. 422 as
// with CreatePool.
func (c *Cluster) UpdatePool(who Token, p Pool) (Pool, error) {
	o, err := c.pools.update(who, p.Meta, p.spec())
	if err != nil {
		return Pool{}, err
	}
	return c.poolOf(o), nil
}

// DeletePool deletes a pool: the one with this UID, unless it is "".
func (c *Cluster) DeletePool(who Token, key Key, uid string) error {
	return c.pools.remove(who, key, uid)
}
