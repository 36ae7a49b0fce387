package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// some are verdicts of every kind.
func some() []verdict {
	return []verdict{
		{Title: "none.", Survives: "it has no bug"},
		{
			ID: "M02", Title: "A.", Origin: "generic", Expect: "story", Killed: true,
			Found: Found{
				Mode: "story", Story: "alone", Invariant: 20, Name: "CacheDurable", Seconds: 0.01,
			},
		},
		{
			ID: "M07", Title: "B|C.", Origin: "multus #1", Expect: "fault", Killed: true,
			Found: Found{
				Mode: "fault", Story: "chain", Invariant: 42, Name: "NoLeakIP",
				Fault: "#17 exec lost", Seconds: 3,
			},
		},
		{ID: "M08", Title: "D.", Origin: "generic", Survives: "it is slow and not wrong", Found: Found{
			Seconds: 60, Runs: 1000,
		}},
		{ID: "M09", Title: "E.", Origin: "generic", Expect: "crash", Killed: true, Found: Found{
			Name: hangs, Seconds: 90,
		}},
	}
}

func TestFigures(t *testing.T) {
	want := "3 of 4 killed; half of them within 3.00 s, the last after 90.0 s"
	if got := figures(some()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := figures(nil); got != "0 of 0 killed" {
		t.Error(got)
	}
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	if err := show(&b, "table", some()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"M02  0.01 s   20 CacheDurable           alone ", "M08  60.00 s  survives",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s\nlacks %q", b.String(), want)
		}
	}
	if err := show(&b, "xml", nil); err == nil {
		t.Error("there is no format xml")
	}
}

func TestComplaints(t *testing.T) {
	if err := complaints(some()); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		name, want string
		change     func([]verdict)
	}{
		{
			"a false alarm", "without any mutant there is 42 NoLeakIP in story alone",
			func(v []verdict) {
				v[0].Killed = true
				v[0].Found = Found{Invariant: 42, Name: "NoLeakIP", Story: "alone"}
			},
		},
		{
			"an unexpected survivor", "M07 survives: B|C.",
			func(v []verdict) { v[2].Killed = false },
		},
		{
			"a tired canary", "M02 was found after 7.0 s and not at once",
			func(v []verdict) { v[1].Found.Seconds = 7 },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := some()
			c.change(all)
			if err := complaints(all); err == nil || err.Error() != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func TestUpdateKeepsWhatPeopleWrote(t *testing.T) {
	name := filepath.Join(t.TempDir(), "page.md")
	if err := update(name, nil); err == nil {
		t.Error("there is no page")
	}
	text := "# Mutants\n\nBefore.\n\n" + begin + "\nold\n" + end + "\n\nAfter.\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := update(name, some()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Before.\n\n" + begin + "\n\n3 of 4 killed;", end + "\n\nAfter.\n",
		`| M07 | B\|C. | multus #1 | 42 NoLeakIP | chain | #17 exec lost | 3.00 s |`,
		"- M08: D. (generic) It survives 1000 runs: it is slow and not wrong.",
		"| multus #1165 | patchbayd |",
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s\nlacks %q", data, want)
		}
	}
	if strings.Contains(string(data), "old") {
		t.Error("the old table is still there")
	}
	if err := os.WriteFile(name, []byte("# Mutants\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := update(name, some()); err == nil {
		t.Error("the page has no place for the table")
	}
}

func TestReportIsTheLineOfAHuntAmongOthers(t *testing.T) {
	text := "=== RUN TestHunt\n{not json\n" +
		`{"mode":"crash","story":"alone","invariant":41,"name":"NoLeakLink","seconds":1.5}` +
		"\n--- FAIL: TestHunt\n"
	found, ok := report([]byte(text))
	want := Found{
		Mode: "crash", Story: "alone", Invariant: 41, Name: "NoLeakLink", Seconds: 1.5,
	}
	if !ok || found != want || !found.any() {
		t.Errorf("%+v, %v", found, ok)
	}
	if _, ok = report([]byte("PASS\n")); ok {
		t.Error("nothing was reported")
	}
	if found, ok = report([]byte("{\"seconds\":60,\"runs\":9}\nPASS\n")); !ok || found.any() {
		t.Errorf("%+v, %v", found, ok)
	}
}
