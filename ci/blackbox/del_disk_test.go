package blackbox_test

import (
	"os"
	"testing"
)

// TestDisk has files where directories ought to be, which even root can not
// write into.
func TestDisk(t *testing.T) {
	for _, file := range []string{"cni", "cni/lock/x", "cni/records"} {
		t.Run("ADD and DEL refuse: "+file+" is in the way", func(t *testing.T) {
			n := newNode(t, networksKey, "red")
			n.write(file, "")
			for _, verb := range []string{"ADD", "DEL", "CHECK"} {
				n.run(verb, n.conf()).refused(t, 5, n.path("cni"))
			}
			n.run("GC", n.conf(onePrimary, v11, valid()), bare...).refused(t, 5, n.path("cni"))
			n.traced("")
		})
	}
	t.Run("ADD that can not keep a result undoes the network", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		if err := os.MkdirAll(n.path("cni", "results", ".red-c1-net1.tmp"), 0o700); err != nil {
			t.Fatal(err)
		}
		n.run("ADD", n.conf()).refused(t, 5, "net1 (dev/red)")
		n.traced("ADD pri eth0, ADD red net1, DEL red net1, DEL pri eth0")
		n.undone()
	})
	t.Run("ADD that can not read what is kept does nothing", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.write("cni/results/red-c1-net1/x", "")
		n.run("ADD", n.conf()).refused(t, 5, "red-c1-net1")
		n.traced("")
	})
	t.Run("C148 DEL whose kept result can not be read", func(t *testing.T) {
		n := added(t, plain, networksKey, "red")
		result := n.path("cni", "results", "cbr0-c1-eth0")
		if err := os.Remove(result); err != nil {
			t.Fatal(err)
		}
		n.write("cni/results/cbr0-c1-eth0/x", "")
		n.run("DEL", n.conf()).refused(t, 5, "eth0 (cbr0)")
		n.traced("DEL red net1, DEL pri eth0") // what a plugin remembers is enough for most
		if err := os.RemoveAll(result); err != nil {
			t.Fatal(err)
		}
		n.run("DEL", n.conf()).ok(t)
		n.undone()
	})
}
