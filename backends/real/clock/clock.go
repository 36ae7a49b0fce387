package clock

import (
	"context"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
)

// Wall is the clock of this machine.
type Wall struct{}

var _ backends.Clock = Wall{}

// Now returns the time, with the monotonic reading that makes differences
// survive a step of the wall clock.
func (Wall) Now() time.Time { return time.Now() }

// Sleep waits for d. When ctx ends first, or had ended before, the error is
// the context's, of kind Transient.
func (Wall) Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return fail.As(fail.Transient, ctx.Err())
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fail.As(fail.Transient, ctx.Err())
	}
}

// WithTimeout returns a context that ends after d.
func (Wall) WithTimeout(
	ctx context.Context, d time.Duration,
) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}
