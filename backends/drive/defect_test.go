package drive_test

import (
	"context"
	"log/slog"
	"testing"

	"patchbay/backends"
	"patchbay/backends/drive"
	"patchbay/backends/real/clock"
	"patchbay/backends/real/records"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/netconf"
)

// defective is a part of a backend with a defect.
type defective struct {
	backends.Plugins
	backends.Links
}

func (defective) Find(context.Context, string, string) (string, error) { panic("nil map") }
func (defective) Look(context.Context, string) (need.Sandbox, error)   { panic("nil map") }

func TestDefectsAreErrors(t *testing.T) {
	store := records.New(records.Options{Dir: t.TempDir(), Clock: clock.Wall{}})
	config, err := netconf.ParseConfig([]byte(`{"delegates":[` + delegate + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	d := &drive.Driver{Log: slog.New(slog.DiscardHandler), Backend: backends.Backend{
		Plugins: defective{}, Links: defective{}, Records: store, Clock: newMemory(""),
	}}
	t.Run("where several things are asked at once", func(t *testing.T) {
		req := need.Request{
			Verb: need.Add, ContainerID: "c1", IfName: "eth0", Netns: "/n", Config: config,
		}
		if _, err := d.Settle(t.Context(), req); !fail.Is(err, fail.Internal) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("where several networks are detached at once", func(t *testing.T) {
		r := recordOf("c1")
		for _, name := range []string{"net1", "net2", "net3"} {
			more := r.Attachments[0]
			more.IfName, more.Master = name, false
			r.Attachments = append(r.Attachments, more)
		}
		r.Parallel = true
		if err := store.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		req := need.Request{ContainerID: "c1", IfName: "eth0", Config: config}
		if err := d.Del(t.Context(), req); !fail.Is(err, fail.Internal) {
			t.Errorf("got %v", err)
		}
		if kept, err := store.Load(t.Context(), r.Key()); err != nil || kept.Attempts != 1 {
			t.Errorf("kept %+v, %v", kept, err)
		}
	})
}
