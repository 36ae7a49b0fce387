package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// List returns the keys of all records, and of the containers that only Multus'
// scratch files or cached results speak of; Load rebuilds those.
func (s *Store) List(ctx context.Context) ([]record.Key, error) {
	if err := alive(ctx, "records"); err != nil {
		return nil, err
	}
	keys, err := s.ownKeys(ctx)
	if err != nil {
		return nil, err
	}
	containers := map[string]bool{} // that have a record of ours
	for _, key := range keys {
		containers[key.ContainerID] = true
	}
	foreign, err := s.foreignKeys(ctx, containers)
	if err != nil {
		return nil, err
	}
	keys = append(keys, foreign...)
	slices.SortFunc(keys, compareKeys)
	return keys, nil
}

func compareKeys(a, b record.Key) int {
	return cmp.Or(cmp.Compare(a.ContainerID, b.ContainerID), cmp.Compare(a.IfName, b.IfName))
}

// ownKeys lists our records. Temporary files begin with a dot and are no keys.
func (s *Store) ownKeys(ctx context.Context) ([]record.Key, error) {
	files, err := s.names(ctx, s.recordsDir)
	if err != nil {
		return nil, fail.New(fail.IO, "records: %w", err)
	}
	var keys []record.Key
	for _, file := range files {
		name, ok := strings.CutSuffix(file.Name(), ".json")
		if key, legal := parseKey(name); ok && legal {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// foreignKeys lists the containers without a record of ours.
func (s *Store) foreignKeys(
	ctx context.Context, known map[string]bool,
) ([]record.Key, error) {
	found, err := s.cachedContainers(ctx, known)
	if err != nil {
		return nil, err
	}
	files, err := s.names(ctx, s.opts.Dir)
	if err != nil {
		return nil, fail.New(fail.IO, "scratch files of Multus: %w", err)
	}
	for _, file := range files {
		key := record.Key{ContainerID: file.Name(), IfName: "eth0"}
		if file.Type().IsRegular() && checkKey(key) == nil && !known[file.Name()] {
			if _, cached := found[file.Name()]; !cached {
				found[file.Name()] = nil
			}
		}
	}
	var keys []record.Key
	for containerID, entries := range found {
		keys = append(keys, record.Key{ContainerID: containerID, IfName: record.Primary(entries)})
	}
	return keys, nil
}

// cachedContainers returns the cached results by container. One that can not be
// read has no container; it is found when its container is loaded.
func (s *Store) cachedContainers(
	ctx context.Context, known map[string]bool,
) (map[string][]record.Cached, error) {
	files, err := s.names(ctx, s.resultsDir)
	if err != nil {
		return nil, fail.New(fail.IO, "results: %w", err)
	}
	found := map[string][]record.Cached{}
	for _, file := range files {
		if err := alive(ctx, "results"); err != nil {
			return nil, err
		}
		c, err := s.readResult(ctx, s.resultsDir+"/"+file.Name())
		if err != nil && !unbelieved(err) {
			return nil, err
		}
		skip := known[c.ContainerID] || strings.HasPrefix(file.Name(), ".")
		if err == nil && !skip {
			found[c.ContainerID] = append(found[c.ContainerID], c)
		}
	}
	return found, nil
}
