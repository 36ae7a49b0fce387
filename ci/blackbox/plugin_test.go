package blackbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/containernetworking/cni/pkg/types"
	"golang.org/x/sys/unix"
)

func TestPlugins(t *testing.T) {
	t.Run("C096 a plugin is missing", func(t *testing.T) {
		n := newNode(t, networksKey, "red,blue")
		n.define("dev/blue", list("x", "green", "absent"))
		n.run("ADD", n.conf(), "CNI_PATH=/a").refused(t, types.ErrInternal,
			"pod dev/p: net2 (dev/blue)", `failed to find plugin "absent" in path [`+n.bin+` /a]`)
		n.untouched()
	})
	t.Run("C096 an IPAM plugin is missing", func(t *testing.T) {
		n := newNode(t, networksKey, "red,blue")
		n.install(n.bin, "macvlan")
		n.define("dev/blue", `{"cniVersion":"1.0.0","type":"macvlan","ipam":{"type":"absent"}}`)
		n.run("ADD", n.conf()).refused(t, types.ErrInternal,
			"pod dev/p: net2 (dev/blue)", `ipam: failed to find plugin "absent"`)
		n.untouched()
	})
	t.Run("C097 binDir before CNI_PATH", func(t *testing.T) {
		n := newNode(t, networksKey, "red,more")
		n.define("dev/more", single("more", "more"))
		n.install(n.path("second"), "red", "more")
		// What is not to be run would fail.
		if err := os.Remove(n.path("second", "red")); err != nil {
			t.Fatal(err)
		}
		n.executable("second/red", "#!/bin/false\n")
		n.run("ADD", n.conf(), "CNI_PATH="+n.path("second")).ok(t)
		n.traced("ADD pri eth0, ADD red net1, ADD more net2")
	})
	t.Run("C134 nothing to say", func(t *testing.T) {
		n := newNode(t, networksKey, "red,blue")
		n.script("red.ADD", printing(`{"cniVersion":"1.0.0"}`))
		n.run("ADD", n.conf()).ok(t)
		n.announced("Normal AddedInterface", "Normal AddedInterface")
		if got := n.status(); strings.Contains(got, "dev/red") || !strings.Contains(got, "dev/blue") {
			t.Errorf("the status is %s", got)
		}
	})
	for _, c := range []struct {
		name   string
		script script
		code   uint
		phrase string
	}{
		{"its error is handed on", failing(7, "no such uplink"), types.ErrInvalidNetworkConfig, "no such uplink"},
		{"an error with exit code 0", script{Stdout: failing(7, "no").Stdout}, types.ErrInvalidNetworkConfig, "though"},
		{"try again later", failing(11, "no lease"), types.ErrTryAgainLater, "no lease"},
		{"a code of its own", failing(120, "out of VFs"), 120, "out of VFs"},
		{"no answer", script{Stderr: "panic: nil map\n", Exit: 2}, types.ErrInternal, "panic: nil map"},
		{"no result", script{Stdout: " \n"}, types.ErrDecodingFailure, "printed no result"},
		{"rubbish", script{Stdout: "done"}, types.ErrDecodingFailure, `"done"`},
		{"a result of no version", printing(`{"cniVersion":"9.0.0"}`), types.ErrDecodingFailure, "9.0.0"},
	} {
		t.Run("a plugin fails: "+c.name, func(t *testing.T) {
			n := newNode(t, networksKey, "red,blue")
			n.script("red.ADD", c.script)
			n.run("ADD", n.conf()).refused(t, c.code, "pod dev/p: net1 (dev/red)", "plugin red", c.phrase)
			n.traced("ADD pri eth0, ADD red net1, DEL red net1, DEL pri eth0")
			n.nothingLeft()
		})
	}
}

// nothingLeft fails the test if a failed ADD has left something.
func (n *node) nothingLeft() {
	n.t.Helper()
	if files := n.kept(); len(files) > 0 {
		n.t.Errorf("it keeps %q", files)
	}
	if got := n.status(); got != "" {
		n.t.Errorf("the status is %s", got)
	}
}

// executable writes a program and returns its path.
func (n *node) executable(name, content string) string {
	n.t.Helper()
	path := n.write(name, content)
	if err := os.Chmod(path, 0o755); err != nil {
		n.t.Fatal(err)
	}
	return path
}

// TestBusy writes to a plugin while it is to be run.
func TestBusy(t *testing.T) {
	busy := func(t *testing.T) (*node, *os.File) {
		t.Helper()
		n := newNode(t, networksKey, "red")
		content, err := os.ReadFile("/bin/true")
		if err != nil {
			t.Fatal(err)
		}
		if err = os.Remove(filepath.Join(n.bin, "red")); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(n.executable("bin/red", string(content)), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		if err = exec.CommandContext(t.Context(), f.Name()).Run(); !errors.Is(err, unix.ETXTBSY) {
			t.Skipf("this kernel runs what is being written, as 6.11 did: %v", err)
		}
		return n, f
	}
	t.Run("C098 for longer than we wait", func(t *testing.T) {
		t.Parallel()
		n, _ := busy(t)
		n.run("ADD", n.conf(onePrimary, `"delegateTimeoutSeconds":1`)).refused(t, types.ErrTryAgainLater,
			"pod dev/p: net1 (dev/red)", "text file busy")
		n.traced("ADD pri eth0, DEL pri eth0")
	})
	t.Run("C098 for a moment", func(t *testing.T) {
		t.Parallel()
		n, f := busy(t)
		moment, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		go func() {
			<-moment.Done()
			_ = f.Close()
		}()
		// It is run in the end, and says nothing.
		n.run("ADD", n.conf()).refused(t, types.ErrDecodingFailure, "printed no result")
	})
}

func TestHanging(t *testing.T) {
	t.Run("C099 a plugin hangs", func(t *testing.T) {
		t.Parallel()
		n := newNode(t, networksKey, "red,blue")
		n.script("red.ADD", script{Locks: n.path("alive"), Hangs: true})
		n.run("ADD", n.conf(onePrimary, `"delegateTimeoutSeconds":0.5`)).refused(t, types.ErrTryAgainLater,
			"pod dev/p: net1 (dev/red)", "plugin red: did not answer within 0.5", "was killed")
		n.traced("ADD pri eth0, ADD red net1, DEL red net1, DEL pri eth0")
		n.nothingLeft()
		n.dead()
	})
	t.Run("C099 with a child that holds its output", func(t *testing.T) {
		t.Parallel()
		n := newNode(t, networksKey, "sh")
		n.define("dev/sh", single("sh", "sh"))
		n.executable("bin/sh", fmt.Sprintf("#!/bin/sh\n[ $CNI_COMMAND = ADD ] || exit 0\n"+
			"exec 9>%s; flock 9; sleep 600 & wait\n", n.path("alive")))
		n.run("ADD", n.conf(onePrimary, `"delegateTimeoutSeconds":0.5`)).
			refused(t, types.ErrTryAgainLater, "pod dev/p: net1 (dev/sh)", "was killed")
		n.traced("ADD pri eth0, DEL pri eth0")
		n.nothingLeft()
		n.dead()
	})
}

// dead fails the test if a process still holds the lock on the file "alive".
func (n *node) dead() {
	n.t.Helper()
	if err := n.lock(unix.LOCK_EX | unix.LOCK_NB); err != nil {
		n.t.Errorf("the plugin, or its child, is still alive: %v", err)
	}
}

// dying waits until nobody holds that lock.
func (n *node) dying() {
	n.t.Helper()
	locked := make(chan error, 1)
	go func() { locked <- n.lock(unix.LOCK_EX) }()
	select {
	case err := <-locked:
		if err != nil {
			n.t.Error(err)
		}
	case <-time.After(10 * time.Second):
		n.t.Error("the plugin is still alive after 10 s")
	}
}

func (n *node) lock(how int) error {
	fd, err := unix.Open(n.path("alive"), unix.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	return unix.Flock(fd, how)
}

func TestParallelAttachments(t *testing.T) {
	// Each waits until the other is there.
	meeting := func(t *testing.T) *node {
		t.Helper()
		n := newNode(t, networksKey, "red,blue")
		for _, fifo := range []string{"up", "down"} {
			if err := unix.Mkfifo(n.path(fifo), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		n.script("red.ADD", script{Reads: n.path("up")})
		n.script("blue.ADD", script{Writes: n.path("up")})
		n.script("red.DEL", script{Reads: n.path("down")})
		n.script("blue.DEL", script{Writes: n.path("down")})
		return n
	}
	const parallel = `"parallelAttachments":true`
	t.Run("secondary networks overlap", func(t *testing.T) {
		n := meeting(t)
		a := n.run("ADD", n.conf(onePrimary, parallel)).ok(t)
		if calls := n.trace(); !strings.HasPrefix(calls, "ADD pri eth0, ADD ") {
			t.Errorf("the default network was not the first: %s", calls)
		}
		if !strings.Contains(a.stdout, `"name": "eth0"`) {
			t.Errorf("the result is %s", a.stdout)
		}
		red, blue := strings.Index(n.status(), "dev/red"), strings.Index(n.status(), "dev/blue")
		if red < 0 || blue < red {
			t.Errorf("the status is not in the order of the annotation: %s", n.status())
		}
		n.forget()
		n.run("DEL", n.conf(onePrimary, parallel)).ok(t)
		if calls := n.trace(); !strings.HasSuffix(calls, ", DEL pri eth0") {
			t.Errorf("the default network was not the last: %s", calls)
		}
	})
	t.Run("C116 not by default", func(t *testing.T) {
		n := meeting(t)
		n.run("ADD", n.conf(onePrimary, `"delegateTimeoutSeconds":0.5`)).
			refused(t, types.ErrTryAgainLater, "net1 (dev/red)", "was killed")
	})
	t.Run("one of them fails", func(t *testing.T) {
		n := newNode(t, networksKey, "red,blue")
		if err := unix.Mkfifo(n.path("up"), 0o600); err != nil {
			t.Fatal(err)
		}
		failed := failing(999, "no uplink")
		failed.Reads = n.path("up")
		n.script("red.ADD", failed)
		n.script("blue.ADD", script{Writes: n.path("up")})
		n.run("ADD", n.conf(onePrimary, parallel)).refused(t, types.ErrInternal, "net1 (dev/red)", "no uplink")
		for _, what := range []string{"DEL red net1", "DEL blue net2", "DEL pri eth0"} {
			n.one(what)
		}
		n.nothingLeft()
	})
}
