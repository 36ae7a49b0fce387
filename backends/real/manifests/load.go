package manifests

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"patchbay/backends/yamljson"
	"patchbay/core/fail"
)

// parsedFile is a file as it was when it was read last.
type parsedFile struct {
	info    os.FileInfo
	objects []object
}

// find returns the object of that name. Every file is looked at: an object that
// is there twice, or a file that nobody can read, is an error of the directory,
// and an answer from half of it could be the wrong one.
func (d *Directory) find(ctx context.Context, want id) (object, error) {
	if err := ctx.Err(); err != nil {
		return object{}, fail.New(fail.Transient, "%v: %w", want, err)
	}
	all, err := d.load()
	if err != nil {
		return object{}, err
	}
	found, ok := all[want]
	if !ok {
		return object{}, fail.New(fail.NotFound, "%v not found in %s", want, d.dir)
	}
	return found, nil
}

// load reads what is new or has changed.
func (d *Directory) load() (map[id]object, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, fail.New(fail.IO, "the manifest directory can not be read: %w", err)
	}
	all := map[id]object{}
	for _, entry := range entries {
		if !isManifest(entry.Name()) {
			continue
		}
		objects, err := d.file(entry.Name())
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			if before, twice := all[o.id]; twice {
				return nil, fail.New(fail.Invalid, "%v: %v is also in %v", o.at, o.id, before.at)
			}
			all[o.id] = o
		}
	}
	return all, nil
}

// isManifest leaves out what editors and volume mounts hide.
func isManifest(name string) bool {
	return !strings.HasPrefix(name, ".") &&
		slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
}

// file returns the objects of one file, and parses it unless it is unchanged.
func (d *Directory) file(name string) ([]object, error) {
	path := filepath.Join(d.dir, name)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fail.New(fail.IO, "a manifest can not be read: %w", err)
	case info.IsDir():
		return nil, nil
	case !info.Mode().IsRegular():
		return nil, fail.New(fail.Invalid, "%s is not a regular file", path)
	case info.Size() > yamljson.MaxFile:
		return nil, fail.New(fail.Invalid, "%s has more than %d bytes", path,
			yamljson.MaxFile)
	}
	last, ok := d.parsed[name]
	if ok && os.SameFile(info, last.info) && info.Size() == last.info.Size() &&
		info.ModTime().Equal(last.info.ModTime()) {
		return last.objects, nil
	}
	content, err := yamljson.ReadFile(path)
	if err != nil {
		return nil, fail.New(fail.IO, "a manifest can not be read: %w", err)
	}
	objects, err := parse(path, content)
	if err != nil {
		return nil, err
	}
	d.parsed[name] = parsedFile{info, objects}
	return objects, nil
}
