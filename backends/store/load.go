package store

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// Load reads a record or, when there is none to be believed, rebuilds it from
// what Multus wrote for the container, or else from the cached results. A pod
// that is not known then is for the caller to fill in.
//
// NotFound: nothing speaks of the key. Decode: something does, and nothing of
// it can be believed; it was moved to the quarantine, so the next Load finds
// nothing. Version: the record is a later Patchbay's, which may know more than
// could be rebuilt; it is left where it is.
func (s *Store) Load(ctx context.Context, key record.Key) (record.Record, error) {
	done, err := s.begin(ctx, key)
	if err != nil {
		return record.Record{}, err
	}
	defer done()
	r, err := s.readOwn(ctx, key)
	if err != nil && unbelieved(err) {
		r, err = s.rebuild(ctx, key, err)
	}
	if err != nil {
		return r, fail.About(about(key), err)
	}
	return r, nil
}

// unbelieved reports whether the next source may be asked. After any other
// error the file might be there and well, so guessing would be wrong.
func unbelieved(err error) bool { return fail.Is(err, fail.NotFound) || fail.Is(err, fail.Decode) }

func (s *Store) readOwn(ctx context.Context, key record.Key) (record.Record, error) {
	data, err := s.read(ctx, s.recordFile(key))
	if err != nil {
		return record.Record{}, err
	}
	r, err := record.Decode(data)
	if err != nil {
		return record.Record{}, err
	}
	if r.Key() != key {
		return record.Record{}, fail.New(fail.Decode, "the file holds the record of %s", r.Key())
	}
	return r, nil
}

func (s *Store) read(ctx context.Context, name string) ([]byte, error) {
	data, err := s.fs.ReadFile(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail.New(fail.NotFound, "there is no %s", name)
	}
	if err != nil {
		return nil, fail.New(fail.IO, "it could not be read: %w", err)
	}
	return data, nil
}

// rebuild makes a record of what is left besides our own, which is missing or
// damaged, as ownErr says.
func (s *Store) rebuild(
	ctx context.Context, key record.Key, ownErr error,
) (record.Record, error) {
	others, err := s.siblings(ctx, key)
	if err != nil {
		return record.Record{}, err
	}
	left, err := s.results(ctx, key, others)
	if err != nil {
		return record.Record{}, err
	}
	r, scratchErr := s.readScratch(ctx, left.known(key), others)
	if scratchErr == nil || !unbelieved(scratchErr) {
		return r, scratchErr
	}
	if len(left.entries) > 0 {
		r, err = s.fromResults(ctx, key, left)
		if fail.Is(ownErr, fail.Decode) {
			r.Origin = record.OriginRemains
		}
		return r, err
	}
	var reasons []string
	for _, err := range append([]error{ownErr, scratchErr}, left.broken...) {
		if !fail.Is(err, fail.NotFound) {
			reasons = append(reasons, err.Error())
		}
	}
	if len(reasons) == 0 {
		return record.Record{}, fail.New(fail.NotFound, "nothing is known of it")
	}
	reason := strings.Join(reasons, "; ")
	if err := s.setAside(ctx, key, reason, others, left); err != nil {
		return record.Record{}, err
	}
	return record.Record{}, fail.New(fail.Decode, "%s; it was set aside in %s", reason,
		s.asideDir(key))
}

// fromResults uses the cached results that can be read. The others may stand for
// attachments that nobody will undo, so they are set aside and not forgotten.
func (s *Store) fromResults(
	ctx context.Context, key record.Key, left leftovers,
) (record.Record, error) {
	r, err := record.FromCacheFor(key.IfName, left.entries)
	if err != nil || len(left.broken) == 0 {
		return r, err
	}
	reason := "an attachment may be left: " + errors.Join(left.broken...).Error()
	return r, s.note(ctx, key, reason, left.brokenPaths())
}

// readScratch reads the file of Multus. It has one per container, so where the
// container has another record of ours the file belongs to that.
func (s *Store) readScratch(
	ctx context.Context, known record.Record, others siblings,
) (record.Record, error) {
	name := s.scratchFile(known.ContainerID)
	if len(others) > 0 {
		return record.Record{}, fail.New(fail.NotFound, "%s belongs to another record", name)
	}
	data, err := s.read(ctx, name)
	if err != nil {
		return record.Record{}, err
	}
	return record.DecodeScratch(data, known)
}

// siblings are the interfaces that other records of the same container account
// for. Their results are not leftovers.
type siblings map[string]bool

func (s *Store) siblings(ctx context.Context, key record.Key) (siblings, error) {
	files, err := s.names(ctx, s.recordsDir)
	if err != nil {
		return nil, fail.New(fail.IO, "other records of its container: %w", err)
	}
	others := siblings{}
	for _, file := range files {
		name, ok := strings.CutSuffix(file.Name(), ".json")
		other, legal := parseKey(name)
		if !ok || !legal || other == key || other.ContainerID != key.ContainerID {
			continue
		}
		others[other.IfName] = true
		r, err := s.readOwn(ctx, other)
		if err != nil && !unbelieved(err) {
			return nil, err
		}
		for _, a := range r.Attachments {
			others[a.IfName] = true
		}
	}
	return others, nil
}

// leftovers are the cached results that belong to a key.
type leftovers struct {
	entries []record.Cached
	paths   []string // of all of them, first the broken ones
	broken  []error  // what is wrong with the first of the paths
}

// known is what the results say of the sandbox, which Multus' scratch file does
// not: without its namespace GC could release addresses and no interface.
func (l leftovers) known(key record.Key) record.Record {
	known := record.Record{ContainerID: key.ContainerID, IfName: key.IfName}
	if r, err := record.FromCacheFor(key.IfName, l.entries); err == nil {
		known.Netns, known.Pod = r.Netns, r.Pod
	}
	return known
}

func (l leftovers) brokenPaths() []string { return l.paths[:len(l.broken)] }

// results finds the cached results of a container that no other record accounts
// for. Like libcni it can tell by the name of a file whose it may be, and by
// its content whose it is.
func (s *Store) results(
	ctx context.Context, key record.Key, others siblings,
) (leftovers, error) {
	files, err := s.names(ctx, s.resultsDir)
	if err != nil {
		return leftovers{}, fail.New(fail.IO, "results: %w", err)
	}
	var broken, whole leftovers
	for _, file := range files {
		name := file.Name()
		if strings.HasPrefix(name, ".") || !strings.Contains(name, "-"+key.ContainerID+"-") {
			continue
		}
		path := s.resultsDir + "/" + name
		c, err := s.readResult(ctx, path)
		switch {
		case fail.Is(err, fail.NotFound):
		case fail.Is(err, fail.Decode):
			broken.paths = append(broken.paths, path)
			broken.broken = append(broken.broken, fail.About(path, err))
		case err != nil:
			return leftovers{}, err
		case c.ContainerID == key.ContainerID && !others[c.IfName]:
			whole.paths = append(whole.paths, path)
			whole.entries = append(whole.entries, c)
		}
	}
	whole = whole.of(key)
	whole.broken = broken.broken
	whole.paths = append(broken.paths, whole.paths...)
	return whole, nil
}

func (s *Store) readResult(ctx context.Context, name string) (record.Cached, error) {
	data, err := s.read(ctx, name)
	if err != nil {
		return record.Cached{}, err
	}
	return record.DecodeCache(data)
}

// of keeps what a key may undo. A runtime that asks for an interface which the
// container never had must not take down the others; but an "eth0" may be gone
// already and what Multus attached beside it not.
func (l leftovers) of(key record.Key) leftovers {
	primary := record.Primary(l.entries)
	if key.IfName == primary || key.IfName == "eth0" && !strings.HasPrefix(primary, "eth") {
		return l
	}
	var own leftovers
	for i, c := range l.entries {
		if c.IfName == key.IfName {
			own.entries = append(own.entries, c)
			own.paths = append(own.paths, l.paths[i])
		}
	}
	return own
}
