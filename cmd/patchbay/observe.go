//go:build !crashpoint

package main

import (
	"context"
	"log/slog"

	"patchbay/backends/drive"
)

// observer writes the trace to the debug log, and costs nothing without one.
func observer(ctx context.Context, log *slog.Logger) func(drive.Moment) {
	if !log.Enabled(ctx, slog.LevelDebug) {
		return nil
	}
	return func(m drive.Moment) {
		if m.Done {
			log.DebugContext(ctx, "done", "what", m.What.String(), "error", m.Err)
		}
	}
}
