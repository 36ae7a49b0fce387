package devices_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"patchbay/backends/real/devices"
	"patchbay/core/fail"
)

// vf is the file of a virtual function, as a device plugin writes it.
const vf = `{"type":"pci","version":"1.1.0","pci":{"pci-address":"0000:3b:02.1"}}`

func TestInfo(t *testing.T) {
	for _, c := range []struct{ name, content, want, text string }{
		{"C113 there", vf, vf, ""},
		{"space around", " \n" + vf + "\r\n\t", vf, ""},
		{"an object that says nothing", "{}", "{}", ""},
		{"the largest", padded(64 << 10), padded(64 << 10), ""},
		{"one more", padded(64<<10 + 1), "", "it has more than 65536 bytes"},
		{"empty", "", "", "it is empty"},
		{"space", " \n", "", "it is empty"},
		{"torn", vf[:20], "", "it is no JSON object: unexpected end of JSON input"},
		{"two", vf + vf, "", "it is no JSON object: " +
			"invalid character '{' after top-level value"},
		{"null", "null", "", "it is no JSON object: it is null"},
		{"a list", "[" + vf + "]", "", "it is no JSON object: " +
			"json: cannot unmarshal array into Go value of type map[string]json.RawMessage"},
		{"not UTF-8", "{\"type\":\"\xff\"}", "", "it is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "info")
			write(t, path, c.content)
			got, err := devices.New("/nowhere").Info(t.Context(), path)
			if string(got) != c.want {
				t.Errorf("%.100q\nwant %.100q", got, c.want)
			}
			check(t, err, fail.Decode, c.text)
		})
	}
}

// padded is a JSON object of a size.
func padded(size int) string {
	return `{"a":"` + strings.Repeat("a", size-len(`{"a":""}`)) + `"}`
}

func TestInfoOfOtherThings(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), vf)
	if err := os.Symlink("file", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		kind       fail.Kind
		text       string
	}{
		{"C114 nothing", filepath.Join(dir, "none"), 0, ""},
		{"nor a directory for it", filepath.Join(dir, "none", "none"), 0, ""},
		{"nor could there be", filepath.Join(dir, "file", "none"), 0, ""},
		{"directory", dir, fail.Decode, "it is no regular file"},
		{"pipe", filepath.Join(dir, "pipe"), fail.Decode, "it is no regular file"},
		{"link", filepath.Join(dir, "link"), fail.Decode, "it is no regular file"},
		{"device", "/dev/null", fail.Decode, "it is no regular file"},
		{"relative", "file", fail.Invalid, "the path is not absolute"},
		{"none", "", fail.Invalid, "the path is not absolute"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := devices.New(dir).Info(t.Context(), c.path)
			if got != nil {
				t.Errorf("%q; want nil", got)
			}
			check(t, err, c.kind, c.text)
		})
	}
}

func TestDropInfo(t *testing.T) {
	top := t.TempDir()
	root := filepath.Join(top, "devinfo")
	outside := filepath.Join(top, "outside")
	for _, dir := range []string{root, filepath.Join(root, "cni"), outside} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	kept := []string{
		filepath.Join(outside, "file"), filepath.Join(top, "devinfo-file"),
		filepath.Join(root, "cni", "kept"),
	}
	for _, path := range append(kept, filepath.Join(root, "cni", "file")) {
		write(t, path, vf)
	}
	if err := os.Symlink(outside, filepath.Join(root, "away")); err != nil {
		t.Fatal(err)
	}
	const refused = ", so it is not removed"
	for _, c := range []struct {
		name, path string
		kind       fail.Kind
		text       string
	}{
		{"C113 there", root + "/cni/file", 0, ""},
		{"not any more", root + "/cni/file", 0, ""},
		{"nor its directory", root + "/none/file", 0, ""},
		{"outside", outside + "/file", fail.Broken, "it is not inside " + root + refused},
		{"beside", root + "-file", fail.Broken, "it is not inside " + root + refused},
		{"by dots", root + "/../outside/file", fail.Broken, "it is not inside " + root + refused},
		{"by a link", root + "/away/file", fail.Broken, "path escapes from parent"},
		{"the root", root, fail.Broken, "it is not inside " + root + refused},
		{"a directory", root + "/cni", fail.Broken, "it is a directory" + refused},
		{"relative", "cni/kept", fail.Broken, "it is not inside " + root + refused},
		{"none", "", fail.Broken, "it is not inside " + root + refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := devices.New(root+"/").DropInfo(t.Context(), c.path)
			check(t, err, c.kind, c.text)
			if _, err := os.Stat(c.path); c.text == "" && !os.IsNotExist(err) {
				t.Errorf("it is still there: %v", err)
			}
		})
	}
	for _, path := range kept {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestDropInfoWithoutARoot(t *testing.T) {
	root := filepath.Join(t.TempDir(), "none")
	check(t, devices.New(root).DropInfo(t.Context(), filepath.Join(root, "file")), 0, "")
	check(t, devices.New("").DropInfo(t.Context(), filepath.Join(root, "file")), fail.Broken,
		"it is not inside ., so it is not removed")
}

func TestNoTimeLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "info")
	write(t, path, vf)
	ctx, end := context.WithCancel(t.Context())
	end()
	d := devices.New(filepath.Dir(path))
	_, err := d.Info(ctx, path)
	check(t, err, fail.Transient, "no time left: context canceled")
	check(t, d.DropInfo(ctx, path), fail.Transient, "no time left: context canceled")
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
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
	if !fail.Is(err, kind) || !strings.HasSuffix(err.Error(), text) ||
		!strings.HasPrefix(err.Error(), "device information ") {
		t.Errorf("%v (%v)\nwant %v: …%s", err, fail.Of(err), kind, text)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
