package nodefiles

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/record"
)

// Records is a store of records of which Load changes nothing. All other methods
// are those of the store it is made from.
type Records struct {
	backends.Records
	dir string
}

// ReadOnly returns a store over the one whose directory is dir.
func ReadOnly(store backends.Records, dir string) Records { return Records{store, dir} }

// File is where the record of a key is, whether it is there or not.
func (r Records) File(key record.Key) string {
	return filepath.Join(r.dir, "records", key.String()+".json")
}

// Load reads a record or, when there is none to be believed, rebuilds it from
// Multus' scratch file, or else from the cached results, as the plugin would.
// NotFound: nothing speaks of the key. Decode: what does can not be believed.
// Version: a later Patchbay wrote it.
func (r Records) Load(_ context.Context, key record.Key) (record.Record, error) {
	if err := key.Validate(); err != nil {
		return record.Record{}, err
	}
	known := record.Record{ContainerID: key.ContainerID, IfName: key.IfName}
	var errs []error
	for _, source := range []struct {
		path   string
		decode func([]byte) (record.Record, error)
	}{
		{r.File(key), record.Decode},
		{filepath.Join(r.dir, key.ContainerID), func(data []byte) (record.Record, error) {
			return record.DecodeScratch(data, known)
		}},
	} {
		data, err := read(source.path)
		if err == nil {
			var rec record.Record
			if rec, err = source.decode(data); err == nil {
				return rec, nil
			}
			err = fail.About(source.path, err)
		}
		if !fail.Is(err, fail.NotFound) && !fail.Is(err, fail.Decode) {
			return record.Record{}, err
		}
		errs = append(errs, err)
	}
	rec, err := r.fromResults(key)
	if err == nil {
		return rec, nil
	}
	for _, err := range append(errs, err) {
		if !fail.Is(err, fail.NotFound) {
			return record.Record{}, err
		}
	}
	return record.Record{}, fail.New(fail.NotFound, "nothing is recorded of %s", key)
}

func (r Records) fromResults(key record.Key) (record.Record, error) {
	results, err := Results(r.dir)
	if err != nil {
		return record.Record{}, err
	}
	var entries []record.Cached
	for _, c := range results {
		if c.Err == nil && c.Entry.ContainerID == key.ContainerID {
			entries = append(entries, c.Entry)
		}
	}
	if len(entries) == 0 {
		return record.Record{}, fail.New(fail.NotFound, "no result is cached of %s", key)
	}
	return record.FromCacheFor(key.IfName, entries)
}

// Result is a file of the result cache.
type Result struct {
	Path  string
	Entry record.Cached
	Err   error // why it can not be read
}

// Results lists the result cache in a directory of records, or of libcni.
func Results(dir string) ([]Result, error) {
	files, err := list(filepath.Join(dir, "results"))
	if err != nil {
		return nil, err
	}
	var out []Result
	for _, f := range files {
		if !f.Type().IsRegular() || strings.HasPrefix(f.Name(), ".") {
			continue
		}
		one := Result{Path: filepath.Join(dir, "results", f.Name())}
		data, err := read(one.Path)
		if fail.Is(err, fail.NotFound) {
			continue // its DEL was faster
		}
		if err == nil {
			one.Entry, err = record.DecodeCache(data)
		}
		one.Err = err
		out = append(out, one)
	}
	return out, nil
}

// Temporary lists the files that a write which did not come to its end left in
// a directory of records.
func Temporary(dir string) ([]string, error) {
	below, err := filepath.Glob(filepath.Join(dir, "quarantine", "*"))
	if err != nil {
		return nil, fail.New(fail.Invalid, "%s: %w", dir, err)
	}
	var out []string
	for _, d := range append([]string{
		dir, filepath.Join(dir, "records"), filepath.Join(dir, "results"),
	}, below...) {
		files, err := list(d)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			name := f.Name()
			if strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp") {
				out = append(out, filepath.Join(d, name))
			}
		}
	}
	return out, nil
}

func read(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail.New(fail.NotFound, "%w", err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fail.New(fail.Denied, "%w", err)
	case err != nil:
		return nil, fail.New(fail.IO, "%w", err)
	}
	return data, nil
}

// list lists a directory; one that is not there is empty.
func list(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, fail.New(fail.Denied, "%w", err)
	case err != nil:
		return nil, fail.New(fail.IO, "%w", err)
	}
	return entries, nil
}
