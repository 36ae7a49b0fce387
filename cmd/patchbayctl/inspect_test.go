package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/backends/real"
	"patchbay/ci/netnstest"
	"patchbay/ci/require"
	"patchbay/cmd/internal/ctlout"
	"patchbay/core/fail"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// inspected is a node of one directory, on which commands are run.
type inspected struct {
	dir, config string
	backend     backends.Backend
}

// plugin notes each of its calls, and fails a DEL while there is a file "broken".
const plugin = `#!/bin/sh
cat > /dev/null
echo "$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME" >> %[1]s/calls
if [ "$CNI_COMMAND" = DEL ] && [ -e %[1]s/broken ]; then
	echo '{"cniVersion": "1.1.0", "code": 7, "msg": "broken on purpose"}'
	exit 1
fi
`

func inspect(t *testing.T) inspected {
	t.Helper()
	dir := t.TempDir()
	own := fmt.Sprintf(`{"cniDir": %q, "binDir": %q, "confDir": %q, "deviceInfoDir": %q,`+
		` "type": "patchbay", "name": "node", "cniVersion": "1.1.0",`+
		` "delegates": [{"name": "red", "type": "fake", "cniVersion": "1.1.0"}]}`,
		filepath.Join(dir, "state"), filepath.Join(dir, "bin"), filepath.Join(dir, "conf"),
		filepath.Join(dir, "devinfo"))
	n := inspected{dir: dir, config: filepath.Join(dir, "own.conf")}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{
		n.config: own, filepath.Join(dir, "bin", "fake"): fmt.Sprintf(plugin, dir),
	} {
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	config, err := netconf.ParseConfig([]byte(own))
	if err != nil {
		t.Fatal(err)
	}
	n.backend, _ = real.New(real.Options{Config: config})
	return n
}

// run runs a command line; code is what it must end with.
func (n inspected) run(t *testing.T, code int, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	s := &session{
		version: "test", stderr: &out, env: func(string) string { return "" },
		printer: ctlout.Printer{Out: &out, Format: ctlout.Text},
	}
	if got := s.run(t.Context(), append([]string{"--config", n.config}, args...)); got != code {
		t.Errorf("%v: exit code %d, want %d: %s", args, got, code, out.String())
	}
	return out.String()
}

// calls are what the plugin was asked for.
func (n inspected) calls(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(n.dir, "calls"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// save records a sandbox.
func (n inspected) save(t *testing.T, containerID, netns string) {
	t.Helper()
	bootID, err := n.backend.Records.BootID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := record.Record{
		BootID: bootID, ContainerID: containerID, IfName: "eth0", Netns: netns,
		Pod: record.Pod{Namespace: "default", Name: containerID}, PluginPath: filepath.Join(n.dir, "bin"),
		Attachments: []record.Attachment{{
			Network: "default/red", Name: "red", IfName: "eth0", Master: true,
			Config: []byte(`{"name": "red", "type": "fake", "cniVersion": "1.1.0"}`),
		}},
	}
	var st unix.Stat_t
	if unix.Stat(netns, &st) == nil {
		r.NetnsID = record.Inode{Dev: st.Dev, Ino: st.Ino}
	}
	if err = n.backend.Records.Save(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// nowhere is a namespace that is gone, in a directory that is there.
func nowhere(t *testing.T) string { t.Helper(); return filepath.Join(t.TempDir(), "gone") }

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

func TestGC(t *testing.T) {
	require.Root(t)
	n := inspect(t)
	n.save(t, "alive", netnstest.New(t))
	n.save(t, "gone", nowhere(t))
	n.save(t, "kept", nowhere(t))
	n.save(t, "unseen", "/patchbay-nowhere/netns/x")
	n.save(t, "unmounted", n.config)
	recycled := netnstest.New(t)
	n.save(t, "recycled", recycled)
	netnstest.Delete(t, recycled)
	if err := os.Symlink(netnstest.New(t), recycled); err != nil {
		t.Fatal(err)
	}
	n.save(t, "cached", nowhere(t))
	entry, err := record.EncodeCache(record.Record{ContainerID: "cached", Netns: n.dir},
		record.Attachment{Name: "node", IfName: "eth0", Config: []byte(`{"type":"a"}`)}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	runtime := filepath.Join(n.dir, "runtime")
	if err = os.MkdirAll(filepath.Join(runtime, "results"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err = os.WriteFile(filepath.Join(runtime, "results", "node-cached-eth0"), entry, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"gc", "--keep", "kept/eth0", "--runtime-cache", runtime}
	out := n.run(t, exitOK, args...)
	contains(t, out, "release  default/gone ", "keep     default/alive ", "keep     default/kept ",
		"keep     default/unseen ", "keep     default/cached ",
		"keep     default/unmounted ", "release  default/recycled ", "--yes to release 2 records.")
	if calls := n.calls(t); calls != "" {
		t.Fatalf("a dry run called plugins: %s", calls)
	}
	out = n.run(t, exitOK, append(args, "--yes")...)
	contains(t, out, "released  default/gone ")
	if calls := n.calls(t); calls != "DEL gone eth0\nDEL recycled eth0\nGC  \n" {
		t.Errorf("plugins were called: %q", calls)
	}
	keys, err := n.backend.Records.List(t.Context())
	if err != nil || len(keys) != 5 {
		t.Errorf("left are %v, %v", keys, err)
	}
	n.run(t, exitUsage, "gc", "--keep", "kept")
	empty := inspect(t) // that nothing is in use is an answer, too
	contains(t, empty.run(t, exitOK, "gc", "--yes", "--runtime-cache", empty.dir), "Done.")
	n.run(t, exitUsage, "gc", "--yes", "--dry-run")
}

// TestGCLeavesWhatItCanNotRead is about a record that may be a pod's in use.
func TestGCLeavesWhatItCanNotRead(t *testing.T) {
	require.Root(t)
	n := inspect(t)
	n.save(t, "torn", nowhere(t))
	path := filepath.Join(n.dir, "state/records/torn@eth0.json")
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	contains(t, n.run(t, exitFailed, "gc", "--yes", "--runtime-cache", n.dir), "keep  -    torn@eth0")
	if calls := n.calls(t); calls != "" {
		t.Errorf("plugins were called: %q", calls)
	}
}

func TestQuarantine(t *testing.T) {
	require.Root(t)
	n := inspect(t)
	n.save(t, "abcdef0123456789ff", nowhere(t))
	n.save(t, "second", nowhere(t))
	broken := filepath.Join(n.dir, "broken")
	if err := os.WriteFile(broken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"abcdef0123456789ff", "second"} {
		err := n.backend.Records.Quarantine(t.Context(),
			record.Key{ContainerID: id, IfName: "eth0"}, "it did not work\x1b[31m")
		if err != nil {
			t.Fatal(err)
		}
	}
	out := n.run(t, exitOK, "records", "quarantine")
	contains(t, out, "default/second", "abcdef0123456789 ", "it did not work")
	if strings.Contains(out, "\x1b") {
		t.Error("a reason moves the cursor")
	}
	contains(t, n.run(t, exitOK, "records", "quarantine", "show", "abcdef0123456789"), `"type": "fake"`)
	n.run(t, exitUsage, "records", "quarantine", "retry", "abc")
	n.run(t, exitFailed, "records", "quarantine", "retry", "abc", "--yes")
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	contains(t, n.run(t, exitOK, "records", "quarantine", "retry", "abc", "--yes"), "was undone")
	if keys, err := n.backend.Records.List(t.Context()); err != nil || len(keys) > 0 {
		t.Errorf("recorded are %v, %v", keys, err)
	}
	contains(t, n.run(t, exitUsage, "records", "quarantine", "drop", "second"), "--yes")
	contains(t, n.run(t, exitOK, "records", "quarantine", "drop", "second", "--yes"), "Nothing was undone")
	contains(t, n.run(t, exitFailed, "records", "quarantine", "show", "second"), `nothing under "second"`)
}

func TestRecords(t *testing.T) {
	require.Root(t)
	n := inspect(t)
	contains(t, n.run(t, exitOK, "records"), "Nothing is recorded.")
	n.save(t, "alive", netnstest.New(t))
	n.save(t, "gone", nowhere(t))
	out := n.run(t, exitOK, "records")
	contains(t, out, "default/alive  alive@eth0", "this  alive", "default/gone ", "this  gone", "eth0 (default/red)")
	contains(t, n.run(t, exitOK, "records", "al"), "default/alive", `"cniVersion": "1.1.0"`)
	contains(t, n.run(t, exitOK, "records", "al", "-o", "yaml"), "containerID: alive", "type: fake")
	n.run(t, exitFailed, "records", "nobody")
	contains(t, n.run(t, exitFindings, "doctor", "--ipam-dir", n.dir), "pod default/gone (gone@eth0)", "patchbayctl gc --yes")
	contains(t, n.run(t, exitOK, "topology"), "default/alive", "└─ eth0", "its namespace is gone")
	contains(t, n.run(t, exitOK, "topology", "-o", "svg"), "<svg ", "default/alive")
	contains(t, n.run(t, exitOK, "topology", "-o", "json"), `"pods": [`)
	n.run(t, exitUsage, "topology", "-o", "png")
}

func TestLintCommand(t *testing.T) {
	n := inspect(t)
	contains(t, n.run(t, exitOK, "lint"), "Nothing to say about 1 file.")
	contains(t, n.run(t, exitFindings, "lint", "--plugin-dir", n.dir), "error: network red: plugin fake is not installed")
	path := filepath.Join(n.dir, "pod.yaml")
	if err := os.WriteFile(path, []byte("apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n"+
		"  annotations:\n    k8s.v1.cni.cncf.io/networks: red\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	contains(t, n.run(t, exitOK, "lint", path), path+":6: warning: pod default/p: network default/red is in none")
	contains(t, n.run(t, exitOK, "lint", path, "-o", "json"), `"severity": "warning"`)
	n.run(t, exitFailed, "lint", filepath.Join(n.dir, "absent.yaml"))
}

func TestFindKey(t *testing.T) {
	keys := []record.Key{{ContainerID: "a", IfName: "eth0"}, {ContainerID: "ab", IfName: "eth0"}, {ContainerID: "c", IfName: "eth0"}}
	for text, want := range map[string]fail.Kind{"x": fail.NotFound, "a": fail.Invalid} {
		if _, err := findKey(keys, text); !fail.Is(err, want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{"a@eth0": "a", "ab": "ab", "c": "c"} {
		if key, err := findKey(keys, text); err != nil || key.ContainerID != want {
			t.Errorf("%s: %v, %v", text, key, err)
		}
	}
}
