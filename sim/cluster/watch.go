package cluster

import "fmt"

// logged is a change with the version of the object that it made; that of a
// deletion is the last there was.
type logged struct {
	op       Op
	resource Resource
	version  uint64
	object   any
}

// changeLog keeps the last changes. Every change has the next version, so the
// place of each is known.
type changeLog struct {
	ring  []logged
	floor uint64 // the last version that is compacted
}

func (l *changeLog) add(e logged) {
	n := uint64(len(l.ring))
	if n == 0 {
		return
	}
	l.ring[e.version%n] = e
	if e.version > n {
		l.floor = max(l.floor, e.version-n)
	}
}

// Compact forgets all changes up to a version, as etcd does every five minutes.
// Who watches from an older one is told 410 Gone.
func (c *Cluster) Compact(version uint64) {
	c.log.floor = max(c.log.floor, min(version, c.version))
}

// Watcher is told what happens to the objects of one resource. Nothing happens
// by itself: a notice is late for as long as nobody asks for it, Skip loses it
// and Again repeats it.
type Watcher struct {
	c         *Cluster
	resource  Resource
	namespace string
	at        uint64 // the version it has been told of
	last      Notice
}

// Notice is what a watcher is told.
type Notice struct {
	Op       Op
	Resource Resource
	Key
	Version uint64
	c       *Cluster
	object  any
}

// Pod is the pod that the notice is about, as it was then.
func (n Notice) Pod() (Pod, bool) {
	o, ok := n.object.(*object[podSpec])
	if !ok {
		return Pod{}, false
	}
	return n.c.podOf(o), true
}

// Definition is the definition that the notice is about, as it was then.
func (n Notice) Definition() (Definition, bool) {
	o, ok := n.object.(*object[string])
	if !ok || n.Resource != Definitions {
		return Definition{}, false
	}
	return n.c.definitionOf(o), true
}

// Watch begins after a version, in one namespace or in all for "". 410: that
// version is compacted, or the cluster keeps no changes; a list is needed first.
// 504: the version is not there yet, as with an API server that is behind.
func (c *Cluster) Watch(who Token, r Resource, namespace string, since uint64) (*Watcher, error) {
	if err := c.enter(who, r, Watch, Key{Namespace: namespace}); err != nil {
		return nil, err
	}
	if since > c.version {
		no := Answer(CodeGatewayTimeout, 1)
		no.Message = fmt.Sprintf("Too large resource version: %d, current: %d", since, c.version)
		return nil, no
	}
	w := &Watcher{c: c, resource: r, namespace: namespace, at: since}
	if err := w.old(); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *Watcher) old() error {
	if w.at < w.c.log.floor || w.at < w.c.version && len(w.c.log.ring) == 0 {
		return expired(w.at, w.c.log.floor)
	}
	return nil
}

// Next is the next notice; false: there is none yet. 410: it was compacted
// before it was asked for, and the watch is over.
func (w *Watcher) Next() (Notice, bool, error) {
	if err := w.old(); err != nil {
		return Notice{}, false, err
	}
	for w.at < w.c.version {
		w.at++
		e := &w.c.log.ring[w.at%uint64(len(w.c.log.ring))]
		if e.resource != w.resource {
			continue
		}
		key := keyOf(e.object)
		if w.namespace != "" && key.Namespace != w.namespace {
			continue
		}
		w.last = Notice{e.op, e.resource, key, e.version, w.c, e.object}
		return w.last, true, nil
	}
	return Notice{}, false, nil
}

// Skip loses all notices up to a version: they are never seen.
func (w *Watcher) Skip(version uint64) { w.at = max(w.at, min(version, w.c.version)) }

// Again is the last notice once more.
func (w *Watcher) Again() (Notice, bool) { return w.last, w.last.Op != 0 }

// Version is the version that the watcher has come to: where a new watch goes
// on when this one is cut.
func (w *Watcher) Version() uint64 { return w.at }

// keyed is what every stored version says of itself.
type keyed interface{ key() Key }

func (m *meta) key() Key { return Key{m.namespace, m.name} }

func (e *Event) key() Key { return Key{e.Namespace, e.Name} }

func keyOf(object any) Key {
	if o, ok := object.(keyed); ok {
		return o.key()
	}
	return Key{}
}
