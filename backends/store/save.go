package store

import (
	"context"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// Save writes a record. Invalid: it could not be undone from what would be
// written. IO: it was not written, and the old record is what it was; the error
// names the file.
func (s *Store) Save(ctx context.Context, r record.Record) error {
	done, err := s.begin(ctx, r.Key())
	if err != nil {
		return err
	}
	defer done()
	data, err := encode(r)
	if err != nil {
		return fail.About(about(r.Key()), err)
	}
	// The scratch goes first: our record is the one that is believed, so its
	// rename is the moment from which the save has happened.
	if s.opts.CompatScratch {
		if err := s.saveScratch(ctx, r); err != nil {
			return fail.About(about(r.Key()), err)
		}
	}
	if err := s.replaceDurably(ctx, s.recordFile(r.Key()), data); err != nil {
		return fail.New(fail.IO, "%s: it could not be saved: %w", about(r.Key()), err)
	}
	return nil
}

// tooDeep is how many levels of JSON a decoder refuses (encoding/json). What is
// shorter than that can not be nested so deep.
const tooDeep = 10_000

// encode makes sure that what is written can be read: to learn of it from a DEL
// would be too late. (JSON may be nested as deep as is legal by itself, and be too
// deep inside a record.)
func encode(r record.Record) ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	data := record.Encode(r)
	if len(data) < tooDeep {
		return data, nil
	}
	if _, err := record.Decode(data); err != nil {
		return nil, fail.New(fail.Invalid, "what would be saved could not be read: %w", err)
	}
	return data, nil
}

func (s *Store) saveScratch(ctx context.Context, r record.Record) error {
	data, err := record.EncodeScratch(r)
	if err != nil {
		return err
	}
	if err := s.replace(ctx, s.scratchFile(r.ContainerID), data); err != nil {
		return fail.New(fail.IO, "the scratch file of Multus could not be saved: %w", err)
	}
	return nil
}

// Drop removes a record, what a crash left of one, and the scratch file of the
// container. The record goes last, so that whatever fails is tried again.
//
// Nothing is synced: a record that a power cut brings back is undone once more,
// and undoing what is not there succeeds.
func (s *Store) Drop(ctx context.Context, key record.Key) error {
	done, err := s.begin(ctx, key)
	if err != nil {
		return err
	}
	defer done()
	scratch, own := s.scratchFile(key.ContainerID), s.recordFile(key)
	for _, path := range []string{tempOf(scratch), scratch, tempOf(own), own} {
		if err := s.remove(ctx, path); err != nil {
			return fail.New(fail.IO, "%s: it could not be dropped: %w", about(key), err)
		}
	}
	return nil
}
