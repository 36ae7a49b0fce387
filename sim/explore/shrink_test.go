package explore_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"patchbay/sim/explore"
	"patchbay/sim/fault"
	"patchbay/sim/world"
)

// parsed reads faults.
func parsed(t *testing.T, lines ...string) []fault.Fault {
	t.Helper()
	var out []fault.Fault
	for _, line := range lines {
		f, err := fault.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// planted is a run of a large story with many faults, of which one matters.
func planted(t *testing.T) explore.Repro {
	t.Helper()
	story := explore.Core()[1]
	story.Nodes = 3
	story.Config = `"parallelAttachments":true,"compatScratch":true`
	story.Pods = []world.Pod{
		{Name: "p", Networks: "red,blue"},
		{Name: "q", Networks: `[{"name":"red"}]`, Node: 2},
		{Name: "r"},
	}
	story.Steps = []world.Step{
		{Do: world.Create, On: "q"},
		{Do: world.Create, On: "p"},
		{Do: world.Settle},
		{Do: world.Status},
		{Do: world.Check, On: "p"},
		{Do: world.Reboot, At: 1},
		{Do: world.Wait, For: time.Second},
		{Do: world.Create, On: "r"},
		{Do: world.Settle},
	}
	return explore.Repro{
		Story: story, Mode: "by hand",
		Faults: parsed(t,
			"pod.get p #1 of patchbay ADD: fail-before 503",
			"plugin.add \"bridge net*\" #1 of patchbay ADD: crash-after",
			"pod.get #2 of patchbay ADD: late 7s",
		),
		Turns:   explore.Turns{How: explore.ByRank, Preemptions: 2},
		Choices: []int{17, 230, 5, 8, 900, 3, 7, 1},
	}
}

// died is a failure that somebody made up: a process of an ADD dies.
func died(run *explore.Run) bool {
	for _, c := range run.Calls {
		if c.Verb == "ADD" && c.Died {
			return true
		}
	}
	return false
}

func TestShrinkLeavesWhatMatters(t *testing.T) {
	lab := explore.NewLab()
	defer lab.Close()
	got, err := lab.Shrink(planted(t), died)
	if err != nil {
		t.Fatal(err)
	}
	r := got.Repro
	t.Logf("%d runs:\n%s", got.Tries, r.Text(""))
	if !got.Minimal || len(r.Faults) != 1 || len(r.Story.Pods) != 1 || len(r.Story.Steps) != 2 ||
		len(r.Story.Networks) != 1 || r.Story.Nodes != 0 || r.Story.Config != "" ||
		len(r.Choices) != 0 || r.Turns != (explore.Turns{}) {
		t.Errorf("more is left than is needed")
	}
	if how := r.Faults[0].Row.How; how != fault.CrashBefore {
		t.Errorf("the fault is %s, and a weaker one is enough", how)
	}
}

// Without any one of its parts what was shrunk does not fail any more.
func TestShrunkIsMinimal(t *testing.T) {
	lab := explore.NewLab()
	defer lab.Close()
	first, err := lab.Shrink(planted(t), died)
	if err != nil {
		t.Fatal(err)
	}
	again, err := lab.Shrink(first.Repro, died)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Repro, first.Repro) {
		t.Errorf("shrunk once more it is\n%s\nand was\n%s",
			again.Repro.Text(""), first.Repro.Text(""))
	}
	for i, n := range first.Neighbours {
		if i == 0 && !strings.HasPrefix(n.Without, "fault 1: plugin.add") {
			t.Errorf("the first part is %s", n.Without)
		}
	}
	if len(first.Neighbours) < 4 {
		t.Errorf("%d parts", len(first.Neighbours))
	}
}

func TestShrinkRefusesWhatPasses(t *testing.T) {
	lab := explore.NewLab()
	defer lab.Close()
	r := explore.Repro{Story: explore.Core()[0], Names: []string{"42 NoLeakIP"}}
	if _, err := lab.Shrink(r, nil); err == nil || !strings.Contains(err.Error(), "does not fail") {
		t.Errorf("%v", err)
	}
}
