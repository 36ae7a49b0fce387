package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/backends/real/clock"
	"patchbay/backends/real/records"
	"patchbay/core/record"
)

// spy puts a script before every plugin that notes how it is called.
func (m *machine) spy(t testing.TB) {
	t.Helper()
	dir := t.TempDir()
	for _, plugin := range plugins {
		script := fmt.Sprintf("#!/bin/sh\necho \"$CNI_COMMAND $CNI_IFNAME %s [$CNI_NETNS]\" >>%s\nexec %s\n",
			plugin, filepath.Join(dir, "calls"), filepath.Join(m.pluginDir, plugin))
		if err := os.WriteFile(filepath.Join(dir, plugin), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	m.pluginDir = dir
}

// calls returns what was noted since it was asked last.
func (m *machine) calls(t testing.TB) []string {
	t.Helper()
	file := filepath.Join(m.pluginDir, "calls")
	text, err := os.ReadFile(file)
	if err == nil {
		err = os.Remove(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// wantReleased fails unless DEL of every plugin was called without a namespace.
func (m *machine) wantReleased(t testing.TB) {
	t.Helper()
	var got []string
	for _, line := range m.calls(t) {
		if strings.HasPrefix(line, "DEL ") {
			got = append(got, line)
		}
	}
	wantSame(t, "calls", []string{
		"DEL net2 tuning []", "DEL net2 bridge []", "DEL net2 host-local []",
		"DEL net1 macvlan []", "DEL net1 host-local []",
		"DEL eth0 bridge []", "DEL eth0 host-local []",
	}, got)
}

func (m *machine) store() *records.Store {
	return records.New(records.Options{Dir: m.path("multus"), Clock: clock.Wall{}})
}

func (p pod) key() record.Key {
	return record.Key{ContainerID: p.container, IfName: "eth0"}
}

// record reads what is recorded of a pod.
func (m *machine) record(t testing.TB, p pod) record.Record {
	t.Helper()
	r, err := m.store().Load(t.Context(), p.key())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// edit changes what is recorded of a pod.
func (m *machine) edit(t testing.TB, p pod, change func(*record.Record)) {
	t.Helper()
	r := m.record(t, p)
	change(&r)
	if err := m.store().Save(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) recordFile(p pod) string {
	return m.path("multus", "records", p.key().String()+".json")
}
