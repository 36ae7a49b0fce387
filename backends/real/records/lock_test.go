package records_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// soon is a context that gives up on a lock that is held.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func mustLock(t *testing.T, unlock func(), err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unlock)
}

func TestLockExcludesAnotherProcessUntilItDies(t *testing.T) {
	dir := t.TempDir()
	s, key := store(dir), sample().Key()
	other, output := start(t, holdLock, dir)
	if line, _ := output.ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process: %q", line)
	}
	_, err := s.Lock(soon(t), key)
	wantKind(t, err, fail.Busy, key.String(), "held by somebody else")
	mustLockOther(t, dir)
	kill(t, other)
	unlock, err := s.Lock(t.Context(), key)
	mustLock(t, unlock, err)
}

// mustLockOther shows that locks of different keys have nothing to do with each
// other, nor with that of the node.
func mustLockOther(t *testing.T, dir string) {
	t.Helper()
	for _, k := range []record.Key{key(container, "eth1"), key("other", "eth0")} {
		unlock, err := store(dir).Lock(t.Context(), k)
		mustLock(t, unlock, err)
	}
	unlock, err := store(dir).LockNode(t.Context(), true)
	mustLock(t, unlock, err)
}

func TestLockExcludesGoroutines(t *testing.T) {
	s := store(t.TempDir())
	var inside, most atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				unlock, err := s.Lock(t.Context(), sample().Key())
				if err != nil {
					t.Error(err)
					return
				}
				most.Store(max(most.Load(), inside.Add(1)))
				inside.Add(-1)
				unlock()
			}
		})
	}
	group.Wait()
	if most.Load() != 1 {
		t.Errorf("%d held the lock at once", most.Load())
	}
}

func TestUnlockTwice(t *testing.T) {
	s, key := store(t.TempDir()), sample().Key()
	first, err := s.Lock(t.Context(), key)
	mustLock(t, first, err)
	first()
	second, err := s.Lock(t.Context(), key)
	mustLock(t, second, err)
	first()
	_, err = s.Lock(soon(t), key)
	wantKind(t, err, fail.Busy)
}

func TestLockNode(t *testing.T) {
	const shared, exclusive = false, true
	for _, tt := range []struct {
		name         string
		first, other bool
		busy         bool
	}{
		{"two that attach", shared, shared, false},
		{"attaching keeps garbage collection out", shared, exclusive, true},
		{"garbage collection keeps attaching out", exclusive, shared, true},
		{"two garbage collections", exclusive, exclusive, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := store(t.TempDir())
			first, err := s.LockNode(t.Context(), tt.first)
			mustLock(t, first, err)
			if tt.busy {
				_, err = s.LockNode(soon(t), tt.other)
				wantKind(t, err, fail.Busy, "node")
				first()
			}
			other, err := s.LockNode(t.Context(), tt.other)
			mustLock(t, other, err)
		})
	}
}
