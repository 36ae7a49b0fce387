package disk_test

import (
	"fmt"
	"strings"

	"patchbay/sim/chance"
	"patchbay/sim/disk"
)

// kind is what is called.
type kind int

const (
	mkdir kind = iota
	create
	write
	appendTo
	read
	stat
	list
	rename
	unlink
	rmdir
	remove
	fsync
	syncDir
	open       // keeps a handle
	openAppend // keeps it too
	appendBy   // by the handle
	readBy     // by the handle
	lock       // a byte
	flock      // the whole file
	unlock     // the lock that was taken first
	inherit    // by process 2 from process 1
	kill       // one of the processes
	kinds
)

// weights say how often a call is made; those that wait for the disk are rare.
var weights = [kinds]int{
	mkdir: 25, create: 6, write: 12, appendTo: 10, read: 8, stat: 8, list: 8, rename: 30,
	unlink: 10, rmdir: 10, remove: 6, fsync: 1, syncDir: 1, open: 4, openAppend: 6, appendBy: 6, readBy: 4,
	lock: 16, flock: 10, unlock: 6, inherit: 4, kill: 2,
}

func (k kind) String() string {
	return [kinds]string{
		"mkdir", "create", "write", "append", "read", "stat", "list", "rename", "unlink",
		"rmdir", "remove", "fsync", "sync directory", "open", "open to append",
		"append by handle", "read by handle", "lock", "flock", "unlock", "inherit", "kill",
	}[k]
}

// call is one call with all that it may need.
type call struct {
	kind     kind
	path, to string
	data     string
	want     disk.Want
}

// String is the call without its long names.
func (c call) String() string {
	return fmt.Sprintf("%s %.40q %.40q %q %+v", c.kind, c.path, c.to, c.data, c.want)
}

// draw makes up a call.
func draw(s chance.Source) call {
	total := 0
	for _, w := range weights {
		total += w
	}
	at := s.Choose(chance.Load, total)
	k := kind(0)
	for at >= weights[k] {
		at -= weights[k]
		k++
	}
	return call{
		kind: k, path: drawPath(s), to: drawPath(s),
		data: strings.Repeat("x", s.Choose(chance.Load, 4)),
		want: disk.Want{
			At:        int64(s.Choose(chance.Load, 2)),
			Exclusive: s.Choose(chance.Load, 2) == 1,
			By:        disk.Proc(1 + s.Choose(chance.Load, 2)),
			Inherit:   s.Choose(chance.Load, 2) == 1,
		},
	}
}

// Names are few, so that calls meet; the odd ones are at the limits.
var (
	names = []string{"a", "b", "c"}
	odd   = []string{strings.Repeat("l", 255), strings.Repeat("m", 256), "a\x00b"}
)

func drawPath(s chance.Source) string {
	if s.Choose(chance.Load, 200) == 0 {
		return strings.Repeat("/a", 2500)
	}
	var b strings.Builder
	for range 1 + min(s.Choose(chance.Load, 3), s.Choose(chance.Load, 3)) {
		b.WriteByte('/')
		if s.Choose(chance.Load, 40) == 0 {
			b.WriteString(odd[s.Choose(chance.Load, len(odd))])
		} else {
			b.WriteString(names[s.Choose(chance.Load, len(names))])
		}
	}
	return b.String()
}
