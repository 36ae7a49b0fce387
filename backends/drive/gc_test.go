package drive_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"patchbay/backends"
	"patchbay/backends/drive"
	"patchbay/backends/real/clock"
	"patchbay/backends/real/records"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// meanwhile is a store in which something happens just before somebody has the
// node's lock.
type meanwhile struct {
	backends.Records
	happens func()
}

func (m meanwhile) LockNode(ctx context.Context, exclusive bool) (func(), error) {
	m.happens()
	return m.Records.LockNode(ctx, exclusive)
}

// trace is plugins that succeed, and notes what for they were run.
type trace struct{ calls []string }

func (*trace) Find(_ context.Context, name, _ string) (string, error) { return "/" + name, nil }

func (p *trace) Run(_ context.Context, c backends.Call) ([]byte, error) {
	p.calls = append(p.calls, c.Env["CNI_COMMAND"]+" "+c.Env["CNI_CONTAINERID"])
	return nil, nil
}

const delegate = `{"cniVersion":"1.1.0","name":"n","type":"p"}`

func recordOf(id string) record.Record {
	return record.Record{
		ContainerID: id, IfName: "eth0", PluginPath: "/",
		Attachments: []record.Attachment{{
			Network: "n", Name: "n", IfName: "eth0", Config: []byte(delegate), Master: true,
		}},
	}
}

func TestGCLeavesWhatIsMadeMeanwhile(t *testing.T) {
	store := records.New(records.Options{Dir: t.TempDir(), Clock: clock.Wall{}})
	save := func(id string) {
		if err := store.Save(t.Context(), recordOf(id)); err != nil {
			t.Fatal(err)
		}
	}
	save("stale")
	again := recordOf("again") // the runtime uses a container ID twice
	again.NetnsID.Ino = 1
	if err := store.Save(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	save("inflight")
	added, err := store.Lock(t.Context(), recordOf("inflight").Key())
	if err != nil {
		t.Fatal(err)
	}
	config, err := netconf.ParseConfig(
		[]byte(`{"cni.dev/valid-attachments":[],"delegates":[` + delegate + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	plugins := &trace{}
	d := &drive.Driver{Log: slog.New(slog.DiscardHandler), Backend: backends.Backend{
		Plugins: plugins,
		Clock:   newMemory(""), Records: meanwhile{store, func() {
			added() // the ADD that was under way succeeds
			save("new")
			again.NetnsID.Ino = 2
			if saveErr := store.Save(t.Context(), again); saveErr != nil {
				t.Error(saveErr)
			}
		}},
	}}
	if err = d.GC(t.Context(), need.Request{Config: config}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"DEL stale", "GC "}; !slices.Equal(plugins.calls, want) {
		t.Errorf("plugins were run for %q, want %q", plugins.calls, want)
	}
	keys, err := store.List(t.Context())
	if got := strings.Join(names(keys), " "); err != nil ||
		got != "again@eth0 inflight@eth0 new@eth0" {
		t.Errorf("left: %s, %v", got, err)
	}
}

func names(keys []record.Key) []string {
	var out []string
	for _, k := range keys {
		out = append(out, k.String())
	}
	return out
}
