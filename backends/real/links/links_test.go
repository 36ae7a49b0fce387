package links_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/ci/netnstest"
	"patchbay/ci/require"
	"patchbay/core/fail"
	"patchbay/core/record"
)

func TestLook(t *testing.T) {
	sandbox := node(t, "link add net1 type veth peer name eth0\n")
	got, err := kernel().Look(t.Context(), sandbox.Path)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != sandbox.ID || !slices.Equal(got.Links, []string{"eth0", "lo", "net1"}) {
		t.Errorf("%+v; want %v and eth0, lo, net1", got, sandbox.ID)
	}
}

func TestLookThroughALink(t *testing.T) {
	sandbox := node(t)
	path := filepath.Join(t.TempDir(), "name")
	if err := os.Symlink(sandbox.Path, path); err != nil {
		t.Fatal(err)
	}
	if got, err := kernel().Look(t.Context(), path); err != nil || got.ID != sandbox.ID {
		t.Errorf("%v, %v; want %v", got, err, sandbox.ID)
	}
}

func TestLookRefuses(t *testing.T) {
	require.Root(t)
	dir := t.TempDir()
	file, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, text string }{
		{"C121 nothing there", filepath.Join(dir, "none"), "no such path"},
		{"under a file", filepath.Join(file, "none"), "no such path"},
		{"no path", "", "no such path"},
		{"a file that a namespace was mounted on", file, "not a network namespace"},
		{"a directory", dir, "not a network namespace"},
		{"a pipe without a writer", pipe, "not a network namespace"},
		{"a namespace of another type", "/proc/self/ns/mnt", "not a network namespace"},
		{"our own", "/proc/self/ns/net", "is the node's own network namespace"},
		{"that of the first process", "/proc/1/ns/net", "is the node's own network namespace"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := os.Stat(c.path); errors.Is(err, os.ErrPermission) {
				t.Skip("not even root may look at it here")
			}
			_, err := kernel().Look(t.Context(), c.path)
			want := "sandbox " + c.path + ": " + c.text
			if !fail.Is(err, fail.BadSandbox) || err.Error() != want {
				t.Errorf("%v (%v)\nwant %s", err, fail.Of(err), want)
			}
		})
	}
}

func TestAbsent(t *testing.T) {
	sandbox := node(t, "link add net1 type veth peer name eth0\n"+
		"link property add dev eth0 altname net7\n")
	for _, c := range []struct {
		name, ifName string
		kind         fail.Kind
		text         string
	}{
		{
			"C120 interface name taken", "net1", fail.Invalid,
			"interface net1 already exists in the sandbox",
		},
		{
			"C120 taken as an alternative name", "net7", fail.Invalid,
			"interface net7 already exists in the sandbox",
		},
		{"free", "net2", 0, ""},
		{"free, as long as a name can be", "net123456789012", 0, ""},
		{"part of a name", "net", 0, ""},
		{"no name", "", fail.Invalid, "interface name: it must have 1 to 15 bytes"},
		{
			"too long", "net1234567890123", fail.Invalid,
			"interface name: it must have 1 to 15 bytes",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, kernel().Absent(t.Context(), sandbox, c.ifName), c.kind, c.text)
		})
	}
}

func TestPresent(t *testing.T) {
	sandbox := node(t, "link add net1 type veth peer name eth0\n"+
		"link property add dev eth0 altname net7\n")
	for _, c := range []struct {
		name    string
		ifNames []string
		kind    fail.Kind
		text    string
	}{
		{"nothing asked", nil, 0, ""},
		{"there", []string{"net1", "lo"}, 0, ""},
		{"there by another name", []string{"net7"}, 0, ""},
		{
			"one missing",
			[]string{"net1", "net2"},
			fail.NotFound,
			": interface net2 is not in the sandbox",
		},
		{
			"all that are missing",
			[]string{"net3", "net1", "net2"},
			fail.NotFound,
			": interfaces net3, net2 are not in the sandbox",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, kernel().Present(t.Context(), sandbox, c.ifNames), c.kind, c.text)
		})
	}
}

// check compares an error with a kind and the end of its text; "" is no error.
func check(t *testing.T, err error, kind fail.Kind, text string) {
	t.Helper()
	if text == "" {
		if err != nil {
			t.Errorf("%v (%v); want no error", err, fail.Of(err))
		}
		return
	}
	if !fail.Is(err, kind) || !strings.HasSuffix(err.Error(), text) {
		t.Errorf("%v (%v)\nwant %v: …%s", err, fail.Of(err), kind, text)
	}
}

// methods are all that take a sandbox by identity, with requests that the
// sandbox of TestIdentity would grant.
var methods = []struct {
	name string
	call func(ctx context.Context, sandbox backends.Sandbox) error
}{
	{"Absent", func(ctx context.Context, sandbox backends.Sandbox) error {
		return kernel().Absent(ctx, sandbox, "net9")
	}},
	{"Present", func(ctx context.Context, sandbox backends.Sandbox) error {
		return kernel().Present(ctx, sandbox, []string{"lo"})
	}},
	{"MoveDefault", func(ctx context.Context, sandbox backends.Sandbox) error {
		_, err := kernel().MoveDefault(ctx, sandbox, backends.DefaultRoute{IfName: "lo"})
		return err
	}},
}

func TestIdentity(t *testing.T) {
	sandbox, other, gone := node(t), node(t), node(t)
	netnstest.Delete(t, gone.Path)
	recycled := backends.Sandbox{Path: other.Path, ID: sandbox.ID}
	own := backends.Sandbox{Path: "/proc/self/ns/net", ID: inode(t, "/proc/self/ns/net")}
	stale := filepath.Join(t.TempDir(), "stale")
	if err := os.WriteFile(stale, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, m := range methods {
		t.Run(m.name, func(t *testing.T) {
			check(t, m.call(t.Context(), sandbox), 0, "")
			check(t, m.call(t.Context(), gone), fail.Gone,
				"sandbox "+gone.Path+": no such path")
			check(t, m.call(t.Context(), recycled), fail.Gone, "sandbox "+recycled.Path+
				": the path now leads to another network namespace")
			check(t, m.call(t.Context(), backends.Sandbox{Path: stale, ID: sandbox.ID}),
				fail.Gone, "not a network namespace")
			check(t, m.call(t.Context(), own), fail.BadSandbox,
				"is the node's own network namespace")
			check(t, m.call(t.Context(), backends.Sandbox{Path: sandbox.Path, ID: record.Inode{}}),
				fail.Gone, "the path now leads to another network namespace")
		})
	}
}

func TestNoTimeLeft(t *testing.T) {
	sandbox := node(t)
	ctx, end := context.WithCancel(t.Context())
	end()
	for _, m := range methods {
		t.Run(m.name, func(t *testing.T) {
			check(t, m.call(ctx, sandbox), fail.Transient, "no time left: context canceled")
		})
	}
}

// TestStaysAtHome looks from many goroutines and then sees that none of the
// threads they ran on stayed in the sandbox, and that no file is left open.
func TestStaysAtHome(t *testing.T) {
	sandbox := node(t)
	t.Run("looks", func(t *testing.T) {
		for n := range 64 {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				if _, err := kernel().Look(t.Context(), sandbox.Path); err != nil {
					t.Error(err)
				}
			})
		}
	})
	for _, kind := range []string{"task/*/ns/net", "fd/*"} {
		paths, err := filepath.Glob("/proc/self/" + kind)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%v, %v", paths, err)
		}
		for _, path := range paths {
			var st unix.Stat_t
			if err := unix.Stat(path, &st); err != nil {
				continue // it has gone
			}
			if (record.Inode{Dev: st.Dev, Ino: st.Ino}) == sandbox.ID {
				t.Errorf("%s is the sandbox", path)
			}
		}
	}
}

func BenchmarkLook(b *testing.B) {
	sandbox := node(b, three)
	for b.Loop() {
		if _, err := kernel().Look(b.Context(), sandbox.Path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAbsent(b *testing.B) {
	sandbox := node(b, three)
	for b.Loop() {
		if err := kernel().Absent(b.Context(), sandbox, "net9"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMoveDefaultDone(b *testing.B) {
	sandbox := node(b, three, viaEth0)
	want := backends.DefaultRoute{IfName: "net1", Gateway: "10.1.0.1", Others: []string{"eth0"}}
	for b.Loop() {
		if _, err := kernel().MoveDefault(b.Context(), sandbox, want); err != nil {
			b.Fatal(err)
		}
	}
}
