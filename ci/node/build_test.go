package node_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"patchbay/ci/require"
)

// programs are built from the sources, once for all tests: what is in bin may
// be older.
type programs struct {
	patchbay   string
	crashing   string // can be told to die at any moment
	pluginDir  string
	buildError error
}

// The reference plugins that the networks of these tests need.
var plugins = []string{"bridge", "macvlan", "tuning", "host-local"}

// Building takes seconds, and there are hundreds of tests.
var (
	built    = sync.OnceValue(build)
	buildDir string
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "patchbay-node-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "no directory to build in:", err)
		os.Exit(1)
	}
	buildDir = dir
	code := m.Run()
	if err = os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// program returns what is under test, for one who is root.
func program(t testing.TB) programs {
	t.Helper()
	require.Root(t)
	p := built()
	if p.buildError != nil {
		t.Fatal(p.buildError)
	}
	return p
}

func build() programs {
	root, err := repository()
	if err != nil {
		return programs{buildError: err}
	}
	p := programs{
		patchbay:  filepath.Join(buildDir, "patchbay"),
		crashing:  filepath.Join(buildDir, "patchbay-crashpoint"),
		pluginDir: filepath.Join(root, "bin", "cni"),
	}
	for _, plugin := range plugins {
		if _, err = os.Stat(filepath.Join(p.pluginDir, plugin)); err != nil {
			p.buildError = fmt.Errorf("the reference plugin %s is not built (make plugins): %w",
				plugin, err)
			return p
		}
	}
	for out, tags := range map[string]string{p.patchbay: "", p.crashing: "crashpoint"} {
		cmd := exec.Command("go", "build", "-tags", tags, "-o", out, "./cmd/patchbay")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			p.buildError = fmt.Errorf("go build of cmd/patchbay: %w: %s", err, text)
			return p
		}
	}
	return p
}

// repository is where go.mod is.
func repository() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}
