package records_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// holdEnv makes the test binary take the lock of sample in a directory, say so,
// and hold it until it is killed.
const holdEnv = "PATCHBAY_TEST_HOLD_LOCK"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdEnv); dir != "" {
		if _, err := store(dir).Lock(context.Background(), sample().Key()); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

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
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(os.Environ(), holdEnv+"="+dir)
	stdin, err := other.StdinPipe() // the other process ends with this one
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }()
	stdout, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = other.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process: %q", line)
	}
	_, err = s.Lock(soon(t), key)
	wantKind(t, err, fail.Busy, key.String(), "held by somebody else")
	mustLockOther(t, dir)
	if err = other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // it says that it was killed
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
