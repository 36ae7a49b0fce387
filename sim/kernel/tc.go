package kernel

import (
	"slices"

	"patchbay/sim/errno"
)

// Qdisc is how a link queues what it sends, or looks at what it receives.
// Parent is "root" or "ingress"; a clsact is an ingress too.
type Qdisc struct {
	Kind   string // tbf, ingress, clsact, fq_codel …
	Parent string
	Rate   uint64 // of a tbf, in bytes a second
	Burst  uint32 // of a tbf, in bytes
	// Redirect is where a filter of an ingress sends all packets to.
	Redirect string
	Mark     Mark
}

// AddQdisc adds a qdisc; EEXIST when the link has one at that place.
func (k *Kernel) AddQdisc(l *Link, q Qdisc) error {
	if l.dead {
		return errno.ENODEV
	}
	if l.qdisc(q.Parent) >= 0 {
		return errno.EEXIST
	}
	l.Qdiscs = append(l.Qdiscs, q)
	k.tellLink(LinkChanged, l)
	return nil
}

// DelQdisc deletes the qdisc at a place; ENOENT when there is none.
func (k *Kernel) DelQdisc(l *Link, parent string) error {
	if l.dead {
		return errno.ENODEV
	}
	i := l.qdisc(parent)
	if i < 0 {
		return errno.ENOENT
	}
	l.Qdiscs = slices.Delete(l.Qdiscs, i, i+1)
	k.tellLink(LinkChanged, l)
	return nil
}

func (l *Link) qdisc(parent string) int {
	return slices.IndexFunc(l.Qdiscs, func(q Qdisc) bool { return q.Parent == parent })
}
