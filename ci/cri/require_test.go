package cri

import (
	"os"
	"slices"
	"strings"
	"testing"
)

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
