package node_test

import (
	"bytes"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"patchbay/ci/netnstest"
)

// snapshot is what is on a machine outside of sandboxes. Directories, locks and
// the file in which host-local remembers its last address stay after a pod, by
// design; what the cluster was told does too.
type snapshot struct {
	links []string
	rest  []string // files and processes
}

func (m *machine) look(t testing.TB) snapshot {
	t.Helper()
	rest := slices.AppendSeq(m.files(t), maps.Values(m.processes(t)))
	return snapshot{links(t, m.netns), rest}
}

// wantClean fails unless the machine is as it was and no sandbox holds anything.
// Where a namespace is gone, the kernel takes away what was in it in its own
// time; for files and processes there is no excuse.
func (m *machine) wantClean(t testing.TB, before snapshot, pods ...pod) {
	t.Helper()
	for _, p := range pods {
		if _, err := os.Stat(p.netns); err == nil {
			wantSame(t, p.String(), []string{"interface lo"}, links(t, p.netns))
			continue
		}
		eventually(t, "the interfaces of a namespace that was removed are gone", func() bool {
			return len(links(t, m.netns)) <= len(before.links)
		})
	}
	after := m.look(t)
	wantSame(t, "the host", before.links, after.links)
	wantSame(t, "the host", before.rest, after.rest)
}

func links(t testing.TB, netns string) []string {
	t.Helper()
	var all []string
	netnstest.Do(t, netns, func() {
		found, err := net.Interfaces()
		if err != nil {
			t.Fatalf("interfaces of %s: %v", netns, err)
		}
		for _, link := range found {
			all = append(all, "interface "+link.Name)
		}
	})
	slices.Sort(all)
	return all
}

func (m *machine) files(t testing.TB) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(m.dir, func(path string, d fs.DirEntry, err error) error {
		name, relErr := filepath.Rel(m.dir, path)
		switch {
		case err != nil:
			return err
		case relErr != nil:
			return relErr
		case d.IsDir() && (name == "manifests" || name == "traces"):
			return fs.SkipDir
		case d.IsDir() && filepath.Dir(name) != filepath.Join("multus", "quarantine"):
		case d.Name() == "lock", strings.HasPrefix(d.Name(), "last_reserved_ip."):
		default:
			all = append(all, "file "+name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// processes returns what still runs of what the machine started, by its number.
func (m *machine) processes(t testing.TB) map[int]string {
	t.Helper()
	environs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	all := map[int]string{}
	for _, path := range environs {
		environ, err := os.ReadFile(path)
		if err != nil || !slices.ContainsFunc(bytes.Split(environ, []byte{0}),
			func(v []byte) bool { return string(v) == marker+m.dir }) {
			continue // it ended meanwhile, or is another's
		}
		dir := filepath.Dir(path)
		pid, pidErr := strconv.Atoi(filepath.Base(dir))
		line, lineErr := os.ReadFile(filepath.Join(dir, "cmdline"))
		if pidErr == nil && lineErr == nil && len(line) > 0 {
			all[pid] = "process " + strings.TrimRight(string(line), "\x00")
		}
	}
	return all
}

// endProcesses ends what a test that failed has left running.
func (m *machine) endProcesses(t testing.TB) {
	t.Helper()
	for pid, line := range m.processes(t) {
		t.Logf("killed: %s", line)
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
	}
}

// wantSame fails for everything that is left and everything that is missing.
func wantSame(t testing.TB, where string, before, after []string) {
	t.Helper()
	for _, thing := range after {
		if !slices.Contains(before, thing) {
			t.Errorf("%s: left: %s", where, thing)
		}
	}
	for _, thing := range before {
		if !slices.Contains(after, thing) {
			t.Errorf("%s: missing: %s", where, thing)
		}
	}
}

// eventually waits for what the kernel does in its own time: it takes the
// interfaces of a namespace away some time after the namespace has gone.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(10 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: not within 10 s", what)
		}
	}
}
