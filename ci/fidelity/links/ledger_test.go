package links

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"patchbay/sim/kernel"
)

const ledger = "../../../sim/ledger.md"

// A row of the ledger that a run can meet, and how it is told from a defect.
// What the other rows allow is kept out of the sequences by their generator.
var tolerated = map[string]func(*world, []difference) bool{
	"L3": lateCarrier,
}

// difference is a line that one kernel has and the other has not.
type difference struct {
	slot  int
	linux bool
	line  string
}

// tolerate names the row of the ledger that allows a difference.
func tolerate(w *world, d []difference) string {
	for id, is := range tolerated {
		if is(w, d) {
			return id
		}
	}
	return ""
}

// lateCarrier: only Linux has IPv6 on links that are up without a carrier.
func lateCarrier(w *world, all []difference) bool {
	dark := func(d difference) bool {
		return slices.ContainsFunc(w.p.slots[d.slot].Links(), func(l *kernel.Link) bool {
			return l.Up && !l.Carrier() &&
				(strings.HasPrefix(d.line, "addr "+l.Name+" fe80::") ||
					strings.HasPrefix(d.line, "route ") && strings.Contains(d.line, " dev "+l.Name+" "))
		})
	}
	for _, d := range all {
		if !d.linux || !dark(d) {
			return false
		}
	}
	return len(all) > 0
}

// rows are the identifiers of the ledger's rows.
func rows(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(ledger)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range regexp.MustCompile(`(?m)^\| (L\d+) \|`).FindAllStringSubmatch(string(b), -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// TestLedger: each row is one that this package refers to, and each reference
// has its row.
func TestLedger(t *testing.T) {
	ids := rows(t)
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var used []string
	for _, f := range files {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:ledger: |")(L\d+)\b`).FindAllStringSubmatch(string(b), -1) {
			used = append(used, m[1])
		}
	}
	for _, id := range used {
		if !slices.Contains(ids, id) {
			t.Errorf("%s is tolerated, but the ledger has no such row", id)
		}
	}
	for i, id := range ids {
		if !slices.Contains(used, id) {
			t.Errorf("row %s of the ledger is stale: nothing here refers to it", id)
		}
		if slices.Contains(ids[:i], id) {
			t.Errorf("the ledger has two rows %s", id)
		}
	}
}
