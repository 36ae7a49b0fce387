package blackbox_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
	"golang.org/x/sys/unix"
)

// TestInterrupted is of an ADD that a signal ends while plugin red runs.
func TestInterrupted(t *testing.T) {
	hanging := func(t *testing.T) *node {
		t.Helper()
		n := newNode(t, networksKey, "red,blue")
		if err := unix.Mkfifo(n.path("begun"), 0o600); err != nil {
			t.Fatal(err)
		}
		n.script("red.ADD", script{Locks: n.path("alive"), Reads: n.path("begun"), Hangs: true})
		return n
	}
	t.Run("asked to end, it undoes what it did", func(t *testing.T) {
		n := hanging(t)
		n.interrupt(syscall.SIGTERM).refused(t, types.ErrTryAgainLater,
			"pod dev/p: net1 (dev/red)", "was killed")
		n.traced("ADD pri eth0, ADD red net1, DEL red net1, DEL pri eth0")
		n.nothingLeft()
		n.dead()
	})
	t.Run("killed, it leaves a record for DEL", func(t *testing.T) {
		n := hanging(t)
		n.interrupt(syscall.SIGKILL)
		n.dying() // the kernel sees to it, in its own time
		n.forget()
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL blue net2, DEL red net1, DEL pri eth0")
		n.nothingLeft()
	})
}

// interrupt sends a signal to an ADD once a plugin has opened the FIFO "begun",
// and returns how the ADD ended.
func (n *node) interrupt(signal os.Signal) answer {
	n.t.Helper()
	p := prepare(n.t, n.conf(), n.env("ADD")...)
	if err := p.Start(); err != nil {
		n.t.Fatal(err)
	}
	begun, ended := make(chan error, 1), make(chan struct{})
	go func() {
		f, err := os.OpenFile(n.path("begun"), os.O_WRONLY, 0)
		_ = f.Close()
		begun <- err
	}()
	go func() {
		_ = p.Wait() // its answer says how
		close(ended)
	}()
	select {
	case err := <-begun:
		if err == nil {
			err = p.Process.Signal(signal)
		}
		if err != nil {
			n.t.Error(err)
		}
		<-ended
	case <-ended:
		n.t.Error("the ADD ended before the plugin ran")
	}
	return p.answer()
}
