package kernel

import (
	"slices"
	"strconv"
)

// Dying lists the namespaces that nothing refers to any more and that were not
// cleaned up yet, in the order in which they died. It must not be changed.
func (k *Kernel) Dying() []*Namespace { return k.dying }

// Reap cleans up a dying namespace as Linux' work queue does
// (default_device_exit_batch, net/core/dev.c): cards go home to the host
// namespace, virtual links are destroyed, the newest first.
func (k *Kernel) Reap(ns *Namespace) {
	if ns.state != dying {
		return
	}
	for i := 0; i < len(ns.links); {
		if l := ns.links[i]; l.Kind == Device {
			k.sendHome(l)
			continue
		}
		i++
	}
	for i := len(ns.links) - 1; i >= 0; i = min(i, len(ns.links)) - 1 {
		if l := ns.links[i]; l.Kind.Virtual() {
			k.destroy(l)
		}
	}
	k.reapVxlans(ns)
	for _, l := range ns.links {
		l.dead = true
	}
	ns.state = gone
	ns.links, ns.names, ns.tables, ns.rules, ns.filter = nil, nil, nil, nil, filter{}
	k.dying = slices.DeleteFunc(k.dying, func(o *Namespace) bool { return o == ns })
	k.spaces = slices.DeleteFunc(k.spaces, func(o *Namespace) bool { return o == ns })
	if k.Profile.ReuseInodes {
		k.inodes = append(k.inodes, ns.id.Ino)
	}
	k.tell(Change{What: NamespaceGone, NS: ns})
}

// reapVxlans destroys those that were made here and moved elsewhere.
func (k *Kernel) reapVxlans(ns *Namespace) {
	for _, o := range k.spaces {
		for i := len(o.links) - 1; i >= 0; i = min(i, len(o.links)) - 1 {
			if l := o.links[i]; l.Kind == Vxlan && l.home == ns {
				k.destroy(l)
			}
		}
	}
}

// ReapAll cleans up all dying namespaces.
func (k *Kernel) ReapAll() {
	for len(k.dying) > 0 {
		k.Reap(k.dying[0])
	}
}

// sendHome moves a card to the host namespace, under another name when its own
// is taken there; alternative names that are taken are lost.
func (k *Kernel) sendHome(l *Link) {
	name := l.Name
	if k.host.ByName(name) != nil {
		name = "dev" + strconv.Itoa(l.Index)
		for n := 0; k.host.ByName(name) != nil; n++ {
			name = "dev" + strconv.Itoa(n)
		}
	}
	l.Alt = slices.DeleteFunc(l.Alt, func(alt string) bool {
		taken := k.host.ByName(alt) != nil
		if taken {
			l.NS.forget(alt)
		}
		return taken
	})
	k.carry(l, k.host, name)
}
