package fault_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"patchbay/sim/fault"
)

func TestCoverage(t *testing.T) {
	busy, lie := fault.Find("link.add fail-before EBUSY"), fault.Find("plugin.add lie")
	all := len(fault.NewCoverage().Missing())
	a, b := fault.NewCoverage(), fault.NewCoverage()
	a.Add(busy)
	a.Add(lie)
	if n := len(a.Missing()); n != all {
		t.Errorf("%d rows are missing though %d were never asserted", n, all)
	}
	b.Add(busy)
	b.Assert(busy)
	b.Assert(&fault.Row{ID: "made up"}) // the zero place would be another's
	a.Merge(b)
	if exercised, asserted := a.Of(busy); exercised != 2 || asserted != 1 {
		t.Errorf("exercised %d times, asserted %d times", exercised, asserted)
	}
	missing := a.Missing()
	if len(missing) != all-1 || slices.Contains(missing, busy) || slices.Contains(missing, lie) {
		t.Errorf("%d rows are missing, want %d", len(missing), all-1)
	}
	checkTable(t, a, all)
	checkJSON(t, a, all)
}

func checkTable(t *testing.T, c *fault.Coverage, all int) {
	t.Helper()
	var out strings.Builder
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	var found bool
	for line := range strings.Lines(out.String()) {
		words := strings.Fields(line)
		if len(words) == 6 && words[0] == "link.add" && words[1] == "fail-before" {
			found = true
			if words[3] != "1" || words[4] != "1" {
				t.Errorf("the line is %q", line)
			}
		}
	}
	if !found {
		t.Errorf("the table lacks link.add:\n%s", out.String())
	}
	if n := strings.Count(out.String(), "missing: "); n != all-1 {
		t.Errorf("%d rows are said to be missing, want %d", n, all-1)
	}
}

func checkJSON(t *testing.T, c *fault.Coverage, all int) {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Cells   []fault.Cell `json:"cells"`
		Missing []string     `json:"missing"`
	}
	if err = json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Missing) != all-1 || !slices.Equal(read.Cells, c.Cells()) {
		t.Errorf("%d cells and %d missing", len(read.Cells), len(read.Missing))
	}
}
