package troubleshoot_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// commands finds, in the code of README.md and docs, the command lines of a
// program: what follows its name, up to what is no small word.
func commands(t *testing.T, program string) []string {
	t.Helper()
	root := filepath.Join("..", "..")
	documents, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile("(?m)(?:`|^ +)(?:bin/)?" + program + "((?: [a-z]+\\b)+)")
	found := map[string]bool{}
	for _, document := range append(documents, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, span := range code.FindAllString(string(text), -1) {
			for _, m := range line.FindAllStringSubmatch(span, -1) {
				found[strings.TrimSpace(m[1])] = true
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("no document has a command line of %s", program)
	}
	return slices.Sorted(maps.Keys(found))
}

// TestMakeTargets wants a target for every "make …" in the documents.
func TestMakeTargets(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range commands(t, "make") {
		target, _, _ := strings.Cut(command, " ")
		if !regexp.MustCompile(`(?m)^` + target + `:`).Match(makefile) {
			t.Errorf("a document says make %s, which is no target", target)
		}
	}
}

// TestTool wants patchbayctl to have every command that the documents name.
// Cobra helps with the command above one that it does not know, so its line of
// usage is looked at.
func TestTool(t *testing.T) {
	path := filepath.Join(t.TempDir(), "patchbayctl")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "patchbay/cmd/patchbayctl")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("patchbayctl does not build: %v\n%s", err, out)
	}
	for _, command := range commands(t, "patchbayctl") {
		args := append(strings.Fields(command), "--help")
		out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "\n  patchbayctl "+command) {
			t.Errorf("a document says patchbayctl %s, which there is not (%v):\n%s", command, err, out)
		}
	}
}
