package store

import (
	"context"
	"errors"
	"time"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// All locks are ranges of one byte of one empty file, held by an open file
// description. So there is no file per key to clean up or to race with, a dead
// process holds nothing, and two goroutines that asked for themselves exclude
// each other.
const nodeByte = 0

// Pauses between tries. The kernel could wait for us, but not until a context
// ends without a thread per waiter.
const (
	firstPause = time.Millisecond
	lastPause  = 50 * time.Millisecond
)

// keyByte is the byte of a key. Two keys with the same byte only wait for each
// other, once in 2^62. The largest offset is well within an off_t.
func keyByte(key record.Key) int64 {
	return 1 + int64(hash(key.String())>>2)
}

// Lock takes the lock of one sandbox. Busy: somebody held it until the context
// ended.
func (s *Store) Lock(ctx context.Context, key record.Key) (func(), error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	return s.hold(ctx, claim{key: key, at: keyByte(key), exclusive: true})
}

// LockNode takes the lock of the node, as Lock does. It is not fair: whoever
// makes attachments without a pause keeps garbage collection waiting, which may
// come back later.
func (s *Store) LockNode(ctx context.Context, exclusive bool) (func(), error) {
	return s.hold(ctx, claim{at: nodeByte, exclusive: exclusive})
}

// claim is a lock that somebody wants.
type claim struct {
	key       record.Key // the zero key is the node
	at        int64
	exclusive bool
}

// String is how errors call the lock.
func (c claim) String() string {
	switch {
	case c.key != record.Key{}:
		return "the lock of " + c.key.String()
	case c.exclusive:
		return "the lock of the node"
	}
	return "the lock of the node (shared)"
}

// prepare makes the directory of the records before there is a lock file, so that
// the lock file proves it to be durable, and a save has one directory to sync.
func (s *Store) prepare(ctx context.Context) error {
	if _, err := s.fs.ReadFile(ctx, s.lockFile); err == nil {
		return nil
	}
	return s.makeDir(ctx, s.recordsDir)
}

// hold asks for a lock until it has it or the context ends.
func (s *Store) hold(ctx context.Context, c claim) (func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, fail.New(fail.Busy, "%s was not taken: %w", c, err)
	}
	if err := s.prepare(ctx); err != nil {
		return nil, fail.New(fail.IO, "%s: %w", c, err)
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		unlock, err := s.fs.TryLock(ctx, s.lockFile, c.at, c.exclusive)
		switch {
		case err == nil:
			return unlock, nil
		case !errors.Is(err, ErrLocked):
			return nil, fail.New(fail.IO, "%s: %w", c, err)
		}
		if err := s.opts.Clock.Sleep(ctx, pause); err != nil {
			return nil, fail.New(fail.Busy, "%s is held by somebody else: %w", c, err)
		}
	}
}
