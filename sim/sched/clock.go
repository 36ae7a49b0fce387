package sched

import (
	"context"
	"time"

	"patchbay/backends"
)

// Clock is the virtual time as a [backends.Clock].
type Clock struct{ *Sched }

var _ backends.Clock = Clock{}

// Now is the virtual time on the wall.
func (c Clock) Now() time.Time { return c.Time() }

// Sleep waits, or until the deadline of the context.
func (c Clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.Sched.Sleep(min(d, Left(ctx, c.Sched, d)))
	return ctx.Err()
}

// WithTimeout returns a context that ends after d of virtual time.
func (c Clock) WithTimeout(
	ctx context.Context, d time.Duration,
) (context.Context, context.CancelFunc) {
	out := &deadline{Context: ctx, sched: c.Sched, at: c.now + d}
	if soon, ok := ctx.Deadline(); ok {
		out.at = min(out.at, soon.Sub(Epoch()))
	}
	return out, func() { out.canceled = true }
}

// Left is how much time a context has; d if it has no deadline.
func Left(ctx context.Context, s *Sched, d time.Duration) time.Duration {
	if at, ok := ctx.Deadline(); ok {
		return at.Sub(Epoch()) - s.now
	}
	return d
}

// deadline is a context that asks the virtual clock. Nobody can wait for its
// channel, for in this world one waits by sleeping.
type deadline struct {
	context.Context
	sched    *Sched
	at       time.Duration
	canceled bool
}

// Deadline is when the context ends.
func (d *deadline) Deadline() (time.Time, bool) { return Epoch().Add(d.at), true }

// Done is the channel of nobody: it is never closed.
func (*deadline) Done() <-chan struct{} { return nil }

// Err says whether the context has ended.
func (d *deadline) Err() error {
	if err := d.Context.Err(); err != nil {
		return err
	}
	switch {
	case d.canceled:
		return context.Canceled
	case d.sched.now >= d.at:
		return context.DeadlineExceeded
	}
	return nil
}
