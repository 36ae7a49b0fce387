package fault_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"patchbay/sim/fault"
)

// How many threats each class of the taxonomy has: 246 in all.
var classes = []struct {
	letter string
	count  int
}{
	{"P", 39},
	{"K", 30},
	{"N", 15},
	{"V", 37},
	{"A", 34},
	{"D", 24},
	{"C", 34},
	{"T", 14},
	{"I", 12},
	{"L", 7},
}

func TestEveryThreatIsThereOnce(t *testing.T) {
	var want, got []string
	for _, c := range classes {
		for n := range c.count {
			want = append(want, fmt.Sprintf("%s%02d", c.letter, n+1))
		}
	}
	for _, c := range fault.Taxonomy() {
		for _, threat := range c.Threats {
			got = append(got, threat.ID)
			if !strings.HasPrefix(threat.ID, c.Letter) {
				t.Errorf("%s is in class %s", threat.ID, c.Letter)
			}
		}
	}
	if !slices.Equal(got, want) || len(got) != 246 {
		t.Errorf("%d threats: %v", len(got), got)
	}
}

func TestEveryThreatIsShownOrSaysWhyNot(t *testing.T) {
	named := map[string]bool{}
	for _, e := range fault.Events() {
		if named[e[0]] {
			t.Errorf("event %s is there twice", e[0])
		}
		named[e[0]] = true
	}
	used := map[string]bool{}
	for _, c := range fault.Taxonomy() {
		for _, threat := range c.Threats {
			shown := len(threat.Rows()) > 0 || len(threat.Events) > 0
			switch {
			case !shown && threat.NotYet == "" && threat.NotOurs == "":
				t.Errorf("%s: nothing shows it", threat.ID)
			case threat.NotOurs != "" && (shown || threat.NotYet != ""):
				t.Errorf("%s: it is shown, and not ours", threat.ID)
			case threat.Text == "":
				t.Errorf("%s: no text", threat.ID)
			}
			for _, e := range threat.Events {
				used[string(e)] = true
				if !named[string(e)] {
					t.Errorf("%s: nobody says what %s is", threat.ID, e)
				}
			}
		}
	}
	for _, e := range fault.Events() {
		basic := []string{"create", "status", "check"}
		if !used[e[0]] && !slices.Contains(basic, e[0]) {
			t.Errorf("event %s shows nothing", e[0])
		}
	}
}

func TestRowsNameThreatsThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, c := range fault.Taxonomy() {
		for _, threat := range c.Threats {
			known[threat.ID] = true
		}
	}
	for i := range fault.Catalogue() {
		r := &fault.Catalogue()[i]
		for _, id := range r.Taxonomy {
			if !known[id] {
				t.Errorf("%s: no threat %s", r.ID, id)
			}
		}
		ids := slices.Compact(slices.Sorted(slices.Values(r.Taxonomy)))
		if len(ids) != len(r.Taxonomy) {
			t.Errorf("%s: %v has one twice", r.ID, r.Taxonomy)
		}
	}
}
