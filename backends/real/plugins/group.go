package plugins

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// settleStep is how often a killed group is looked at, for grace at most.
const settleStep = 5 * time.Millisecond

// kill kills the process group that process leads, and the process itself, for
// it may have joined another group. The kernel leaves no gap: a member that is
// forking gets the signal before its child appears.
//
// A process ID is not used again while a group has it, so nothing else is hit
// as long as any member, be it a zombie, is there.
func kill(process *os.Process) error {
	groupErr := unix.Kill(-process.Pid, unix.SIGKILL)
	err := process.Kill()
	if groupErr == nil {
		return nil
	}
	return err // os.ErrProcessDone: it ended by itself in the last moment
}

// settle waits until no process of a killed group is left. A system call that
// one has begun still completes, and the interface it makes would appear behind
// the back of the undo that follows.
func (r *Runner) settle(ctx context.Context, group int) {
	ctx = context.WithoutCancel(ctx) // its end is why we are here
	for range int(grace / settleStep) {
		// Orphans are our children if we are the first process of a container,
		// and nobody else would collect them.
		_, _ = unix.Wait4(-group, nil, unix.WNOHANG, nil)
		if errors.Is(unix.Kill(-group, 0), unix.ESRCH) {
			return
		}
		if r.clock.Sleep(ctx, settleStep) != nil {
			return
		}
	}
}
