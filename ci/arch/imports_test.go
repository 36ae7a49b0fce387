package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// list asks go about packages; what does not compile is listed all the same.
func list(t *testing.T, args ...string) []listed {
	t.Helper()
	args = append([]string{"list", "-e", "-json=ImportPath,Imports,Deps"}, args...)
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	var pkgs []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return pkgs
		}
		if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func direct(p listed) []string { return p.Imports }
func linked(p listed) []string { return p.Deps }

func TestImports(t *testing.T) {
	pkgs := list(t, "./...")
	if len(pkgs) == 0 {
		t.Fatal("go list found no package: nothing was checked")
	}
	report(t, check(pkgs, rules, direct))
	report(t, check(pkgs, reachable, linked))
	for _, r := range append(rules, reachable...) {
		found := false
		for _, p := range pkgs {
			found = found || matches(r.who, p, p.ImportPath)
		}
		if !found {
			t.Errorf("no package is any of %q: the rule guards nothing", r.who)
		}
	}
}

func report(t *testing.T, bad []string) {
	t.Helper()
	for _, sentence := range bad {
		t.Error(sentence)
	}
}

// A rule that can not fail guards nothing, and one that fails on everything is
// soon switched off.
func TestImportRulesCanFail(t *testing.T) {
	const links = "patchbay/backends/real/links"
	for _, c := range []struct {
		who, what string
		why       string // "" is allowed
	}{
		{"patchbay/core/plan", "os", "touches nothing"},
		{"patchbay/core/plan", "os/exec", "touches nothing"},
		{"patchbay/core/plan", "sync/atomic", "touches nothing"},
		{"patchbay/core/plan", "net", "touches nothing"},
		{"patchbay/core/plan", "net/netip", ""},
		{"patchbay/core/plan", "encoding/json", ""},
		{"patchbay/core/plan", "github.com/containernetworking/cni/pkg/types/100", ""},
		{"patchbay/core/plan", "github.com/containernetworking/cni/pkg/invoke", "plain Go"},
		{"patchbay/core/plan", "patchbay/backends", "plain Go"},
		{"patchbay/core/ladder", "strings", "walks tasks"},
		{"patchbay/core/ladder", "slices", ""},
		{"patchbay/backends", "net", "promise"},
		{"patchbay/backends", "patchbay/core/need", ""},
		{"patchbay/backends/drive", "os", "reaches the world"},
		{"patchbay/backends/drive", links, "reaches the world"},
		{"patchbay/backends/drive", "log/slog", ""},
		{links, "patchbay/backends/real/records", "no sibling"},
		{links, links + "/lock", ""},
		{links, "golang.org/x/sys/unix", ""},
		{links, "patchbay/cmd/internal/logfile", "commands are thin"},
		{"patchbay/backends/real", links, ""},
		{"patchbay/cmd/patchbay", "patchbay/backends/real", ""},
		{"patchbay/cmd/patchbay", "testing", "test code"},
		{"patchbay/cmd/patchbay", "patchbay/ci/require", "test code"},
		{"patchbay/backends/conformance", "testing", ""},
		{"patchbay/ci/require", "testing", ""},
		{"patchbay/backends/store", "os", "exactly this"},
		{"patchbay/backends/store", "io/fs", ""},
		{"patchbay/sim/world", links, "pretends"},
		{"patchbay/sim/world", "github.com/vishvananda/netlink", "pretends"},
		{"patchbay/sim/world", "patchbay/backends/drive", ""},
		{"patchbay/sim/world", "os", "its choices"},
		{"patchbay/sim/world", "math/rand/v2", "its choices"},
		{"patchbay/sim/world", "sync", "one thing"},
		{"patchbay/sim/explore", "sync", ""},
		{"patchbay/sim/kernel", "patchbay/sim/proc", "state and rules"},
		{"patchbay/sim/kernel", "patchbay/sim/errno", ""},
		{"patchbay/backends/drive", "patchbay/backends/real/x", "reaches the world"},
		{"patchbay/sim/kernel", "net", "sockets"},
		{"patchbay/cmd/patchbay", "patchbay/sim/world", "can be pretended"},
		{"patchbay/cmd/patchbay", "log", "replaced"},
	} {
		got := check([]listed{{ImportPath: c.who, Imports: []string{c.what}}}, rules, direct)
		expect(t, c.who+" imports "+c.what, got, c.why)
	}
	for _, c := range []struct{ who, what, why string }{
		{"patchbay/cmd/patchbay", "k8s.io/client-go/rest", "client-go"},
		{"patchbay/cmd/patchbay", "testing", "no tests"},
		{"patchbay/cmd/patchbay", "net/http", ""},
		{"patchbay/cmd/patchbayctl", "github.com/spf13/cobra", ""},
	} {
		got := check([]listed{{ImportPath: c.who, Deps: []string{c.what}}}, reachable, linked)
		expect(t, c.who+" is linked from "+c.what, got, c.why)
	}
}

// expect wants exactly one complaint with these words in it, or none.
func expect(t *testing.T, what string, got []string, words string) {
	t.Helper()
	switch {
	case words == "" && len(got) > 0:
		t.Errorf("%s: refused: %q", what, got)
	case words != "" && (len(got) != 1 || !strings.Contains(got[0], words)):
		t.Errorf("%s: got %q, want one complaint with %q", what, got, words)
	}
}
