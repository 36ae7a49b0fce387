//go:build crashpoint

package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"

	"patchbay/backends/drive"
)

// observer kills the process at the moment whose number is in
// PATCHBAY_CRASH_AT, as a power cut or an OOM killer would, and appends every
// moment it sees to the file in PATCHBAY_CRASH_TRACE. Only tests build this.
func observer(context.Context, *slog.Logger) func(drive.Moment) {
	at, _ := strconv.ParseInt(os.Getenv("PATCHBAY_CRASH_AT"), 10, 64)
	trace := os.Getenv("PATCHBAY_CRASH_TRACE")
	var seen atomic.Int64
	return func(m drive.Moment) {
		n := seen.Add(1)
		if trace != "" {
			note(trace, fmt.Sprintf("%d %v done=%v\n", n, m.What, m.Done))
		}
		if n == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}
}

func note(path, line string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.WriteString(line)
}
