package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/ctlsim"
	"patchbay/sim/explore"
	"patchbay/sim/timeline"
)

// passing is a repro of a run in which a fault is survived.
const passing = `-- run --
mode single
-- faults --
link.add #1 of bridge ADD: fail-before EBUSY
-- story --
name alone
pod p
step create p
step settle
`

func TestSimExitCodes(t *testing.T) {
	good := write(t, "good.txtar", passing)
	bad := write(t, "bad.txtar", strings.Replace(passing, "create p", "fly p", 1))
	for _, c := range []struct {
		name string
		args []string
		code int
		says string // on standard error
	}{
		{"nothing", []string{"sim"}, exitOK, ""},
		{"no such mode", []string{"sim", "run", "--mode", "x"}, exitUsage, `there is no mode "x"`},
		{"no such story", []string{"sim", "run", "--story", "x"}, exitUsage, `there is no story "x"`},
		{"no workers", []string{"sim", "run", "--workers", "0"}, exitUsage, "--workers"},
		{"no directory", []string{"sim", "run", "--out", good}, exitUsage, "is not a directory"},
		{"no file", []string{"sim", "replay"}, exitUsage, "name a file"},
		{"a file and a seed", []string{"sim", "replay", good, "--seed", "1"}, exitUsage, "name a file"},
		{"a file and a story", []string{"sim", "replay", good, "--story", "alone"}, exitUsage, "--story goes"},
		{"a file that is not there", []string{"sim", "replay", "/nonexistent"}, exitFailed, "nonexistent"},
		{"a file with a mistake", []string{"sim", "replay", bad}, exitUsage, `line 8: nobody knows how to "fly"`},
		{"a run that passes", []string{"sim", "replay", good}, exitOK, ""},
		{"shrinking what passes", []string{"sim", "shrink", good}, exitFailed, "does not fail"},
		{"an operation that is not there", []string{"sim", "debug", good, "--step", "99999"}, exitUsage, "has operations 0 to"},
		{"no times", []string{"sim", "explain", good, "--times", "0"}, exitUsage, "--times"},
		{"a table that is not there", []string{"sim", "list", "cats"}, exitUsage, `"cats"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := runHere(t, c.args...)
			if got.code != c.code || !strings.Contains(got.errors, c.says) {
				t.Errorf("exit code %d, want %d; said %q, want %q", got.code, c.code, got.errors, c.says)
			}
		})
	}
}

func TestSimRun(t *testing.T) {
	dir := t.TempDir()
	got := runHere(t, "sim", "run", "--mode", "fault-free", "--story", "alone,three", "--out", dir,
		"-o", "json")
	var outcome struct {
		Modes []struct {
			Mode                      string
			Stories, Runs, Operations int
		}
		Findings []any
	}
	if err := json.Unmarshal([]byte(got.out), &outcome); err != nil || got.code != exitOK {
		t.Fatalf("exit code %d, %v: %s%s", got.code, err, got.out, got.errors)
	}
	if len(outcome.Modes) != 1 || outcome.Modes[0].Stories != 2 || outcome.Modes[0].Runs != 2 ||
		outcome.Modes[0].Operations < 100 || outcome.Findings == nil {
		t.Errorf("%+v", outcome)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("without a finding there are files: %v, %v", left, err)
	}
}

func TestSimReplay(t *testing.T) {
	file := write(t, "repro.txtar", passing)
	got := runHere(t, "sim", "replay", file)
	for _, want := range []string{
		"link.add #1 of bridge ADD: fail-before EBUSY", "↯ link.add", "┌ ADD n0-1 p", "It passes.",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("%q is not in\n%s", want, got.out)
		}
	}
	if again := runHere(t, "sim", "replay", file); again.out != got.out {
		t.Errorf("told again it is\n%s\nand was\n%s", again.out, got.out)
	}
	all := runHere(t, "sim", "replay", file, "--all")
	if strings.Count(all.out, "\n") < 3*strings.Count(got.out, "\n") {
		t.Errorf("all is no more:\n%s", all.out)
	}
	seed := runHere(t, "sim", "replay", "--seed", "7", "--story", "alone", "-o", "json")
	if !strings.Contains(seed.out, `"timeline"`) || seed.code == exitUsage {
		t.Errorf("exit code %d: %s%s", seed.code, seed.out, seed.errors)
	}
}

func TestSimDebug(t *testing.T) {
	file := write(t, "repro.txtar", passing)
	got := runHere(t, "sim", "debug", file, "--step", "30")
	for _, want := range []string{
		"After operation 30 of ", "patchbay  ADD   n0-1@eth0", "Node n0", "/var/lib/cni/multus/records",
		"pod default/p", "What comes next",
	} {
		if got.code != exitOK || !strings.Contains(got.out, want) {
			t.Errorf("exit code %d: %q is not in\n%s%s", got.code, want, got.out, got.errors)
		}
	}
	steps := runHere(t, "sim", "debug", file)
	if steps.code != exitOK || strings.Count(steps.out, "\n") < 100 {
		t.Errorf("exit code %d:\n%s", steps.code, steps.out)
	}
}

// Somebody walks: on by two, to 5, back, nonsense, to where there is nothing, out.
func TestSimWalk(t *testing.T) {
	var out, errs bytes.Buffer
	s := &session{stderr: &errs, printer: ctlout.Printer{Out: &out, Format: ctlout.Text}}
	r, err := explore.ParseRepro(passing)
	if err != nil {
		t.Fatal(err)
	}
	if err = s.simWalk(&r, strings.NewReader("\n\n5\nb\nx\n99999\nq\n")); err != nil {
		t.Fatal(err)
	}
	rest := out.String()
	for _, want := range []string{
		"After operation 0 of", "After operation 1 of", "After operation 2 of", "After operation 5 of",
		"After operation 4 of", "nothing: the run is over",
	} {
		var ok bool
		if _, rest, ok = strings.Cut(rest, want); !ok {
			t.Errorf("%q is missing", want)
		}
	}
	if !strings.Contains(errs.String(), "no 99999") {
		t.Errorf("said %q", errs.String())
	}
}

func TestSimExplain(t *testing.T) {
	file := write(t, "repro.txtar", passing)
	got := runHere(t, "sim", "explain", file, "--times", "2")
	for _, want := range []string{"FROM", "What if", "without fault 1: link.add #1", "it passes"} {
		if got.code != exitOK || !strings.Contains(got.out, want) {
			t.Errorf("exit code %d: %q is not in\n%s%s", got.code, want, got.out, got.errors)
		}
	}
}

func TestSimList(t *testing.T) {
	got := runHere(t, "sim", "list")
	for _, want := range []string{"single", "alone", "NoLeakIP"} {
		if got.code != exitOK || !strings.Contains(got.out, want) {
			t.Errorf("exit code %d: %q is not in\n%s%s", got.code, want, got.out, got.errors)
		}
	}
	faults := runHere(t, "sim", "list", "faults", "-o", "json")
	var list struct {
		Faults []struct{ ID, Mark, Expect string }
	}
	if err := json.Unmarshal([]byte(faults.out), &list); err != nil || len(list.Faults) < 500 {
		t.Errorf("%d faults, %v", len(list.Faults), err)
	}
}

// What is found is not written over what was found before.
func TestSimWritesNewFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"repro.txtar", "repro-2.txtar"} {
		path := simWritten(t, dir)
		if path != filepath.Join(dir, name) {
			t.Errorf("written to %s, want %s", path, name)
		}
	}
}

func simWritten(t *testing.T, dir string) string {
	t.Helper()
	path, err := ctlsim.Write(dir, passing)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// hopeless is a story that breaks itself: a pod wants a network whose card no node
// has, and its kubelet gives up. What is beside that does not matter.
const hopeless = `-- run --
mode swarm
turns any
fails "49 Converge"
-- faults --
pod.get q #1 of patchbay ADD: fail-before 503
link.add #3 of bridge ADD: crash-after
-- story --
name hopeless
nodes 2
network red config=` + "`" + `{"cniVersion":"1.0.0","type":"macvlan","master":"eth0"}` + "`" + `
network none config=` + "`" + `{"cniVersion":"1.0.0","type":"macvlan","master":"eth9"}` + "`" + `
pod p networks=red,none
pod q node=1
step create q
step create p
step reboot at=1
step settle
-- choices --
3=1
`

func TestSimShrink(t *testing.T) {
	got := runHere(t, "sim", "shrink", write(t, "repro.txtar", hopeless))
	small, err := explore.ParseRepro(got.out)
	if err != nil || got.code != exitOK {
		t.Fatalf("exit code %d, %v: %s%s", got.code, err, got.out, got.errors)
	}
	s := small.Story
	if len(small.Faults) > 0 || len(small.Choices) > 0 || s.Nodes > 0 || len(s.Pods) != 1 ||
		s.Pods[0].Networks != "none" || len(s.Networks) != 1 && len(s.Networks) != 0 ||
		len(s.Steps) > 2 || !strings.Contains(got.out, "-- timeline --") {
		t.Errorf("more is left than is needed:\n%s", got.out)
	}
	again := runHere(t, "sim", "replay", write(t, "small.txtar", got.out))
	for _, want := range []string{
		"✗ 49 Converge", "to the last operation", "more calls like these",
	} {
		if again.code != exitFailed || !strings.Contains(again.out, want) {
			t.Errorf("exit code %d: %q is not in\n%s%s", again.code, want, again.out, again.errors)
		}
	}
}

// A finding is told in full, and where it can not be shrunk that is said.
func TestSimFinding(t *testing.T) {
	r, err := explore.ParseRepro(hopeless)
	if err != nil {
		t.Fatal(err)
	}
	f, err := ctlsim.Shrink(r)
	if err != nil {
		t.Fatal(err)
	}
	f.File = "repro.txtar"
	outcome := ctlsim.Outcome{
		Rows: []ctlsim.Row{{Mode: "swarm", Runs: 7, Seconds: 2, Findings: 2}},
		Findings: []ctlsim.Finding{f, {
			Story: "other", Mode: "single", Points: []string{"#3 pod.get fail-before 503"},
			Names: []string{"42 NoLeakIP"}, Violations: []string{"42 NoLeakIP: one\nand two"},
			Error: "it is another run",
		}},
	}
	var out bytes.Buffer
	page := ctlout.Printer{Out: &out, Format: ctlout.Text, Colour: true}.Page()
	ctlsim.ShowOutcome(page, &outcome, timeline.Near)
	for _, want := range []string{
		"RUNS/S", "49 Converge, in story hopeless", "shrunk in ", "What happens", "✗ 49 Converge",
		"  without pod p", "patchbayctl sim explain repro.txtar",
		"found by single: #3 pod.get fail-before 503", "it can not be shrunk: it is another run",
		"    and two",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}
