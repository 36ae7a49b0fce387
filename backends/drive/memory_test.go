package drive_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/record"
)

// how says what becomes of an operation that a fault hits.
type how int

const (
	clean       how = iota // nothing happens, and it fails
	dirty                  // it happens, and it fails
	crashBefore            // nothing happens any more
	crashAfter             // it happens, and then nothing any more
	manners                // how many there are
)

func (h how) String() string { return [...]string{"clean", "dirty", "crash before", "crash after"}[h] }

var (
	errInjected = fail.New(fail.Transient, "injected")
	errDead     = errors.New("the process is dead")
)

// memory is a node: one sandbox, plugins, a cluster and a disk. It is strict:
// what must never be done is noted in broken.
type memory struct {
	mu     sync.Mutex
	n      int         // operations so far
	faults map[int]how // by number of the operation, from 1 on
	dead   bool
	lost   bool // the records have been lost
	torn   bool // the records can not be read
	broken []string

	pod     need.Pod
	defs    map[string]need.Definition
	links   map[string]string // interface -> plugin that made it
	leases  map[string]bool   // plugin and interface that hold something outside
	fails   map[string]error  // "DEL red": what that always ends in
	absent  map[string]bool   // plugins that are not installed
	records map[record.Key]record.Record
	results map[string][]byte
	aside   map[record.Key]backends.Quarantined
	locks   map[record.Key]bool
	status  string
	calls   []string
}

const memoryPath, memorySandbox = "/bin", "/run/netns/m"

func newMemory(networks string) *memory {
	m := &memory{
		faults: map[int]how{},
		pod:    need.Pod{Namespace: "dev", Name: "p", UID: "u", Annotations: map[string]string{}},
		defs:   map[string]need.Definition{},
		links:  map[string]string{"lo": "kernel"}, leases: map[string]bool{},
		fails: map[string]error{}, absent: map[string]bool{},
		records: map[record.Key]record.Record{}, results: map[string][]byte{},
		aside: map[record.Key]backends.Quarantined{}, locks: map[record.Key]bool{},
	}
	m.pod.Annotations["k8s.v1.cni.cncf.io/networks"] = networks
	for _, name := range []string{"red", "blue", "green"} {
		m.defs["dev/"+name] = need.Definition{
			Namespace: "dev", Name: name, Config: `{"cniVersion":"1.0.0","type":"` + name + `"}`,
		}
	}
	return m
}

// do performs one operation, as the faults allow, and looks whether something of
// ours is there of which no record tells.
func (m *memory) do(ctx context.Context, what string, happen func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errDead
	}
	if ctx.Err() != nil {
		return fail.New(fail.Transient, "%s: %w", what, ctx.Err())
	}
	m.n++
	fault, hit := m.faults[m.n]
	if hit && (fault == clean || fault == crashBefore) {
		m.dead = fault == crashBefore
		return fmt.Errorf("%s: %w", what, errInjected)
	}
	err := happen()
	if len(m.ours()) > 0 && len(m.records) == 0 && len(m.aside) == 0 && !m.lost {
		m.breakf("after %s there are %q and no record", what, m.ours())
	}
	if hit {
		m.dead = fault == crashAfter
		return fmt.Errorf("%s: %w", what, errInjected)
	}
	return err
}

func (m *memory) breakf(format string, args ...any) {
	m.broken = append(m.broken, fmt.Sprintf(format, args...))
}

// ours lists what plugins have made: interfaces and leases.
func (m *memory) ours() []string {
	out := slices.Sorted(maps.Keys(m.leases))
	for name, owner := range m.links {
		if owner != "kernel" && owner != "stranger" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// left lists all that a DEL must not leave.
func (m *memory) left() []string {
	out := m.ours()
	for key := range m.records {
		out = append(out, "record "+key.String())
	}
	for name := range m.results {
		out = append(out, "result "+name)
	}
	for key := range m.locks {
		out = append(out, "lock "+key.String())
	}
	return out
}

// revive starts a new process after a crash: what it held is released.
func (m *memory) revive() {
	m.dead, m.faults = false, map[int]how{}
	clear(m.locks)
}

func (m *memory) Pod(ctx context.Context, _, _ string) (need.Pod, error) {
	return m.pod, m.do(ctx, "read pod", func() error { return nil })
}

func (m *memory) Definition(ctx context.Context, ns, name string) (need.Definition, error) {
	def, ok := m.defs[ns+"/"+name]
	return def, m.do(ctx, "read definition", func() error {
		if !ok {
			return fail.New(fail.NotFound, "there is no %s/%s", ns, name)
		}
		return nil
	})
}

func (m *memory) SetStatus(ctx context.Context, _ record.Pod, status string) error {
	return m.do(ctx, "set status", func() error { m.status = status; return nil })
}

func (m *memory) Report(ctx context.Context, _ record.Pod, _ []backends.Event) error {
	return m.do(ctx, "report", func() error { return nil })
}

func (m *memory) Find(ctx context.Context, name, _ string) (string, error) {
	return "/bin/" + name, m.do(ctx, "find "+name, func() error {
		if m.absent[name] {
			return fail.New(fail.NotFound, "failed to find plugin %q", name)
		}
		return nil
	})
}

// Run is every plugin. The first of a chain makes the interface; each holds
// something outside of the sandbox.
func (m *memory) Run(ctx context.Context, c backends.Call) ([]byte, error) {
	var conf struct {
		Type string          `json:"type"`
		Prev json.RawMessage `json:"prevResult"`
	}
	if err := json.Unmarshal(c.Stdin, &conf); err != nil {
		return nil, err
	}
	verb, ifName := c.Env["CNI_COMMAND"], c.Env["CNI_IFNAME"]
	var out []byte
	err := m.do(ctx, verb+" "+conf.Type, func() error {
		m.calls = append(m.calls, strings.TrimSpace(verb+" "+conf.Type+" "+ifName))
		if err := m.fails[verb+" "+conf.Type]; err != nil {
			return err
		}
		switch verb {
		case "ADD":
			out = m.add(conf.Type, ifName, conf.Prev)
		case "DEL":
			m.del(conf.Type, ifName, c.Env["CNI_NETNS"] != "")
		}
		return nil
	})
	return out, err
}

func (m *memory) add(plugin, ifName string, prev []byte) []byte {
	if prev == nil {
		if owner, ok := m.links[ifName]; ok {
			m.breakf("ADD of %s: %s has made %s already", plugin, owner, ifName)
		}
		m.links[ifName] = plugin
	}
	m.leases[plugin+" "+ifName] = true
	return []byte(`{"cniVersion":"1.0.0","interfaces":[{"name":"` + ifName +
		`","sandbox":"` + memorySandbox + `"}]}`)
}

func (m *memory) del(plugin, ifName string, inside bool) {
	delete(m.leases, plugin+" "+ifName)
	owner, ok := m.links[ifName]
	switch {
	case !ok || !inside || plugin == "portmap":
	case owner != plugin:
		m.breakf("DEL of %s took %s from %s", plugin, ifName, owner)
	default:
		delete(m.links, ifName)
	}
}

func (m *memory) Look(ctx context.Context, _ string) (need.Sandbox, error) {
	var out need.Sandbox
	err := m.do(ctx, "look", func() error {
		out = need.Sandbox{ID: record.Inode{Ino: 7}, Links: slices.Sorted(maps.Keys(m.links))}
		return nil
	})
	return out, err
}

func (m *memory) Absent(ctx context.Context, _ backends.Sandbox, ifName string) error {
	return m.do(ctx, "absent "+ifName, func() error {
		if _, ok := m.links[ifName]; ok {
			return fail.New(fail.Invalid, "%s exists", ifName)
		}
		return nil
	})
}

func (m *memory) Present(ctx context.Context, _ backends.Sandbox, ifNames []string) error {
	return m.do(ctx, "present", func() error {
		for _, name := range ifNames {
			if _, ok := m.links[name]; !ok {
				return fail.New(fail.NotFound, "%s is not there", name)
			}
		}
		return nil
	})
}

func (m *memory) MoveDefault(
	ctx context.Context, _ backends.Sandbox, want backends.DefaultRoute,
) ([]string, error) {
	return want.Others, m.do(ctx, "move default", func() error {
		if _, ok := m.links[want.IfName]; !ok {
			m.breakf("the default route is to be on %s, which is not there", want.IfName)
		}
		return nil
	})
}

func (m *memory) Info(context.Context, string) ([]byte, error) { return nil, nil }
func (m *memory) DropInfo(context.Context, string) error       { return nil }

func (m *memory) Read(context.Context, string, string) (need.Files, error) {
	return need.Files{}, fail.New(fail.NotFound, "nothing is there")
}

func (m *memory) Now() time.Time                                   { return time.Time{} }
func (m *memory) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func (m *memory) WithTimeout(
	ctx context.Context, d time.Duration,
) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}
