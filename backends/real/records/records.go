package records

import (
	"bytes"
	"context"
	"hash/maphash"
	"os"
	"sync"

	"patchbay/backends"
	"patchbay/backends/store"
	"patchbay/core/fail"
)

// bootIDFile names the boot (Documentation/admin-guide/sysctl/kernel.rst,
// "random").
const bootIDFile = "/proc/sys/kernel/random/boot_id"

// Options says where and how records are kept.
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

// Store is a store of records in files. It may be used by several goroutines.
type Store = store.Store

// New returns a store and touches no file.
func New(o Options) *Store {
	if o.BootIDFile == "" {
		o.BootIDFile = bootIDFile
	}
	turns := &turns{seed: maphash.MakeSeed()}
	return store.New(store.Options{
		Dir: o.Dir, FS: files{}, CompatScratch: o.CompatScratch, Clock: o.Clock,
		BootID: func(context.Context) (string, error) { return bootID(o.BootIDFile) },
		Turn:   turns.take,
	})
}

func bootID(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fail.New(fail.IO, "boot ID: %w", err)
	}
	id := string(bytes.TrimSpace(data))
	if id == "" {
		return "", fail.New(fail.Decode, "boot ID: %s is empty", file)
	}
	return id, nil
}

// turns keep the goroutines of a process apart, which the locks do too, but for
// callers that do without: one temporary file per name wants one writer.
type turns struct {
	seed maphash.Seed
	of   [64]sync.Mutex // of containers, by hash
}

func (t *turns) take(containerID string) func() {
	turn := &t.of[maphash.String(t.seed, containerID)%uint64(len(t.of))]
	turn.Lock()
	return turn.Unlock
}
