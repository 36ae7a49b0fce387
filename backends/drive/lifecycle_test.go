package drive_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"patchbay/backends"
	"patchbay/backends/drive"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// shelf is a node that costs next to nothing, so that what a lifecycle costs on
// it is what core and driver cost. It keeps values as they are and its plugins
// have their answers ready.
type shelf struct {
	pod     need.Pod
	defs    map[string]need.Definition
	records map[record.Key]record.Record
	results map[string][]byte
	answers map[string][]byte // of ADD, by interface
	runs    int
}

func (s *shelf) Pod(context.Context, string, string) (need.Pod, error) { return s.pod, nil }

func (s *shelf) Definition(_ context.Context, _, name string) (need.Definition, error) {
	return s.defs[name], nil
}

func (s *shelf) SetStatus(context.Context, record.Pod, string) error        { return nil }
func (s *shelf) Report(context.Context, record.Pod, []backends.Event) error { return nil }
func (s *shelf) Find(_ context.Context, name, _ string) (string, error)     { return name, nil }
func (s *shelf) BootID(context.Context) (string, error)                     { return "boot", nil }
func (s *shelf) Lock(context.Context, record.Key) (func(), error)           { return func() {}, nil }

func (s *shelf) LockNode(context.Context, bool) (func(), error)              { return func() {}, nil }
func (s *shelf) List(context.Context) ([]record.Key, error)                  { return nil, nil }
func (s *shelf) Quarantine(context.Context, record.Key, string) error        { return nil }
func (s *shelf) Quarantined(context.Context) ([]backends.Quarantined, error) { return nil, nil }
func (s *shelf) Sweep(context.Context) error                                 { return nil }
func (s *shelf) DropQuarantined(context.Context, record.Key) error           { return nil }
func (s *shelf) Absent(context.Context, backends.Sandbox, string) error      { return nil }
func (s *shelf) Present(context.Context, backends.Sandbox, []string) error   { return nil }
func (s *shelf) Info(context.Context, string) ([]byte, error)                { return nil, nil }
func (s *shelf) DropInfo(context.Context, string) error                      { return nil }
func (s *shelf) Read(context.Context, string, string) (need.Files, error)    { return need.Files{}, nil }
func (s *shelf) Now() time.Time                                              { return time.Time{} }
func (s *shelf) Sleep(ctx context.Context, _ time.Duration) error            { return ctx.Err() }

func (s *shelf) MoveDefault(
	context.Context, backends.Sandbox, backends.DefaultRoute,
) ([]string, error) {
	return nil, nil
}

func (s *shelf) WithTimeout(
	ctx context.Context, _ time.Duration,
) (context.Context, context.CancelFunc) {
	return ctx, func() {}
}

func (s *shelf) Look(context.Context, string) (need.Sandbox, error) {
	return need.Sandbox{ID: record.Inode{Dev: 4, Ino: 4026532701}, Links: []string{"lo"}}, nil
}

func (s *shelf) Run(_ context.Context, c backends.Call) ([]byte, error) {
	s.runs++
	if c.Env["CNI_COMMAND"] != "ADD" {
		return nil, nil
	}
	return s.answers[c.Env["CNI_IFNAME"]], nil
}

func (s *shelf) Load(_ context.Context, key record.Key) (record.Record, error) {
	r, ok := s.records[key]
	if !ok {
		return record.Record{}, errNoRecord
	}
	return r, nil
}

var errNoRecord = fail.New(fail.NotFound, "there is no record")

func (s *shelf) Save(_ context.Context, r record.Record) error {
	s.records[r.Key()] = r
	return nil
}

func (s *shelf) Drop(_ context.Context, key record.Key) error {
	delete(s.records, key)
	return nil
}

func (s *shelf) SaveResult(_ context.Context, _ record.Record, ifName string, b []byte) error {
	s.results[ifName] = b
	return nil
}

func (s *shelf) Result(_ context.Context, _ record.Record, ifName string) ([]byte, error) {
	return s.results[ifName], nil
}

func (s *shelf) DropResult(_ context.Context, _ record.Record, ifName string) error {
	delete(s.results, ifName)
	return nil
}

// printed is a result as plugins of the CNI project print it.
func printed(ifName string, n int) []byte {
	return fmt.Appendf(nil, `{
    "cniVersion": "1.0.0",
    "interfaces": [
        {
            "name": "veth0d5a%04x",
            "mac": "7a:1c:b2:09:5e:%02x"
        },
        {
            "name": %q,
            "mac": "0a:58:0a:f4:02:%02x",
            "sandbox": "/var/run/netns/cni-3e2f1a70-5d7b-4f7e-9c3e-1f0b6a8c9d2e"
        }
    ],
    "ips": [
        {
            "interface": 1,
            "address": "10.%d.2.17/24",
            "gateway": "10.%d.2.1"
        }
    ],
    "routes": [
        {
            "dst": "10.%d.0.0/16"
        }
    ],
    "dns": {}
}`, n, n, ifName, n, n, n, n)
}

const lifecycleConfig = `{
  "cniVersion": "1.0.0", "name": "patchbay", "type": "patchbay",
  "kubeconfig": "/etc/cni/net.d/patchbay.d/kubeconfig",
  "delegates": [{
    "cniVersion": "1.0.0", "name": "cbr0",
    "plugins": [
      {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "mtu": 1450,
       "hairpinMode": true,
       "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.2.0/24"}]],
                "routes": [{"dst": "10.244.0.0/16"}]}},
      {"type": "portmap", "capabilities": {"portMappings": true}}
    ]
  }]
}`

const lifecycleDefinition = `{
  "cniVersion": "1.0.0", "type": "macvlan", "master": "ens5", "mode": "bridge",
  "ipam": {"type": "host-local", "subnet": "10.%d.2.0/24", "routes": [{"dst": "10.%d.0.0/16"}]}
}`

// inTurn is a crew without goroutines, such as the simulator's.
type inTurn struct{}

func (inTurn) Go(do func()) { do() }
func (inTurn) Wait()        {}

func newShelf() *shelf {
	s := &shelf{
		pod: need.Pod{
			Namespace: "dev", Name: "web-6d4cf56db6-x7k2p",
			UID: "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
			Annotations: map[string]string{
				"k8s.v1.cni.cncf.io/networks": "red, blue",
			},
		},
		defs:    map[string]need.Definition{},
		records: map[record.Key]record.Record{},
		results: map[string][]byte{},
		answers: map[string][]byte{},
	}
	for i, name := range []string{"red", "blue"} {
		s.defs[name] = need.Definition{
			Namespace: "dev", Name: name, Config: fmt.Sprintf(lifecycleDefinition, i, i),
		}
	}
	for i, ifName := range []string{"eth0", "net1", "net2"} {
		s.answers[ifName] = printed(ifName, i)
	}
	return s
}

func (s *shelf) driver() *drive.Driver {
	return &drive.Driver{
		Backend: backends.Backend{
			Cluster: s, Plugins: s, Links: s, Devices: s, Records: s, Confs: s, Clock: s,
		},
		Log:  slog.New(slog.DiscardHandler),
		Crew: func() drive.Crew { return inTurn{} },
	}
}

func (s *shelf) request(tb testing.TB) need.Request {
	tb.Helper()
	config, err := netconf.ParseConfig([]byte(lifecycleConfig))
	if err != nil {
		tb.Fatal(err)
	}
	args, err := netconf.ParseArgs("IgnoreUnknown=1;K8S_POD_NAMESPACE=" + s.pod.Namespace +
		";K8S_POD_NAME=" + s.pod.Name + ";K8S_POD_INFRA_CONTAINER_ID=c0;K8S_POD_UID=" + s.pod.UID)
	if err != nil {
		tb.Fatal(err)
	}
	return need.Request{
		Verb: need.Add, IfName: "eth0", Args: args, CNIPath: "/opt/cni/bin", Config: config,
		ContainerID: "4f1cc6a3a1c1f8e6a4b7e1d2c3b4a5968778695a4b3c2d1e0f9e8d7c6b5a4938",
		Netns:       "/var/run/netns/cni-3e2f1a70-5d7b-4f7e-9c3e-1f0b6a8c9d2e",
		Cluster:     true,
	}
}

// BenchmarkLifecycle is what core and driver cost for one pod with three
// networks, ADD and DEL: in one process, and in a process for each.
func BenchmarkLifecycle(b *testing.B) {
	b.Run("together", func(b *testing.B) { lifecycles(b, &drive.Networks{}) })
	b.Run("apart", func(b *testing.B) { lifecycles(b, nil) })
}

func lifecycles(b *testing.B, networks *drive.Networks) {
	b.Helper()
	s := newShelf()
	d, req := s.driver(), s.request(b)
	d.Networks = networks
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Add(b.Context(), req); err != nil {
			b.Fatal(err)
		}
		if err := d.Del(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	if len(s.records) > 0 || len(s.results) > 0 || s.runs%8 != 0 {
		b.Fatalf("left: %d records, %d results; %d runs", len(s.records), len(s.results), s.runs)
	}
}

// Pods that come and go at the same time share what is known of networks.
func TestNetworksAreShared(t *testing.T) {
	networks := &drive.Networks{}
	done := make(chan error)
	for range 4 {
		s := newShelf()
		d, req := s.driver(), s.request(t)
		d.Networks = networks
		go func() {
			_, err := d.Add(t.Context(), req)
			done <- errors.Join(err, d.Del(t.Context(), req))
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
