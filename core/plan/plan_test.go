package plan_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"patchbay/core/fail"
	"patchbay/core/ladder"
	"patchbay/core/plan"
	"patchbay/core/record"
)

var update = flag.Bool("update", false, "rewrite the plans in testdata")

// Every file in testdata is a story: prose, a record, and the plan it has. A
// rewritten plan is reviewed as code.
func TestPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no plans: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var r record.Record
			if err = json.Unmarshal(archive.Files[0].Data, &r); err != nil {
				t.Fatal(err)
			}
			got := render(plan.Of(r))
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "plan", Data: []byte(got)})
				if err = os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(archive.Files[1].Data); got != want {
				t.Errorf("the plan is\n%swant\n%s", got, want)
			}
		})
	}
}

// render prints a plan as a table: a line for each task, up and down.
func render(p ladder.Plan) string {
	var b strings.Builder
	for i, stage := range p {
		fmt.Fprintf(&b, "stage %d", i+1)
		if stage.Ground {
			b.WriteString(" ground")
		}
		b.WriteString("\n")
		for _, l := range stage.Ladders {
			kind := "ladder"
			if l.Optional {
				kind = "optional ladder"
			}
			fmt.Fprintf(&b, "  %s\n", kind)
			for _, task := range l.Tasks {
				fmt.Fprintf(&b, "    %s\n", line(task))
			}
		}
	}
	return b.String()
}

func line(task ladder.Task) string {
	up, down := "-", "-"
	if task.Up != nil {
		up = task.Up.String()
	}
	if task.Down != nil {
		down = task.Down.String()
	}
	return up + " / " + down
}

func TestEffectsAreComparableAndSayWhatTheyAre(t *testing.T) {
	r := record.Record{
		ContainerID: "c", IfName: "eth0", Announce: true,
		Attachments: []record.Attachment{{
			IfName: "net1", Network: "red", DeviceInfo: "/d", DefaultRoute: &[]string{},
		}},
	}
	seen := map[ladder.Effect]bool{} // panics on what can not be compared
	for _, stage := range append(plan.Of(r), plan.Checks(r)...) {
		for _, l := range stage.Ladders {
			for _, task := range l.Tasks {
				for _, e := range []ladder.Effect{task.Up, task.Down} {
					if e == nil {
						continue
					}
					seen[e] = true
					if e.String() == "" || plan.PolicyOf(e.(plan.Effect)).Tries < 1 {
						t.Errorf("%T: %q, %+v", e, e.String(), plan.PolicyOf(e.(plan.Effect)))
					}
				}
			}
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d effects, want every type at least once: %v", len(seen), seen)
	}
}

func TestPolicy(t *testing.T) {
	add := plan.PolicyOf(plan.Attach{})
	if add.Again(1, fail.Transient) {
		t.Error("an ADD of a plugin must not be repeated: it may have half happened")
	}
	move := plan.PolicyOf(plan.MoveDefault{})
	if !move.Again(1, fail.Transient) || move.Again(1, fail.Invalid) || move.Again(3, fail.Busy) {
		t.Error("what is repeated is what may help, and not for ever")
	}
}

func BenchmarkOf(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		r := record.Record{ContainerID: "c", IfName: "eth0"}
		for i := range n {
			r.Attachments = append(r.Attachments, record.Attachment{IfName: fmt.Sprintf("net%d", i)})
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				_ = plan.Of(r)
			}
		})
	}
}
