package disk

// Op is a kind of change.
type Op uint8

// The changes.
const (
	Made    Op = iota // an empty file is there
	Wrote             // a file has other bytes
	MadeDir           // a directory is there
	Renamed           // To is what Path was
	Removed           // a file is gone
	RemovedDir
	Synced  // the bytes or names of Path are on the platter
	Damaged // a file has other bytes that nobody wrote
	Locked
	Unlocked
	Rebooted // everything may be different; Path is empty
	ops
)

// String names the change.
func (o Op) String() string {
	return [ops]string{
		"made", "wrote", "made directory", "renamed", "removed", "removed directory", "synced",
		"damaged", "locked", "unlocked", "rebooted",
	}[o]
}

// Change is something that has happened on a disk.
type Change struct {
	Op       Op
	Path, To string
}

func (d *Disk) changed(op Op, path string) {
	if d.OnChange != nil {
		d.OnChange(Change{Op: op, Path: path})
	}
}
