package ctlruntime_test

import (
	"fmt"
	"os"
	"testing"

	"patchbay/ci/require"
	"patchbay/cmd/internal/ctlruntime"
	"patchbay/cmd/internal/kernel"
	"patchbay/core/fail"
)

func TestNetns(t *testing.T) {
	require.Root(t)
	path := fmt.Sprintf("%s/pb-ctlruntime-%d", ctlruntime.Dir, os.Getpid())
	t.Cleanup(func() {
		if err := ctlruntime.RemoveNetns(path); err != nil {
			t.Error(err)
		}
	})
	if err := ctlruntime.MakeNetns(path); err != nil {
		t.Fatal(err)
	}
	if !ctlruntime.HasNetns(path) {
		t.Error("it is not there")
	}
	if err := ctlruntime.MakeNetns(path); !fail.Is(err, fail.Busy) {
		t.Errorf("a second one in its place: %v", err)
	}
	inside, err := kernel.At(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	links := inside.Links
	if len(links) == 0 || links[0].Name != "lo" || !links[0].Up {
		t.Errorf("lo is not up: %+v", links)
	}
	for range 2 { // removing what is gone succeeds
		if err = ctlruntime.RemoveNetns(path); err != nil || ctlruntime.HasNetns(path) {
			t.Errorf("it is not removed: %v", err)
		}
	}
}

// A file that a crash has left is no namespace, and can be removed.
func TestMereFile(t *testing.T) {
	path := t.TempDir() + "/netns"
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if ctlruntime.HasNetns(path) {
		t.Error("a file is taken for a namespace")
	}
	if _, err := kernel.At(t.Context(), path); !fail.Is(err, fail.Invalid) {
		t.Errorf("opened: %v", err)
	}
}
