package explore_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"patchbay/core/fail"
	"patchbay/sim/explore"
	"patchbay/sim/fault"
	"patchbay/sim/world"
)

// full is a repro with everything that one may have.
func full(t *testing.T) explore.Repro {
	t.Helper()
	struck, err := fault.Parse("file.store * #2 of patchbay ADD climbing: fail-before ENOSPC")
	if err != nil {
		t.Fatal(err)
	}
	return explore.Repro{
		Story: world.Story{
			Name: "full", About: "what a story may have", Nodes: 2,
			Config:  `"parallelAttachments":true`,
			Default: "{\"name\":\"back`quote\"}",
			Networks: []world.Network{{
				Namespace: "kube-system", Name: "red", Config: `{"type":"macvlan"}`,
				Annotations: map[string]string{"b": "2=2", "a": "a b"},
			}},
			Pods: []world.Pod{
				{Name: "p", Networks: "red,blue", Node: 1},
				{Namespace: "kube-system", Name: "q", Annotations: map[string]string{"a": ""}},
			},
			Steps: []world.Step{
				{Do: world.Create, On: "p"},
				{Do: world.Wait, For: 90 * time.Second},
				{Do: world.ChangeNAD, On: "red", To: `{"a":"\n"}`},
				{Do: world.PowerCut, At: 1},
				{Do: world.ClockJump, For: -time.Hour},
			},
		},
		Faults:  []fault.Fault{struck},
		Turns:   explore.Turns{How: explore.ByRank, Preemptions: 2},
		Choices: []int{0, 0, 3, 0, 1 << 39},
		Names:   []string{"42 NoLeakIP", "49 Converge"},
		Mode:    "swarm", Seed: 12, Hash: 0xdeadbeef,
	}
}

func TestReproTextIsReadBack(t *testing.T) {
	stories := explore.Core()
	all := []explore.Repro{full(t)}
	for _, s := range stories {
		all = append(all, explore.Repro{Story: s, Mode: "single"})
	}
	for _, r := range all {
		text := r.Text("a timeline\n")
		got, err := explore.ParseRepro(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("read\n%+v\nwritten\n%+v\nin\n%s", got, r, text)
		}
	}
}

func TestReproSaysWhatIsWrong(t *testing.T) {
	const story = "-- story --\nname s\n"
	for _, c := range []struct{ name, text, says string }{
		{"nothing", "", "no story"},
		{"no name", "-- story --\npod p\n", "no story with a name"},
		{"a section", "-- stori --\n", `line 1: there is no section "stori"`},
		{"two sections", story + story, `line 3: "story" is there already`},
		{"a step", story + "step fly p\n", `line 3: nobody knows how to "fly"`},
		{"a quote", story + "about \"x\n", "line 3: a quote does not end"},
		{"no quote", story + "about a=b\n", `line 3: "about" wants one value`},
		{"a key", story + "pod p nodes=1\n", `line 3: nothing about a pod is called "nodes"`},
		{"two keys", story + "pod p node=1 " + "node=1\n", `line 3: "node" is there already`},
		{"a node", story + "pod p node=1\n", "pod p is on node 1, and there are 1"},
		{"a step's node", story + "step reboot at=3\n", "a step is on node 3, and there are 1"},
		{"many nodes", story + "nodes 99999\n", `line 3: "99999" is not a number from 0 to 10000`},
		{"a duration", story + "step wait for=5\n", `line 3: "5" is no duration`},
		{"two names", story + "name t\n", `line 3: "story name" is there already`},
		{"a fault", "-- faults --\nlink.add #1: fail-before EVIL\n", "the catalogue has no"},
		{"a choice", "-- choices --\n5=1 3=1\n", "line 2: choice 3 comes after a later one"},
		{"turns", "-- run --\nturns any 3\n", "line 2: turns are"},
		{"a seed", "-- run --\nseed x\n", `line 2: "x" is not a number`},
		{"a fact", "-- run --\nspeed 1\n", `line 2: nothing about a run is called "speed"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := explore.ParseRepro(c.text)
			if err == nil || !strings.Contains(err.Error(), c.says) || !fail.Is(err, fail.Invalid) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

// Whatever is read is written so that it is read as the same.
func FuzzParseRepro(f *testing.F) {
	for _, s := range explore.Core() {
		r := explore.Repro{Story: s, Mode: "single", Names: []string{"42 NoLeakIP"}}
		f.Add(r.Text(""))
	}
	f.Add("comment\n-- run --\nturns by-rank 2\nhash ff\n-- faults --\n" +
		"link.add every: fail-before EBUSY\n-- story --\nname \"a b\"\npod p annotation=`k=v`\n" +
		"step wait for=1m30s\n-- choices --\n2=1 7=3\n")
	f.Fuzz(func(t *testing.T, data string) {
		r, err := explore.ParseRepro(data)
		if err != nil {
			return
		}
		text := r.Text("")
		again, err := explore.ParseRepro(text)
		if err != nil {
			t.Fatalf("%v in what was written:\n%s", err, text)
		}
		if !reflect.DeepEqual(again, r) {
			t.Errorf("read\n%+v\nand then\n%+v\nin\n%s", r, again, text)
		}
	})
}
