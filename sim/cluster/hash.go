package cluster

import (
	"encoding/binary"
	"strconv"
	"time"
)

// Hash is a number that is the same for the same state, and another for almost
// any other: of the objects, the counters and the tokens, not of the past. It
// is a sum over the objects, so that nothing need be sorted. It costs a look at
// each object; Version tells for nothing whether something changed.
func (c *Cluster) Hash() uint64 {
	h := sum(c.version).number(c.uids)
	for i := range c.users {
		h = h.number(uint64(c.users[i].oldest)).number(uint64(c.users[i].newest))
	}
	total := uint64(h)
	total += hashStore(&c.namespaces, func(h sum, _ namespaceSpec) sum { return h })
	total += hashStore(&c.nodes, func(h sum, n nodeSpec) sum {
		return h.text(n.bootID).flag(n.ready)
	})
	total += hashStore(&c.pods, func(h sum, p podSpec) sum {
		return h.text(p.node).number(uint64(p.phase)).flag(p.hostNetwork)
	})
	total += hashStore(&c.definitions, sum.text)
	total += hashStore(&c.pools, hashPool)
	total += hashStore(&c.leases, func(h sum, l leaseSpec) sum {
		h = h.text(l.holder).time(l.renewed).time(l.duration)
		return h.number(uint64(l.transitions)) //nolint:gosec // it counts up
	})
	total += hashStore(&c.objects, sum.text)
	c.events.all(func(e *Event) {
		total += uint64(sum(e.Version).text(e.Namespace).text(e.Name).text(e.Message).time(e.At))
	})
	return total
}

func hashPool(h sum, p poolSpec) sum {
	h = h.text(p.prefix.String())
	for _, x := range p.excluded {
		h = h.text(x.String())
	}
	for _, a := range p.allocations {
		h = h.number(a.Offset).text(a.Pod).text(a.ContainerID).text(a.IfName)
	}
	return h
}

func hashStore[T any](s *store[T], spec func(sum, T) sum) uint64 {
	total := uint64(0)
	for _, sl := range s.slots { // a sum has no order
		o := sl.now
		if o.gone {
			continue
		}
		h := sum(s.resource).text(o.namespace).text(o.name).text(o.uid).number(o.version)
		h = h.flag(o.deleting).time(o.deleteAt).time(o.grace).flag(o.hasStatus).text(o.status)
		inner := uint64(0)
		for k, v := range o.base {
			inner += uint64(sum(0).text(k).text(v))
		}
		total += uint64(spec(h.number(inner), o.spec))
	}
	return total
}

// sum is a hash so far: the mixer of splitmix64 over words of eight bytes.
type sum uint64

func (h sum) number(n uint64) sum {
	z := uint64(h) ^ n
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return sum(z ^ z>>31)
}

func (h sum) text(s string) sum {
	h = h.number(uint64(len(s)))
	var word [8]byte
	for len(s) >= len(word) {
		copy(word[:], s)
		h = h.number(binary.LittleEndian.Uint64(word[:]))
		s = s[len(word):]
	}
	word = [8]byte{}
	copy(word[:], s)
	return h.number(binary.LittleEndian.Uint64(word[:]))
}

func (h sum) flag(set bool) sum { return h.text(strconv.FormatBool(set)) }

func (h sum) time(d time.Duration) sum { return h.number(uint64(d)) } //nolint:gosec // bits
