package disk_test

import (
	"strconv"
	"testing"

	"patchbay/sim/disk"
)

// crowded is a disk with so many addresses taken in one network.
func crowded(n int) *disk.Disk {
	d := disk.New(disk.Ext4())
	for _, path := range []string{
		"/var", "/var/lib", "/var/lib/cni", "/var/lib/cni/multus", "/var/lib/cni/multus/records",
		"/var/lib/cni/networks", "/var/lib/cni/networks/cluster",
	} {
		must(d.Mkdir(path, 0o700))
	}
	for i := range n {
		write(d, "/var/lib/cni/networks/cluster/10.0."+strconv.Itoa(i/256)+"."+strconv.Itoa(i%256),
			"container\r\neth0")
	}
	d.Sync()
	return d
}

const (
	recordPath = "/var/lib/cni/multus/records/" +
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef@eth0.json"
	tempPath = "/var/lib/cni/multus/records/" +
		".0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef@eth0.json.tmp"
	addressPath = "/var/lib/cni/networks/cluster/10.9.9.9"
	lockPath    = "/var/lib/cni/multus/lock"
)

// BenchmarkLifecycle makes the calls of one pod with one network: 23 of them.
func BenchmarkLifecycle(b *testing.B) {
	data := []byte("patchbay-record 1")
	for _, n := range []int{10, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			d := crowded(n)
			b.ReportAllocs()
			for b.Loop() {
				lifecycle(d, data)
			}
		})
	}
}

func lifecycle(d *disk.Disk, data []byte) {
	for range 2 {
		a, err := d.TryLock(lockPath, disk.Want{By: 1})
		must0(err)
		b, err := d.TryLock(lockPath, disk.Want{At: 99, Exclusive: true, By: 1, Inherit: true})
		must0(err)
		for range 3 {
			_ = d.IsDir("/var/lib/cni/multus/records")
		}
		d.Unlock(b)
		d.Unlock(a)
	}
	must0(d.WriteFile(tempPath, data, 0o600))
	must0(d.Fsync(tempPath))
	must0(d.Rename(tempPath, recordPath))
	must0(d.SyncDir("/var/lib/cni/multus/records"))
	f, err := d.Create(addressPath, 0o600)
	must0(err)
	must0(f.Append(data))
	_, err = d.ReadFile(recordPath)
	must0(err)
	_, err = d.ReadFile(addressPath)
	must0(err)
	must0(d.Unlink(addressPath))
	must0(d.Unlink(recordPath))
	_ = d.Unlink(tempPath)
}

func must0(err error) {
	if err != nil {
		panic(err)
	}
}

func BenchmarkReadFile(b *testing.B) {
	d := crowded(1000)
	write(d, recordPath, "x")
	b.ReportAllocs()
	for b.Loop() {
		_, err := d.ReadFile(recordPath)
		must0(err)
	}
}

func BenchmarkCreateUnlink(b *testing.B) {
	d := crowded(1000)
	b.ReportAllocs()
	for b.Loop() {
		_, err := d.Create(addressPath, 0o600)
		must0(err)
		must0(d.Unlink(addressPath))
	}
}

// BenchmarkListAfterChange lists a directory of 1,000 names that has changed.
func BenchmarkListAfterChange(b *testing.B) {
	d := crowded(1000)
	b.ReportAllocs()
	for b.Loop() {
		_, err := d.Create(addressPath, 0o600)
		must0(err)
		_, err = d.ReadDir("/var/lib/cni/networks/cluster")
		must0(err)
		must0(d.Unlink(addressPath))
	}
}

func BenchmarkHash(b *testing.B) {
	d := crowded(1000)
	b.ReportAllocs()
	for b.Loop() {
		write(d, recordPath, "x")
		_ = d.Hash()
	}
}

func BenchmarkLock(b *testing.B) {
	d := crowded(1)
	b.ReportAllocs()
	for b.Loop() {
		id, err := d.TryLock(lockPath, disk.Want{At: 99, Exclusive: true, By: 1, Inherit: true})
		must0(err)
		d.Unlock(id)
	}
}
