package records

import (
	"bytes"
	"context"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/record"
)

// bootIDFile names the boot (Documentation/admin-guide/sysctl/kernel.rst,
// "random").
const bootIDFile = "/proc/sys/kernel/random/boot_id"

// maxContainerID leaves room for the rest of a file name of 255 bytes. Container
// runtimes use 64.
const maxContainerID = 200

// Options says where and how a Store keeps things.
type Options struct {
	// Dir is the directory of Multus' cniDir, usually /var/lib/cni/multus. It
	// is created when something is first written.
	Dir string
	// CompatScratch also writes the scratch file of Multus.
	CompatScratch bool
	// Clock is asked for pauses between tries of a lock, and for the time of a
	// quarantine.
	Clock backends.Clock
	// BootIDFile is for tests; "" is the kernel's file.
	BootIDFile string
}

// Store is a directory of records. It may be used by several goroutines, and
// several of them, in several processes, may use the same directory.
type Store struct {
	opts  Options
	turns [64]sync.Mutex // of containers, by hash: one temporary file per name
}

var _ backends.Records = (*Store)(nil)

// New returns a store and touches no file.
func New(opts Options) *Store {
	if opts.BootIDFile == "" {
		opts.BootIDFile = bootIDFile
	}
	return &Store{opts: opts}
}

// BootID names this boot of the node.
func (s *Store) BootID(ctx context.Context) (string, error) {
	if err := alive(ctx, "boot ID"); err != nil {
		return "", err
	}
	data, err := os.ReadFile(s.opts.BootIDFile)
	if err != nil {
		return "", fail.New(fail.IO, "boot ID: %w", err)
	}
	id := string(bytes.TrimSpace(data))
	if id == "" {
		return "", fail.New(fail.Decode, "boot ID: %s is empty", s.opts.BootIDFile)
	}
	return id, nil
}

func (s *Store) recordsDir() string    { return filepath.Join(s.opts.Dir, "records") }
func (s *Store) resultsDir() string    { return filepath.Join(s.opts.Dir, "results") }
func (s *Store) quarantineDir() string { return filepath.Join(s.opts.Dir, "quarantine") }
func (s *Store) lockFile() string      { return filepath.Join(s.opts.Dir, "lock") }

func (s *Store) recordFile(key record.Key) string {
	return filepath.Join(s.recordsDir(), key.String()+".json")
}

func (s *Store) scratchFile(containerID string) string {
	return filepath.Join(s.opts.Dir, containerID)
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
	if err := alive(ctx, about(key)); err != nil {
		return nil, err
	}
	turn := &s.turns[hash(key.ContainerID)%uint64(len(s.turns))]
	turn.Lock()
	return turn.Unlock, nil
}

// about is how errors call what is kept under a key.
func about(key record.Key) string { return "record " + key.String() }

func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails (hash.Hash)
	return h.Sum64()
}
