package drive

import (
	"context"

	"patchbay/core/need"
)

// Settle finds out all that an ADD or DEL depends on and says what would be
// attached, without changing anything. The plan of the record that it returns
// is what [Driver.Add] would carry out. On a Backend of which one part is
// exchanged it answers for a sandbox that is not there yet.
//
// Its errors are those with which Add would refuse the pod.
func (d *Driver) Settle(ctx context.Context, req need.Request) (need.Settled, error) {
	d = d.remembering()
	asker := need.NewAsker(req, &d.Networks.cache)
	d.gather(ctx, func(facts need.Facts) []need.Query {
		d.Networks.mu.Lock() // others wait while we think, and not while we ask
		defer d.Networks.mu.Unlock()
		return asker.Missing(facts)
	})
	return asker.Settled()
}
