package node_test

import (
	"os"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"patchbay/ci/netnstest"
	"patchbay/core/record"
)

const otherBoot = "00000000-0000-4000-8000-000000000000"

// reboot makes the record one of an earlier boot. The namespace stays where it
// is, which no reboot does: nothing but the boot says that it is another's.
func (m *machine) reboot(t testing.TB, p pod) {
	t.Helper()
	m.edit(t, p, func(r *record.Record) { r.BootID = otherBoot })
}

func TestReboot(t *testing.T) {
	program(t)
	t.Run("DEL", func(t *testing.T) {
		t.Parallel()
		wantOnlyReleased(t, func(m *machine, p pod) { m.del(t, p) })
	})
	t.Run("GC", func(t *testing.T) {
		t.Parallel()
		wantOnlyReleased(t, func(m *machine, _ pod) { m.gc(t) })
	})
	t.Run("ADD of the same container", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		p := m.pod(t, "a")
		before := m.look(t)
		m.add(t, p)
		first := p.addresses(t)
		seq := m.record(t, p).Seq
		netnstest.Delete(t, p.netns)
		m.reboot(t, p)
		p.netns = netnstest.New(t)
		m.add(t, p)
		for ifName, ip := range p.addresses(t) {
			if ip == first[ifName] {
				t.Errorf("%s: %s is used again", ifName, ip)
			}
		}
		if r := m.record(t, p); r.BootID == otherBoot || r.Netns != p.netns || r.Seq <= seq {
			t.Errorf("recorded: boot %s, sandbox %s, number %d (was %d)",
				r.BootID, r.Netns, r.Seq, seq)
		}
		m.del(t, p)
		m.wantClean(t, before, p)
	})
}

// wantOnlyReleased ends a sandbox of another boot. What is in the namespace
// must stay; addresses, results and the record must not.
func wantOnlyReleased(t *testing.T, end func(*machine, pod)) {
	t.Helper()
	m := newMachine(t)
	m.spy(t)
	p := m.pod(t, "a")
	before := m.look(t)
	m.add(t, p)
	inside := links(t, p.netns)
	m.reboot(t, p)
	end(m, p)
	m.wantReleased(t)
	wantSame(t, "the sandbox", inside, links(t, p.netns))
	netnstest.Delete(t, p.netns)
	m.wantClean(t, before, p)
}

// TestRecycledPath puts a namespace of somebody else at the path of a sandbox,
// with interfaces that have the same names.
func TestRecycledPath(t *testing.T) {
	program(t)
	for _, tt := range []struct {
		name string
		end  func(testing.TB, *machine, pod)
	}{{"DEL", thenDel}, {"GC", thenGC}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.spy(t)
			p := m.pod(t, "a")
			before := m.look(t)
			m.add(t, p)
			stranger := recycle(t, p.netns)
			tt.end(t, m, p)
			m.wantReleased(t)
			wantSame(t, "the namespace of somebody else",
				[]string{"interface eth0", "interface lo", "interface net1"},
				links(t, stranger))
			netnstest.Delete(t, p.netns)
			m.wantClean(t, before, p)
		})
	}
}

// recycle replaces the namespace at a path, and returns another path of the new
// one.
func recycle(t testing.TB, path string) string {
	t.Helper()
	stranger := netnstest.New(t) // before the old one goes: inodes are used again too
	netnstest.Do(t, stranger, func() {
		pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "eth0"}, PeerName: "net1"}
		if err := netlink.LinkAdd(pair); err != nil {
			t.Fatal(err)
		}
	})
	netnstest.Delete(t, path)
	if err := os.WriteFile(path, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(stranger, path, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	return stranger
}
