package store_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"patchbay/backends/store"
	"patchbay/core/record"
	"patchbay/sim/disk"
	"patchbay/sim/errno"
)

const (
	dir       = "/var/lib/cni/multus"
	container = "0123456789abcdef"
)

// dead is what a process panics with that has been killed.
type dead struct{}

// process is a process with a store on a pretended disk. Something happens before
// its call number left, for which calls that the kernel makes one by one count
// one by one; a negative number never comes.
type process struct {
	disk *disk.Disk
	left int
	then func() // nil: it is killed
}

var _ store.FS = (*process)(nil)

func (p *process) step() {
	p.left--
	switch {
	case p.left != -1:
	case p.then == nil:
		panic(dead{})
	default:
		p.then()
	}
}

// run does something until it is done or the process is dead. It reports whether
// it was done.
//
//nolint:nonamedreturns // a defer sets it
func (p *process) run(t *testing.T, what doing) (done bool) {
	t.Helper()
	defer func() {
		p.disk.Kill(1)
		if r := recover(); r != nil {
			if _, killed := r.(dead); !killed {
				panic(r)
			}
			done = false
		}
	}()
	if err := what(p.store()); err != nil {
		t.Fatalf("on a good disk: %v", err)
	}
	return true
}

func (p *process) store() *store.Store {
	return store.New(store.Options{
		Dir: dir, FS: p, CompatScratch: true, Clock: stopped{},
		BootID: func(context.Context) (string, error) { return "boot", nil },
	})
}

// stopped is a clock by which nobody ever gets a lock that is held.
type stopped struct{}

func (stopped) Now() time.Time { return time.Time{} }

func (stopped) Sleep(context.Context, time.Duration) error { return context.DeadlineExceeded }

func (stopped) WithTimeout(
	ctx context.Context, _ time.Duration,
) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

func (p *process) ReadFile(_ context.Context, path string) ([]byte, error) {
	return p.disk.ReadFile(path)
}

//nolint:revive // a flag, because the interface has it
func (p *process) WriteFile(_ context.Context, path string, data []byte, sync bool) error {
	p.step()
	f, err := p.disk.Truncate(path, 0o600)
	if err != nil {
		return err
	}
	half := len(data) / 2
	for _, part := range [][]byte{data[:half], data[half:]} {
		p.step()
		if err := f.Append(part); err != nil {
			return err
		}
	}
	if !sync {
		return nil
	}
	p.step()
	return f.Sync()
}

func (p *process) Rename(_ context.Context, from, to string) error {
	p.step()
	return p.disk.Rename(from, to)
}

func (p *process) Remove(_ context.Context, path string) error {
	p.step()
	return p.disk.Remove(path)
}

func (p *process) Mkdir(_ context.Context, path string) error {
	p.step()
	return p.disk.Mkdir(path, 0o700)
}

func (p *process) ReadDir(_ context.Context, path string) ([]fs.DirEntry, error) {
	return p.disk.ReadDir(path)
}

func (p *process) IsDir(_ context.Context, path string) bool { return p.disk.IsDir(path) }

func (p *process) SyncDir(_ context.Context, path string) error {
	p.step()
	return p.disk.SyncDir(path)
}

func (p *process) TryLock(
	_ context.Context, path string, at int64, exclusive bool,
) (func(), error) {
	p.step()
	id, err := p.disk.TryLock(path, disk.Want{At: at, Exclusive: exclusive, By: 1, Inherit: true})
	if errors.Is(err, errno.EAGAIN) {
		return nil, store.ErrLocked
	}
	if err != nil {
		return nil, err
	}
	return func() { p.disk.Unlock(id) }, nil
}

// sample is a record; those with different numbers have different lengths.
func sample(seq uint64) record.Record {
	args := "K8S_POD_NAME=cart-0;K8S_POD_NAMESPACE=shop;N=" + strings.Repeat("n", int(seq))
	return record.Record{
		Seq: seq, BootID: "boot", ContainerID: container, IfName: "eth0", Netns: "/run/netns/x",
		Pod:        record.Pod{Namespace: "shop", Name: "cart-0", UID: "6f0c"},
		PluginPath: "/opt/cni/bin",
		Attachments: []record.Attachment{
			{
				Network: "cluster", Name: "cluster", IfName: "eth0", Master: true, Args: args,
				Config: []byte(`{"cniVersion":"1.0.0","name":"cluster","type":"bridge"}`),
			},
			{
				Network: "shop/red", Name: "red", IfName: "net1", Args: args,
				Config: []byte(`{"cniVersion":"1.0.0","name":"red","plugins":[{"type":"sriov"}]}`),
			},
		},
	}
}
