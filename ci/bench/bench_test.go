package bench_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containernetworking/cni/libcni"

	"patchbay/ci/fakeapi"
	"patchbay/ci/netnstest"
	"patchbay/ci/require"
	"patchbay/core/annotation"
	"patchbay/core/need"
)

// BenchmarkADD reports, as medians in milliseconds, what a runtime waits for: bare-ms for
// the plugins alone, patchbay-ms for the same through Patchbay, their ratio, and
// how far below the aim of 1.25 × bare + 4 ms it is.
func BenchmarkADD(b *testing.B) {
	compare(b, func(c cost) (time.Duration, time.Duration) { return c.bareAdd, c.add })
}

// BenchmarkDEL is BenchmarkADD for DEL.
func BenchmarkDEL(b *testing.B) {
	compare(b, func(c cost) (time.Duration, time.Duration) { return c.bareDel, c.del })
}

type cost struct{ bareAdd, bareDel, add, del time.Duration }

func compare(b *testing.B, pick func(cost) (time.Duration, time.Duration)) {
	b.Helper()
	require.Root(b)
	bin := build(b)
	for _, source := range []string{"manifests", "api"} {
		for _, n := range []int{0, 1, 2, 4, 8} {
			b.Run(fmt.Sprintf("%s/secondaries=%d", source, n), func(b *testing.B) {
				s := newSetup(b, bin, source, n)
				var bare, through []time.Duration
				for b.Loop() {
					x, y := pick(s.measure(b))
					bare, through = append(bare, x), append(through, y)
				}
				report(b, median(bare), median(through))
			})
		}
	}
}

func report(b *testing.B, bare, through float64) {
	b.Helper()
	b.ReportMetric(bare, "bare-ms")
	b.ReportMetric(through, "patchbay-ms")
	b.ReportMetric(through/bare, "ratio")
	b.ReportMetric(1.25*bare+4-through, "below-aim-ms")
	b.ReportMetric(0, "ns/op") // both sides together mean nothing
}

// median is in milliseconds. A mean would tell of the machine's other users.
func median(samples []time.Duration) float64 {
	slices.Sort(samples)
	return samples[len(samples)/2].Seconds() * 1000
}

// build makes the plugin as it ships, and one that does nothing.
func build(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for _, target := range []string{"patchbay/cmd/patchbay", "patchbay/ci/bench/noop"} {
		cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", dir, target)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("build %s: %v\n%s", target, err, out)
		}
	}
	return dir
}

// setup is one pod with n secondary networks, and two ways to attach it.
type setup struct {
	cni      *libcni.CNIConfig
	patchbay *libcni.NetworkConfigList
	bare     []*libcni.NetworkConfigList
	netns    string
	pod      [][2]string
	n        int
}

func newSetup(b *testing.B, bin, source string, n int) *setup {
	b.Helper()
	dir := b.TempDir()
	s := &setup{
		cni:   libcni.NewCNIConfigWithCacheDir([]string{bin}, filepath.Join(dir, "cache"), nil),
		netns: netnstest.New(b),
		n:     n,
		pod:   [][2]string{{"K8S_POD_NAMESPACE", "default"}, {"K8S_POD_NAME", "p"}, {"K8S_POD_UID", "u"}},
	}
	var names []string
	for i := range n + 1 {
		name := fmt.Sprintf("net%d", i)
		s.bare = append(s.bare, list(b, fmt.Sprintf(`{"cniVersion":"1.0.0","name":"%s","plugins":[{"type":"noop"}]}`, name)))
		if i > 0 {
			names = append(names, name)
		}
	}
	cluster := manifests(b, dir, names)
	if source == "api" {
		cluster = api(b, names)
	}
	s.patchbay = list(b, fmt.Sprintf(`{"cniVersion":"1.0.0","name":"patchbay","plugins":[{"type":"patchbay",%s,`+
		`"cniDir":%q,"binDir":%q,"delegates":[{"cniVersion":"1.0.0","name":"net0","plugins":[{"type":"noop"}]}]}]}`,
		cluster, filepath.Join(dir, "state"), bin))
	return s
}

func list(b *testing.B, text string) *libcni.NetworkConfigList {
	b.Helper()
	l, err := libcni.NetworkConfFromBytes([]byte(text))
	if err != nil {
		b.Fatal(err)
	}
	return l
}

const definition = `{"cniVersion":"1.0.0","plugins":[{"type":"noop"}]}`

// manifests puts pod and definitions into a directory and returns the key of
// our configuration that names it.
func manifests(b *testing.B, dir string, names []string) string {
	b.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace: default\n  uid: u\n"+
		"  annotations:\n    k8s.v1.cni.cncf.io/networks: %q\n", strings.Join(names, ","))
	for _, name := range names {
		fmt.Fprintf(&text, "---\napiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"+
			"metadata:\n  name: %s\nspec:\n  config: %q\n", name, definition)
	}
	path := filepath.Join(dir, "manifests")
	if err := os.MkdirAll(path, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "all.yaml"), []byte(text.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	return fmt.Sprintf(`"manifestDir":%q`, path)
}

// measure attaches and detaches once in each way.
func (s *setup) measure(b *testing.B) cost {
	b.Helper()
	var c cost
	c.bareAdd = timed(b, s, s.bare, s.cni.AddNetworkList)
	c.bareDel = timed(b, s, s.bare, s.del)
	one := []*libcni.NetworkConfigList{s.patchbay}
	c.add = timed(b, s, one, s.cni.AddNetworkList)
	c.del = timed(b, s, one, s.del)
	return c
}

type carryOut[T any] func(context.Context, *libcni.NetworkConfigList, *libcni.RuntimeConf) (T, error)

func (s *setup) del(ctx context.Context, l *libcni.NetworkConfigList, rt *libcni.RuntimeConf) (any, error) {
	return nil, s.cni.DelNetworkList(ctx, l, rt)
}

func timed[T any](b *testing.B, s *setup, lists []*libcni.NetworkConfigList, do carryOut[T]) time.Duration {
	b.Helper()
	begin := time.Now()
	for i, l := range lists {
		rt := &libcni.RuntimeConf{
			ContainerID: "c", NetNS: s.netns, IfName: fmt.Sprintf("eth%d", i), Args: s.pod,
		}
		if _, err := do(b.Context(), l, rt); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(begin)
}

// api puts pod and definitions into a Kubernetes API server on loopback, with
// TLS as real ones have it, and returns the key that names its kubeconfig.
func api(b *testing.B, names []string) string {
	b.Helper()
	server := fakeapi.NewTLS(b)
	server.AddPod(need.Pod{Namespace: "default", Name: "p", UID: "u", Annotations: map[string]string{
		annotation.Networks: strings.Join(names, ","),
	}})
	for _, name := range names {
		server.AddDefinition(need.Definition{Namespace: "default", Name: name, Config: definition})
	}
	return fmt.Sprintf(`"kubeconfig":%q`, server.Kubeconfig(b))
}
