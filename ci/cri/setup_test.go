package cri

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// plugins returns the directories of patchbay and of the reference plugins:
// bin and bin/cni, where "make build plugins" puts them, or as PATCHBAY_BIN
// says instead of bin.
func plugins(t *testing.T) []string {
	t.Helper()
	bin, err := filepath.Abs(cmp.Or(os.Getenv("PATCHBAY_BIN"), "../../bin"))
	if err != nil {
		t.Fatal(err)
	}
	require(t, filepath.Join(bin, "patchbay"), filepath.Join(bin, "cni"))
	return []string{filepath.Join(bin, "cni"), bin}
}

// startNode starts a node with patchbay as its CNI plugin. What the node is
// made of goes with the test, however that ends.
func startNode(t *testing.T) (*Node, *Client) {
	t.Helper()
	require(t, containerdPath, ctrPath, runcPath)
	dirs := plugins(t)
	image, err := BuildSandboxImage(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	// A pod's namespace is a DNS label.
	test := strings.NewReplacer("/", "-", "_", "-").Replace(strings.ToLower(t.Name()))
	name := fmt.Sprintf("patchbay-cri-%d-%s", os.Getpid(), test)
	dir := t.TempDir()
	node, err := NewNode(dir, name, dirs...)
	t.Cleanup(func() { closeNode(t, node) })
	closeOnSignal(t, node)
	if err != nil {
		t.Fatal(err)
	}
	client := start(t, node)
	if err := node.ImportImage(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	return node, client
}

func closeNode(t *testing.T, node *Node) {
	t.Helper()
	// The test's own context has ended by now.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := node.Close(ctx); err != nil {
		t.Errorf("closing the node: %v", err)
	}
	if t.Failed() {
		t.Logf("the end of containerd's log:\n%s", tail(node.path("containerd.log")))
	}
}

// closeOnSignal closes the node when the test is interrupted: then there are no
// cleanups, and containerd and its shims would stay.
func closeOnSignal(t *testing.T, node *Node) {
	t.Helper()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	t.Cleanup(func() { signal.Stop(signals); close(signals) })
	go func() {
		if s, ok := <-signals; ok {
			fmt.Fprintf(os.Stderr, "%v: closing the node: %v\n", s, node.Close(context.Background()))
			os.Exit(1)
		}
	}()
}

func start(t *testing.T, node *Node) *Client {
	t.Helper()
	client, err := node.Start(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// deadline is a context for one thing that is over in seconds.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func tail(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := slices.Collect(strings.Lines(string(content)))
	return strings.Join(lines[max(0, len(lines)-40):], "")
}

func writePods(t *testing.T, node *Node, count int) []Pod {
	t.Helper()
	var pods []Pod
	for i := range count {
		pod, err := node.writePod(fmt.Sprintf("pod-%02d", i))
		if err != nil {
			t.Fatal(err)
		}
		pods = append(pods, pod)
	}
	return pods
}

// require skips a test that this machine can not run, or fails it when
// PATCHBAY_REQUIRE lists "cri". It is patchbay/ci/require in small: to import
// that, this module's go.sum would have to follow the product's.
func require(t *testing.T, files ...string) {
	t.Helper()
	var reason string
	if os.Geteuid() != 0 {
		reason = "needs root for network namespaces"
	}
	for _, file := range files {
		if _, err := os.Stat(file); err != nil {
			reason = "needs " + file + ", which is not there"
		}
	}
	switch {
	case reason == "":
	case slices.Contains(strings.Split(os.Getenv("PATCHBAY_REQUIRE"), ","), "cri"):
		t.Fatal("cri is required here, but this test " + reason)
	default:
		t.Skip("cri: " + reason)
	}
}
