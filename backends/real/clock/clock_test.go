package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"patchbay/backends/real/clock"
	"patchbay/core/fail"
)

// The bubbles of synctest make time jump, so an hour here costs nothing.

func TestSleepWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wall clock.Wall
		before := wall.Now()
		if err := wall.Sleep(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		if got := wall.Now().Sub(before); got != time.Hour {
			t.Errorf("slept %s, want 1h", got)
		}
	})
}

func TestSleepEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var wall clock.Wall
		before := wall.Now()
		for _, d := range []time.Duration{time.Hour, time.Hour, 0, -time.Second} {
			err := wall.Sleep(ctx, d)
			if !errors.Is(err, context.DeadlineExceeded) || !fail.Is(err, fail.Transient) {
				t.Errorf("sleep of %s: %v, want the deadline, transient", d, err)
			}
		}
		if got := wall.Now().Sub(before); got != time.Minute {
			t.Errorf("slept %s, want 1m", got)
		}
	})
}

func TestSleepOfNothing(t *testing.T) {
	for _, d := range []time.Duration{0, -time.Hour} {
		if err := (clock.Wall{}).Sleep(t.Context(), d); err != nil {
			t.Errorf("sleep of %s: %v", d, err)
		}
	}
}
