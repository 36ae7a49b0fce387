package netnstest_test

import (
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"patchbay/ci/netnstest"
)

func TestNewIsAnotherNamespace(t *testing.T) {
	path := netnstest.New(t)
	before := identity(t, "/proc/thread-self/ns/net")
	if identity(t, path) == before {
		t.Fatal("the new namespace is the one that the test runs in")
	}
	netnstest.Do(t, path, func() {
		if identity(t, "/proc/thread-self/ns/net") != identity(t, path) {
			t.Error("Do ran in another namespace")
		}
		links, err := net.Interfaces()
		if err != nil || len(links) != 1 || links[0].Name != "lo" {
			t.Errorf("interfaces %v, %v; want lo", links, err)
		}
	})
	if identity(t, "/proc/thread-self/ns/net") != before {
		t.Fatal("Do did not come back")
	}
}

func TestDoNests(t *testing.T) {
	outer, inner := netnstest.New(t), netnstest.New(t)
	netnstest.Do(t, outer, func() {
		netnstest.Do(t, inner, func() {})
		if identity(t, "/proc/thread-self/ns/net") != identity(t, outer) {
			t.Error("the inner Do did not come back to the outer one")
		}
	})
}

func TestGoneWithItsTest(t *testing.T) {
	var path string
	t.Run("life", func(t *testing.T) { path = netnstest.New(t) })
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Fatalf("%s: %v; want it to be gone", path, err)
	}
	deleted := netnstest.New(t)
	netnstest.Delete(t, deleted)
	netnstest.Delete(t, deleted)
}

// identity is what tells one namespace from another.
func identity(t *testing.T, path string) [2]uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return [2]uint64{st.Dev, st.Ino}
}
