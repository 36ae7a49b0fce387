package cluster

import (
	"cmp"
	"slices"
)

// View is how somebody sees the cluster who may not see what is: the cache of a
// client, or an API server of several that is behind. What history has
// forgotten is seen as the oldest version that it still has: fresher than it
// should be, but never an invention.
type View struct {
	c      *Cluster
	name   string
	at     uint64 // the version it stands at, when it is pinned
	lag    uint64 // how many changes it is behind, when not
	pinned bool
}

// View is the view of a name, made when it is first asked for. A new view sees
// what there is.
func (c *Cluster) View(name string) *View {
	i, ok := slices.BinarySearchFunc(c.views, name, func(v *View, name string) int {
		return cmp.Compare(v.name, name)
	})
	if !ok {
		c.views = slices.Insert(c.views, i, &View{c: c, name: name})
	}
	return c.views[i]
}

// Name is the name of the view.
func (v *View) Name() string { return v.name }

// Version is the version that the view sees now.
func (v *View) Version() uint64 {
	if v.pinned {
		return v.at
	}
	return v.c.version - min(v.lag, v.c.version)
}

// Follow makes the view lag so many changes of the cluster behind; 0: it sees
// what there is.
func (v *View) Follow(lag uint64) { v.pinned, v.lag = false, lag }

// Pin makes the view stand still at a version. An older one than it saw before
// is travelling in time, as a client does that is moved to a slower API server.
func (v *View) Pin(version uint64) { v.pinned, v.at = true, min(version, v.c.version) }

// Freeze makes the view stand still where it is.
func (v *View) Freeze() { v.Pin(v.Version()) }

// Catch moves a view that stands still n changes on.
func (v *View) Catch(n uint64) {
	if v.pinned {
		v.Pin(v.at + min(n, v.c.version-v.at))
	}
}
