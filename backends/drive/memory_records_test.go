package drive_test

import (
	"context"
	"maps"
	"slices"
	"strings"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/record"
)

func (m *memory) BootID(ctx context.Context) (string, error) {
	return "boot", m.do(ctx, "boot id", func() error { return nil })
}

func (m *memory) Lock(ctx context.Context, key record.Key) (func(), error) {
	err := m.do(ctx, "lock", func() error {
		if m.locks[key] {
			return fail.New(fail.Busy, "%s is locked", key)
		}
		m.locks[key] = true
		return nil
	})
	unlock := func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.locks, key)
	}
	if err != nil && !fail.Is(err, fail.Busy) {
		unlock() // the real one is released with its file
	}
	return unlock, err
}

func (m *memory) LockNode(context.Context, bool) (func(), error) { return func() {}, nil }

func (m *memory) Load(ctx context.Context, key record.Key) (record.Record, error) {
	var out record.Record
	err := m.do(ctx, "load", func() error {
		r, ok := m.records[key]
		if !ok {
			return fail.New(fail.NotFound, "there is no record %s", key)
		}
		if m.torn {
			m.aside[key] = backends.Quarantined{Key: key}
			delete(m.records, key)
			return fail.New(fail.Decode, "record %s is torn; it was set aside", key)
		}
		out = r
		return nil
	})
	return out, err
}

func (m *memory) Save(ctx context.Context, r record.Record) error {
	return m.do(ctx, "save", func() error {
		if old, ok := m.records[r.Key()]; ok && old.Seq >= r.Seq {
			m.breakf("record %s: %d is saved over %d", r.Key(), r.Seq, old.Seq)
		}
		if err := r.Validate(); err != nil {
			m.breakf("%v", err)
		}
		m.records[r.Key()] = r
		return nil
	})
}

func (m *memory) Drop(ctx context.Context, key record.Key) error {
	return m.do(ctx, "drop", func() error { delete(m.records, key); return nil })
}

func (m *memory) Sweep(ctx context.Context) error {
	return m.do(ctx, "sweep", func() error { return nil })
}

func (m *memory) List(ctx context.Context) ([]record.Key, error) {
	var out []record.Key
	err := m.do(ctx, "list", func() error {
		out = slices.Collect(maps.Keys(m.records))
		return nil
	})
	slices.SortFunc(out, func(a, b record.Key) int { return strings.Compare(a.String(), b.String()) })
	return out, err
}

func (m *memory) Quarantine(ctx context.Context, key record.Key, reason string) error {
	return m.do(ctx, "quarantine", func() error {
		q := backends.Quarantined{Key: key, Reason: reason}
		if r, ok := m.records[key]; ok {
			q.Record = &r
		}
		m.aside[key] = q
		delete(m.records, key)
		return nil
	})
}

func (m *memory) Quarantined(ctx context.Context) ([]backends.Quarantined, error) {
	var out []backends.Quarantined
	err := m.do(ctx, "quarantined", func() error {
		out = slices.Collect(maps.Values(m.aside))
		return nil
	})
	return out, err
}

func (m *memory) DropQuarantined(ctx context.Context, key record.Key) error {
	return m.do(ctx, "drop quarantined", func() error { delete(m.aside, key); return nil })
}

// resultName is by the first attachment that has the interface, as on disk.
func resultName(r record.Record, ifName string) string {
	for _, a := range r.Attachments {
		if a.IfName == ifName {
			return a.Name + "-" + r.ContainerID + "-" + ifName
		}
	}
	return ""
}

func (m *memory) SaveResult(ctx context.Context, r record.Record, ifName string, b []byte) error {
	return m.do(ctx, "save result "+ifName, func() error {
		m.results[resultName(r, ifName)] = b
		return nil
	})
}

func (m *memory) Result(ctx context.Context, r record.Record, ifName string) ([]byte, error) {
	var out []byte
	err := m.do(ctx, "result "+ifName, func() error {
		out = m.results[resultName(r, ifName)]
		return nil
	})
	return out, err
}

func (m *memory) DropResult(ctx context.Context, r record.Record, ifName string) error {
	return m.do(ctx, "drop result "+ifName, func() error {
		delete(m.results, resultName(r, ifName))
		return nil
	})
}
