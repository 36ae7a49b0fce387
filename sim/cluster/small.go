package cluster

import "time"

// Node is a node; its name is Meta.Name.
type Node struct {
	Meta
	BootID string // status.nodeInfo.bootID, as the kubelet said it last
	Ready  bool
}

type nodeSpec struct {
	bootID string
	ready  bool
}

func (c *Cluster) nodeOf(o *object[nodeSpec]) Node {
	return Node{c.metaOf(&o.meta), o.spec.bootID, o.spec.ready}
}

// GetNode reads a node.
func (c *Cluster) GetNode(who Token, name string) (Node, error) {
	o, err := c.nodes.get(who, Key{Name: name}, now)
	if err != nil {
		return Node{}, err
	}
	return c.nodeOf(o), nil
}

// ListNodes lists all nodes, sorted.
func (c *Cluster) ListNodes(who Token) ([]Node, error) {
	list, err := c.nodes.getAll(who, "", now)
	if err != nil {
		return nil, err
	}
	out := make([]Node, len(list))
	for i, o := range list {
		out[i] = c.nodeOf(o)
	}
	return out, nil
}

// CreateNode makes a node object: what a kubelet does that registers.
func (c *Cluster) CreateNode(who Token, n Node) (Node, error) {
	sl, err := c.nodes.create(who, n.Meta, nodeSpec{n.BootID, n.Ready})
	if err != nil {
		return Node{}, err
	}
	return c.nodeOf(sl.now), nil
}

// UpdateNode replaces a node object.
func (c *Cluster) UpdateNode(who Token, n Node) (Node, error) {
	o, err := c.nodes.update(who, n.Meta, nodeSpec{n.BootID, n.Ready})
	if err != nil {
		return Node{}, err
	}
	return c.nodeOf(o), nil
}

// DeleteNode deletes a node object. Its pods stay until somebody deletes them.
func (c *Cluster) DeleteNode(who Token, name string) error {
	return c.nodes.remove(who, Key{Name: name}, "")
}

// Object is any object of which only somebody else knows what is in it: a
// ConfigMap, or a reservation that exists or not.
type Object struct {
	Meta
	Data string
}

func (c *Cluster) objectOf(o *object[string]) Object { return Object{c.metaOf(&o.meta), o.spec} }

// GetObject reads an object.
func (c *Cluster) GetObject(who Token, namespace, name string) (Object, error) {
	o, err := c.objects.get(who, Key{namespace, name}, now)
	if err != nil {
		return Object{}, err
	}
	return c.objectOf(o), nil
}

// CreateObject makes an object.
func (c *Cluster) CreateObject(who Token, o Object) (Object, error) {
	sl, err := c.objects.create(who, o.Meta, o.Data)
	if err != nil {
		return Object{}, err
	}
	return c.objectOf(sl.now), nil
}

// UpdateObject replaces an object.
func (c *Cluster) UpdateObject(who Token, o Object) (Object, error) {
	got, err := c.objects.update(who, o.Meta, o.Data)
	if err != nil {
		return Object{}, err
	}
	return c.objectOf(got), nil
}

// DeleteObject deletes an object: the one with this UID, unless it is "".
func (c *Cluster) DeleteObject(who Token, key Key, uid string) error {
	return c.objects.remove(who, key, uid)
}

// Lease is a lock that its holder must renew (coordination.k8s.io/v1).
type Lease struct {
	Meta
	Holder string
	// Renewed is when the holder was last heard of, by his clock, and Duration
	// how long that counts.
	Renewed, Duration time.Duration
	// Transitions grows when the holder changes. It is what to fence with.
	Transitions int
}

type leaseSpec struct {
	holder            string
	renewed, duration time.Duration
	transitions       int
}

func (l Lease) spec() leaseSpec {
	return leaseSpec{l.Holder, l.Renewed, l.Duration, l.Transitions}
}

func (c *Cluster) leaseOf(o *object[leaseSpec]) Lease {
	return Lease{
		Meta: c.metaOf(&o.meta), Holder: o.spec.holder, Renewed: o.spec.renewed,
		Duration: o.spec.duration, Transitions: o.spec.transitions,
	}
}

// Claim is the lease that a candidate would write who read l: the step between
// reading and writing of client-go's leader election, by the candidate's own
// clock. False: somebody else holds it.
func (l Lease) Claim(candidate string, at, duration time.Duration) (Lease, bool) {
	if l.Holder != "" && l.Holder != candidate && at < l.Renewed+l.Duration {
		return l, false
	}
	if l.Holder != candidate {
		l.Transitions++
	}
	l.Holder, l.Renewed, l.Duration = candidate, at, duration
	return l, true
}

// Resign is the lease that its holder writes when he ends.
func (l Lease) Resign() Lease {
	l.Holder = ""
	return l
}

// GetLease reads a lease.
func (c *Cluster) GetLease(who Token, namespace, name string) (Lease, error) {
	o, err := c.leases.get(who, Key{namespace, name}, now)
	if err != nil {
		return Lease{}, err
	}
	return c.leaseOf(o), nil
}

// CreateLease makes a lease.
func (c *Cluster) CreateLease(who Token, l Lease) (Lease, error) {
	sl, err := c.leases.create(who, l.Meta, l.spec())
	if err != nil {
		return Lease{}, err
	}
	return c.leaseOf(sl.now), nil
}

// UpdateLease replaces a lease; the version that was read is required.
func (c *Cluster) UpdateLease(who Token, l Lease) (Lease, error) {
	o, err := c.leases.update(who, l.Meta, l.spec())
	if err != nil {
		return Lease{}, err
	}
	return c.leaseOf(o), nil
}
