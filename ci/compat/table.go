package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed rows.tsv
var rowsTSV string

// row is one behaviour of Multus.
type row struct {
	ID        string `json:"id"`
	Class     string `json:"class"`
	Where     string `json:"where"`
	Situation string `json:"situation"`
}

// Verdicts.
const (
	passed  = "pass"
	failed  = "FAIL"
	skipped = "skipped"
	missing = "MISSING" // no test has the row's id
	later   = "later"   // and none needs to have
)

// verdict is a row with what the tests say.
type verdict struct {
	row
	Verdict string   `json:"verdict"`
	Tests   []string `json:"tests"`
}

const rowID = `C\d{3}b?`

// parseRows reads the table: tab-separated columns, comments after "#".
func parseRows(text string) ([]row, error) {
	id := regexp.MustCompile(`^` + rowID + `$`)
	var out []row
	for n, line := range slices.Collect(strings.SplitSeq(text, "\n")) {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		switch {
		case len(f) != 4 || f[3] == "":
			return nil, fmt.Errorf("row in line %d: want id, class, where and situation", n+1)
		case !id.MatchString(f[0]):
			return nil, fmt.Errorf("row in line %d: %q is no id", n+1, f[0])
		case !slices.Contains([]string{"K", "C", "F"}, f[1]):
			return nil, fmt.Errorf("row %s: class %q is none of K, C and F", f[0], f[1])
		case !slices.Contains([]string{"pure", "blackbox", later}, f[2]):
			return nil, fmt.Errorf("row %s: %q is none of pure, blackbox and later", f[0], f[2])
		case len(out) > 0 && out[len(out)-1].ID >= f[0]:
			return nil, fmt.Errorf("row %s: rows are sorted, and none comes twice", f[0])
		}
		out = append(out, row{f[0], f[1], f[2], f[3]})
	}
	return out, nil
}

// judge says of each row what the tests say of it. Ids that tests have and the
// table has not are returned beside.
func judge(rows []row, outcomes map[string][]outcome) ([]verdict, []string) {
	var out []verdict
	known := map[string]bool{}
	for _, r := range rows {
		known[r.ID] = true
		v := verdict{row: r, Verdict: sum(outcomes[r.ID], r.Where)}
		for _, o := range outcomes[r.ID] {
			v.Tests = append(v.Tests, o.test)
		}
		slices.Sort(v.Tests)
		v.Tests = slices.Compact(v.Tests)
		out = append(out, v)
	}
	var strangers []string
	for id, os := range outcomes {
		if !known[id] {
			strangers = append(strangers, id+" is no row, but has a test: "+os[0].test)
		}
	}
	slices.Sort(strangers)
	return out, strangers
}

// sum is the worst that counts: one failure fails a row, and one test that ran
// outweighs another that could not.
func sum(outcomes []outcome, where string) string {
	got := map[string]bool{}
	for _, o := range outcomes {
		got[o.verdict] = true
	}
	for _, v := range []string{failed, passed, skipped} {
		if got[v] {
			return v
		}
	}
	if where == later {
		return later
	}
	return missing
}

// unshown lists the rows of this release that the tests do not show. A row that
// was skipped counts where everything that it needs has been promised.
func unshown(vs []verdict, promised []string) []string {
	var out []string
	for _, v := range vs {
		bad := v.Verdict == failed || v.Verdict == missing ||
			v.Verdict == skipped && slices.Contains(promised, "node")
		if bad && v.Where != later {
			out = append(out, v.ID+" "+v.Verdict)
		}
	}
	return out
}
