package blackbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/ci/fakeapi"
	"patchbay/ci/netnstest"
	"patchbay/core/need"
)

// Every test is about container c1 of pod dev/p, unless it says otherwise.
const (
	container = "c1"
	podArgs   = "IgnoreUnknown=true;K8S_POD_NAMESPACE=dev;K8S_POD_NAME=p;" +
		"K8S_POD_INFRA_CONTAINER_ID=c1;K8S_POD_UID=u1"
	networksKey = "k8s.v1.cni.cncf.io/networks"
	defaultKey  = "v1.multus-cni.io/default-network"
	// onePrimary configures one delegate, the scripted plugin "pri".
	onePrimary = `"delegates":[{"cniVersion":"1.0.0","name":"cbr0","type":"pri"}]`
)

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

// TestMain is also the scripted plugins: see play.
func TestMain(m *testing.M) {
	if dir, ok := stage(); ok {
		os.Exit(play(dir))
	}
	var err error
	if builtIn, err = os.MkdirTemp("", "patchbay-blackbox-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(builtIn)
	os.Exit(code)
}

// answer is how a run of the plugin ended.
type answer struct {
	stdout, stderr string
	code           int
}

// program is a run of the plugin that has not begun.
type program struct {
	*exec.Cmd
	stdout, stderr strings.Builder
}

// prepare prepares a run with standard input and exactly this environment.
func prepare(t *testing.T, stdin string, env ...string) *program {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatalf("the plugin does not build: %v", err)
	}
	// Nothing here takes long: what hangs is a failure, and is to say where.
	limit, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	p := &program{Cmd: exec.CommandContext(limit, path)}
	p.WaitDelay = time.Second // for a child of a plugin that holds our pipes
	p.Stdin, p.Stdout, p.Stderr = strings.NewReader(stdin), &p.stdout, &p.stderr
	// The race detector in the scripted plugins would sleep before they exit.
	p.Env = append([]string{"PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0"}, env...)
	return p
}

// answer is for a program that has ended. The error of its run is in it.
func (p *program) answer() answer {
	return answer{p.stdout.String(), p.stderr.String(), p.ProcessState.ExitCode()}
}

// run runs the plugin with standard input and exactly this environment.
func run(t *testing.T, stdin string, env ...string) answer {
	t.Helper()
	p := prepare(t, stdin, env...)
	if err := p.Run(); err != nil && p.ProcessState == nil {
		t.Fatalf("the plugin was not started: %v", err)
	}
	return p.answer()
}

// ok fails the test unless the run succeeded.
func (a answer) ok(t *testing.T) answer {
	t.Helper()
	if a.code != 0 {
		t.Fatalf("exit code %d\nstdout: %s\nstderr: %s", a.code, a.stdout, a.stderr)
	}
	return a
}

// refused fails the test unless the run ended with a CNI error of that code
// which has all the phrases in its message.
func (a answer) refused(t *testing.T, code uint, phrases ...string) {
	t.Helper()
	var e types.Error
	if err := json.Unmarshal([]byte(a.stdout), &e); err != nil || a.code != 1 {
		t.Fatalf("exit code %d, want 1 and a CNI error (%v)\nstdout: %s\nstderr: %s",
			a.code, err, a.stdout, a.stderr)
	}
	if e.Code != code {
		t.Errorf("code %d, want %d: %s", e.Code, code, e.Msg)
	}
	for _, p := range phrases {
		if !strings.Contains(e.Msg, p) {
			t.Errorf("the message lacks %q: %s", p, e.Msg)
		}
	}
}

// node is a node with an API server, a sandbox and folders of its own.
type node struct {
	t     *testing.T
	api   *fakeapi.Server
	dir   string
	bin   string // binDir; the scripted plugins are here
	netns string // of the sandbox
	host  string // the namespace that the plugin runs in; "" is that of the test
}

// newNode returns a node that knows pod dev/p, with these annotations (key,
// value, …), and on which the plugins pri, red, blue and green are installed.
// It needs root.
func newNode(t *testing.T, annotations ...string) *node {
	t.Helper()
	n := &node{t: t, netns: netnstest.New(t), api: fakeapi.New(t), dir: t.TempDir()}
	n.bin = filepath.Join(n.dir, "bin")
	n.install(n.bin, "pri", "red", "blue", "green")
	for _, plugin := range []string{"red", "blue", "green"} {
		n.define("dev/"+plugin, `{"cniVersion":"1.0.0","type":"`+plugin+`"}`)
	}
	n.pod(annotations...)
	return n
}

// pod gives the pod these annotations and no others.
func (n *node) pod(annotations ...string) {
	n.api.AddPod(need.Pod{Namespace: "dev", Name: "p", UID: "u1", Annotations: pairs(annotations)})
}

// define adds a NetworkAttachmentDefinition "namespace/name".
func (n *node) define(ref, config string, annotations ...string) {
	namespace, name, _ := strings.Cut(ref, "/")
	n.api.AddDefinition(need.Definition{
		Namespace: namespace, Name: name, Config: config, Annotations: pairs(annotations),
	})
}

func pairs(list []string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(list); i += 2 {
		m[list[i]] = list[i+1]
	}
	return m
}

// path is a path in the folder of the node.
func (n *node) path(elem ...string) string {
	return filepath.Join(append([]string{n.dir}, elem...)...)
}

// write writes a file, and the folders above it, and returns its path.
func (n *node) write(name, content string) string {
	n.t.Helper()
	path := n.path(name)
	err := errors.Join(
		os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644))
	if err != nil {
		n.t.Fatal(err)
	}
	return path
}

// conf is our configuration: the folders and API server of this node, and
// members of a JSON object, of which the last of a name counts. Without any of
// them there is onePrimary.
func (n *node) conf(members ...string) string {
	n.t.Helper()
	if len(members) == 0 {
		members = []string{onePrimary}
	}
	return fmt.Sprintf(`{"cniVersion":"1.0.0","name":"node","type":"patchbay","binDir":%q,`+
		`"cniDir":%q,"confDir":%q,"deviceInfoDir":%q,"kubeconfig":%q,%s}`,
		n.bin, n.path("cni"), n.path("net.d"), n.path("devinfo"), n.api.Kubeconfig(n.t),
		strings.Join(members, ","))
}

// env is what a verb for the sandbox needs. What more has ("CNI_NETNS=") counts
// instead of what would be given otherwise.
func (n *node) env(command string, more ...string) []string {
	return append([]string{
		"CNI_COMMAND=" + command, "CNI_CONTAINERID=" + container, "CNI_NETNS=" + n.netns,
		"CNI_IFNAME=eth0", "CNI_PATH=" + n.bin, "CNI_ARGS=" + podArgs,
	}, more...)
}

// run carries out a verb for the sandbox, with the environment of env.
func (n *node) run(command, conf string, more ...string) answer {
	n.t.Helper()
	if n.host == "" {
		return run(n.t, conf, n.env(command, more...)...)
	}
	var a answer
	netnstest.Do(n.t, n.host, func() { a = run(n.t, conf, n.env(command, more...)...) })
	return a
}

// status is the network-status annotation of the pod, or "".
func (n *node) status() string { return n.api.Status("dev", "p") }

// kept lists what the node keeps in cniDir, less the file of locks.
func (n *node) kept() []string {
	n.t.Helper()
	var files []string
	err := filepath.WalkDir(n.path("cni"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, "lock") {
			files = append(files, strings.TrimPrefix(path, n.path("cni")+"/"))
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		n.t.Fatal(err)
	}
	return files
}

// untouched fails the test if anything was done: a plugin was run, the API
// server was written to, or something was kept.
func (n *node) untouched() {
	n.t.Helper()
	if calls := n.trace(); calls != "" {
		n.t.Errorf("plugins were run: %s", calls)
	}
	for _, r := range n.api.Requests() {
		if r.Method != http.MethodGet && !strings.HasSuffix(r.Path, "/events") {
			n.t.Errorf("the API server was asked to %s %s", r.Method, r.Path)
		}
	}
	if files := n.kept(); len(files) > 0 {
		n.t.Errorf("it keeps %q", files)
	}
}

// reported fails the test unless the network-status is a list of exactly these
// elements, byte for byte as Multus lays it out.
func (n *node) reported(elements ...string) {
	n.t.Helper()
	want := "[" + strings.Join(elements, ",") + "]"
	if got := n.status(); got != want {
		n.t.Errorf("the status is\n%s\nwant\n%s", got, want)
	}
}

// alias installs the plugin under test by another of its names.
func (n *node) alias(name string) {
	n.t.Helper()
	path, err := build()
	if err == nil {
		err = os.Symlink(path, filepath.Join(n.bin, name))
	}
	if err != nil {
		n.t.Fatal(err)
	}
}
