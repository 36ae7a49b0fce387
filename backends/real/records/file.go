package records

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Records are for the one who runs the runtime: they hold names of pods and
// whatever secrets people put into network configurations.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// replace puts data at path in one step: a reader sees the old file or the new
// one, and a crash of the process leaves one of them. A power cut may leave
// neither, or an empty file.
func replace(path string, data []byte) error {
	return put(path, data, func(*os.File) error { return nil })
}

// replaceDurably is replace that a power cut can not undo once it has returned.
// When only the last step fails, that of the directory, the new file is there
// but might not survive; the caller is told and does not rely on it.
func replaceDurably(path string, data []byte) error {
	if err := put(path, data, (*os.File).Sync); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func put(path string, data []byte, settle func(*os.File) error) error {
	if err := makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	err := fill(tempOf(path), data, settle)
	if err == nil {
		err = os.Rename(tempOf(path), path)
	}
	if err != nil {
		_ = remove(tempOf(path)) // whatever stays is ignored, and replaced by the next put
	}
	return err
}

// tempOf is the one temporary name of a file, so that what a crash leaves is
// found without a search. No key begins with a dot.
func tempOf(path string) string {
	dir, base := filepath.Split(path)
	return dir + "." + base + ".tmp"
}

// fill creates a file. The close is the last to report that a write failed.
func fill(path string, data []byte, settle func(*os.File) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	if _, err = file.Write(data); err == nil {
		err = settle(file)
	}
	return errors.Join(err, file.Close())
}

// remove removes a file; that it is gone already is as good.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// makeDir creates a directory and those above it, durably: a durable file in a
// directory that a power cut takes away is none.
func makeDir(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := makeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// names lists a directory; one that is not there is empty.
func names(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}
