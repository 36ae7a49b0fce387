package disk_test

import (
	"fmt"
	"strings"

	"patchbay/sim/disk"
)

// pretended is the disk of the simulator.
type pretended struct {
	disk   *disk.Disk
	handle disk.File
	locks  []uint64
}

func (p *pretended) tree() string {
	var b strings.Builder
	for line := range strings.Lines(p.disk.Dump()) {
		if line[0] == '/' { // else it is about locks, or what is not synced
			b.WriteString(strings.ReplaceAll(line, "*", ""))
		}
	}
	return b.String()
}

func (p *pretended) do(c call) string {
	d := p.disk
	switch c.kind { //nolint:exhaustive // the others are in doMore
	case mkdir:
		return said(d.Mkdir(c.path, 0o700))
	case create:
		_, err := d.Create(c.path, 0o600)
		return said(err)
	case write:
		return said(d.WriteFile(c.path, []byte(c.data), 0o600))
	case appendTo:
		return said(d.Append(c.path, []byte(c.data)))
	case read:
		data, err := d.ReadFile(c.path)
		return said(err) + string(data)
	case stat:
		info, err := d.Stat(c.path)
		if err != nil {
			return said(err)
		}
		return fmt.Sprint(info.Dir, info.Mode, !info.Dir && info.Size > 0)
	case list:
		entries, err := d.ReadDir(c.path)
		text := said(err)
		for _, e := range entries {
			text += fmt.Sprint(" ", e.Name(), e.Type())
		}
		return text
	case rename:
		return said(d.Rename(c.path, c.to))
	case unlink:
		return said(d.Unlink(c.path))
	case rmdir:
		return said(d.Rmdir(c.path))
	case remove:
		return said(d.Remove(c.path))
	case fsync:
		return said(d.Fsync(c.path))
	case syncDir:
		return said(d.SyncDir(c.path))
	}
	return p.doMore(c)
}

func (p *pretended) doMore(c call) string {
	d := p.disk
	switch c.kind { //nolint:exhaustive // the others are in do
	case open, openAppend:
		f, err := d.Open(c.path)
		if c.kind == openAppend {
			f, err = d.OpenAppend(c.path)
		}
		if err == nil {
			p.handle = f
		}
		return said(err)
	case appendBy:
		return said(p.handle.Append([]byte(c.data)))
	case readBy:
		data, err := p.handle.Bytes()
		return said(err) + string(data)
	case flock:
		c.want.At = disk.Whole
		fallthrough
	case lock:
		id, err := d.TryLock(c.path, c.want)
		if err == nil {
			p.locks = append(p.locks, id)
		}
		return said(err)
	case unlock:
		if len(p.locks) > 0 {
			d.Unlock(p.locks[0])
			p.locks = p.locks[1:]
		}
	case inherit:
		d.Inherit(1, 2)
	case kill:
		d.Kill(c.want.By)
	}
	return ""
}
