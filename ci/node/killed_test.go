package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestKilledWithAPlugin kills the program while a plugin is about to do its
// ADD. A plugin that went on would make what nobody undoes any more: the DEL,
// which the runtime runs at once, would have been there before it.
func TestKilledWithAPlugin(t *testing.T) {
	program(t)
	for _, plugin := range plugins {
		for _, s := range []series{{"ADD", "DEL", thenDel}, {"ADD", "GC", thenGC}} {
			t.Run(plugin+", then "+s.then, func(t *testing.T) {
				t.Parallel()
				m := newMachine(t)
				m.spy(t)
				g := m.gate(t, plugin)
				p := m.pod(t, "a")
				before := m.look(t)
				m.killAt(t, g, call{verb: "ADD", pod: p})
				m.settleBeside(t, g, func() { s.settle(t, m, p) })
				if s.then == "GC" {
					m.gc(t) // the first one leaves alone what somebody is working on
				}
				m.wantClean(t, before, p)
			})
		}
	}
}

// gate is where a plugin waits, as on a slow disk, at the beginning of its ADD.
type gate struct{ there, open string } // two pipes

// gate puts a gate before a plugin.
func (m *machine) gate(t testing.TB, plugin string) gate {
	t.Helper()
	dir := t.TempDir()
	g := gate{filepath.Join(dir, "there"), filepath.Join(dir, "open")}
	for _, path := range []string{g.there, g.open} {
		if err := unix.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path, behind := filepath.Join(m.pluginDir, plugin), filepath.Join(dir, plugin)
	script := fmt.Sprintf("#!/bin/sh\n"+
		"if [ $CNI_COMMAND = ADD ]; then echo >%s; read -r _ <%s; fi\nexec %s\n",
		g.there, g.open, behind)
	err := os.Rename(path, behind)
	if err == nil {
		err = os.WriteFile(path, []byte(script), 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// killAt kills a call as soon as it is at a gate.
func (m *machine) killAt(t testing.TB, g gate, c call) {
	t.Helper()
	cmd := m.command(t, c)
	var err error
	m.within(t, func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	if _, err = os.ReadFile(g.there); err != nil {
		t.Error(err)
	}
	if err = cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // it was killed
}

// settleBeside lets the runtime go on and then, when that has ended or waits,
// whoever is still at the gate. It returns when both have ended.
func (m *machine) settleBeside(t testing.TB, g gate, settle func()) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		settle()
	}()
	select {
	case <-ended:
	case <-time.After(time.Second):
	}
	gate, err := os.OpenFile(g.open, os.O_RDWR, 0) // waits for no reader
	if err == nil {
		_, err = gate.WriteString("\n")
	}
	if err != nil {
		t.Fatal(err)
	}
	<-ended
	eventually(t, "who was at the gate has ended", func() bool {
		return len(m.processes(t)) == 0
	})
	if err = gate.Close(); err != nil {
		t.Fatal(err)
	}
}
