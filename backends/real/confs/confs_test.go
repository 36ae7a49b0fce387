package confs_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"patchbay/backends/real/confs"
	"patchbay/core/fail"
	"patchbay/core/need"
)

const suffixes = ".conf,.conflist,.json"

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func names(files need.Files) []string {
	var out []string
	for _, f := range files.List {
		out = append(out, filepath.Base(f.Path)+"="+string(f.Bytes))
	}
	return out
}

func TestReadDirectory(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "30-c.json"), "c")
	write(t, filepath.Join(dir, "10-a.conflist"), "a")
	write(t, filepath.Join(dir, "9-z.conf"), "z")
	write(t, filepath.Join(dir, ".hidden.conf"), "h")
	write(t, filepath.Join(dir, "10-a.conf.bak"), "no")
	write(t, filepath.Join(dir, "README"), "no")
	target := write(t, filepath.Join(elsewhere, "real"), "linked")
	link(t, target, filepath.Join(dir, "20-link.conf"))
	link(t, elsewhere, filepath.Join(dir, "21-link-to-directory.conf"))
	// A link that leads nowhere is what a file looks like that has just gone.
	link(t, filepath.Join(elsewhere, "none"), filepath.Join(dir, "22-gone.conf"))
	if err := os.Mkdir(filepath.Join(dir, "40-directory.conf"), 0o700); err != nil {
		t.Fatal(err)
	}
	fifo(t, filepath.Join(dir, "50-fifo.conf"))
	socket(t, filepath.Join(dir, "60-socket.conf"))

	t.Run("C023 files with a suffix, in lexical order", func(t *testing.T) {
		got, err := confs.Disk{}.Read(t.Context(), dir, suffixes)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			".hidden.conf=h", "10-a.conflist=a", "20-link.conf=linked", "30-c.json=c", "9-z.conf=z",
		}
		if !slices.Equal(names(got), want) || !got.Dir {
			t.Errorf("got %v (directory: %t), want %v", names(got), got.Dir, want)
		}
	})
	t.Run("one suffix", func(t *testing.T) {
		got, err := confs.Disk{}.Read(t.Context(), dir, ".json")
		if err != nil || !slices.Equal(names(got), []string{"30-c.json=c"}) {
			t.Errorf("got %v, %v", names(got), err)
		}
	})
	t.Run("no suffix is no file", func(t *testing.T) {
		got, err := confs.Disk{}.Read(t.Context(), dir, "")
		if err != nil || len(got.List) != 0 || !got.Dir {
			t.Errorf("got %v, %v", names(got), err)
		}
	})
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	file := write(t, filepath.Join(dir, "any.name"), "content")
	link(t, file, filepath.Join(dir, "link"))
	for _, path := range []string{file, filepath.Join(dir, "link")} {
		got, err := confs.Disk{}.Read(t.Context(), path, suffixes)
		if err != nil {
			t.Fatal(err)
		}
		if got.Dir || len(got.List) != 1 || got.List[0].Path != path ||
			string(got.List[0].Bytes) != "content" {
			t.Errorf("%s: got %+v", path, got)
		}
	}
	exact := write(t, filepath.Join(dir, "exact"), strings.Repeat("x", 1<<20))
	if got, err := (confs.Disk{}).Read(t.Context(), exact, ""); err != nil ||
		!bytes.Equal(got.List[0].Bytes, bytes.Repeat([]byte("x"), 1<<20)) {
		t.Errorf("a file of 1 MiB: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	dir, full := t.TempDir(), t.TempDir()
	file := write(t, filepath.Join(dir, "file"), "x")
	large := write(t, filepath.Join(full, "large.conf"), strings.Repeat("x", 1<<20+1))
	loop := filepath.Join(dir, "loop")
	link(t, loop, loop)
	fifo(t, filepath.Join(dir, "fifo"))
	socket(t, filepath.Join(dir, "socket"))
	looped := t.TempDir()
	link(t, "10-loop.conf", filepath.Join(looped, "10-loop.conf"))
	for _, c := range []struct {
		name, path string
		kind       fail.Kind
		text       string
	}{
		{"C028 nothing there", filepath.Join(dir, "none"), fail.NotFound, "none: nothing there"},
		{"a file as directory", filepath.Join(file, "x"), fail.NotFound, "nothing there"},
		{"no path", "", fail.NotFound, "nothing there"},
		{"a link that leads to itself", loop, fail.IO, "can not be read"},
		{"a FIFO", filepath.Join(dir, "fifo"), fail.Invalid, "neither a regular file"},
		{"a socket", filepath.Join(dir, "socket"), fail.Invalid, "neither a regular file"},
		{"a device", "/dev/null", fail.Invalid, "neither a regular file"},
		{"a large file", large, fail.Invalid, "larger than 1024 KiB"},
		{"a directory with a large file", full, fail.Invalid, "large.conf: larger than"},
		{"a directory with an unreadable file", looped, fail.IO, "10-loop.conf: can not be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := confs.Disk{}.Read(t.Context(), c.path, suffixes)
			if !fail.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
				t.Fatalf("got %v (%s), want %s with %q", err, fail.Of(err), c.kind, c.text)
			}
			if len(got.List) != 0 {
				t.Errorf("got files beside an error: %v", names(got))
			}
		})
	}
	_, err := confs.Disk{}.Read(t.Context(), filepath.Join(dir, "none"), suffixes)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v does not wrap its cause", err)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.conf"), "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (confs.Disk{}).Read(ctx, dir, suffixes); !fail.Is(err, fail.Transient) {
		t.Errorf("got %v, want a transient error", err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func fifo(t *testing.T, path string) {
	t.Helper()
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

func socket(t *testing.T, path string) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
}
