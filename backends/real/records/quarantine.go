package records

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/record"
)

// The files of one key in quarantine. Results keep their names beside them.
const (
	asideReason  = "reason.json"
	asideRecord  = "record.json"
	asideScratch = "scratch.json"
)

// reason is why something was set aside.
type reason struct {
	Reason string    `json:"reason"`
	Time   time.Time `json:"time"`
}

// Quarantine sets aside everything that Load would make a record of: our own,
// Multus' scratch file, cached results. Where there is nothing, the reason alone
// is kept.
func (s *Store) Quarantine(ctx context.Context, key record.Key, reason string) error {
	done, err := s.begin(ctx, key)
	if err != nil {
		return err
	}
	defer done()
	others, err := s.siblings(key)
	if err != nil {
		return fail.About(about(key), err)
	}
	left, err := s.results(key, others)
	if err != nil {
		return fail.About(about(key), err)
	}
	return fail.About(about(key), s.setAside(key, reason, others, left))
}

func (s *Store) asideDir(key record.Key) string {
	return filepath.Join(s.quarantineDir(), key.String())
}

// setAside moves everything under a key to the quarantine. The moves are not
// synced: what a power cut brings back is tried again and set aside again.
func (s *Store) setAside(
	key record.Key, why string, others siblings, left leftovers,
) error {
	if err := s.note(key, why, left.paths); err != nil {
		return err
	}
	if len(others) == 0 { // else the scratch file is about another record
		err := s.move(key, s.scratchFile(key.ContainerID), asideScratch)
		if err != nil {
			return err
		}
	}
	return s.move(key, s.recordFile(key), asideRecord)
}

// note writes the reason, before anything is moved, and moves the files.
func (s *Store) note(key record.Key, why string, files []string) error {
	data, err := json.Marshal(reason{Reason: why, Time: s.opts.Clock.Now()})
	if err != nil {
		return fail.New(fail.Internal, "its reason: %w", err)
	}
	if err := replace(filepath.Join(s.asideDir(key), asideReason), data); err != nil {
		return fail.New(fail.IO, "it could not be set aside: %w", err)
	}
	for _, file := range files {
		if err := s.move(key, file, filepath.Base(file)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) move(key record.Key, from, name string) error {
	err := os.Rename(from, filepath.Join(s.asideDir(key), name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail.New(fail.IO, "it could not be set aside: %w", err)
	}
	return nil
}

// Quarantined lists what was set aside, sorted by key.
func (s *Store) Quarantined(ctx context.Context) ([]backends.Quarantined, error) {
	if err := alive(ctx, "quarantine"); err != nil {
		return nil, err
	}
	keys, err := s.asideKeys()
	if err != nil {
		return nil, err
	}
	list := make([]backends.Quarantined, 0, len(keys))
	for _, key := range keys {
		list = append(list, s.describe(key))
	}
	return list, nil
}

func (s *Store) asideKeys() ([]record.Key, error) {
	dirs, err := names(s.quarantineDir())
	if err != nil {
		return nil, fail.New(fail.IO, "quarantine: %w", err)
	}
	var keys []record.Key
	for _, dir := range dirs {
		if key, legal := parseKey(dir.Name()); legal {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, compareKeys)
	return keys, nil
}

// describe says what is known of a key in quarantine. That something of it can
// not be read is what the quarantine is for, so it is no error.
func (s *Store) describe(key record.Key) backends.Quarantined {
	dir := s.asideDir(key)
	q := backends.Quarantined{Key: key, File: dir}
	var why reason
	data, err := os.ReadFile(filepath.Join(dir, asideReason))
	if err == nil {
		err = json.Unmarshal(data, &why)
	}
	q.Reason = why.Reason
	if err != nil {
		q.Reason = "the reason could not be read: " + err.Error()
	}
	known := record.Record{ContainerID: key.ContainerID, IfName: key.IfName}
	if data, err := os.ReadFile(filepath.Join(dir, asideRecord)); err == nil {
		q.File = filepath.Join(dir, asideRecord)
		if r, err := record.Decode(data); err == nil {
			q.Record = &r
			return q
		}
	}
	if data, err := os.ReadFile(filepath.Join(dir, asideScratch)); err == nil {
		if r, err := record.DecodeScratch(data, known); err == nil {
			q.File, q.Record = filepath.Join(dir, asideScratch), &r
			return q
		}
	}
	if r, err := record.FromCacheFor(key.IfName, asideResults(dir)); err == nil {
		q.File, q.Record = dir, &r
	}
	return q
}

func asideResults(dir string) []record.Cached {
	files, err := names(dir)
	if err != nil {
		return nil
	}
	var entries []record.Cached
	for _, file := range files {
		if c, err := readResult(filepath.Join(dir, file.Name())); err == nil {
			entries = append(entries, c)
		}
	}
	return entries
}

// DropQuarantined forgets what was set aside under a key.
func (s *Store) DropQuarantined(ctx context.Context, key record.Key) error {
	done, err := s.begin(ctx, key)
	if err != nil {
		return err
	}
	defer done()
	if err := os.RemoveAll(s.asideDir(key)); err != nil {
		return fail.New(fail.IO, "%s: what was set aside: %w", about(key), err)
	}
	return nil
}
