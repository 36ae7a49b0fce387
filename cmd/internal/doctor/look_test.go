package doctor_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"patchbay/backends/real"
	"patchbay/ci/netnstest"
	"patchbay/ci/require"
	"patchbay/cmd/internal/doctor"
	"patchbay/cmd/internal/kernel"
	"patchbay/core/fail"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %v: %v: %s", args, err, out)
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// seen is every namespace but those of processes that even root may not look
// into, as there are in some containers.
func seen(ctx context.Context) ([]kernel.Namespace, []error) {
	all, errs := kernel.All(ctx, kernel.NamedDir)
	return all, slices.DeleteFunc(errs, func(err error) bool { return fail.Is(err, fail.Denied) })
}

// TestLook makes one of each ill on a real node.
func TestLook(t *testing.T) {
	require.Root(t)
	dir := t.TempDir()
	ipam := filepath.Join(dir, "ipam")
	config, err := netconf.ParseConfig([]byte(fmt.Sprintf(`{"cniDir": %q, "binDir": %q, "confDir": %q,
		"deviceInfoDir": %q, "delegates": [{"name": "blue", "type": "nobody"}]}`,
		filepath.Join(dir, "state"), dir, filepath.Join(dir, "conf"), filepath.Join(dir, "devinfo"))))
	if err != nil {
		t.Fatal(err)
	}
	backend, _ := real.New(real.Options{Config: config})
	path := netnstest.New(t)
	ip(t, "link", "add", fmt.Sprintf("dt%d", os.Getpid()%1e6), "type", "veth", "peer", "name", "net9", "netns", path)
	netnstest.Do(t, path, func() {
		ip(t, "link", "add", "eth0", "type", "bridge")
		ip(t, "addr", "add", "198.18.77.2/24", "dev", "eth0")
		ip(t, "addr", "add", "198.18.77.9/24", "dev", "eth0")
	})
	var st unix.Stat_t
	if err = unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	bootID, err := backend.Records.BootID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	there := record.Record{
		BootID: bootID, ContainerID: "there", IfName: "eth0", Netns: path,
		NetnsID: record.Inode{Dev: st.Dev, Ino: st.Ino}, PluginPath: dir,
		Attachments: []record.Attachment{{
			Network: "default/red", Name: "red", IfName: "eth0",
			Config: []byte(fmt.Sprintf(`{"name":"red","type":"fake","ipam":{"type":"host-local","dataDir":%q}}`, ipam)),
		}},
	}
	recycled := there
	recycled.ContainerID, recycled.NetnsID.Ino = "recycled", 1
	gone := there
	gone.ContainerID, gone.Netns = "gone", "/run/netns/patchbay-nowhere"
	rebooted := there
	rebooted.ContainerID, rebooted.BootID = "rebooted", "earlier"
	for _, r := range []record.Record{there, recycled, gone, rebooted} {
		if err = backend.Records.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(dir, "state/records/torn@eth0.json"), "patchbay-record 1 ")
	put(t, filepath.Join(dir, "state/records/.torn@eth0.json.tmp"), "")
	put(t, filepath.Join(dir, "devinfo/cni/default-red-old_net1"), "{}")
	put(t, filepath.Join(ipam, "red/198.18.77.2"), "there\r\neth0")
	put(t, filepath.Join(ipam, "red/198.18.77.3"), "old\r\neth0")
	put(t, filepath.Join(ipam, "red/198.18.77.9"), "old\r\neth1")
	put(t, filepath.Join(ipam, "other/198.18.78.3"), "old\r\neth0")

	facts, err := doctor.Look(t.Context(), doctor.Options{
		Backend: backend, Config: config, Namespaces: seen,
	})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, f := range doctor.Diagnose(facts) {
		fmt.Fprintf(&got, "%s %s: %s\n", f.Severity, f.Object, f.Text)
	}
	for _, want := range []string{
		"error record torn@eth0: ",
		"error record there@eth0: Plugin fake is not in",
		"warning record there@eth0: Interface net9 (veth) leads out of its namespace",
		"warning record recycled@eth0: The path " + path + " leads to another namespace now",
		"warning record gone@eth0: Its namespace /run/netns/patchbay-nowhere is gone",
		"warning record rebooted@eth0: It was attached before the node was started anew",
		"warning address 198.18.77.3 of network red: It is held for container old eth0",
		"info address 198.18.77.9 of network red: ",
		"info network other: It is not ours",
		"warning " + filepath.Join(dir, "devinfo/cni/default-red-old_net1"),
		"info " + filepath.Join(dir, "state/records/.torn@eth0.json.tmp"),
	} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("not found: %s", want)
		}
	}
	if strings.Contains(got.String(), "address 198.18.77.2 ") {
		t.Error("an address in use was found")
	}
	if t.Failed() {
		t.Log(got.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "state/records/torn@eth0.json")); err != nil {
		t.Error("looking moved the evidence: ", err)
	}
}
