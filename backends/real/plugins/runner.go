package plugins

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/backends/ending"
	"patchbay/core/fail"
)

// grace is how long output is waited for after a plugin ended or was killed. A
// process that the plugin left behind may hold the pipes for ever; what the
// plugin itself wrote is in them already.
const grace = 500 * time.Millisecond

// An executable that is just being installed can not be run (ETXTBSY). It is
// tried again after waits that double from first to last: 6.3 s in all.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 3200 * time.Millisecond
)

// Options is what a Runner needs of its process.
type Options struct {
	// Clock is required.
	Clock backends.Clock
	// Stderr gets what a plugin that succeeded wrote to its standard error:
	// the last 4 KiB, in one Write. Nil drops it. Plugins that run side by
	// side write side by side.
	Stderr io.Writer
	// Environ is what plugins inherit, less every CNI_* variable; nil is the
	// environment of this process.
	Environ []string
}

// Runner runs plugins as child processes. It may be used by many goroutines.
type Runner struct {
	clock   backends.Clock
	stderr  io.Writer
	environ []string
}

var _ backends.Plugins = (*Runner)(nil)

// New returns a Runner.
func New(options Options) *Runner {
	environ := slices.Clone(options.Environ)
	if options.Environ == nil {
		environ = os.Environ()
	}
	// The CNI_* variables of a plugin that delegates are its own: a delegate
	// must not see one that it was not given.
	environ = slices.DeleteFunc(environ, func(entry string) bool {
		return strings.HasPrefix(entry, "CNI_")
	})
	stderr := options.Stderr
	if stderr == nil {
		stderr = io.Discard
	}
	return &Runner{clock: options.Clock, stderr: stderr, environ: environ}
}

// Run executes a plugin and returns its output as [Parse] does. The plugin gets
// a process group of its own. When ctx ends before the plugin does, the whole
// group is killed, and has died unless the kernel keeps a process busy for more
// than 500 ms; the error is of kind Transient. A child that made a session of
// its own is a daemon: it lives on, and holds nobody up for more than 500 ms.
//
// Invalid: the path is not absolute, or the environment is not one. NotFound:
// there is no such executable. Busy: it was being written all the time.
// Internal: the plugin failed and did not say why. Decode: as Parse, and for
// output of more than 16 MiB. IO: it can not be executed.
func (r *Runner) Run(ctx context.Context, call backends.Call) ([]byte, error) {
	output, err := r.execute(ctx, call)
	if err != nil {
		return nil, fail.About("plugin "+filepath.Base(call.Path), err)
	}
	return output, nil
}

func (r *Runner) execute(ctx context.Context, call backends.Call) ([]byte, error) {
	if !filepath.IsAbs(call.Path) { // os/exec would look into $PATH
		return nil, fail.New(fail.Invalid, "its path %q is not absolute", call.Path)
	}
	// The thread must live for as long as the plugin (see prepare).
	runtime.LockOSThread()         //nolint:forbidigo // it stays in the namespace it is in
	defer runtime.UnlockOSThread() //nolint:forbidigo // as above
	p, err := r.start(ctx, call)
	if err != nil {
		return nil, err
	}
	end, err := r.wait(ctx, p)
	if err != nil {
		return nil, err
	}
	output, err := ending.Parse(end)
	if err == nil && len(end.Stderr) > 0 {
		_, _ = r.stderr.Write(end.Stderr) // a full log is no reason to undo a network
	}
	return output, err
}

// process is one run of a plugin.
type process struct {
	cmd    *exec.Cmd
	stdout bounded
	stderr tail
	began  time.Time
	killed bool // the context ended and the group was killed
	lasted time.Duration
}

// start starts a plugin, again if its executable is being written.
func (r *Runner) start(ctx context.Context, call backends.Call) (*process, error) {
	began, environ := r.clock.Now(), r.with(call.Env)
	for wait := firstWait; ; wait *= 2 {
		p := &process{began: began}
		r.prepare(ctx, p, call)
		p.cmd.Env = environ
		err := p.cmd.Start()
		if err == nil {
			return p, nil
		}
		if !errors.Is(err, unix.ETXTBSY) || wait > lastWait {
			return nil, notStarted(ctx, err)
		}
		if sleepErr := r.clock.Sleep(ctx, wait); sleepErr != nil {
			return nil, fail.New(fail.Busy, "can not be executed: %w: %w", unix.ETXTBSY, sleepErr)
		}
	}
}

// with returns the environment of a call.
func (r *Runner) with(vars map[string]string) []string {
	environ := make([]string, len(r.environ), len(r.environ)+len(vars))
	copy(environ, r.environ)
	for name, value := range vars {
		environ = append(environ, name+"="+value)
	}
	slices.Sort(environ[len(r.environ):])
	return environ
}

func (r *Runner) prepare(ctx context.Context, p *process, call backends.Call) {
	cmd := exec.CommandContext(ctx, call.Path)
	cmd.Stdin = bytes.NewReader(call.Stdin) // os/exec forgives a plugin that does not read it
	cmd.Stdout, cmd.Stderr = &p.stdout, &p.stderr
	cmd.WaitDelay = grace
	// When we are killed the plugin is too: it would else go on behind the back
	// of the DEL that follows, and make what nobody undoes any more. The signal
	// is sent when the thread that forked dies, which execute has locked.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { // called once at most, and before Wait returns
		p.killed, p.lasted = true, r.clock.Now().Sub(p.began)
		return kill(cmd.Process)
	}
	p.cmd = cmd
}

// notStarted says why a plugin could not be started, without the words that
// os/exec puts before the cause.
func notStarted(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
		return fail.New(fail.Transient, "was not started: %w", cause)
	}
	cause := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		cause = e.Err
	}
	return fail.New(startKind(cause), "can not be executed: %w", cause)
}

// startKind classifies what execve(2), fork(2) and pipe(2) say.
func startKind(cause error) fail.Kind {
	errno, ok := errors.AsType[syscall.Errno](cause)
	if !ok {
		return fail.Invalid // os/exec itself: a variable holds a NUL
	}
	switch errno { //nolint:exhaustive // there are 133 of them
	case unix.ETXTBSY:
		return fail.Busy
	case unix.ENOENT:
		return fail.NotFound
	case unix.EINVAL, unix.E2BIG:
		return fail.Invalid
	case unix.EAGAIN, unix.ENOMEM, unix.EMFILE, unix.ENFILE:
		return fail.Transient
	default:
		return fail.IO
	}
}

// wait waits for a plugin to end by itself. It fails when the plugin did not,
// or when what it left is not all there.
func (r *Runner) wait(ctx context.Context, p *process) (ending.Ending, error) {
	err := p.cmd.Wait()
	stderr := p.stderr.Bytes()
	if p.killed {
		r.settle(ctx, p.cmd.Process.Pid)
	}
	state := p.cmd.ProcessState
	switch {
	case state == nil: // the process ignores SIGCHLD, say
		return ending.Ending{}, fail.New(fail.Internal, "its end was not seen: %w", err)
	case p.killed && !state.Exited():
		return ending.Ending{}, late(ctx, p.lasted, stderr)
	case p.stdout.tooMuch:
		return ending.Ending{}, fail.New(fail.Decode, "%w%s", errTooMuch, ending.Aside(stderr))
	case state.Success() && err != nil && !p.killed && !errors.Is(err, exec.ErrWaitDelay):
		return ending.Ending{}, fail.New(fail.IO, "its pipes failed: %w", err)
	}
	end := ending.Ending{Stdout: p.stdout.buf.Bytes(), Stderr: stderr}
	if !state.Success() {
		end.Status = state.String()
	}
	return end, nil
}

// late is the error for a plugin that was killed since ctx ended.
func late(ctx context.Context, after time.Duration, stderr []byte) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, context.DeadlineExceeded) {
		return fail.New(fail.Transient, "did not answer within %s and was killed%s",
			seconds(after), ending.Aside(stderr))
	}
	return fail.New(fail.Transient, "was killed after %s: %w%s", seconds(after), cause,
		ending.Aside(stderr))
}

// seconds prints a duration as people configure it: 90s, not 1m30.002s.
func seconds(d time.Duration) string {
	step := 100 * time.Millisecond
	if d < time.Second {
		step = time.Millisecond
	}
	return strconv.FormatFloat(d.Round(step).Seconds(), 'f', -1, 64) + "s"
}
