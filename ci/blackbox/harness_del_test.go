package blackbox_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"patchbay/ci/netnstest"
)

// twoNetworks asks for the networks red and blue beside the default one.
const twoNetworks = "red,blue"

// added returns a node on which ADD has attached the pod and whose trace is
// empty again.
func added(t *testing.T, conf func(*node) string, annotations ...string) *node {
	t.Helper()
	n := newNode(t, annotations...)
	n.run("ADD", conf(n)).ok(t)
	n.forget()
	return n
}

// plain is the configuration that most tests use.
func plain(n *node) string { return n.conf() }

// failed decodes the one CNI error that a run ended with.
func (a answer) failed(t *testing.T) types.Error {
	t.Helper()
	var e types.Error
	if err := json.Unmarshal([]byte(a.stdout), &e); err != nil || a.code != 1 || e.Msg == "" {
		t.Fatalf("exit code %d, want 1 and exactly one CNI error (%v)\nstdout: %s\nstderr: %s",
			a.code, err, a.stdout, a.stderr)
	}
	return e
}

// config is what a call got on standard input without prevResult, which is
// always the last key, and prev is that.
func (c call) config() string { config, _ := c.halves(); return config }
func (c call) prev() string   { _, prev := c.halves(); return prev }

func (c call) halves() (string, string) {
	config, prev, found := strings.Cut(c.Stdin, `,"prevResult":`)
	if !found {
		return c.Stdin, ""
	}
	return config + "}", strings.TrimSuffix(prev, "}")
}

// undone fails the test unless nothing is left of the sandbox.
func (n *node) undone() {
	n.t.Helper()
	if files := n.kept(); len(files) > 0 {
		n.t.Errorf("it keeps %q", files)
	}
}

// record is the file of the record of a sandbox, below cniDir.
func (n *node) record() string { return n.path("cni", "records", container+"@eth0.json") }

// aside lists what is in quarantine.
func (n *node) aside() []string {
	n.t.Helper()
	entries, err := os.ReadDir(n.path("cni", "quarantine"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		n.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// asked fails the test unless the API server has had so many requests.
func (n *node) asked(want int) {
	n.t.Helper()
	if got := n.api.Requests(); len(got) != want {
		n.t.Errorf("the API server was asked %d times, want %d: %v", len(got), want, got)
	}
}

// undefine makes the API server not know a definition any more.
func (n *node) undefine(namespace, name string) {
	n.api.Misbehave("GET /apis/k8s.cni.cncf.io/v1/namespaces/"+namespace+
		"/network-attachment-definitions/"+name, -1, gone(name))
}

// interfaces makes links in the sandbox, as plugins would.
func (n *node) interfaces(names ...string) {
	n.t.Helper()
	netnstest.Do(n.t, n.netns, func() {
		for _, name := range names {
			link := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: name}}
			if err := netlink.LinkAdd(link); err != nil {
				n.t.Fatalf("interface %s: %v", name, err)
			}
		}
	})
}

// has reports whether the sandbox has an interface.
func (n *node) has(name string) bool {
	n.t.Helper()
	var found bool
	netnstest.Do(n.t, n.netns, func() {
		_, err := os.Stat("/proc/thread-self/net/dev_snmp6/" + name)
		found = err == nil
	})
	return found
}

// uninstall takes the executable of a plugin away.
func (n *node) uninstall(plugin string) {
	n.t.Helper()
	if err := os.Remove(filepath.Join(n.bin, plugin)); err != nil {
		n.t.Fatal(err)
	}
}

// running is a run of the plugin that has not ended, or may not have.
type running struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr strings.Builder
	done           chan struct{}
}

// start begins a run for the sandbox and does not wait for it.
func (n *node) start(command, conf string) *running {
	n.t.Helper()
	path, err := build()
	if err != nil {
		n.t.Fatalf("the plugin does not build: %v", err)
	}
	r := &running{t: n.t, cmd: exec.CommandContext(n.t.Context(), path), done: make(chan struct{})}
	r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = strings.NewReader(conf), &r.stdout, &r.stderr
	r.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0",
		"CNI_COMMAND=" + command, "CNI_CONTAINERID=" + container, "CNI_NETNS=" + n.netns,
		"CNI_IFNAME=eth0", "CNI_PATH=" + n.bin, "CNI_ARGS=" + podArgs,
	}
	if err := r.cmd.Start(); err != nil {
		n.t.Fatalf("the plugin was not started: %v", err)
	}
	go func() {
		defer close(r.done)
		_ = r.cmd.Wait() // the exit code says it
	}()
	return r
}

// wait waits for the end.
func (r *running) wait() answer {
	<-r.done
	return answer{r.stdout.String(), r.stderr.String(), r.cmd.ProcessState.ExitCode()}
}

// signal sends a signal.
func (r *running) signal(s os.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

// fifo makes a FIFO at which a scripted plugin waits.
func (n *node) fifo(name string) string {
	n.t.Helper()
	path := n.path(name)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		n.t.Fatal(err)
	}
	return path
}

// meet waits until a scripted plugin, which then keeps the run from ending,
// opens a FIFO for writing.
func (r *running) meet(fifo string) {
	r.t.Helper()
	if !r.open(fifo, os.O_RDONLY) {
		a := r.wait()
		r.t.Fatalf("it ended before a plugin came\nstdout: %s\nstderr: %s", a.stdout, a.stderr)
	}
}

// release lets go a scripted plugin that opens a FIFO for reading.
func (r *running) release(fifo string) { r.t.Helper(); r.open(fifo, os.O_WRONLY) }

// open opens and closes a FIFO as soon as somebody is at its other end. False:
// the run ended first.
func (r *running) open(fifo string, mode int) bool {
	r.t.Helper()
	opened := make(chan error, 1)
	go func() {
		f, err := os.OpenFile(fifo, mode, 0)
		if err == nil {
			err = f.Close()
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		if err != nil {
			r.t.Fatal(err)
		}
		return true
	case <-r.done:
		if f, err := os.OpenFile(fifo, os.O_RDWR, 0); err == nil {
			<-opened // now that we are at the other end
			_ = f.Close()
		}
		return false
	}
}

// same fails the test unless two JSON documents say the same.
func same(t *testing.T, what, got, want string) {
	t.Helper()
	var a, b any
	if err := errors.Join(json.Unmarshal([]byte(got), &a), json.Unmarshal([]byte(want), &b)); err != nil {
		t.Fatalf("%s: %v\ngot:  %s\nwant: %s", what, err, got, want)
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if !slices.Equal(x, y) {
		t.Errorf("%s:\ngot:  %s\nwant: %s", what, x, y)
	}
}
