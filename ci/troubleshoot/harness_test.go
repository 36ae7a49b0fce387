package troubleshoot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/ci/netnstest"
)

// callsFile is where a plugin that was run notes it, beside its binDir.
const callsFile = "calls"

// builtIn is the folder of the plugin under test.
var builtIn string

// build builds the plugin when a test first needs it, and returns its path.
var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(builtIn, "patchbay")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "patchbay/cmd/patchbay")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// TestMain is also the delegates: links to the test binary. They note that they
// were run, which none of them may be.
func TestMain(m *testing.M) {
	if os.Getenv("CNI_COMMAND") != "" {
		note(filepath.Join(filepath.Dir(os.Args[0]), "..", callsFile))
		os.Exit(1)
	}
	var err error
	if builtIn, err = os.MkdirTemp("", "patchbay-troubleshoot-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(builtIn)
	os.Exit(code)
}

func note(path string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	fmt.Fprintln(f, os.Getenv("CNI_COMMAND"), os.Args[0])
}

// node is a node whose cluster is a directory of manifests: pod dev/p, and the
// definitions dev/red and dev/blue.
type node struct {
	t     *testing.T
	dir   string
	netns string
}

// newNode needs root.
func newNode(t *testing.T, w wrong) node {
	t.Helper()
	n := node{t: t, netns: netnstest.New(t), dir: t.TempDir()}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, plugin := range []string{"pri", "red", "blue", "bridge"} {
		path := n.write("bin/"+plugin, "")
		if err = errors.Join(os.Remove(path), os.Symlink(self, path)); err != nil {
			t.Fatal(err)
		}
	}
	annotations := map[string]string{}
	if w.networks != "" {
		annotations["k8s.v1.cni.cncf.io/networks"] = w.networks
	}
	if w.instead != "" {
		annotations["v1.multus-cni.io/default-network"] = w.instead
	}
	n.object("Pod", "p", annotations, "")
	n.define("red", `{"cniVersion":"1.0.0","type":"red"}`)
	n.define("blue", `{"cniVersion":"1.0.0","type":"blue"}`)
	for name, content := range w.files {
		n.write(name, content)
	}
	if w.define != "" {
		n.define("bad", w.define)
	}
	return n
}

func (n node) define(name, config string) {
	n.t.Helper()
	n.object("NetworkAttachmentDefinition", name, nil, config)
}

// object writes a manifest of namespace dev; JSON is YAML.
func (n node) object(kind, name string, annotations map[string]string, config string) {
	n.t.Helper()
	meta := map[string]any{
		"namespace": "dev", "name": name, "uid": "u1", "annotations": annotations,
	}
	o := map[string]any{"apiVersion": "v1", "kind": kind, "metadata": meta}
	if kind != "Pod" {
		o["apiVersion"], o["spec"] = "k8s.cni.cncf.io/v1", map[string]string{"config": config}
	}
	text, err := json.Marshal(o)
	if err != nil {
		n.t.Fatal(err)
	}
	n.write("manifests/"+kind+"-"+name+".yaml", string(text))
}

// write writes a file below the folder of the node, and returns its path.
func (n node) write(name, content string) string {
	n.t.Helper()
	path := filepath.Join(n.dir, name)
	err := errors.Join(
		os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o600))
	if err != nil {
		n.t.Fatal(err)
	}
	return path
}

// expand puts the folder and the namespace of the node in a text.
func (n node) expand(text string) string {
	return strings.NewReplacer("{dir}", n.dir, "{netns}", n.netns).Replace(text)
}

// conf is our configuration with these members, of which the last of a name
// counts. Without any there is one delegate, which is fine.
func (n node) conf(members string) string {
	if members == "" {
		members = `"delegates":[{"cniVersion":"1.0.0","name":"pods","type":"pri"}]`
	}
	return n.expand(`{"cniVersion":"1.0.0","name":"node","type":"patchbay","binDir":"{dir}/bin",` +
		`"cniDir":"{dir}/cni","confDir":"{dir}/net.d","deviceInfoDir":"{dir}/devinfo",` +
		`"manifestDir":"{dir}/manifests",` + members + `}`)
}

// add carries out an ADD that must fail, and returns the error. Standard output
// must be one JSON object and the exit code 1.
func (n node) add(stdin string, env ...string) types.Error {
	n.t.Helper()
	path, err := build()
	if err != nil {
		n.t.Fatalf("the plugin does not build: %v", err)
	}
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(n.t.Context(), path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "CNI_COMMAND=ADD", "CNI_CONTAINERID=c1",
		"CNI_NETNS=" + n.netns, "CNI_IFNAME=eth0", "CNI_PATH=" + n.dir + "/bin",
		"CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=dev;K8S_POD_NAME=p;K8S_POD_UID=u1",
	}, env...)
	if err = cmd.Run(); err != nil && cmd.ProcessState == nil {
		n.t.Fatalf("the plugin was not started: %v", err)
	}
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		n.t.Fatalf("exit code %d, want 1\nstdout: %s\nstderr: %s", code, &stdout, &stderr)
	}
	var e types.Error
	d := json.NewDecoder(strings.NewReader(stdout.String()))
	if err = d.Decode(&e); err != nil {
		n.t.Fatalf("stdout is no CNI error (%v): %s", err, &stdout)
	}
	if err = d.Decode(&json.RawMessage{}); !errors.Is(err, io.EOF) {
		n.t.Errorf("stdout goes on after the error: %s", &stdout)
	}
	return e
}

// untouched fails the test if anything has happened since the namespace was
// seen as before.
func (n node) untouched(before string) {
	n.t.Helper()
	calls, err := os.ReadFile(filepath.Join(n.dir, callsFile))
	if err == nil {
		n.t.Errorf("plugins were run:\n%s", calls)
	}
	for _, name := range []string{"cni", "devinfo"} {
		err = filepath.WalkDir(filepath.Join(n.dir, name), func(
			path string, d os.DirEntry, err error,
		) error {
			if err == nil && !d.IsDir() && filepath.Base(path) != "lock" {
				n.t.Errorf("it keeps %s", path)
			}
			return err
		})
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			n.t.Error(err)
		}
	}
	if after := n.seen(); after != before {
		n.t.Errorf("the namespace was\n%s\nand is\n%s", before, after)
	}
}

// seen describes interfaces, addresses and IPv4 routes of the namespace.
func (n node) seen() string {
	n.t.Helper()
	var out strings.Builder
	netnstest.Do(n.t, n.netns, func() {
		links, err := net.Interfaces()
		if err != nil {
			n.t.Fatal(err)
		}
		for _, l := range links {
			addresses, addrsErr := l.Addrs()
			fmt.Fprintln(&out, l.Name, l.Flags, l.HardwareAddr, addresses, addrsErr)
		}
		routes, err := os.ReadFile("/proc/thread-self/net/route")
		fmt.Fprintln(&out, string(routes), err)
	})
	return out.String()
}
