package disk_test

import (
	"fmt"

	"patchbay/sim/chance"
	"patchbay/sim/disk"
)

// A file is replaced as one should, but for the sync of its bytes: what can be
// left when the power goes?
func ExampleDisk_PowerCut() {
	d := disk.New(disk.POSIX())
	must(d.WriteFile("/conf", []byte("old"), 0o600))
	d.Sync()
	must(d.WriteFile("/conf.tmp", []byte("new!"), 0o600))
	must(d.Rename("/conf.tmp", "/conf"))
	must(d.SyncDir("/"))

	for every := new(chance.Every); every.Next(); {
		left := d.Clone()
		left.PowerCut(func(n int) int { return every.Choose(chance.Disk, n) })
		fmt.Print(left.Dump())
	}
	// Output:
	// /conf 600 4 "new!"
	// /conf 600 0 ""
	// /conf 600 2 "ne"
	// /conf 600 4 "\x00\x00\x00\x00"
	// /conf 600 4 "ne\x00\x00"
}
