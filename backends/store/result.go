package store

import (
	"context"
	"errors"
	"io/fs"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// SaveResult keeps the result of an attachment. Invalid: libcni could not cache
// it, for the network has no legal name.
//
// It is not synced. Undo lives on the record alone; a result serves CHECK, and
// DEL as prevResult, of a sandbox that did not survive the power cut either.
func (s *Store) SaveResult(
	ctx context.Context, r record.Record, ifName string, result []byte,
) error {
	a, err := attachment(r, ifName)
	if err != nil {
		return err
	}
	done, err := s.begin(ctx, r.Key())
	if err != nil {
		return err
	}
	defer done()
	data, err := record.EncodeCache(r, a, result)
	if err != nil {
		return fail.About(about(r.Key()), err)
	}
	if err := s.replace(ctx, s.resultFile(r, a), data); err != nil {
		return fail.New(fail.IO, "result of %s of %s: %w", a, r.ContainerID, err)
	}
	return nil
}

// Result reads a result back; nil when there is none. A file without a byte is
// what a power cut makes of one that was not synced: it is none. Decode: there
// is one that can not be believed.
func (s *Store) Result(ctx context.Context, r record.Record, ifName string) ([]byte, error) {
	a, err := attachment(r, ifName)
	if err != nil {
		return nil, err
	}
	done, err := s.begin(ctx, r.Key())
	if err != nil {
		return nil, err
	}
	defer done()
	path := s.resultFile(r, a)
	if path == "" {
		return nil, nil
	}
	data, err := s.fs.ReadFile(ctx, path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(data) == 0:
		return nil, nil
	case err != nil:
		return nil, fail.New(fail.IO, "result of %s of %s: %w", a, r.ContainerID, err)
	}
	c, err := record.DecodeCache(data)
	if err == nil && (c.ContainerID != r.ContainerID || c.IfName != ifName) {
		err = fail.New(fail.Decode, "it is about %s of %s", c.IfName, c.ContainerID)
	}
	return c.Result, fail.About(path, err)
}

// DropResult removes a result. Nothing is synced, as in Drop.
func (s *Store) DropResult(ctx context.Context, r record.Record, ifName string) error {
	a, err := attachment(r, ifName)
	if err != nil {
		return err
	}
	done, err := s.begin(ctx, r.Key())
	if err != nil {
		return err
	}
	defer done()
	path := s.resultFile(r, a)
	if path == "" {
		return nil
	}
	if err := errors.Join(s.remove(ctx, tempOf(path)), s.remove(ctx, path)); err != nil {
		return fail.New(fail.IO, "result of %s of %s: %w", a, r.ContainerID, err)
	}
	return nil
}

func attachment(r record.Record, ifName string) (record.Attachment, error) {
	for _, a := range r.Attachments {
		if a.IfName == ifName {
			return a, nil
		}
	}
	return record.Attachment{}, fail.New(fail.Invalid, "%s has no attachment %q",
		about(r.Key()), ifName)
}

// resultFile says where libcni would keep the result of an attachment: nowhere,
// "", when the network has no legal name. There never is a result then.
func (s *Store) resultFile(r record.Record, a record.Attachment) string {
	c := record.Cached{Network: a.Name, ContainerID: r.ContainerID, IfName: a.IfName}
	name, err := c.FileName()
	if err != nil {
		return ""
	}
	return s.resultsDir + "/" + name
}
