package cluster

import "time"

// Options say how much a cluster remembers.
type Options struct {
	// History is how many older versions of each object are kept for stale
	// reads; 0: none. Each is about 150 bytes.
	History int
	// Graves is how many objects that are deleted are remembered, when there
	// is history; 0 is 1024.
	Graves int
	// Log is how many changes are kept for watches; 0: none can be made.
	Log int
	// Events is how many events are kept before the oldest ends; 0 is 1024.
	Events int
	// Now is the time of the world since its beginning; nil: it stands still.
	Now func() time.Duration
}

const (
	defaultGraves = 1024
	defaultEvents = 1024
)

// Cluster is an API server with its storage.
type Cluster struct {
	opts    Options
	version uint64 // of the last change, of whatever
	uids    uint64 // given so far

	users    []user
	unserved [resources]bool

	pods        store[podSpec]
	definitions store[string]
	namespaces  store[namespaceSpec]
	nodes       store[nodeSpec]
	pools       store[poolSpec]
	leases      store[leaseSpec]
	objects     store[string]
	events      eventRing
	onNode      map[string]*nodePods

	log    changeLog
	views  []*View // sorted by name
	maps   mapCache
	change func(Change)
}

// New returns a cluster without any object.
func New(opts Options) *Cluster {
	if opts.Graves <= 0 {
		opts.Graves = defaultGraves
	}
	if opts.Events <= 0 {
		opts.Events = defaultEvents
	}
	if opts.Now == nil {
		opts.Now = func() time.Duration { return 0 }
	}
	admin := user{name: "system:admin"}
	for r := range admin.rights {
		admin.rights[r] = Read | Write
	}
	c := &Cluster{opts: opts, users: []user{admin}, onNode: map[string]*nodePods{}}
	c.pods = newStore[podSpec](c, Pods, equal)
	c.definitions = newStore[string](c, Definitions, equal)
	c.namespaces = newStore[namespaceSpec](c, Namespaces, equal)
	c.nodes = newStore[nodeSpec](c, Nodes, equal)
	c.pools = newStore(c, Pools, samePool)
	c.pools.check = checkPool
	c.leases = newStore[leaseSpec](c, Leases, equal)
	c.objects = newStore[string](c, Objects, equal)
	c.events.slots = map[Key]struct{}{}
	c.log.ring = make([]logged, opts.Log)
	return c
}

// Version is the resource version of the last change. It grows by one with
// each change of any object.
func (c *Cluster) Version() uint64 { return c.version }

// OnChange has f called after each change, and no longer what was before; nil
// ends that. f may read the cluster and must not change it.
func (c *Cluster) OnChange(f func(Change)) { c.change = f }

// Op is what happened to an object.
type Op uint8

// The operations.
const (
	Created Op = iota + 1
	Updated
	Deleted
)

// String is the name that watches have for it.
func (o Op) String() string {
	switch o {
	case Created:
		return "ADDED"
	case Updated:
		return "MODIFIED"
	case Deleted:
		return "DELETED"
	}
	return "NOTHING"
}

// Change is one change of one object.
type Change struct {
	Op       Op
	Resource Resource
	Key
	UID     string
	Version uint64 // the version that the change made
	By      Token  // of who asked for it
	// Status is the network-status annotation after the change, and Restated
	// says that the change set it.
	Status   string
	Restated bool
}

// changed keeps and tells what happened. It is the last step of every change.
func (c *Cluster) changed(ch Change, object any) {
	c.log.add(logged{ch.Op, ch.Resource, ch.Version, object})
	if c.change != nil {
		c.change(ch)
	}
}

// newUID makes the next UID: of the form of an UUID of version 4, with a number
// in it, which is enough to be never used again.
func (c *Cluster) newUID() string {
	const digits = "0123456789abcdef"
	c.uids++
	text := []byte("00000000-0000-4000-8000-000000000000")
	i := len(text) - 1
	for n := c.uids; n != 0 && text[i] != '-'; n >>= 4 {
		text[i] = digits[n&15]
		i--
	}
	return string(text)
}
