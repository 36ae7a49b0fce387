package plugins_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"patchbay/backends"
	"patchbay/backends/real/plugins"
	"patchbay/core/fail"
)

// patience is how long a test waits before it says that something hangs.
const patience = 30 * time.Second

// stage is where the parts of a test report over a socket.
type stage struct {
	listener *net.UnixListener
	call     backends.Call
}

func newStage(t *testing.T, part string) stage {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return stage{listener, backends.Call{
		Path: macvlan(t),
		Env:  map[string]string{"CNI_ARGS": "play=" + part, "CNI_NETNS": path},
	}}
}

// actor is a process that a test hears from.
type actor struct {
	conn  net.Conn
	lines *bufio.Reader
}

// meet waits for n processes and returns them by what they call themselves.
func (s stage) meet(t *testing.T, n int) map[string]actor {
	t.Helper()
	actors := map[string]actor{}
	for range n {
		_ = s.listener.SetDeadline(time.Now().Add(patience))
		conn, err := s.listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() }) // by which the process ends
		_ = conn.SetDeadline(time.Now().Add(patience))
		a := actor{conn, bufio.NewReader(conn)}
		who, err := a.lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		actors[strings.TrimSpace(who)] = a
	}
	return actors
}

// dead fails unless the process has died: its end of the connection is closed.
func (a actor) dead(t *testing.T, who string) {
	t.Helper()
	if got, err := a.lines.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the %s lives: %q, %v", who, got, err)
	}
}

// alive fails unless the process answers.
func (a actor) alive(t *testing.T, who string) {
	t.Helper()
	fmt.Fprintln(a.conn, "ping")
	if got, err := a.lines.ReadString('\n'); got != "ping\n" || err != nil {
		t.Errorf("the %s is dead: %q, %v", who, got, err)
	}
}

type answer struct {
	output []byte
	err    error
}

// begin runs the plugin beside the test.
func (s stage) begin(ctx context.Context, clock backends.Clock) <-chan answer {
	answers := make(chan answer, 1)
	go func() {
		output, err := plugins.New(plugins.Options{Clock: clock}).Run(ctx, s.call)
		answers <- answer{output, err}
	}()
	return answers
}

func receive(t *testing.T, answers <-chan answer) answer {
	t.Helper()
	select {
	case a := <-answers:
		return a
	case <-time.After(patience):
		t.Fatal("the run hangs")
		return answer{}
	}
}

func TestRunKills(t *testing.T) {
	cause := errors.New("the node shuts down")
	for _, c := range []struct {
		name, part  string
		dead, alive []string
	}{
		{"a plugin", "hang", []string{"plugin"}, nil},
		{"a plugin that left its group", "leave group", []string{"plugin"}, nil},
		{"a child that holds the pipes", "hang with child", []string{"plugin", "child"}, nil},
		{"but no daemon, nor waits for it", "hang with daemon", []string{"plugin"}, []string{"child"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, c.part)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			answers := s.begin(ctx, wall{})
			actors := s.meet(t, len(c.dead)+len(c.alive))
			cancel(cause)
			a := receive(t, answers)
			for _, who := range c.dead {
				actors[who].dead(t, who)
			}
			for _, who := range c.alive {
				actors[who].alive(t, who)
			}
			if a.output != nil || !fail.Is(a.err, fail.Transient) || !errors.Is(a.err, cause) ||
				!strings.HasPrefix(a.err.Error(), "plugin macvlan: was killed after ") {
				t.Errorf("got %s, %v (%s)", a.output, a.err, fail.Of(a.err))
			}
		})
	}
}

func TestRunSaysHowLongItWaited(t *testing.T) {
	t.Run("C099 a plugin that hangs is killed", func(t *testing.T) {
		s := newStage(t, "hang")
		// The deadline passes when the plugin is known to hang.
		ctx, cancel := context.WithCancelCause(t.Context())
		answers := s.begin(ctx, &leaps{})
		s.meet(t, 1)
		cancel(context.DeadlineExceeded)
		a := receive(t, answers)
		const want = "plugin macvlan: did not answer within 90s and was killed; " +
			`stderr: "waiting for the lease"`
		if !fail.Is(a.err, fail.Transient) || a.err.Error() != want {
			t.Errorf("got %v (%s)\nwant %s", a.err, fail.Of(a.err), want)
		}
	})
	t.Run("a real deadline", func(t *testing.T) {
		s := newStage(t, "hang")
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		a := receive(t, s.begin(ctx, wall{}))
		// A busy machine may not even start a process in this time.
		if !fail.Is(a.err, fail.Transient) ||
			!strings.Contains(a.err.Error(), "did not answer within") &&
				!strings.Contains(a.err.Error(), "was not started: context deadline exceeded") {
			t.Errorf("got %v (%s)", a.err, fail.Of(a.err))
		}
	})
	t.Run("a context that had ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		a := receive(t, newStage(t, "hang").begin(ctx, wall{}))
		if !fail.Is(a.err, fail.Transient) ||
			a.err.Error() != "plugin macvlan: was not started: context canceled" {
			t.Errorf("got %v (%s)", a.err, fail.Of(a.err))
		}
	})
}

func TestRunLeavesDaemonsAlone(t *testing.T) {
	t.Run("a success", func(t *testing.T) {
		s := newStage(t, "leave daemon")
		answers := s.begin(t.Context(), wall{})
		daemon := s.meet(t, 1)["child"]
		if a := receive(t, answers); a.err != nil || string(a.output) != result {
			t.Errorf("got %s, %v", a.output, a.err)
		}
		daemon.alive(t, "daemon")
	})
	t.Run("a failure", func(t *testing.T) {
		s := newStage(t, "leave daemon and fail")
		answers := s.begin(t.Context(), wall{})
		daemon := s.meet(t, 1)["child"]
		if a := receive(t, answers); !fail.Is(a.err, fail.Busy) {
			t.Errorf("got %s, %v", a.output, a.err)
		}
		daemon.alive(t, "daemon")
	})
}

// A plugin must not go on behind the back of the DEL that follows when the
// process that runs it is killed.
func TestPluginDiesWithItsRunner(t *testing.T) {
	s := newStage(t, "runner")
	cmd := exec.Command(s.call.Path)
	cmd.Env = append(os.Environ(), "CNI_ARGS="+s.call.Env["CNI_ARGS"], "CNI_NETNS="+s.call.Env["CNI_NETNS"])
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	plugin := s.meet(t, 1)["plugin"]
	plugin.alive(t, "plugin")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	plugin.dead(t, "plugin")
}
