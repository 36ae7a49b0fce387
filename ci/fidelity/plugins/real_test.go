package plugins

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
	"github.com/vishvananda/netlink"

	"patchbay/ci/netnstest"
	"patchbay/ci/require"
)

// containerID is whose interfaces all rows are about.
const containerID = "c0ffee"

// binaries is the directory of the reference plugins.
func binaries(t *testing.T) string {
	t.Helper()
	require.Root(t)
	dir, err := filepath.Abs("../../../bin/cni")
	if err != nil {
		t.Fatal(err)
	}
	require.Command(t, "node", filepath.Join(dir, "bridge"))
	return dir
}

// onKernel is this kernel: one namespace that plays the node and one the sandbox.
type onKernel struct {
	bin, host, box, files string
	gone                  bool
}

func newReal(t *testing.T, bin string) *onKernel {
	t.Helper()
	r := &onKernel{bin: bin, host: netnstest.New(t), box: netnstest.New(t), files: t.TempDir()}
	r.do(t, "link up lo")
	r.do(t, "sysctl net/ipv4/ip_forward 0") // it is what the machine has
	r.do(t, "box sysctl net/ipv4/ip_forward 0")
	return r
}

func (r *onKernel) netns() string { return r.box }
func (r *onKernel) own() string   { return r.host }
func (r *onKernel) plain() string { return "/etc/hostname" }
func (r *onKernel) dir() string   { return r.files }

func (r *onKernel) run(t *testing.T, verb string, e execution) ending {
	t.Helper()
	c := exec.CommandContext(t.Context(), filepath.Join(r.bin, e.program))
	c.Stdin = bytes.NewReader(e.stdin)
	c.Env = append(os.Environ(), "CNI_COMMAND="+verb, "CNI_CONTAINERID="+containerID,
		"CNI_NETNS="+e.netns, "CNI_IFNAME="+e.ifName, "CNI_ARGS="+e.args, "CNI_PATH="+r.bin)
	var stdout bytes.Buffer
	c.Stdout = &stdout
	var err error
	netnstest.Do(t, r.host, func() { err = c.Run() })
	if err == nil {
		return ending{stdout: stdout.Bytes()}
	}
	if _, exited := errors.AsType[*exec.ExitError](err); !exited {
		t.Fatal(err)
	}
	var said types.Error
	if json.Unmarshal(stdout.Bytes(), &said) != nil {
		return ending{failed: true, crashed: true}
	}
	msg := strings.ReplaceAll(said.Msg, r.bin, "/opt/cni/bin")
	return ending{failed: true, code: said.Code, msg: msg, details: said.Details}
}

func (r *onKernel) do(t *testing.T, command string) {
	t.Helper()
	ns, w := r.host, strings.Fields(command)
	if w[0] == "box" {
		ns, w = r.box, w[1:]
	}
	switch w[0] {
	case "write":
		path := strings.ReplaceAll(w[1], "DIR", r.files)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(unquote(w[2])), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	case "sysctl":
		netnstest.Do(t, ns, func() {
			if err := os.WriteFile("/proc/sys/"+w[1], []byte(w[2]), 0o644); err != nil {
				t.Fatal(err)
			}
		})
		return
	case "gone":
		r.leave(t)
		return
	}
	args := ipArgs(w, r.box)
	netnstest.Do(t, ns, func() {
		if out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	})
}

// leave takes the sandbox away and waits until the kernel has done so too, which
// it does in its own time.
func (r *onKernel) leave(t *testing.T) {
	t.Helper()
	split := func() int {
		n := 0
		netnstest.Do(t, r.host, func() {
			list := again(t, func() ([]netlink.Link, error) {
				return netlink.LinkList()
			})
			for _, l := range list {
				if l.Type() == "veth" && l.Attrs().NetNsID >= 0 {
					n++
				}
			}
		})
		return n
	}
	netnstest.Delete(t, r.box)
	r.gone = true
	for range 20_000 {
		if split() == 0 {
			return
		}
	}
	t.Log("the kernel has not cleaned up yet")
}

func unquote(text string) string { return strings.NewReplacer("|", "\n", nbsp, " ").Replace(text) }

// ipArgs are the arguments of ip(8) for a command of a row.
func ipArgs(w []string, box string) []string {
	switch w[0] + " " + w[1] {
	case "link add":
		if w[3] == "veth" {
			return []string{"link", "add", w[2], "type", "veth", "peer", "name", w[4]}
		}
		return []string{"link", "add", w[2], "type", w[3]}
	case "addr add":
		return []string{"addr", "add", w[2], "brd", "+", "dev", w[3]}
	case "rule add":
		return []string{"rule", "add", "from", w[2], "table", "100"}
	case "route add":
		if w[2] == "default6" {
			return append([]string{"-6", "route", "add", "default"}, w[3:]...)
		}
		return w
	case "link del":
		return w
	case "link tobox":
		return []string{"link", "set", w[2], "netns", filepath.Base(box)}
	case "link mtu", "link address", "link name", "link alias":
		return []string{"link", "set", w[2], w[1], w[3]}
	}
	return []string{"link", "set", w[2], w[1]} // up and down
}
