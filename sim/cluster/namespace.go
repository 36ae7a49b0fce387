package cluster

import "fmt"

// Namespace is a namespace; its name is Meta.Name.
type Namespace struct {
	Meta
	Terminating bool
}

type namespaceSpec struct{}

// GetNamespace reads a namespace.
func (c *Cluster) GetNamespace(who Token, name string) (Namespace, error) {
	o, err := c.namespaces.get(who, Key{Name: name}, now)
	if err != nil {
		return Namespace{}, err
	}
	return Namespace{c.metaOf(&o.meta), o.deleting}, nil
}

// CreateNamespace makes a namespace.
func (c *Cluster) CreateNamespace(who Token, name string) error {
	_, err := c.namespaces.create(who, Meta{Name: name}, namespaceSpec{})
	return err
}

// DeleteNamespace makes a namespace terminate: nothing new can be made in it.
// To empty it is the caller's, and then FinishNamespace ends it. Deleting it
// once more changes nothing.
func (c *Cluster) DeleteNamespace(who Token, name string) error {
	key := Key{Name: name}
	if err := c.enter(who, Namespaces, Delete, key); err != nil {
		return err
	}
	old := c.namespaces.live(key)
	if old == nil {
		return notFound(Namespaces, name)
	}
	if old.deleting {
		return nil
	}
	next := *old
	next.deleting, next.deleteAt = true, c.opts.Now()
	c.namespaces.commit(c.namespaces.slots[key], &next, Updated, who)
	return nil
}

// FinishNamespace takes the finalizer from a namespace that terminates, which
// ends it. A namespace with something in it is refused: the controller whose
// part this is would not have asked.
func (c *Cluster) FinishNamespace(who Token, name string) error {
	key := Key{Name: name}
	if err := c.enter(who, Namespaces, Update, key); err != nil {
		return err
	}
	old := c.namespaces.live(key)
	if old == nil {
		return notFound(Namespaces, name)
	}
	if n := c.contents(name); !old.deleting || n > 0 {
		return conflict(Namespaces, name, fmt.Sprintf(
			"it has %d objects, and whether it terminates is %t", n, old.deleting))
	}
	c.namespaces.drop(key, who)
	return nil
}

// contents counts what is in a namespace. Events do not hold it.
func (c *Cluster) contents(namespace string) int {
	return c.pods.count(namespace) + c.definitions.count(namespace) + c.pools.count(namespace) +
		c.leases.count(namespace) + c.objects.count(namespace)
}

func (s *store[T]) count(namespace string) int {
	n := 0
	for key, sl := range s.slots {
		if key.Namespace == namespace && !sl.now.gone {
			n++
		}
	}
	return n
}
