package links

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"patchbay/core/fail"
)

// pauses is a clock that counts how often it was slept by, and does not.
type pauses struct {
	n   int
	sum time.Duration
}

func (*pauses) Now() time.Time { return time.Time{} }

func (p *pauses) Sleep(ctx context.Context, d time.Duration) error {
	p.n++
	p.sum += d
	return context.Cause(ctx)
}

func TestInterruptedDump(t *testing.T) {
	// What an interrupted dump holds must never be taken for the answer.
	partial, complete := [][]byte{{1}}, [][]byte{{1}, {2}}
	for _, c := range []struct {
		name         string
		interrupted  int
		err          error
		kind         fail.Kind
		asked, found int
	}{
		{"never", 0, nil, 0, 1, 2},
		{"often", dumps - 1, nil, 0, dumps, 2},
		{"always", dumps, nil, fail.Transient, dumps, 0},
		{"then broken", 2, unix.EPERM, fail.Internal, 3, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked, clock := 0, &pauses{}
			got, err := whole(t.Context(), clock, func() ([][]byte, error) {
				asked++
				if asked <= c.interrupted {
					return partial, netlink.ErrDumpInterrupted
				}
				return complete[:c.found], c.err
			})
			if len(got) != c.found || asked != c.asked {
				t.Errorf("%d messages after %d dumps; want %d after %d",
					len(got), asked, c.found, c.asked)
			}
			if clock.n != asked-1 || clock.sum > 95*time.Millisecond {
				t.Errorf("%d pauses of %s between %d dumps", clock.n, clock.sum, asked)
			}
			if (err != nil) != (c.found == 0) || (err != nil && !fail.Is(err, c.kind)) {
				t.Errorf("%v (%v); want %v", err, fail.Of(err), c.kind)
			}
		})
	}
}

func TestInterruptedDumpHeedsTheContext(t *testing.T) {
	ctx, end := context.WithCancelCause(t.Context())
	cause := errors.New("the runtime has gone")
	asked := 0
	_, err := whole(ctx, &pauses{}, func() ([][]byte, error) {
		if asked++; asked == 2 {
			end(cause)
		}
		return nil, netlink.ErrDumpInterrupted
	})
	if asked != 2 || !errors.Is(err, cause) || !fail.Is(err, fail.Transient) {
		t.Errorf("%v (%v) after %d dumps", err, fail.Of(err), asked)
	}
}

func TestKind(t *testing.T) {
	for err, want := range map[error]fail.Kind{
		unix.EPERM:                     fail.Denied,
		unix.ENODEV:                    fail.NotFound,
		unix.EBUSY:                     fail.Transient,
		unix.EAGAIN:                    fail.Transient, // the socket's timeout
		unix.EINVAL:                    fail.Internal,
		fail.New(fail.Transient, "so"): fail.Transient,
	} {
		if got := kind(err); got != want {
			t.Errorf("%v is %v, want %v", err, got, want)
		}
	}
}

func (*pauses) WithTimeout(
	ctx context.Context, d time.Duration,
) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}
