package drive

import (
	"sync"

	"patchbay/core/netconf"
)

// Networks keeps the configurations of networks that were parsed, for a driver
// that carries out more than one verb. The zero value is ready. It is safe for
// concurrent use.
type Networks struct {
	mu    sync.Mutex
	cache netconf.Cache
}

// remembering is the driver with somewhere to keep networks at least until its
// verb is done.
func (d *Driver) remembering() *Driver {
	if d.Networks != nil {
		return d
	}
	out := *d
	out.Networks = &Networks{}
	return &out
}

// parse reads a network, or knows it already.
func (n *Networks) parse(raw []byte) (netconf.Network, error) {
	if n == nil {
		return netconf.ParseNetwork(raw)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cache.Parse(raw)
}
