package plugins

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"patchbay/core/fail"
)

// Find returns the absolute path of the first executable file called name in a
// colon-separated list of directories (CNI spec 1.1, CNI_PATH). An empty
// element is no directory; in particular it is not the current one.
//
// Invalid: the name is not a file name. NotFound: no directory has the plugin.
// IO: none has it as far as could be seen, and one could not be looked into.
func (r *Runner) Find(ctx context.Context, name, path string) (string, error) {
	if name == "" || strings.ContainsRune(name, os.PathSeparator) {
		return "", fail.New(fail.Invalid, "invalid plugin name %q", name)
	}
	if ctx.Err() != nil {
		return "", fail.New(fail.Transient, "plugin %s: not looked for: %w", name,
			context.Cause(ctx))
	}
	var dirs []string
	var why error
	kind := fail.NotFound
	for _, dir := range filepath.SplitList(path) {
		if dir == "" {
			continue
		}
		dirs = append(dirs, dir)
		file := filepath.Join(dir, name)
		err := executable(os.Stat(file))
		if err == nil {
			return absolute(file)
		}
		if absent(err) {
			continue
		}
		if !errors.Is(err, errNotExecutable) {
			kind = fail.IO
		}
		why = also(why, fail.About(file, err))
	}
	if why != nil {
		return "", fail.New(kind, "failed to find plugin %q in path %s: %w", name, dirs, why)
	}
	return "", fail.New(kind, "failed to find plugin %q in path %s", name, dirs)
}

// also puts errors in one line, which errors.Join does not.
func also(err, next error) error {
	if err == nil {
		return next
	}
	return fmt.Errorf("%w; %w", err, next)
}

var errNotExecutable = errors.New("not an executable file")

// executable judges the answer of a stat. The x bits are read and not tried
// with access(2): any of them will do for root, and nobody else runs plugins.
func executable(info fs.FileInfo, err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err // the path is said once, by the caller
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return errNotExecutable
	}
	return nil
}

// absent reports whether err says that a file does not exist.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR)
}

func absolute(file string) (string, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return "", fail.New(fail.IO, "plugin %s: no absolute path: %w", file, err)
	}
	return path, nil
}
