package store

import (
	"context"
	"errors"
	"strings"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// Sweep removes temporary files that nobody is writing: those of killed processes
// whose container never came again, and those that a power cut brought back after
// they were removed. The caller holds the lock of the node alone, so that results
// and scratch files are written by nobody; a record is, by a DEL that notes what
// it could not undo, which then holds the lock of its key.
func (s *Store) Sweep(ctx context.Context) error {
	if err := alive(ctx, "temporary files"); err != nil {
		return err
	}
	errs := []error{
		s.sweepDir(ctx, s.opts.Dir, func(name string) error {
			if err := checkKey(record.Key{ContainerID: name, IfName: "eth0"}); err == nil {
				return s.remove(ctx, tempOf(s.scratchFile(name)))
			}
			return nil // no container has that name: the file is somebody else's
		}),
		s.sweepDir(ctx, s.resultsDir, func(name string) error {
			return s.remove(ctx, tempOf(s.resultsDir+"/"+name))
		}),
		s.sweepDir(ctx, s.recordsDir, func(name string) error { return s.sweepRecord(ctx, name) }),
	}
	if err := errors.Join(errs...); err != nil {
		return fail.New(fail.IO, "temporary files: %w", err)
	}
	return nil
}

// sweepDir does something about every temporary file in a directory, by the name of
// the file that it was to become.
func (s *Store) sweepDir(ctx context.Context, dir string, do func(name string) error) error {
	files, err := s.names(ctx, dir)
	errs := []error{err}
	for _, file := range files {
		name, dot := strings.CutPrefix(file.Name(), ".")
		name, tmp := strings.CutSuffix(name, ".tmp")
		if dot && tmp && file.Type().IsRegular() {
			errs = append(errs, do(name))
		}
	}
	return errors.Join(errs...)
}

// sweepRecord removes the temporary file of a record that nobody is saving.
func (s *Store) sweepRecord(ctx context.Context, name string) error {
	key, ok := parseKey(strings.TrimSuffix(name, ".json"))
	if !ok {
		return nil
	}
	unlock, err := s.fs.TryLock(ctx, s.lockFile, keyByte(key), true)
	switch {
	case errors.Is(err, ErrLocked):
		return nil
	case err != nil:
		return err
	}
	defer unlock()
	return s.remove(ctx, tempOf(s.recordFile(key)))
}
