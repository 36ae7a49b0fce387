package cluster

import (
	"cmp"
	"math"
	"slices"
)

// now is the horizon of those who read what there is.
const now = math.MaxUint64

// object is one version of an object. It never changes.
type object[T any] struct {
	meta
	spec T
}

// slot is where an object of a name is, was or will be.
type slot[T any] struct {
	now  *object[T] // may say that there is none
	past *past[T]   // nil: nothing is remembered
	at   int32      // place in the list of its node; pods only
}

// past is what an object was.
type past[T any] struct {
	list []*object[T] // oldest first
	cut  bool         // older versions are forgotten
}

// store has the objects of one resource.
type store[T any] struct {
	c        *Cluster
	resource Resource
	same     func(a, b T) bool
	check    func(T) string // says what is wrong; nil: nothing can be
	slots    map[Key]*slot[T]
	alive    int
	graves   []grave // deleted objects that are remembered, oldest first
}

type grave struct {
	key     Key
	version uint64
}

func newStore[T any](c *Cluster, r Resource, same func(a, b T) bool) store[T] {
	return store[T]{c: c, resource: r, same: same, slots: map[Key]*slot[T]{}}
}

// live is the object as it is now; nil when there is none.
func (s *store[T]) live(key Key) *object[T] {
	sl := s.slots[key]
	if sl == nil || sl.now.gone {
		return nil
	}
	return sl.now
}

// seen is the object as it was at a version, or the oldest that is remembered;
// nil when there was none.
func (s *store[T]) seen(key Key, horizon uint64) *object[T] {
	sl := s.slots[key]
	if sl == nil {
		return nil
	}
	o := sl.now
	if o.version > horizon {
		o = sl.past.before(horizon, o)
	}
	if o == nil || o.gone {
		return nil
	}
	return o
}

// before finds the newest version that is not newer than horizon.
func (p *past[T]) before(horizon uint64, oldest *object[T]) *object[T] {
	if p == nil {
		return oldest
	}
	for _, o := range slices.Backward(p.list) {
		oldest = o
		if o.version <= horizon {
			return o
		}
	}
	if p.cut {
		return oldest
	}
	return nil
}

// behind is the object as it was k of its own versions ago.
func (s *store[T]) behind(key Key, k int) *object[T] {
	sl := s.slots[key]
	if sl == nil {
		return nil
	}
	o := sl.now
	switch {
	case k <= 0 || sl.past == nil:
	case k <= len(sl.past.list):
		o = sl.past.list[len(sl.past.list)-k]
	case !sl.past.cut:
		return nil
	case len(sl.past.list) > 0:
		o = sl.past.list[0]
	}
	if o.gone {
		return nil
	}
	return o
}

// commit makes next the object of its name and tells everybody.
func (s *store[T]) commit(sl *slot[T], next *object[T], op Op, by Token) {
	c := s.c
	c.version++
	next.version = c.version
	restated := false
	if old := sl.now; old != nil {
		restated = op == Updated && (old.status != next.status || old.hasStatus != next.hasStatus)
	}
	if c.opts.History > 0 {
		sl.remember(c.opts.History)
	}
	sl.now = next
	if op == Created {
		restated = next.hasStatus
		s.alive++
	}
	if c.change == nil && len(c.log.ring) == 0 {
		return
	}
	c.changed(Change{
		Op: op, Resource: s.resource, Key: Key{next.namespace, next.name}, UID: next.uid,
		Version: next.version, By: by, Status: next.status, Restated: restated,
	}, next)
}

// remember puts what is into what was.
func (sl *slot[T]) remember(most int) {
	if sl.past == nil {
		sl.past = &past[T]{}
	}
	if sl.now == nil {
		return
	}
	p := sl.past
	if len(p.list) < most {
		p.list = append(p.list, sl.now)
		return
	}
	copy(p.list, p.list[1:])
	p.list[len(p.list)-1] = sl.now
	p.cut = true
}

// add stores a new object under a name that is free, and returns it.
func (s *store[T]) add(next *object[T], by Token) *slot[T] {
	key := Key{next.namespace, next.name}
	sl := s.slots[key]
	if sl == nil {
		sl = &slot[T]{}
		s.slots[key] = sl
	}
	next.uid, next.maker = s.c.newUID(), by.user
	s.commit(sl, next, Created, by)
	return sl
}

// drop deletes an object.
func (s *store[T]) drop(key Key, by Token) {
	sl := s.slots[key]
	last := sl.now
	if s.c.opts.History > 0 || len(s.c.log.ring) > 0 { // else nobody else has it
		last = new(object[T])
		*last = *sl.now
	}
	last.gone = true
	s.alive--
	s.commit(sl, last, Deleted, by)
	if s.c.opts.History == 0 {
		delete(s.slots, key)
		return
	}
	s.graves = append(s.graves, grave{key, last.version})
	if len(s.graves) <= s.c.opts.Graves {
		return
	}
	old := s.graves[0]
	s.graves = s.graves[1:]
	if sl := s.slots[old.key]; sl != nil && sl.now.gone && sl.now.version == old.version {
		delete(s.slots, old.key)
	}
}

// list returns the objects of a namespace, or of all for "", as they were at a
// version, sorted by name.
func (s *store[T]) list(namespace string, horizon uint64) []*object[T] {
	var out []*object[T]
	for key := range s.slots {
		if namespace != "" && key.Namespace != namespace {
			continue
		}
		if o := s.seen(key, horizon); o != nil {
			out = append(out, o)
		}
	}
	sortObjects(out)
	return out
}

func sortObjects[T any](list []*object[T]) {
	slices.SortFunc(list, func(a, b *object[T]) int {
		return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name))
	})
}
