package invariant_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"patchbay/sim/invariant"
)

var update = flag.Bool("update", false, "rewrite docs/invariants.md")

const page = "../../docs/invariants.md"

const preface = `# What must hold in the simulator

<!-- Generated from sim/invariant by "go test ./sim/invariant -run TestPage -update". -->

The simulator looks at these at every step, at rest, and between runs. A row is looked
at by the package ` + "`sim/invariant`" + ` unless it says where else, or what it waits for. Every
row that is looked at has a history in the package's tests that breaks it and is
reported, and a history done right that is not.

*Step*: at every change and around every call. *End*: when all faults were healed and
the world has come to rest. *Live*: when it should have. *Compare*: of two runs.

A sandbox that was struck by an outcome that the fault catalogue has as *outside* is
not judged by what Patchbay then could not know.

`

// TestPage holds the page to the table.
func TestPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(preface)
	rows := invariant.Rows()
	for _, r := range rows {
		fmt.Fprintf(&b, "## %d. %s\n\n%s\n\n*%s.*", r.Number, r.Name, r.Text, title(r.When.String()))
		for _, x := range []struct{ head, text string }{
			{"Looks at", r.By},
			{"Not counted", r.Except},
			{"Waits for", r.Waits},
			{"Looked at elsewhere", r.Elsewhere},
		} {
			if x.text != "" {
				fmt.Fprintf(&b, " %s: %s.", x.head, x.text)
			}
		}
		b.WriteString("\n")
		if r.Number < len(rows) {
			b.WriteString("\n")
		}
	}
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != b.String() {
		t.Error("docs/invariants.md is not what the table says: run this test with -update")
	}
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// TestRows looks at the table itself.
func TestRows(t *testing.T) {
	rows := invariant.Rows()
	if len(rows) != 60 {
		t.Fatalf("%d invariants, not 60", len(rows))
	}
	names := map[string]bool{}
	for i, r := range rows {
		switch {
		case r.Number != i+1:
			t.Errorf("row %d has number %d", i+1, r.Number)
		case r.Name == "" || names[r.Name]:
			t.Errorf("%d: name %q", r.Number, r.Name)
		case !strings.HasSuffix(r.Text, ".") || r.When < invariant.Step || r.When > invariant.Compare:
			t.Errorf("%d %s: text %q, when %v", r.Number, r.Name, r.Text, r.When)
		case r.Checked() && r.By == "":
			t.Errorf("%d %s: nothing says what looks", r.Number, r.Name)
		}
		names[r.Name] = true
	}
}
