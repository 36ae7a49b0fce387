package blackbox_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestEndedEarly(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run("ADD by "+s.String()+": everything is undone", func(t *testing.T) {
			n := newNode(t, networksKey, twoNetworks)
			fifo := n.fifo("arrived")
			n.script("red.ADD", script{Writes: fifo, Hangs: true})
			add := n.start("ADD", n.conf())
			add.meet(fifo)
			add.signal(s)
			if e := add.wait().failed(t); e.Code != 11 || !strings.Contains(e.Msg, "net1 (dev/red)") {
				t.Errorf("got %+v", e)
			}
			n.traced("ADD pri eth0, ADD red net1, DEL red net1, DEL pri eth0")
			n.undone()
		})
	}
	t.Run("DEL by SIGTERM: it ends what it has begun", func(t *testing.T) {
		n := added(t, plain, networksKey, twoNetworks)
		arrived, on := n.fifo("arrived"), n.fifo("on")
		n.script("red.DEL", script{Writes: arrived})
		n.script("pri.DEL", script{Reads: on})
		del := n.start("DEL", n.conf())
		del.meet(arrived)
		del.signal(syscall.SIGTERM)
		del.release(on)
		del.wait().ok(t)
		n.traced("DEL blue net2, DEL red net1, DEL pri eth0")
		n.undone()
	})
	t.Run("ADD by SIGKILL: DEL undoes what is recorded", func(t *testing.T) {
		n := newNode(t, networksKey, twoNetworks)
		fifo := n.fifo("arrived")
		n.script("red.ADD", script{Writes: fifo, Hangs: true})
		add := n.start("ADD", n.conf())
		add.meet(fifo)
		add.signal(syscall.SIGKILL)
		add.wait()
		n.forget()
		n.api.Close()
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL blue net2, DEL red net1, DEL pri eth0")
		n.undone()
	})
}

func TestGCBesideOthers(t *testing.T) {
	t.Run("C170 a sandbox that is being detached is left alone", func(t *testing.T) {
		n := sandboxes(t)
		arrived, on := n.fifo("arrived"), n.fifo("on")
		n.script("red.DEL", script{Writes: arrived})
		n.script("green.DEL", script{Reads: on})
		del := n.start("DEL", n.conf(twoPlugins, v11)) // of c1
		del.meet(arrived)
		impatient := `"delegateTimeoutSeconds":5`
		n.run("GC", n.conf(twoPlugins, v11, impatient, valid("c2 eth0")), bare...).ok(t)
		dels := slices.DeleteFunc(n.calls(), func(c call) bool { return c.Command != "DEL" })
		if len(dels) > 2 {
			t.Errorf("GC took part in the DEL: %s", n.trace())
		}
		n.one("GC red ").lists(t, "c1 net1", "c2 net1")
		del.release(on)
		del.wait().ok(t)
		if got := strings.Join(n.kept(), " "); strings.Contains(got, "c1") {
			t.Errorf("it keeps %s", got)
		}
	})
	t.Run("C133 DEL waits for the ADD of its sandbox", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		arrived, on := n.fifo("arrived"), n.fifo("on")
		n.script("pri.ADD", script{Writes: arrived})
		n.script("red.ADD", script{Reads: on})
		add := n.start("ADD", n.conf())
		add.meet(arrived)
		del := n.start("DEL", n.conf())
		add.release(on)
		add.wait().ok(t)
		del.wait().ok(t)
		n.traced("ADD pri eth0, ADD red net1, DEL red net1, DEL pri eth0")
		n.undone()
	})
}
