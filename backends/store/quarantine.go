package store

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
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
	others, err := s.siblings(ctx, key)
	if err != nil {
		return fail.About(about(key), err)
	}
	left, err := s.results(ctx, key, others)
	if err != nil {
		return fail.About(about(key), err)
	}
	return fail.About(about(key), s.setAside(ctx, key, reason, others, left))
}

func (s *Store) asideDir(key record.Key) string {
	return s.quarantineDir + "/" + key.String()
}

// setAside moves everything under a key to the quarantine. The moves are not
// synced: what a power cut brings back is tried again and set aside again.
func (s *Store) setAside(
	ctx context.Context, key record.Key, why string, others siblings, left leftovers,
) error {
	if err := s.note(ctx, key, why, left.paths); err != nil {
		return err
	}
	if len(others) == 0 { // else the scratch file is about another record
		err := s.move(ctx, key, s.scratchFile(key.ContainerID), asideScratch)
		if err != nil {
			return err
		}
	}
	return s.move(ctx, key, s.recordFile(key), asideRecord)
}

// note writes the reason, before anything is moved, and moves the files. The
// directory is durable before: what is moved into one that a power cut takes away
// is gone, and nobody has undone it.
func (s *Store) note(
	ctx context.Context, key record.Key, why string, files []string,
) error {
	data, err := json.Marshal(reason{Reason: why, Time: s.opts.Clock.Now()})
	if err != nil {
		return fail.New(fail.Internal, "its reason: %w", err)
	}
	if err := s.makeDir(ctx, s.asideDir(key)); err != nil {
		return fail.New(fail.IO, "it could not be set aside: %w", err)
	}
	if err := s.replace(ctx, s.asideDir(key)+"/"+asideReason, data); err != nil {
		return fail.New(fail.IO, "it could not be set aside: %w", err)
	}
	for _, file := range files {
		if err := s.move(ctx, key, file, path.Base(file)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) move(ctx context.Context, key record.Key, from, name string) error {
	err := s.fs.Rename(ctx, from, s.asideDir(key)+"/"+name)
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
	keys, err := s.asideKeys(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]backends.Quarantined, 0, len(keys))
	for _, key := range keys {
		list = append(list, s.describe(ctx, key))
	}
	return list, nil
}

func (s *Store) asideKeys(ctx context.Context) ([]record.Key, error) {
	dirs, err := s.names(ctx, s.quarantineDir)
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
func (s *Store) describe(ctx context.Context, key record.Key) backends.Quarantined {
	dir := s.asideDir(key)
	q := backends.Quarantined{Key: key, File: dir}
	var why reason
	data, err := s.fs.ReadFile(ctx, dir+"/"+asideReason)
	if err == nil {
		err = json.Unmarshal(data, &why)
	}
	q.Reason = why.Reason
	if err != nil {
		q.Reason = "the reason could not be read: " + err.Error()
	}
	var results []record.Cached
	results, q.Partial = s.asideResults(ctx, dir)
	known := record.Record{ContainerID: key.ContainerID, IfName: key.IfName}
	if data, err := s.fs.ReadFile(ctx, dir+"/"+asideRecord); err == nil {
		q.File = dir + "/" + asideRecord
		if r, err := record.Decode(data); err == nil {
			q.Record = &r
			return q
		}
	}
	if data, err := s.fs.ReadFile(ctx, dir+"/"+asideScratch); err == nil {
		if r, err := record.DecodeScratch(data, known); err == nil {
			q.File, q.Record = dir+"/"+asideScratch, &r
			return q
		}
	}
	if r, err := record.FromCacheFor(key.IfName, results); err == nil {
		q.File, q.Record = dir, &r
	}
	return q
}

// asideResults reads the results in quarantine, and reports whether there are any
// that can not be read.
func (s *Store) asideResults(ctx context.Context, dir string) ([]record.Cached, bool) {
	files, err := s.names(ctx, dir)
	broken := err != nil
	var entries []record.Cached
	for _, file := range files {
		switch file.Name() {
		case asideReason, asideRecord, asideScratch:
			continue
		}
		c, err := s.readResult(ctx, dir+"/"+file.Name())
		if err != nil {
			broken = true
			continue
		}
		entries = append(entries, c)
	}
	return entries, broken
}

// DropQuarantined forgets what was set aside under a key.
func (s *Store) DropQuarantined(ctx context.Context, key record.Key) error {
	done, err := s.begin(ctx, key)
	if err != nil {
		return err
	}
	defer done()
	if err := s.removeTree(ctx, s.asideDir(key)); err != nil {
		return fail.New(fail.IO, "%s: what was set aside: %w", about(key), err)
	}
	return nil
}
