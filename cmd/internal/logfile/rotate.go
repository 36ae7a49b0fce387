package logfile

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"patchbay/core/fail"
	"patchbay/core/netconf"
)

// Rotation says how much of the past is kept. Zero is no limit.
type Rotation struct {
	MaxBytes   int64         // beyond this size a file becomes a backup
	MaxAge     time.Duration // of a backup
	MaxBackups int
	Compress   bool // backups, with gzip
}

// RotationOf fills in the defaults of Multus: 100 MB, 5 days, 5 backups,
// compressed.
func RotationOf(o netconf.LogOptions) Rotation {
	return Rotation{
		MaxBytes:   int64(or(o.MaxSize, 100)) << 20,
		MaxAge:     time.Duration(or(o.MaxAge, 5)) * 24 * time.Hour,
		MaxBackups: or(o.MaxBackups, 5),
		Compress:   or(o.Compress, true),
	}
}

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// Bytes of a log file that are locked, wherever the file ends.
const (
	rotating = iota // by whoever renames the file
	writing         // by everybody who may still write to it (shared)
)

// stamp sorts as time does, and is fine enough never to come twice.
const stamp = "20060102T150405.000000000"

// openFile opens the log file, after making room if it has grown too large. When
// only making room failed, there is a file and an error.
func openFile(path string, r Rotation, now time.Time) (*os.File, error) {
	if special(path) {
		return openSpecial(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fail.New(fail.IO, "log file %s: %w", path, err)
	}
	f, err := openCurrent(path)
	if err != nil || !r.full(f) {
		return f, err
	}
	failed := rotate(f, path, r, now)
	_ = f.Close() // nothing was written to it
	if f, err = openCurrent(path); err != nil {
		return nil, err
	}
	if failed != nil {
		return f, fail.New(fail.IO, "log file %s: rotate: %w", path, failed)
	}
	return f, nil
}

// special reports whether the path leads to a device or a pipe, such as
// /dev/stderr: it neither grows nor can be renamed.
func special(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular()
}

func openSpecial(path string) (*os.File, error) {
	// Without O_NONBLOCK a named pipe that nobody reads would stop the pod.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fail.New(fail.IO, "log file: %w", err)
	}
	return f, nil
}

// openCurrent opens the file that is at the path once we hold our share of its
// lock. Before that it may be renamed and even compressed under our hands.
func openCurrent(path string) (*os.File, error) {
	for range 100 { // each time somebody else has rotated in between
		f, err := openShared(path)
		switch {
		case errors.Is(err, errBusy):
		case err != nil:
			return nil, fail.New(fail.IO, "log file: %w", err)
		case current(f, path):
			return f, nil
		default:
			_ = f.Close() // nothing was written to it
		}
	}
	return nil, fail.New(fail.Busy, "log file %s: %w", path, errBusy)
}

func openShared(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f, unix.F_RDLCK, writing); err != nil {
		_ = f.Close() // nothing was written to it
		return nil, err
	}
	return f, nil
}

func (r Rotation) full(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && r.MaxBytes > 0 && info.Size() > r.MaxBytes
}

// current reports whether the path still leads to f.
func current(f *os.File, path string) bool {
	mine, err := f.Stat()
	if err != nil {
		return true // let the first write say what is wrong
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// lock takes a lock that lives as long as f is open, or fails with errBusy.
func lock(f *os.File, kind int16, at int64) error {
	l := unix.Flock_t{Type: kind, Whence: io.SeekStart, Start: at, Len: 1}
	err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &l)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return errBusy
	}
	return err
}

// rotate makes the file at path a backup and then drops and compresses
// backups. Whoever finds another process doing so leaves it to that one.
func rotate(f *os.File, path string, r Rotation, now time.Time) error {
	err := lock(f, unix.F_WRLCK, rotating)
	if errors.Is(err, errBusy) {
		return nil
	}
	if err != nil {
		return err
	}
	if !current(f, path) {
		return nil // it was done between our look and our lock
	}
	ext := filepath.Ext(path)
	backup := strings.TrimSuffix(path, ext) + "-" + now.UTC().Format(stamp) + ext
	if err := os.Rename(path, backup); err != nil {
		return err
	}
	// Our own share of the lock would make the backup look as if in use.
	if err := lock(f, unix.F_UNLCK, writing); err != nil {
		return err
	}
	return prune(path, r, now)
}

// prune removes the backups that are too old or too many and compresses the
// rest. Of several at work on the same backups each finds less to do.
func prune(path string, r Rotation, now time.Time) error {
	kept, err := backups(path)
	if err != nil {
		return err
	}
	slices.Reverse(kept) // youngest first
	var errs []error
	for i, b := range kept {
		old := r.MaxAge > 0 && now.Sub(b.at) > r.MaxAge
		switch {
		case old, r.MaxBackups > 0 && i >= r.MaxBackups:
			errs = append(errs, ignoreMissing(os.Remove(b.path)))
		case r.Compress && !strings.HasSuffix(b.path, ".gz"):
			errs = append(errs, ignoreMissing(compress(b.path)))
		}
	}
	return errors.Join(errs...)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

type backup struct {
	path string
	at   time.Time
}

// backups lists the backups of a log file, oldest first. What only looks like
// one is somebody else's and not touched.
func backups(path string) ([]backup, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	ext := filepath.Ext(path)
	prefix := strings.TrimSuffix(filepath.Base(path), ext) + "-"
	var out []backup
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), prefix)
		rest, okExt := strings.CutSuffix(strings.TrimSuffix(rest, ".gz"), ext)
		at, err := time.Parse(stamp, rest)
		if ok && okExt && err == nil && e.Type().IsRegular() {
			out = append(out, backup{filepath.Join(filepath.Dir(path), e.Name()), at})
		}
	}
	slices.SortFunc(out, func(a, b backup) int { return a.at.Compare(b.at) })
	return out, nil
}

// compress replaces a backup by its compressed form, unless a process may
// still write to it: then the next rotation does.
func compress(path string) error {
	from, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // only read
	if err := lock(from, unix.F_WRLCK, writing); err != nil {
		if errors.Is(err, errBusy) {
			return nil
		}
		return err
	}
	half := path + ".gz.tmp" // a crash leaves it to be written over
	if err := squeeze(from, half); err != nil {
		return err
	}
	if err := os.Rename(half, path+".gz"); err != nil {
		return err
	}
	return os.Remove(path)
}

// squeeze writes what it reads to a file, compressed for speed: a pod waits.
func squeeze(from io.Reader, path string) error {
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(to, gzip.BestSpeed)
	if err == nil {
		_, err = io.Copy(z, from)
		err = errors.Join(err, z.Close())
	}
	return errors.Join(err, to.Close())
}
