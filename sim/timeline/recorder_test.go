package timeline_test

import (
	"strings"
	"testing"

	"patchbay/sim/explore"
	"patchbay/sim/fault"
	"patchbay/sim/timeline"
)

// told is the timeline of a story with a fault.
func told(t *testing.T, line string) *timeline.Recorder {
	t.Helper()
	f, err := fault.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	lab := explore.NewLab()
	defer lab.Close()
	rec := new(timeline.Recorder)
	r := explore.Repro{Story: explore.Core()[0], Faults: []fault.Fault{f}}
	run, err := lab.Replay(&r, rec)
	if err != nil {
		t.Fatal(err)
	}
	if rec.Ops != run.Ops || rec.Ops == 0 {
		t.Errorf("%d operations were heard of, and %d happened", rec.Ops, run.Ops)
	}
	return rec
}

func TestRecorder(t *testing.T) {
	for _, c := range []struct {
		name, fault string
		says        []string
	}{
		{
			"a fault in a plugin of a plugin",
			"file.create #1 of host-local ADD: fail-before EIO",
			[]string{
				"┌ ADD n0-1 p", "│ ┌ plugin.add bridge eth0", "│ │ ┌ ipam.add host-local",
				"│ │ │ ↯ file.create", "│ │ └ ! ipam.add host-local: ", "└ ! ADD n0-1 p: ",
				"─ · DEL n0-1 p", "create p", "look down",
			},
		},
		{
			"a crash", "file.store #1 of patchbay ADD: crash-after",
			[]string{"│ ☠ file.store", "└ ☠ ADD n0-1 p: no answer"},
		},
		{
			"a power cut", "file.store #1 of patchbay ADD: cut-before",
			[]string{"│ ⚡file.store", "n0 boots", "└ ☠ ADD n0-1 p: no answer"},
		},
		{
			"a hang", "link.add #1 of bridge ADD: hang",
			[]string{"│ │ ↯ link.add", "│ │ ☠ bridge ADD is killed"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := told(t, c.fault).Text(timeline.Near)
			rest := text
			for _, want := range c.says[:2] {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("%q is not in\n%s", want, text)
				}
				rest = after
			}
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
			if again := told(t, c.fault).Text(timeline.Near); again != text {
				t.Errorf("told again it is\n%s\nand was\n%s", again, text)
			}
			if len(strings.Split(text, "\n")) > 60 {
				t.Errorf("more than anybody reads:\n%s", text)
			}
		})
	}
}
