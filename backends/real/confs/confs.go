package confs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
)

// maxFile is the size in bytes of the largest configuration that is read. A
// long one has a few KiB; a path that was mistyped may lead to a disk image.
const maxFile = 1 << 20

// Disk reads from the file system.
type Disk struct{}

var _ backends.Confs = Disk{}

// Read returns the file at path or, when that is a directory, the regular
// files in it with one of the comma-separated suffixes, in lexical order of
// their names; symbolic links are followed. What else a directory holds, and
// what leaves it while it is read, is passed over.
//
// NotFound: there is nothing at path. Invalid: it is neither, or a file is
// larger than 1 MiB. IO: a file or the directory can not be read.
func (Disk) Read(ctx context.Context, path, suffixes string) (need.Files, error) {
	files, err := read(ctx, path, suffixes)
	if err != nil {
		return need.Files{}, fail.About("configuration "+path, err)
	}
	return files, nil
}

func read(ctx context.Context, path, suffixes string) (need.Files, error) {
	info, err := os.Stat(path)
	if err != nil {
		return need.Files{}, classified(err)
	}
	if info.IsDir() {
		list, listErr := readDir(ctx, path, suffixes)
		return need.Files{Dir: true, List: list}, listErr
	}
	content, err := readFile(ctx, path)
	if err != nil {
		return need.Files{}, err
	}
	return need.Files{List: []need.File{{Path: path, Bytes: content}}}, nil
}

func readDir(ctx context.Context, dir, suffixes string) ([]need.File, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, classified(err)
	}
	wanted := slices.DeleteFunc(strings.Split(suffixes, ","),
		func(suffix string) bool { return suffix == "" })
	var list []need.File
	for _, entry := range entries {
		name := entry.Name()
		if !slices.ContainsFunc(wanted,
			func(suffix string) bool { return strings.HasSuffix(name, suffix) }) {
			continue
		}
		file := filepath.Join(dir, name)
		content, readErr := readFile(ctx, file)
		if errors.Is(readErr, errNotRegular) || fail.Is(readErr, fail.NotFound) {
			continue
		}
		if readErr != nil {
			return nil, fail.About(name, readErr)
		}
		list = append(list, need.File{Path: file, Bytes: content})
	}
	return list, nil
}

var errNotRegular = errors.New("neither a regular file nor a directory")

// readFile reads one regular file. It looks before it opens, since opening a
// device does something to it, and again after, since the file may have been
// exchanged for a FIFO; without O_NONBLOCK opening that would never return.
func readFile(ctx context.Context, path string) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, fail.New(fail.Transient, "not read in time: %w", context.Cause(ctx))
	}
	if err := regular(os.Stat(path)); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, classified(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	if err = regular(file.Stat()); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, classified(err)
	}
	if len(content) > maxFile {
		return nil, fail.New(fail.Invalid, "larger than %d KiB", maxFile>>10)
	}
	return content, nil
}

// regular judges the answer of a stat.
func regular(info fs.FileInfo, err error) error {
	switch {
	case err != nil:
		return classified(err)
	case !info.Mode().IsRegular():
		return fail.As(fail.Invalid, errNotRegular)
	}
	return nil
}

// classified gives the error of a file operation a kind, and takes the path
// out of its text, which has it already.
func classified(err error) error {
	cause := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		cause = e.Err
	}
	if errors.Is(cause, fs.ErrNotExist) || errors.Is(cause, unix.ENOTDIR) {
		return fail.New(fail.NotFound, "nothing there: %w", cause)
	}
	return fail.New(fail.IO, "can not be read: %w", cause)
}
