package store

import (
	"context"
	"errors"
	"io/fs"
)

// ErrLocked is the answer of [FS.TryLock] when somebody else has the lock.
var ErrLocked = errors.New("locked by somebody else")

// FS is as much of a file system as the store needs. Every method is one or a
// few system calls; none is atomic unless it says so. Errors name the path, wrap
// an error number and match those of io/fs.
//
// A context is handed through for a file system that is only pretended. It does
// not end a method: what is begun is finished, and cleaned up, after the end too.
// Files belong to the user alone (mode 0600), and so do directories (0700).
type FS interface {
	// ReadFile reads a whole file. Nobody changes the bytes.
	ReadFile(ctx context.Context, path string) ([]byte, error)
	// WriteFile creates a file, or truncates it, and writes data to it. With
	// sync it returns after the bytes, not the name, will survive a power cut.
	// Nobody changes the bytes afterwards.
	WriteFile(ctx context.Context, path string, data []byte, sync bool) error
	// Rename puts a file in the place of another one in one step.
	Rename(ctx context.Context, from, to string) error
	// Remove removes a file or an empty directory.
	Remove(ctx context.Context, path string) error
	// Mkdir makes one directory.
	Mkdir(ctx context.Context, path string) error
	// ReadDir lists a directory, sorted by name.
	ReadDir(ctx context.Context, path string) ([]fs.DirEntry, error)
	// IsDir reports whether there is a directory at a path.
	IsDir(ctx context.Context, path string) bool
	// SyncDir returns after the names in a directory will survive a power cut.
	SyncDir(ctx context.Context, path string) error
	// TryLock locks one byte of a file, which it creates, for an open file
	// description of its own, or fails with ErrLocked at once. The lock ends
	// with unlock, or with the last process that has the description: children
	// inherit it. Calling unlock again does nothing.
	TryLock(ctx context.Context, path string, at int64, exclusive bool) (func(), error)
}
