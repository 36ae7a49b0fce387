package arch

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is where the module is, seen from this package.
const root = "../.."

// tree is what is in the repository, by path from its root.
type tree map[string]string

// read reads every file that is text by its name. (Because this test reads
// them, go test runs it again when one of them changes.)
func read(t *testing.T) tree {
	t.Helper()
	files := tree{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "bin", "build"}, rel) {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(p)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files["go.mod"] == "" {
		t.Fatal("there is no go.mod: this is not the repository")
	}
	return files
}

// checks are the rules of tidiness. Each has an example that breaks it.
var checks = []struct {
	name string
	find func(tree) []string
	bad  tree
	says string
}{
	{
		"files are short", long,
		tree{"core/a/a.go": strings.Repeat("//\n", 401)},
		"core/a/a.go has 401 lines",
	},
	{
		"packages say what they are for", vague,
		tree{"core/utils/a.go": "package utils\n"},
		"utils says nothing",
	},
	{
		"packages have a doc.go", undocumented,
		tree{"core/a/a.go": "package a\n", "core/a/b.go": "// Package a is it.\npackage a\n"},
		"core/a has no doc.go",
	},
	{
		"decisions are numbered without a gap", gaps,
		tree{"docs/adr/0001-x.md": adr("0001"), "docs/adr/0003-z.md": adr("0003")},
		"docs/adr/0003-z.md should be number 0002",
	},
	{
		"decisions say how we would notice", unanswered,
		tree{"docs/adr/0001-x.md": "# 0001 x\n\n## Context\n\n## Decision\n\n## Consequences\n"},
		"lacks a section",
	},
	{
		"links lead somewhere", dangling,
		tree{"docs/a.md": "see [b](../b.md#x), [c](https://c.example/) and [d](#d)\n"},
		"docs/a.md links to ../b.md",
	},
	{
		"no paths of somebody's machine", machine,
		tree{"a.sh": "cp x /ro" + "ot/x\n"},
		"a.sh:1 names",
	},
	{
		"fuzz targets have seeds", seedless,
		tree{"core/a/a_test.go": "func FuzzA(f *testing.F) {\n\tf.Fuzz(nil)\n}\n"},
		"FuzzA has no seed",
	},
	{
		"the simulator has no clock and no goroutines", awake,
		tree{"sim/a/a.go": "package a\n\nfunc f() {\n\tgo " + "f()\n}\n"},
		"sim/a/a.go:4 ",
	},
	{
		"tests do not sleep", sleepy,
		tree{"core/a/a_test.go": "\ttime." + "Sleep(1)\n"},
		"core/a/a_test.go:1 sleeps",
	},
}

func TestTidy(t *testing.T) {
	files := read(t)
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			report(t, c.find(files))
			expect(t, "the bad example", c.find(c.bad), c.says)
		})
	}
}

func adr(number string) string {
	return "# " + number + " x\n\n" + strings.Join(sections, "\n\n") + "\n"
}

// each calls f for the files whose name ends so, sorted by path.
func (files tree) each(suffix string, f func(p, text string) []string) []string {
	var out []string
	for _, p := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(p, suffix) {
			out = append(out, f(p, files[p])...)
		}
	}
	return out
}

// lines finds the lines of a text that match, as "path:line".
func lines(p, text string, what *regexp.Regexp) []string {
	var out []string
	n := 0
	for line := range strings.Lines(text) {
		n++
		if what.MatchString(line) {
			out = append(out, fmt.Sprintf("%s:%d", p, n))
		}
	}
	return out
}

var clocks = regexp.MustCompile(
	`\btime\.(Now|Since|Until|Sleep|After|AfterFunc|Tick|NewTimer|NewTicker)\(|^\t+go [\w(]`)

// awake finds what would make a run of the simulator depend on the machine.
func awake(files tree) []string {
	return files.each(".go", func(p, text string) []string {
		if !strings.HasPrefix(p, "sim/") || strings.HasPrefix(p, "sim/explore/") ||
			strings.HasSuffix(p, "_test.go") {
			return nil
		}
		found := lines(p, text, clocks)
		for i := range found {
			found[i] += " has a clock or a goroutine: a run would depend on the machine"
		}
		return found
	})
}

func long(files tree) []string {
	return files.each(".go", func(p, text string) []string {
		if n := strings.Count(text, "\n"); n > 400 {
			return []string{fmt.Sprintf("%s has %d lines; split it by subject below 400", p, n)}
		}
		return nil
	})
}

var packageClause = regexp.MustCompile(`(?m)^package (\w+)$`)

func vague(files tree) []string {
	names := []string{"util", "utils", "common", "helper", "helpers", "misc", "shared", "base", "lib"}
	return files.each(".go", func(p, text string) []string {
		m := packageClause.FindStringSubmatch(text)
		if m != nil && slices.Contains(names, m[1]) {
			return []string{fmt.Sprintf("%s: %s says nothing of what the package is for", p, m[1])}
		}
		return nil
	})
}

// A package of one file has its comment there.
func undocumented(files tree) []string {
	dirs := map[string][]string{}
	files.each(".go", func(p, _ string) []string {
		if !strings.HasSuffix(p, "_test.go") && !strings.Contains(p, "/testdata/") {
			dirs[path.Dir(p)] = append(dirs[path.Dir(p)], p)
		}
		return nil
	})
	var out []string
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		if len(dirs[dir]) > 1 && files[dir+"/doc.go"] == "" {
			out = append(out, dir+" has no doc.go to say what it is and what it is not")
		}
	}
	return out
}

const decisions = "docs/adr/"

var sections = []string{
	"## Context", "## Decision", "## Consequences", "## How we would notice that we were wrong",
}

func gaps(files tree) []string {
	n := 0
	return files.each(".md", func(p, text string) []string {
		name, ok := strings.CutPrefix(p, decisions)
		if !ok {
			return nil
		}
		n++
		want := fmt.Sprintf("%04d", n)
		if !strings.HasPrefix(name, want+"-") || !strings.HasPrefix(text, "# "+want+" ") {
			return []string{fmt.Sprintf("%s should be number %s, in its name and its title", p, want)}
		}
		return nil
	})
}

func unanswered(files tree) []string {
	return files.each(".md", func(p, text string) []string {
		for _, s := range sections {
			if strings.HasPrefix(p, decisions) && !strings.Contains(text, "\n"+s+"\n") {
				return []string{fmt.Sprintf("%s lacks a section %q", p, s)}
			}
		}
		return nil
	})
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)

func dangling(files tree) []string {
	return files.each(".md", func(p, text string) []string {
		var out []string
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if !files.has(path.Join(path.Dir(p), m[1])) {
				out = append(out, fmt.Sprintf("%s links to %s, which is not there", p, m[1]))
			}
		}
		return out
	})
}

// has reports whether there is such a file or a file below such a folder.
func (files tree) has(p string) bool {
	for have := range files {
		if p == "." || have == p || strings.HasPrefix(have, p+"/") {
			return true
		}
	}
	return false
}

var machinePath = regexp.MustCompile(`(^|[\s"'=:(])/(work|root|home/\w+)/`)

func machine(files tree) []string {
	return files.each("", func(p, text string) []string {
		var out []string
		for _, at := range lines(p, text, machinePath) {
			out = append(out, at+" names a path that only one machine has")
		}
		return out
	})
}

var fuzzTarget = regexp.MustCompile(`(?ms)^func (Fuzz\w+)\(.*?^}`)

func seedless(files tree) []string {
	return files.each("_test.go", func(p, text string) []string {
		var out []string
		for _, m := range fuzzTarget.FindAllStringSubmatch(text, -1) {
			corpus := path.Join(path.Dir(p), "testdata/fuzz", m[1])
			if !strings.Contains(m[0], "f.Add(") && !files.has(corpus) {
				out = append(out, fmt.Sprintf("%s: %s has no seed: start it from a real input", p, m[1]))
			}
		}
		return out
	})
}

var sleep = regexp.MustCompile(`\btime\.Sleep\(`)

func sleepy(files tree) []string {
	return files.each("_test.go", func(p, text string) []string {
		var out []string
		for _, at := range lines(p, text, sleep) {
			out = append(out, at+" sleeps: wait for what happens, or take a clock")
		}
		return out
	})
}
