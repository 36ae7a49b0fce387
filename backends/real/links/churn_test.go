package links_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"patchbay/ci/netnstest"
	"patchbay/core/fail"
)

// TestLookWhileLinksChange: an answer that lacks an interface which was there
// all the time is worse than none.
func TestLookWhileLinksChange(t *testing.T) {
	sandbox := node(t, three)
	batch := strings.Repeat("link add net8 type veth peer name far8\nlink del net8\n", 20)
	var cmd *exec.Cmd
	netnstest.Do(t, sandbox.Path, func() {
		cmd = exec.CommandContext(t.Context(), program(t), "-batch", "-")
		cmd.Stdin = strings.NewReader(batch)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	})
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		got, err := kernel().Look(t.Context(), sandbox.Path)
		if err != nil && !fail.Is(err, fail.Transient) {
			t.Fatal(err)
		}
		for _, name := range []string{"lo", "eth0", "net1", "net2", "far0", "far1", "far2"} {
			if err == nil && !slices.Contains(got.Links, name) {
				t.Fatalf("%s is missing in %q", name, got.Links)
			}
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
}
