package blackbox_test

import (
	"slices"
	"strings"
	"testing"
)

func TestDelFails(t *testing.T) {
	stays := func(n *node) {
		n.t.Helper()
		if got := n.kept(); !slices.Contains(got, "records/c1@eth0.json") {
			n.t.Errorf("the record is not there: %q", got)
		}
	}
	for row, conf := range map[string]string{
		"C156 one network fails: the others go, the record stays": onePrimary,
		"C157 the same with retryDeleteOnError":                   onePrimary + `,"retryDeleteOnError":true`,
	} {
		t.Run(row, func(t *testing.T) {
			n := added(t, plain, networksKey, twoNetworks)
			n.script("red.DEL", failing(999, "the switch does not answer"))
			n.run("DEL", n.conf(conf)).refused(t, 999, "the switch does not answer", "net1 (dev/red)")
			n.traced("DEL blue net2, DEL red net1, DEL pri eth0")
			stays(n)
			first := n.one("DEL red net1")
			n.forget()
			n.script("red.DEL", script{})
			n.run("DEL", n.conf(conf)).ok(t)
			n.traced("DEL red net1") // the others are gone, and may be another's by now
			if again := n.one("DEL red net1"); again != first {
				t.Errorf("the second DEL was told\n%+v\nand the first\n%+v", again, first)
			}
			n.undone()
		})
	}
	t.Run("C156 several networks fail: each is told of", func(t *testing.T) {
		n := added(t, plain, networksKey, twoNetworks)
		n.script("red.DEL", failing(101, "red is stuck"))
		n.script("pri.DEL", script{Exit: 3, Stderr: "segfault in pri"})
		n.run("DEL", n.conf()).refused(t, 101, "red is stuck", "segfault in pri", "eth0 (cbr0)")
		n.forget()
		n.script("red.DEL", script{})
		n.script("pri.DEL", script{})
		n.run("DEL", n.conf()).ok(t)
		n.traced("DEL red net1, DEL pri eth0")
		n.undone()
	})
	t.Run("C156 busy: the runtime is to come again", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		n.script("red.DEL", failing(11, "in use"))
		n.run("DEL", n.conf()).refused(t, 11, "in use")
		stays(n)
		n.script("red.DEL", script{})
		n.run("DEL", n.conf()).ok(t)
		n.undone()
	})
	t.Run("C156 a plugin that hangs is killed, and the others go", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		n.script("red.DEL", script{Hangs: true})
		n.run("DEL", n.conf(onePrimary, `"delegateTimeoutSeconds":0.3`)).
			refused(t, 11, "did not answer within 0.3", "plugin red")
		n.traced("DEL red net1, DEL pri eth0")
		stays(n)
	})
	t.Run("DEL twenty times in vain: set aside", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		n.script("red.DEL", failing(11, "in use"))
		for range 19 {
			if e := n.run("DEL", n.conf()).failed(t); strings.Contains(e.Msg, "set aside") {
				t.Fatalf("too early: %s", e.Msg)
			}
		}
		n.run("DEL", n.conf()).refused(t, 11, "in use", "set aside")
		n.isAside()
		n.run("DEL", n.conf()).ok(t)
	})
}

// isAside fails the test unless the sandbox, and nothing else, is set aside.
func (n *node) isAside() {
	n.t.Helper()
	if got := n.aside(); len(got) != 1 || got[0] != container+"@eth0" {
		n.t.Errorf("set aside: %q", got)
	}
	if got := n.kept(); slices.Contains(got, "records/c1@eth0.json") {
		n.t.Errorf("the record is there still: %q", got)
	}
}

func TestDelOfPluginThatIsGone(t *testing.T) {
	gcConf := func(n *node) string { return n.conf(onePrimary, v11, valid()) }
	n := added(t, plain, networksKey, "red")
	n.uninstall("red")
	n.run("DEL", n.conf()).refused(t, 999, `"red"`, "set aside")
	n.traced("DEL pri eth0")
	n.isAside()
	n.forget()
	n.run("DEL", n.conf()).ok(t)
	n.traced("")
	n.isAside()
	n.run("GC", gcConf(n)).ok(t)
	n.isAside()
	n.traced("")
	n.install(n.bin, "red")
	n.run("GC", gcConf(n)).ok(t)
	n.traced("DEL red net1")
	if got := n.aside(); len(got) > 0 {
		t.Errorf("set aside: %q", got)
	}
	n.undone()
}
