package kernel

import (
	"slices"

	"patchbay/sim/errno"
)

// Move moves a link to a namespace; newName is "" to keep the name. The link
// goes down and loses addresses, routes and master; its parent, what sits on
// it and its peer stay with it. Answers: EINVAL, its kind stays where it was
// made; EEXIST, one of its names is taken there (a newName is only tried then,
// and after the move otherwise).
func (k *Kernel) Move(l *Link, to *Namespace, newName string) error {
	switch {
	case len(newName) > nameMax:
		return errno.ERANGE
	case l.dead:
		return errno.ENODEV
	case to.state != alive:
		return errno.EBADF
	}
	if l.NS == to {
		if newName == "" {
			return nil
		}
		return k.SetName(l, newName)
	}
	if l.Kind.immutable() {
		return errno.EINVAL
	}
	name := l.Name
	if to.ByName(name) != nil {
		if newName == "" {
			return errno.EEXIST
		}
		chosen, err := to.chooseName(newName)
		if err != nil {
			return err
		}
		name = chosen
	}
	for _, alt := range l.Alt {
		if to.ByName(alt) != nil {
			return errno.EEXIST
		}
	}
	k.carry(l, to, name)
	if newName != "" && newName != name {
		return k.SetName(l, newName)
	}
	return nil
}

// carry moves a link whose names are known to be free there.
func (k *Kernel) carry(l *Link, to *Namespace, name string) {
	from := l.NS
	k.down(l)
	for _, u := range slices.Backward(l.uppers) {
		if u.Kind == Vxlan {
			k.destroy(u) // it sees its lower link leave as it would see it die
		}
	}
	k.dropAddresses(l)
	if l.Master != nil {
		k.release(l)
	}
	from.remove(l)
	l.Name, l.NS = name, to
	if to.ByIndex(l.Index) != nil {
		l.Index = to.freeIndex()
	}
	to.insert(l)
	l.no4, l.no6, l.ownConf4 = false, l.MTU < minMTU6, false
	l.sys = to.linkDefaults(l.Kind)
	k.tell(Change{What: LinkMoved, NS: to, From: from, Link: l})
}
