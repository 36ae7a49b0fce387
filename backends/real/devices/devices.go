package devices

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/core/fail"
)

// maxFile is the size in bytes of the largest file that is read. Real ones have
// some hundred, and all of a pod's go into one annotation, which with all
// others of the pod may have 256 KiB (Kubernetes, TotalAnnotationSizeLimitB).
const maxFile = 64 << 10

// Devices are the devices of this node.
type Devices struct{ root string }

var _ backends.Devices = (*Devices)(nil)

// New returns the devices of this node. Files are removed only under root,
// which need not exist.
func New(root string) *Devices { return &Devices{root: filepath.Clean(root)} }

// Info returns the content of the file at path, one JSON object without the
// space around it; nil when there is no file. Decode: it is no regular file, it
// is larger than 64 KiB, or it holds anything else. Invalid: the path is not
// absolute. IO: it can not be read.
func (*Devices) Info(ctx context.Context, path string) ([]byte, error) {
	about := "device information " + path
	if err := ended(ctx); err != nil {
		return nil, fail.About(about, err)
	}
	if !filepath.IsAbs(path) {
		return nil, fail.New(fail.Invalid, "%s: the path is not absolute", about)
	}
	content, err := read(path)
	if err != nil || content == nil {
		return nil, fail.About(about, err)
	}
	info, err := parse(content)
	return info, fail.About(about, err)
}

// DropInfo removes the file at path; that there is none is success. Broken: the
// path is not inside the root directory, by its name or through symbolic links,
// or a directory is there. IO: the file can not be removed now.
func (d *Devices) DropInfo(ctx context.Context, path string) error {
	about := "device information " + path
	if err := ended(ctx); err != nil {
		return fail.About(about, err)
	}
	name, err := filepath.Rel(d.root, path)
	if err != nil || name == "." || !filepath.IsAbs(path) || !filepath.IsLocal(name) {
		return fail.New(fail.Broken, "%s: it is not inside %s, so it is not removed",
			about, d.root)
	}
	return fail.About(about, d.remove(name))
}

// remove removes a file by its name under the root. An open root is not left
// through symbolic links, which the check of the path does not see.
func (d *Devices) remove(name string) error {
	root, err := os.OpenRoot(d.root)
	if absent(err) {
		return nil
	}
	if err != nil {
		return fail.New(fail.IO, "the directory of such files: %w", err)
	}
	defer func() { _ = root.Close() }() // it was only looked into
	info, err := root.Lstat(name)
	switch {
	case absent(err):
		return nil
	case err != nil:
		return fail.New(kind(err), "can not be looked at: %w", err)
	case info.IsDir():
		return fail.New(fail.Broken, "it is a directory, so it is not removed")
	}
	if err := root.Remove(name); err != nil && !absent(err) {
		return fail.New(kind(err), "can not be removed: %w", err)
	}
	return nil
}

// kind tells what the kernel said, which may be otherwise next time, from what
// package os did: it has no name for the error of a path that leaves the root.
func kind(err error) fail.Kind {
	if _, ok := errors.AsType[unix.Errno](err); ok {
		return fail.IO
	}
	return fail.Broken
}

// read returns the bytes of a regular file; nil when nothing is at the path.
func read(path string) ([]byte, error) {
	// Not through a symbolic link, and not waiting for the writer of a pipe.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	switch {
	case absent(err):
		return nil, nil
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENXIO):
		return nil, fail.New(fail.Decode, "it is no regular file")
	case err != nil:
		return nil, fail.New(fail.IO, "can not be read: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, fail.New(fail.IO, "can not be read: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fail.New(fail.Decode, "it is no regular file")
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fail.New(fail.IO, "can not be read: %w", err)
	}
	return content, nil
}

// parse checks that content is one JSON object and nothing else.
func parse(content []byte) ([]byte, error) {
	info := bytes.Trim(content, " \t\r\n") // what JSON calls space (RFC 8259 §2)
	switch {
	case len(content) > maxFile:
		return nil, fail.New(fail.Decode, "it has more than %d bytes", maxFile)
	case len(info) == 0:
		return nil, fail.New(fail.Decode, "it is empty")
	case !utf8.Valid(info): // the decoder would replace what is not
		return nil, fail.New(fail.Decode, "it is not UTF-8")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(info, &object); err != nil {
		return nil, fail.New(fail.Decode, "it is no JSON object: %w", err)
	}
	if object == nil {
		return nil, fail.New(fail.Decode, "it is no JSON object: it is null")
	}
	return info, nil
}

// absent reports whether err says that there is nothing at a path.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR)
}

// ended is the context's error, with a kind.
func ended(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return fail.New(fail.Transient, "no time left: %w", err)
	}
	return nil
}
