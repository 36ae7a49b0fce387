package blackbox_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/ci/netnstest"
	"patchbay/core/need"
)

// TestSideBySide is of calls that a runtime makes at the same time.
func TestSideBySide(t *testing.T) {
	t.Run("pods", func(t *testing.T) {
		n := newRealNode(t)
		conf := n.real()
		const pods = 6
		var programs []*program
		var sandboxes []string
		for i := range pods {
			name, netns := fmt.Sprintf("p%d", i), netnstest.New(t)
			n.api.AddPod(need.Pod{
				Namespace: "dev", Name: name, UID: "u1", Annotations: map[string]string{networksKey: "red"},
			})
			programs = append(programs, prepare(t, conf, n.env("ADD", "CNI_CONTAINERID="+name,
				"CNI_NETNS="+netns, "CNI_ARGS=K8S_POD_NAMESPACE=dev;K8S_POD_NAME="+name)...))
			sandboxes = append(sandboxes, netns)
		}
		n.together(programs)
		seen := map[string]string{}
		for i, p := range programs {
			p.answer().ok(t)
			for line := range strings.Lines(ip(t, sandboxes[i], "-o", "-4", "addr", "show", "scope", "global")) {
				address := strings.Fields(line)[3]
				if other, twice := seen[address]; twice {
					t.Errorf("%s has the address %s of %s", sandboxes[i], address, other)
				}
				seen[address] = sandboxes[i]
			}
			if got := n.api.Status("dev", fmt.Sprintf("p%d", i)); !strings.Contains(got, "dev/red") {
				t.Errorf("the status of p%d is %q", i, got)
			}
		}
		if len(seen) != 2*pods {
			t.Errorf("%d addresses, want %d: %v", len(seen), 2*pods, seen)
		}
	})
	t.Run("C133 the same pod", func(t *testing.T) {
		n := newRealNode(t, networksKey, "red")
		programs := []*program{
			prepare(t, n.real(), n.env("ADD")...), prepare(t, n.real(), n.env("ADD")...),
		}
		n.together(programs)
		first, second := programs[0].answer(), programs[1].answer()
		if first.code != 0 {
			first, second = second, first
		}
		first.ok(t)
		second.refused(t, types.ErrInvalidNetworkConfig, "pod dev/p: eth0", "already exists")
		n.run("CHECK", n.real()).ok(t)
		n.run("DEL", n.real()).ok(t)
		n.gone()
	})
}

// together runs programs side by side on the node.
func (n *node) together(programs []*program) {
	n.t.Helper()
	// A program starts in the namespace of the thread that starts it.
	netnstest.Do(n.t, n.host, func() {
		for _, p := range programs {
			if err := p.Start(); err != nil {
				n.t.Fatal(err)
			}
		}
	})
	var wg sync.WaitGroup
	for _, p := range programs {
		wg.Go(func() { _ = p.Wait() }) // its answer says how it ended
	}
	wg.Wait()
}

// TestNames is of the names and flags by which the program is called.
func TestNames(t *testing.T) {
	t.Run("multus", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.alias("multus")
		p := prepare(t, n.conf(), n.env("ADD")...)
		p.Path, p.Args[0] = filepath.Join(n.bin, "multus"), "multus"
		_ = p.Run() // its answer says how it ended
		p.answer().ok(t)
		n.traced("ADD pri eth0, ADD red net1")
	})
	for _, flag := range []string{"-v", "-version", "--version"} {
		t.Run(flag, func(t *testing.T) {
			path, err := build()
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), path, flag).CombinedOutput()
			if err != nil || !strings.HasPrefix(string(out), "patchbay ") {
				t.Errorf("%s, %v", out, err)
			}
		})
	}
}
