package world

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"patchbay/backends/store"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/sim/disk"
	"patchbay/sim/errno"
	"patchbay/sim/fault"
)

// files is the disk of a node as the record store of one process sees it.
type files struct{ *view }

var _ store.FS = files{}

const (
	dirMode  = 0o700
	fileMode = 0o600
)

// said names the file in an error, as the real calls do.
func said(call, at string, err error) error {
	if e, ok := errors.AsType[errno.Errno](err); ok {
		return fmt.Errorf("%s %s: %w", call, at, e)
	}
	return err
}

func (f files) do(
	ctx context.Context, kind fault.Kind, at string, happen func(fault.Outcome) error,
) error {
	// A context is handed through, and ends nothing: what is begun is finished.
	return f.p.Do(context.WithoutCancel(ctx), fault.Op{Kind: kind, On: path.Base(at)}, happen)
}

// ReadFile reads a whole file.
func (f files) ReadFile(ctx context.Context, at string) ([]byte, error) {
	var data []byte
	err := f.do(ctx, fault.FileRead, at, func(out fault.Outcome) error {
		if out.How == fault.Corrupt {
			f.spoil(at, fault.Spoil(out.N))
		}
		var err error
		data, err = f.node.Disk.ReadFile(at)
		return err
	})
	return data, said("open", at, err)
}

// WriteFile creates a file, or truncates it, and writes data to it.
//
//nolint:revive // a flag, because the interface has it
func (f files) WriteFile(ctx context.Context, at string, data []byte, sync bool) error {
	kind := fault.FileWrite
	if sync {
		kind = fault.FileStore
	}
	err := f.do(ctx, kind, at, func(out fault.Outcome) error {
		if out.How == fault.Partial {
			data = data[:len(data)*out.N/100]
			sync = false
		}
		if err := f.node.Disk.WriteFile(at, data, fileMode); err != nil || !sync {
			return err
		}
		if out.How == fault.Corrupt && fault.Spoil(out.N) == fault.Unsynced {
			return nil
		}
		return f.node.Disk.Fsync(at)
	})
	return said("write", at, err)
}

// Rename puts a file in the place of another one.
func (f files) Rename(ctx context.Context, from, to string) error {
	err := f.do(ctx, fault.FileRename, to, func(fault.Outcome) error {
		return f.node.Disk.Rename(from, to)
	})
	return said("rename "+from, to, err)
}

// Remove removes a file or an empty directory.
func (f files) Remove(ctx context.Context, at string) error {
	err := f.do(ctx, fault.FileRemove, at, func(fault.Outcome) error {
		return f.node.Disk.Remove(at)
	})
	return said("remove", at, err)
}

// Mkdir makes one directory.
func (f files) Mkdir(ctx context.Context, at string) error {
	err := f.do(ctx, fault.DirMake, at, func(fault.Outcome) error {
		return f.node.Disk.Mkdir(at, dirMode)
	})
	return said("mkdir", at, err)
}

// ReadDir lists a directory.
func (f files) ReadDir(ctx context.Context, at string) ([]fs.DirEntry, error) {
	var list []fs.DirEntry
	err := f.do(ctx, fault.DirList, at, func(out fault.Outcome) error {
		var err error
		list, err = f.node.Disk.ReadDir(at)
		if out.How == fault.Corrupt && fault.Spoil(out.N) == fault.Shortened {
			list = list[:len(list)/2]
		}
		return err
	})
	return list, said("open", at, err)
}

// IsDir reports whether there is a directory at a path.
func (f files) IsDir(ctx context.Context, at string) bool {
	is := false
	err := f.do(ctx, fault.DirLook, at, func(fault.Outcome) error {
		is = f.node.Disk.IsDir(at)
		return nil
	})
	return is && err == nil
}

// SyncDir makes the names in a directory survive a power cut.
func (f files) SyncDir(ctx context.Context, at string) error {
	err := f.do(ctx, fault.DirSync, at, func(out fault.Outcome) error {
		if out.How == fault.Corrupt && fault.Spoil(out.N) == fault.Unsynced {
			return nil
		}
		return f.node.Disk.SyncDir(at)
	})
	return said("sync", at, err)
}

// TryLock locks one byte of a file.
func (f files) TryLock(
	ctx context.Context, at string, place int64, exclusive bool,
) (func(), error) {
	var id uint64
	d := f.node.Disk
	err := f.do(ctx, fault.FileLock, at, func(fault.Outcome) error {
		var err error
		id, err = d.TryLock(at, disk.Want{
			At: place, Exclusive: exclusive, By: disk.Proc(f.p.Proc), Inherit: true,
		})
		return err
	})
	if errors.Is(err, errno.EAGAIN) {
		err = store.ErrLocked
	}
	if err != nil {
		if id != 0 {
			d.Unlock(id) // the descriptor is closed where the answer is an error
		}
		return nil, said("lock", at, err)
	}
	return func() { d.Unlock(id) }, nil
}

// spoil changes the bytes of a file, as a disk does that has gone bad.
func (f files) spoil(at string, how fault.Spoil) {
	d := f.node.Disk
	data, err := d.ReadFile(at)
	if err != nil || len(data) == 0 {
		return
	}
	switch how {
	case fault.Truncated:
		_ = d.Cut(at, len(data)/2)
	case fault.Emptied:
		_ = d.Cut(at, 0)
	case fault.Flipped:
		_ = d.Flip(at, len(data)*4)
	case fault.Zeroed:
		_ = d.Fill(at, make([]byte, len(data)))
	}
}

// Read returns configuration files.
func (v *view) Read(ctx context.Context, at, suffixes string) (need.Files, error) {
	var out need.Files
	d := v.node.Disk
	err := v.p.Do(ctx, fault.Op{Kind: fault.ConfRead, On: at}, func(fault.Outcome) error {
		info, err := d.Stat(at)
		if err != nil {
			return err
		}
		if !info.Dir {
			data, readErr := d.ReadFile(at)
			out.List = append(out.List, need.File{Path: at, Bytes: data})
			return readErr
		}
		out.Dir = true
		entries, err := d.ReadDir(at)
		for _, e := range entries {
			if !wanted(e.Name(), suffixes) {
				continue
			}
			data, readErr := d.ReadFile(path.Join(at, e.Name()))
			if readErr != nil {
				return readErr
			}
			out.List = append(out.List, need.File{Path: path.Join(at, e.Name()), Bytes: data})
		}
		return err
	})
	if err != nil {
		return need.Files{}, filed("configuration "+at, err)
	}
	return out, nil
}

func wanted(name, suffixes string) bool {
	for suffix := range strings.SplitSeq(suffixes, ",") {
		if suffix != "" && strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// Info reads a device information file; nil when there is none.
func (v *view) Info(ctx context.Context, at string) ([]byte, error) {
	var data []byte
	err := v.p.Do(ctx, fault.Op{Kind: fault.DeviceRead, On: at}, func(fault.Outcome) error {
		var err error
		data, err = v.node.Disk.ReadFile(at)
		return err
	})
	if errors.Is(err, errno.ENOENT) {
		return nil, nil
	}
	return data, filed("device information "+at, err)
}

// DropInfo removes a device information file.
func (v *view) DropInfo(ctx context.Context, at string) error {
	err := v.p.Do(ctx, fault.Op{Kind: fault.DeviceDrop, On: at}, func(fault.Outcome) error {
		return v.node.Disk.Remove(at)
	})
	if errors.Is(err, errno.ENOENT) {
		return nil
	}
	return filed("device information "+at, err)
}

// filed gives an error about a file its kind.
func filed(object string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errno.ENOENT), errors.Is(err, errno.ENOTDIR):
		return fail.New(fail.NotFound, "%s: %w", object, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fail.New(fail.Transient, "%s: not read in time: %w", object, err)
	}
	if _, ok := errors.AsType[*fail.Error](err); ok {
		return fail.About(object, err)
	}
	return fail.New(fail.IO, "%s: %w", object, err)
}
