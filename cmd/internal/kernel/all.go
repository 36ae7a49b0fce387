package kernel

import (
	"context"
	"path/filepath"

	"golang.org/x/sys/unix"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// NamedDir is where namespaces are mounted that have a name (ip-netns(8)), those
// of containerd and CRI-O included.
const NamedDir = "/run/netns"

// All looks at every namespace that has a name in a directory or a process in
// it, each once, our own first. It returns too what could not be looked at; that
// a process ended meanwhile is not worth telling.
func All(ctx context.Context, dir string) ([]Namespace, []error) {
	paths := []string{Own}
	for _, pattern := range []string{filepath.Join(dir, "*"), "/proc/[0-9]*/ns/net"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, []error{fail.New(fail.Invalid, "%s: %w", pattern, err)}
		}
		paths = append(paths, found...)
	}
	var out []Namespace
	var errs []error
	seen := map[record.Inode]bool{}
	for _, path := range paths {
		var st unix.Stat_t
		if err := unix.Stat(path, &st); err != nil {
			errs = append(errs, unlessGone(fail.New(kindOf(err), "%s: %w", path, err))...)
			continue
		}
		id := record.Inode{Dev: st.Dev, Ino: st.Ino}
		if seen[id] {
			continue
		}
		n, err := At(ctx, path)
		switch {
		case err == nil && seen[n.ID]: // the path was used again meanwhile
		case err == nil:
			seen[n.ID] = true
			out = append(out, n)
		case !fail.Is(err, fail.Invalid): // else the mount of a name is gone
			errs = append(errs, unlessGone(err)...)
		}
	}
	return out, errs
}

func unlessGone(err error) []error {
	if fail.Is(err, fail.NotFound) {
		return nil
	}
	return []error{err}
}
