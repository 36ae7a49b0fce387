package store

import (
	"context"
	"errors"
	"io/fs"
	"path"
)

// replace puts data at a path in one step: a reader sees the old file or the new
// one, and a crash of the process leaves one of them. A power cut may leave
// neither, or an empty file.
func (s *Store) replace(ctx context.Context, name string, data []byte) error {
	return s.put(ctx, name, data, loose)
}

// replaceDurably is replace that a power cut can not undo once it has returned.
// When only the last step fails, that of the directory, the new file is there
// but might not survive; the caller is told and does not rely on it.
func (s *Store) replaceDurably(ctx context.Context, name string, data []byte) error {
	if err := s.put(ctx, name, data, synced); err != nil {
		return err
	}
	return s.fs.SyncDir(ctx, path.Dir(name))
}

// Whether bytes are to survive a power cut.
const (
	loose  = false
	synced = true
)

func (s *Store) put(ctx context.Context, name string, data []byte, sync bool) error {
	if dir := path.Dir(name); !s.fs.IsDir(ctx, dir) {
		if err := s.makeDir(ctx, dir); err != nil {
			return err
		}
	}
	temp := tempOf(name)
	err := s.fs.WriteFile(ctx, temp, data, sync)
	if err == nil {
		err = s.fs.Rename(ctx, temp, name)
	}
	if err != nil {
		_ = s.remove(ctx, temp) // whatever stays is ignored, and replaced by the next put
	}
	return err
}

// tempOf is the one temporary name of a file, so that what a crash leaves is
// found without a search. No key begins with a dot.
func tempOf(name string) string {
	dir, base := path.Split(name)
	return dir + "." + base + ".tmp"
}

// remove removes a file; that it is gone already is as good.
func (s *Store) remove(ctx context.Context, name string) error {
	if err := s.fs.Remove(ctx, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeTree removes a file or a directory with all that is in it, as far as it
// can. It never goes through a link.
func (s *Store) removeTree(ctx context.Context, name string) error {
	err := s.remove(ctx, name)
	if err == nil || !s.fs.IsDir(ctx, name) {
		return err
	}
	files, err := s.names(ctx, name)
	if err != nil {
		return err
	}
	var failed []error
	for _, file := range files {
		failed = append(failed, s.removeTree(ctx, name+"/"+file.Name()))
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return s.remove(ctx, name)
}

// makeDir creates a directory and those above it, durably: a durable file in a
// directory that a power cut takes away is none.
//
// Whoever made a directory that is there may have been killed before it was
// synced, so that is done again. Not for those above: nothing is ever made in a
// directory before that is durable, so what is in one proves that it is.
func (s *Store) makeDir(ctx context.Context, dir string) error {
	parent := path.Dir(dir)
	if parent == dir {
		return nil
	}
	if !s.fs.IsDir(ctx, dir) {
		if err := s.makeDir(ctx, parent); err != nil {
			return err
		}
		if err := s.fs.Mkdir(ctx, dir); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return s.fs.SyncDir(ctx, parent)
}

// names lists a directory; one that is not there is empty.
func (s *Store) names(ctx context.Context, dir string) ([]fs.DirEntry, error) {
	entries, err := s.fs.ReadDir(ctx, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}
