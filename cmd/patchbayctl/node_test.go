package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"patchbay/ci/netnstest"
	"patchbay/ci/require"
	"patchbay/cmd/internal/ctlpod"
	"patchbay/cmd/internal/ctlruntime"
)

// built returns a directory with patchbay and patchbayctl as they are now, and
// the one with the reference plugins.
func built(t *testing.T) (string, string) {
	t.Helper()
	require.Root(t)
	cni, err := filepath.Abs("../../bin/cni")
	if err != nil {
		t.Fatal(err)
	}
	require.Command(t, "node", filepath.Join(cni, "bridge"))
	dir := t.TempDir()
	c := exec.CommandContext(t.Context(), "go", "build", "-o", dir+"/", ".", "../patchbay")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return dir, cni
}

// exitOf is the exit code of a command that was run.
func exitOf(t *testing.T, c *exec.Cmd) ran {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return ran{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// node is a network namespace that plays the node, with a configuration.
type node struct {
	bin, cni, netns, config, manifest, results string
	namespace                                  string // of the pods
	state, addresses                           string
}

func newNode(t *testing.T) node {
	t.Helper()
	n := node{netns: netnstest.New(t), namespace: fmt.Sprintf("ctl%d", os.Getpid())}
	n.bin, n.cni = built(t)
	dir := t.TempDir()
	n.state, n.addresses = filepath.Join(dir, "state"), filepath.Join(dir, "addresses")
	n.results = filepath.Join(dir, "results")
	ipam := func(subnet string) string {
		return fmt.Sprintf(`"ipam":{"type":"host-local","dataDir":%q,"subnet":%q}`, n.addresses, subnet)
	}
	n.manifest = filepath.Join(dir, "manifests", "pods.yaml")
	if err := os.Mkdir(filepath.Dir(n.manifest), 0o700); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		filepath.Join(dir, "00.conflist"): fmt.Sprintf(`{"cniVersion":"1.1.0","name":"node","plugins":[
			{"type":"patchbay","cniDir":%q,"binDir":%q,"manifestDir":%q,"delegates":[
			{"cniVersion":"1.0.0","name":"pods","type":"bridge","bridge":"br0",%s}]}]}`,
			n.state, n.cni, filepath.Dir(n.manifest), ipam("198.18.110.0/24")),
		n.manifest: fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {namespace: %[1]s, name: web, annotations: {k8s.v1.cni.cncf.io/networks: red}}
---
apiVersion: v1
kind: Pod
metadata: {namespace: %[1]s, name: sad, annotations: {k8s.v1.cni.cncf.io/networks: broken}}
---
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {namespace: %[1]s, name: red}
spec: {config: '{"cniVersion":"1.0.0","type":"ptp","mtu":1400,%[2]s}'}
---
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {namespace: %[1]s, name: broken}
spec: {config: '{"cniVersion":"1.0.0","type":"macvlan","master":"nowhere0",%[2]s}'}
`, n.namespace, ipam("198.18.111.0/24")),
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n.config = filepath.Join(dir, "00.conflist")
	t.Cleanup(func() {
		for _, pod := range []string{"web", "sad"} {
			if err := ctlruntime.RemoveNetns(n.sandbox(pod)); err != nil {
				t.Error(err)
			}
		}
	})
	return n
}

func (n node) sandbox(pod string) string {
	return ctlruntime.Dir + "/pb-" + n.namespace + "-" + pod
}

// pod runs a pod command on the node and returns what it reports, by pod.
func (n node) pod(t *testing.T, verb, file string) (int, map[string]ctlpod.Report) {
	t.Helper()
	var got ran
	netnstest.Do(t, n.netns, func() {
		got = exitOf(t, exec.CommandContext(t.Context(), filepath.Join(n.bin, "patchbayctl"),
			"--config", n.config, "-o", "json", "pod", verb, "-f", file,
			"--plugin-dir", n.bin, "--plugin-dir", n.cni, "--runtime-dir", n.results))
	})
	var list []ctlpod.Report
	if err := json.Unmarshal([]byte(got.out), &list); err != nil {
		t.Fatalf("pod %s: exit code %d, %v: %s%s", verb, got.code, err, got.out, got.errors)
	}
	by := map[string]ctlpod.Report{}
	for _, r := range list {
		by[strings.TrimPrefix(r.Pod, n.namespace+"/")] = r
	}
	return got.code, by
}

func TestPods(t *testing.T) {
	n := newNode(t)

	code, got := n.pod(t, "up", n.manifest)
	if code != exitFailed {
		t.Errorf("up: exit code %d though one pod can not be attached", code)
	}
	web := got["web"]
	if web.Error != "" || len(web.Interfaces) != 2 {
		t.Fatalf("web: %+v", web)
	}
	if red := web.Interfaces[1]; red.Name != "net1" || red.Network != n.namespace+"/red" ||
		red.MTU != 1400 || !slices.Equal(red.Addresses, []string{"198.18.111.2/24"}) {
		t.Errorf("web: %+v", red)
	}
	sad := got["sad"]
	if !strings.Contains(sad.Error, "Link not found") || strings.Contains(sad.Error, "\n") {
		t.Errorf("sad: %q is not one sentence about the link", sad.Error)
	}
	if ctlruntime.HasNetns(n.sandbox("sad")) {
		t.Error("a failed ADD leaves the namespace")
	}

	if _, got = n.pod(t, "up", n.manifest); !strings.Contains(got["web"].Error, "is there already") {
		t.Errorf("a second up: %+v", got["web"])
	}
	if _, got = n.pod(t, "check", n.manifest); got["web"].Error != "" {
		t.Errorf("check: %s", got["web"].Error)
	}
	if _, got = n.pod(t, "status", n.manifest); got["web"].Error != "" ||
		len(got["web"].Differences) > 0 || len(got["web"].Status) == 0 {
		t.Errorf("status: %+v", got["web"])
	}
	n.spoil(t)
	code, got = n.pod(t, "status", n.manifest)
	if d := got["web"].Differences; code != exitFailed || len(d) != 1 || d[0].What != "mac" {
		t.Errorf("status after a change: exit code %d, %+v", code, d)
	}
	if _, got = n.pod(t, "check", n.manifest); got["web"].Error == "" {
		t.Error("check does not see the change")
	}

	for range 2 { // down of what is down succeeds
		if code, got = n.pod(t, "down", n.manifest); code != exitOK {
			t.Errorf("down: %+v", got)
		}
	}
	n.empty(t)
}

// spoil changes the MAC of net1 of web behind everybody's back.
func (n node) spoil(t *testing.T) {
	t.Helper()
	ns, err := netns.GetFromPath(n.sandbox("web"))
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	h, err := netlink.NewHandleAt(ns)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	l, err := h.LinkByName("net1")
	if err != nil {
		t.Fatal(err)
	}
	if err = h.LinkSetHardwareAddr(l, []byte{2, 0, 0, 0, 0, 9}); err != nil {
		t.Fatal(err)
	}
}

// empty finds nothing of the pods: no namespace, record, result or lease.
func (n node) empty(t *testing.T) {
	t.Helper()
	if ctlruntime.HasNetns(n.sandbox("web")) {
		t.Error("the namespace is left")
	}
	for _, pattern := range []string{
		n.state + "/records/*", n.state + "/results/*", n.results + "/results/*", n.addresses + "/*/198*",
	} {
		left, err := filepath.Glob(pattern)
		if err != nil || len(left) > 0 {
			t.Errorf("left: %v %v", left, err)
		}
	}
}

func TestPodWithoutManifest(t *testing.T) {
	n := newNode(t)
	other := write(t, "other.yaml", "kind: Pod\nmetadata: {namespace: "+n.namespace+", name: web2}\n")
	code, got := n.pod(t, "up", other)
	if code != exitFailed || !strings.Contains(got["web2"].Error, "is not in manifestDir") {
		t.Errorf("exit code %d: %+v", code, got)
	}
}

// TestPodWithoutNamespace: a reboot takes all namespaces and leaves the files.
func TestPodWithoutNamespace(t *testing.T) {
	n := newNode(t)
	if _, got := n.pod(t, "up", n.manifest); got["web"].Error != "" {
		t.Fatal(got["web"].Error)
	}
	if err := ctlruntime.RemoveNetns(n.sandbox("web")); err != nil {
		t.Fatal(err)
	}
	if code, got := n.pod(t, "down", n.manifest); code != exitOK {
		t.Errorf("down without a namespace: %+v", got)
	}
	n.empty(t)
}

// demonstration runs demo where nobody else is: in a network namespace and with
// a /run/netns of its own, so that whatever is left is its fault.
func demonstration(t *testing.T, bin, cni string) *exec.Cmd {
	t.Helper()
	const script = `mkdir -p /run/netns && mount -t tmpfs pbtest /run/netns && exec "$0" "$@"`
	c := exec.CommandContext(t.Context(), "sh", "-c", script, filepath.Join(bin, "patchbayctl"),
		"demo", "--plugin-dir", cni, "--plugin-dir", bin)
	c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET}
	c.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	return c
}

func TestDemo(t *testing.T) {
	bin, cni := built(t)
	got := exitOf(t, demonstration(t, bin, cni))
	if got.code != exitOK || !strings.Contains(got.out, "nothing left beside") ||
		strings.Contains(got.out, "by others") {
		t.Errorf("exit code %d:\n%s%s", got.code, got.out, got.errors)
	}
	for _, network := range []string{"pods", "demo/storage", "demo/overlay", "demo/uplink"} {
		if !strings.Contains(got.out, "\n  "+network) {
			t.Errorf("no ping over %s:\n%s", network, got.out)
		}
	}
}

// lines tells of the first line with some words, and goes on reading.
type lines struct {
	all   bytes.Buffer
	words string
	seen  chan<- struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	before := strings.Contains(l.all.String(), l.words)
	n, err := l.all.Write(p)
	if !before && strings.Contains(l.all.String(), l.words) {
		close(l.seen)
	}
	return n, err
}

func TestDemoInterrupted(t *testing.T) {
	bin, cni := built(t)
	for _, when := range []string{"1. The node", "demo/web is up", "4. Pings"} {
		t.Run(when, func(t *testing.T) {
			seen := make(chan struct{})
			out := &lines{words: when, seen: seen}
			c := demonstration(t, bin, cni)
			c.Stdout = out
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			select {
			case <-seen:
			case <-t.Context().Done():
			}
			if err := c.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			// It may have been quick enough to end well; nothing may be left in any case.
			err := c.Wait()
			if !strings.Contains(out.all.String(), "nothing left beside") {
				t.Errorf("interrupted: %v\n%s", err, out.all.String())
			}
		})
	}
}
