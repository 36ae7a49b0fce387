package plugins_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/backends/real/plugins"
	"patchbay/core/fail"
)

func install(t *testing.T, dir, name string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/false\n"), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	both := install(t, first, "bridge", 0o755)
	install(t, second, "bridge", 0o755)
	only := install(t, second, "macvlan", 0o700)
	install(t, first, "vlan", 0o644)
	vlan := install(t, second, "vlan", 0o755)
	if err := os.Mkdir(filepath.Join(first, "macvlan"), 0o755); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(first, "linked")
	if err := os.Symlink(only, linked); err != nil {
		t.Fatal(err)
	}
	finder := plugins.New(plugins.Options{})
	for _, c := range []struct{ name, path, want string }{
		{"bridge", first + ":" + second, both},
		{"macvlan", first + ":" + second, only}, // a directory is no plugin
		{"vlan", first + ":" + second, vlan},    // nor is what can not be executed
		{"linked", first, linked},
		{"macvlan", "::" + second + "/:", only},
		{"macvlan", first + "/none:" + only + ":" + second, only},
	} {
		got, err := finder.Find(t.Context(), c.name, c.path)
		if err != nil || got != c.want {
			t.Errorf("%s in %s: got %s, %v; want %s", c.name, c.path, got, err, c.want)
		}
	}
}

func TestFindRelative(t *testing.T) {
	dir := t.TempDir()
	install(t, dir, "macvlan", 0o755)
	t.Chdir(dir)
	finder := plugins.New(plugins.Options{})
	got, err := finder.Find(t.Context(), "macvlan", ".")
	if err != nil || !filepath.IsAbs(got) || filepath.Base(got) != "macvlan" {
		t.Errorf("got %s, %v; want an absolute path", got, err)
	}
	if got, err = finder.Find(t.Context(), "macvlan", ""); !fail.Is(err, fail.NotFound) {
		t.Errorf("an empty path: got %s, %v; want not found", got, err)
	}
	if got, err = finder.Find(t.Context(), "macvlan", ":/none"); !fail.Is(err, fail.NotFound) {
		t.Errorf("an empty element: got %s, %v; want not found", got, err)
	}
}

func TestFindRefuses(t *testing.T) {
	dir := t.TempDir()
	file := install(t, dir, "vlan", 0o644)
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, plugin, path string
		kind               fail.Kind
		text               string
	}{
		{
			"C096 a plugin that is in no directory", "x", "a:b", fail.NotFound,
			`failed to find plugin "x" in path [a b]`,
		},
		{"no directories", "x", "", fail.NotFound, `failed to find plugin "x" in path []`},
		{"a path as name", "../bin/x", "/opt", fail.Invalid, `invalid plugin name "../bin/x"`},
		{"no name", "", "/opt", fail.Invalid, `invalid plugin name ""`},
		{"the parent as name", "..", dir, fail.NotFound, `failed to find plugin ".." in path`},
		{"a name with a NUL", "a\x00b", dir, fail.IO, `failed to find plugin "a\x00b" in path`},
		{
			"a file that is no program", "vlan", dir, fail.NotFound,
			`failed to find plugin "vlan" in path [` + dir + `]: ` + file + `: not an executable file`,
		},
		{
			"several reasons", "vlan", dir + ":" + loop, fail.IO,
			file + ": not an executable file; " + loop + "/vlan: too many levels",
		},
		{
			"a directory that can not be looked into", "x", loop, fail.IO,
			"too many levels of symbolic links",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := plugins.New(plugins.Options{}).Find(t.Context(), c.plugin, c.path)
			if !fail.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %q, %v (%s); want %s: %s", got, err, fail.Of(err), c.kind, c.text)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := plugins.New(plugins.Options{}).Find(ctx, "x", dir)
	if !fail.Is(err, fail.Transient) {
		t.Errorf("after the context's end: %v, want a transient error", err)
	}
}
