package store_test

import (
	"testing"

	"patchbay/sim/disk"
)

// BenchmarkLifecycle is what the store costs beside the disk: lock, save, load,
// keep a result, and drop it all.
func BenchmarkLifecycle(b *testing.B) {
	d := disk.New(disk.Ext4())
	for _, path := range []string{"/var", "/var/lib", "/var/lib/cni"} {
		if err := d.Mkdir(path, 0o755); err != nil {
			b.Fatal(err)
		}
	}
	s, r, ctx := (&process{disk: d, left: never}).store(), sample(1), b.Context()
	b.ReportAllocs()
	for b.Loop() {
		unlock, err := s.Lock(ctx, r.Key())
		if err != nil {
			b.Fatal(err)
		}
		for _, do := range []func() error{
			func() error { return s.Save(ctx, r) },
			func() error { return s.SaveResult(ctx, r, "net1", result(1)) },
			func() error { _, err := s.Load(ctx, r.Key()); return err },
			func() error { _, err := s.Result(ctx, r, "net1"); return err },
			func() error { return s.DropResult(ctx, r, "net1") },
			func() error { return s.Drop(ctx, r.Key()) },
		} {
			if err := do(); err != nil {
				b.Fatal(err)
			}
		}
		unlock()
	}
}
