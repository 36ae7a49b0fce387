// Package require lets a test say what it needs. Where the need is not met the
// test is skipped with a reason, or fails when PATCHBAY_REQUIRE lists the place
// (comma-separated: node, cri), as CI does: there a skipped lane is a failure.
// PATCHBAY_SKIP leaves places out that could be had, for a quick run.
package require

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Root asks for the place "node": root on a kernel with network namespaces.
func Root(t testing.TB) {
	t.Helper()
	if listed("PATCHBAY_SKIP", "node") {
		t.Skip("node: left out, as PATCHBAY_SKIP says")
	}
	if os.Geteuid() != 0 {
		missing(t, "node", "needs root for network namespaces; have uid not 0")
	}
}

// Command asks for a program of the machine, for the sake of a place.
func Command(t testing.TB, place, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		missing(t, place, "needs "+path+"; it is not installed")
	}
}

func missing(t testing.TB, place, reason string) {
	t.Helper()
	if listed("PATCHBAY_REQUIRE", place) {
		t.Fatalf("%s is required here, but this test %s", place, reason)
	}
	t.Skipf("%s: %s", place, reason)
}

// listed reports whether a comma-separated variable lists a place.
func listed(variable, place string) bool {
	return slices.Contains(strings.Split(os.Getenv(variable), ","), place)
}
