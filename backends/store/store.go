package store

import (
	"context"
	"path"
	"strings"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/record"
)

// maxContainerID leaves room for the rest of a file name of 255 bytes. Container
// runtimes use 64.
const maxContainerID = 200

// Options says where and how a Store keeps things. All but Turn and
// CompatScratch must be set.
type Options struct {
	// Dir is the directory of Multus' cniDir, usually /var/lib/cni/multus. It
	// is created when something is first written.
	Dir string
	// FS is where Dir is.
	FS FS
	// CompatScratch also writes the scratch file of Multus.
	CompatScratch bool
	// Clock is asked for pauses between tries of a lock, and for the time of a
	// quarantine.
	Clock backends.Clock
	// BootID names this boot of the node.
	BootID func(context.Context) (string, error)
	// Turn waits until nobody else of this process works on the files of a
	// container, each of which has one temporary name. Nil: there is only one.
	Turn func(containerID string) (done func())
}

// Store is a directory of records. Several of them, in several processes, may
// use the same directory; several goroutines may use one if it has turns.
type Store struct {
	opts Options
	fs   FS

	recordsDir, resultsDir, quarantineDir, lockFile string
}

var _ backends.Records = (*Store)(nil)

// New returns a store and touches no file.
func New(opts Options) *Store {
	opts.Dir = path.Clean(opts.Dir)
	if opts.Turn == nil {
		opts.Turn = func(string) func() { return func() {} }
	}
	return &Store{
		opts:          opts,
		fs:            opts.FS,
		recordsDir:    path.Join(opts.Dir, "records"),
		resultsDir:    path.Join(opts.Dir, "results"),
		quarantineDir: path.Join(opts.Dir, "quarantine"),
		lockFile:      path.Join(opts.Dir, "lock"),
	}
}

// BootID names this boot of the node.
func (s *Store) BootID(ctx context.Context) (string, error) {
	if err := alive(ctx, "boot ID"); err != nil {
		return "", err
	}
	return s.opts.BootID(ctx)
}

func (s *Store) recordFile(key record.Key) string {
	return s.recordsDir + "/" + key.ContainerID + "@" + key.IfName + ".json"
}

func (s *Store) scratchFile(containerID string) string {
	return path.Join(s.opts.Dir, containerID)
}

// ours reports whether a name in the directory of Multus is one of our own and
// so can not be a container's scratch file.
func ours(name string) bool {
	switch name {
	case "records", "results", "quarantine", "lock":
		return true
	}
	return false
}

// parseKey is the inverse of [record.Key.String], of names found in a directory.
func parseKey(name string) (record.Key, bool) {
	containerID, ifName, ok := strings.Cut(name, "@")
	key := record.Key{ContainerID: containerID, IfName: ifName}
	return key, ok && checkKey(key) == nil
}

// checkKey refuses what must not become a file name.
func checkKey(key record.Key) error {
	if err := key.Validate(); err != nil {
		return err
	}
	if len(key.ContainerID) > maxContainerID {
		return fail.New(fail.Invalid,
			"container ID of %d bytes: at most %d have room in a file name",
			len(key.ContainerID), maxContainerID)
	}
	if ours(key.ContainerID) {
		return fail.New(fail.Invalid, "container ID %q is the name of a file of ours",
			key.ContainerID)
	}
	return nil
}

// alive refuses to begin what nobody waits for.
func alive(ctx context.Context, what string) error {
	if err := ctx.Err(); err != nil {
		return fail.New(fail.Transient, "%s: nothing was done: %w", what, err)
	}
	return nil
}

// begin checks a key and takes the turn of its container. The turn is a matter
// of one short file operation, so the context is only asked before it.
func (s *Store) begin(ctx context.Context, key record.Key) (func(), error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, alive(ctx, about(key))
	}
	return s.opts.Turn(key.ContainerID), nil
}

// about is how errors call what is kept under a key.
func about(key record.Key) string { return "record " + key.String() }

// hash is FNV-1a of 64 bits (RFC 9923), as hash/fnv has it, without its
// allocation. Which byte is whose lock must not change: processes of two
// versions may run side by side.
func hash(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}
