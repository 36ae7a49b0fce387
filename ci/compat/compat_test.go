package main

import (
	"slices"
	"strings"
	"testing"
)

func TestRows(t *testing.T) {
	rows, err := parseRows(rowsTSV)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 204 {
		t.Errorf("the table has %d rows, want 204: C001 to C203, and C138b", len(rows))
	}
	for name, c := range map[string]struct{ text, want string }{
		"columns": {"C001\tK\tpure", "want id"},
		"id":      {"D001\tK\tpure\tx", "no id"},
		"class":   {"C001\tX\tpure\tx", "class"},
		"where":   {"C001\tK\tnever\tx", "never"},
		"twice":   {"C001\tK\tpure\tx\nC001\tK\tpure\tx", "none comes twice"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parseRows(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestShows(t *testing.T) {
	for test, want := range map[string]string{
		"TestX/C036_name@interface":         "C036 TestX/C036_name@interface",
		"TestX/C036_name/deeper":            "C036 TestX/C036_name",
		"TestX/group/C138b_one_family":      "C138b TestX/group/C138b_one_family",
		"TestX/C005_C021_both":              "C005+C021 TestX/C005_C021_both",
		"TestX/C036":                        "C036 TestX/C036",
		"TestX/C036#01":                     "C036 TestX/C036#01",
		"TestX/about_C036":                  " TestX/about_C036",
		"TestX/C0361_is_a_number":           " TestX/C0361_is_a_number",
		"TestC036Something":                 " TestC036Something",
		"TestX/C113,_C114:_there,_and_none": "C113+C114 TestX/C113,_C114:_there,_and_none",
	} {
		ids, name := shows(test)
		if got := strings.Join(ids, "+") + " " + name; got != want {
			t.Errorf("%s shows %q, want %q", test, got, want)
		}
	}
}

const run1 = `go: downloading something
{"Action":"run","Package":"patchbay/a","Test":"TestX"}
{"Action":"pass","Package":"patchbay/a","Test":"TestX/C001_one"}
{"Action":"pass","Package":"patchbay/a","Test":"TestX/C002_two"}
{"Action":"fail","Package":"patchbay/b","Test":"TestY/C002_two"}
{"Action":"skip","Package":"patchbay/b","Test":"TestY/C003_three"}
{"Action":"pass","Package":"patchbay/b","Test":"TestY/C999_no_row"}
{"Action":"fail","Package":"patchbay/b","Test":"TestY"}
{"Action":"fail","Package":"patchbay/b"}
{"Action":"build-fail","ImportPath":"patchbay/c"}
`

func TestJudge(t *testing.T) {
	rows, err := parseRows("C001\tK\tpure\ta\nC002\tK\tpure\tb\nC003\tK\tblackbox\tc\n" +
		"C004\tK\tpure\td\nC005\tK\tlater\te\n")
	if err != nil {
		t.Fatal(err)
	}
	r, err := read(strings.NewReader(run1))
	if err != nil {
		t.Fatal(err)
	}
	verdicts, strangers := judge(rows, r.outcomes)
	var got []string
	for _, v := range verdicts {
		got = append(got, v.ID+" "+v.Verdict)
	}
	want := []string{"C001 pass", "C002 FAIL", "C003 skipped", "C004 MISSING", "C005 later"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(strangers) != 1 || !strings.HasPrefix(strangers[0], "C999 is no row") {
		t.Errorf("got %q, want a word about C999", strangers)
	}
	if got := unshown(verdicts, nil); !slices.Equal(got, []string{"C002 FAIL", "C004 MISSING"}) {
		t.Errorf("without promises, not shown: %q", got)
	}
	want = []string{"C002 FAIL", "C003 skipped", "C004 MISSING"}
	if got := unshown(verdicts, []string{"node"}); !slices.Equal(got, want) {
		t.Errorf("with a node promised, not shown: %q, want %q", got, want)
	}
	if want := []string{"b TestY", "patchbay/b", "patchbay/c"}; !slices.Equal(r.failures, want) {
		t.Errorf("failures: %q, want %q", r.failures, want)
	}
	if _, err := read(strings.NewReader("go: no\n")); err == nil {
		t.Error("output without any test was believed")
	}
}

func TestShow(t *testing.T) {
	vs := []verdict{
		{row{"C001", "K", "pure", "a | b"}, passed, []string{"a TestX/C001", "b TestY/C001"}},
		{row{"C138b", "F", later, "c"}, later, nil},
	}
	for format, want := range map[string]string{
		"table": "ROW    CLASS  VERDICT  SITUATION  SHOWN BY\n" +
			"C001   K      pass     a | b      a TestX/C001 (and 1 more)\n" +
			"C138b  F      later    c          -\n\n" +
			"2 rows: 1 pass, 0 fail, 0 skipped, 0 missing, 1 later\n",
		"json":     `"verdict": "later"`,
		"markdown": "| C001 | K | a \\| b | pass |\n| C138b | F | c | later |\n",
	} {
		t.Run(format, func(t *testing.T) {
			var b strings.Builder
			if err := show(&b, format, vs); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), want) {
				t.Errorf("got\n%s\nwant\n%s", b.String(), want)
			}
		})
	}
	if err := show(&strings.Builder{}, "xml", vs); err == nil {
		t.Error("an unknown format was taken")
	}
}
