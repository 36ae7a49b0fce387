package disk

import (
	"strconv"
	"strings"
)

// each visits everything, sorted by path; what is mounted instead of what it
// covers.
func (d *Disk) each(n *node, path string, visit func(path string, n *node)) {
	for _, e := range n.dir.sorted() {
		child, err := n.child(e.Name())
		if err != nil {
			continue
		}
		p := path + "/" + e.Name()
		visit(p, child)
		if child.dir != nil {
			d.each(child, p, visit)
		}
	}
}

// Dump is the tree as text: a line for each directory and each file, with mode,
// size, bytes, and a star where these are not on the platter; then how many
// changes of names are not, and the locks.
func (d *Disk) Dump() string {
	var b strings.Builder
	d.each(d.root, "", func(path string, n *node) {
		b.WriteString(path)
		if n.dir != nil {
			b.WriteString("/ ")
			b.WriteString(strconv.FormatUint(uint64(n.mode), 8))
			b.WriteByte('\n')
			return
		}
		b.WriteByte(' ')
		b.WriteString(strconv.FormatUint(uint64(n.mode), 8))
		b.WriteByte(' ')
		b.WriteString(strconv.Itoa(len(n.data)))
		if n.dirty || n.lost {
			b.WriteByte('*')
		}
		b.WriteByte(' ')
		b.WriteString(strconv.Quote(string(n.data)))
		b.WriteByte('\n')
	})
	if len(d.pending) > 0 {
		b.WriteString("names not synced: ")
		b.WriteString(strconv.Itoa(len(d.pending)))
		b.WriteByte('\n')
	}
	for i := range d.locks {
		l := &d.locks[i]
		b.WriteString("lock ")
		b.WriteString(l.path)
		b.WriteByte(' ')
		b.WriteString(strconv.FormatInt(l.At, 10))
		if l.Exclusive {
			b.WriteString(" exclusive")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Hash is a number for everything that may make a difference later: names,
// bytes, locks, and what a power cut may undo.
func (d *Disk) Hash() uint64 {
	h := basis.tree(d.root)
	for i := range d.pending {
		op := &d.pending[i]
		h = h.number(uint64(op.dir.ino)).text(op.name)
		if op.fromDir != nil {
			h = h.number(uint64(op.fromDir.ino)).text(op.fromName)
		}
	}
	for i := range d.locks {
		l := &d.locks[i]
		h = h.text(l.path).number(uint64(l.At)) //nolint:gosec // -1 is a number too
	}
	return uint64(h)
}

// sum is a running FNV-1a, by words where it can be.
type sum uint64

const (
	basis sum = 14695981039346656037
	prime sum = 1099511628211
)

// tree adds what is in a directory.
func (h sum) tree(dir *node) sum {
	for _, e := range dir.dir.sorted() {
		n, err := dir.child(e.Name())
		if err != nil {
			continue
		}
		h = h.text(e.Name()).number(uint64(n.mode))
		if n.dir != nil {
			h = h.number(1).tree(n).number(0)
			continue
		}
		if n.sum == 0 {
			n.sum = uint64(basis.bytes(n.data)) | 1
		}
		h = h.number(n.sum)
		if n.dirty || n.lost {
			h = h.bytes(n.disk).number(2)
		}
	}
	return h
}

func (h sum) number(n uint64) sum {
	h = (h ^ sum(n)) * prime
	return h ^ h>>32
}

func (h sum) text(s string) sum {
	for i := range len(s) {
		h = (h ^ sum(s[i])) * prime
	}
	return h.number(uint64(len(s)))
}

func (h sum) bytes(data []byte) sum {
	for _, b := range data {
		h = (h ^ sum(b)) * prime
	}
	return h.number(uint64(len(data)))
}
