package cluster

import "strconv"

// These are the rules that all resources share.

// get reads an object as it was at a version.
func (s *store[T]) get(who Token, key Key, horizon uint64) (*object[T], error) {
	if err := s.c.enter(who, s.resource, Get, key); err != nil {
		return nil, err
	}
	if o := s.seen(key, horizon); o != nil {
		return o, nil
	}
	return nil, notFound(s.resource, key.Name)
}

// getAll lists a namespace, or all for "".
func (s *store[T]) getAll(who Token, namespace string, horizon uint64) ([]*object[T], error) {
	if err := s.c.enter(who, s.resource, List, Key{Namespace: namespace}); err != nil {
		return nil, err
	}
	return s.list(namespace, horizon), nil
}

// create makes an object. A version in the request is refused, and a UID is
// replaced, as API servers do.
func (s *store[T]) create(who Token, m Meta, spec T) (*slot[T], error) {
	key := m.Key()
	if err := s.c.enter(who, s.resource, Create, key); err != nil {
		return nil, err
	}
	if m.Version != 0 {
		return nil, badRequest("resourceVersion should not be set on objects to be created")
	}
	if err := s.c.admit(s.resource, key); err != nil {
		return nil, err
	}
	next := &object[T]{meta: meta{namespace: m.Namespace, name: m.Name}, spec: spec}
	next.annotate(m.Annotations)
	if err := next.validate(s.resource); err != nil {
		return nil, err
	}
	if err := s.sound(m.Name, spec); err != nil {
		return nil, err
	}
	if s.live(key) != nil {
		return nil, alreadyExists(s.resource, m.Name)
	}
	return s.add(next, who), nil
}

// admit is the admission plugin NamespaceLifecycle: nothing new comes into a
// namespace that is not there or is going to end.
func (c *Cluster) admit(r Resource, key Key) error {
	if !resourceTable[r].namespaced {
		return nil
	}
	ns := c.namespaces.live(Key{Name: key.Namespace})
	switch {
	case ns == nil:
		return notFound(Namespaces, key.Namespace)
	case ns.deleting:
		return forbidden(r, key.Name, "unable to create new content in namespace "+
			key.Namespace+" because it is being terminated")
	}
	return nil
}

// expect checks what an update or a deletion takes for granted.
func (m *meta) expect(r Resource, uid string, version uint64) error {
	if uid != "" && uid != m.uid {
		return wrongUID(r, m.name, uid, m.uid)
	}
	if version != 0 && version != m.version {
		return modified(r, m.name)
	}
	return nil
}

// sound refuses contents that can not be.
func (s *store[T]) sound(name string, spec T) error {
	if s.check == nil {
		return nil
	}
	if why := s.check(spec); why != "" {
		return invalid(s.resource, name, why)
	}
	return nil
}

// update replaces annotations and contents of an object: PUT.
func (s *store[T]) update(who Token, m Meta, spec T) (*object[T], error) {
	key := m.Key()
	if err := s.c.enter(who, s.resource, Update, key); err != nil {
		return nil, err
	}
	old := s.live(key)
	if old == nil {
		return nil, notFound(s.resource, m.Name)
	}
	if m.Version == 0 && !resourceTable[s.resource].unconditional {
		return nil, invalid(s.resource, m.Name, "metadata.resourceVersion: Invalid value: 0x0: "+
			"must be specified for an update")
	}
	if err := old.expect(s.resource, m.UID, m.Version); err != nil {
		return nil, err
	}
	next := *old
	next.annotate(m.Annotations)
	next.spec = spec
	if err := next.validateAnnotations(s.resource); err != nil {
		return nil, err
	}
	if err := s.sound(m.Name, spec); err != nil {
		return nil, err
	}
	if next.sameAnnotations(&old.meta) && s.same(old.spec, spec) {
		return old, nil
	}
	s.commit(s.slots[key], &next, Updated, who)
	return &next, nil
}

// remove deletes an object at once.
func (s *store[T]) remove(who Token, key Key, uid string) error {
	if err := s.c.enter(who, s.resource, Delete, key); err != nil {
		return err
	}
	old := s.live(key)
	if old == nil {
		return notFound(s.resource, key.Name)
	}
	if err := old.expect(s.resource, uid, 0); err != nil {
		return err
	}
	s.drop(key, who)
	return nil
}

// metaOf is what readers get of what is stored.
func (c *Cluster) metaOf(m *meta) Meta {
	return Meta{
		Namespace: m.namespace, Name: m.name, UID: m.uid, Version: m.version,
		Annotations: c.annotations(m),
	}
}

func equal[T comparable](a, b T) bool { return a == b }

// ParseVersion reads a resource version as clients have it; 0 for "" and "0".
func ParseVersion(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, badRequest("resourceVersion: Invalid value: \"" + s + "\"")
	}
	return v, nil
}
