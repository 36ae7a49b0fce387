package main

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// The repository, seen from here.
const root = "../.."

func TestThereAreEnoughAndEachIsAnotherBug(t *testing.T) {
	all, err := Mutants()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 60 {
		t.Errorf("%d mutants, want at least 60", len(all))
	}
	titles := map[string]string{}
	for _, m := range all {
		if other := titles[m.Title]; other != "" {
			t.Errorf("%s is %s", m.ID, other)
		}
		titles[m.Title] = m.ID
	}
}

// A mutant that does not apply or compile any more shows nothing. Whoever changed
// the code under it writes its lines anew.
func TestEveryMutantAppliesAndCompiles(t *testing.T) {
	all, err := Mutants()
	if err != nil {
		t.Fatal(err)
	}
	tree := os.DirFS(root)
	c := newCompiler(t)
	for _, m := range all {
		changed, err := m.Apply(tree)
		if err != nil {
			t.Error(err)
			continue
		}
		dirs := map[string]bool{}
		for name := range changed {
			dirs[path.Dir(name)] = true
		}
		for _, dir := range slices.Sorted(maps.Keys(dirs)) {
			if err := c.check(dir, changed); err != nil {
				t.Errorf("%s does not compile: %v", m.ID, err)
			}
		}
	}
}

// compiler checks types as the compiler does, which takes it a millisecond.
type compiler struct {
	fset    *token.FileSet
	imports types.Importer
	parsed  map[string]*ast.File // of the files that are as they are in the tree
}

func newCompiler(t *testing.T) *compiler {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps",
		"-f", "{{.ImportPath}}\t{{.Export}}", "./core/...", "./backends/drive", "./backends/store")
	cmd.Dir = root
	list, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(list)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		exports[name] = file
	}
	c := &compiler{fset: token.NewFileSet(), parsed: map[string]*ast.File{}}
	c.imports = importer.ForCompiler(c.fset, "gc", func(name string) (io.ReadCloser, error) {
		return os.Open(exports[name])
	})
	return c
}

// check compiles the package in a directory with some of its files changed.
func (c *compiler) check(dir string, changed map[string]string) error {
	entries, err := os.ReadDir(path.Join(root, dir))
	if err != nil {
		return err
	}
	var files []*ast.File
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, wrong := c.parse(name, changed)
		if wrong != nil {
			return wrong
		}
		files = append(files, f)
	}
	conf := types.Config{Importer: c.imports}
	_, err = conf.Check("patchbay/"+dir, c.fset, files, nil)
	return err
}

func (c *compiler) parse(name string, changed map[string]string) (*ast.File, error) {
	if text, ok := changed[name]; ok {
		return parser.ParseFile(c.fset, name, text, parser.SkipObjectResolution)
	}
	if f := c.parsed[name]; f != nil {
		return f, nil
	}
	f, err := parser.ParseFile(c.fset, path.Join(root, name), nil, parser.SkipObjectResolution)
	c.parsed[name] = f
	return f, err
}

func TestHunkAppliesOnceWhateverTheIndentation(t *testing.T) {
	h := Hunk{File: "f.go", Old: []string{"a()", "\tb()"}, New: []string{"c()"}}
	for _, c := range []struct{ name, text, want, err string }{
		{"there", "x\n\t\ta()\n\t\tb()\ny", "x\nc()\ny", ""},
		{"not there", "a()\nx\nb()", "", "f.go: the old lines are not there: a()"},
		{"twice", "a()\nb()\na()\nb()", "", "f.go: the old lines are there twice, at 1 and 3: a()"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := h.Apply(c.text)
			if got != c.want || (err != nil) != (c.err != "") || err != nil && err.Error() != c.err {
				t.Errorf("%q, %v; want %q, %q", got, err, c.want, c.err)
			}
		})
	}
}

func TestRowSaysWhatIsWrongWithIt(t *testing.T) {
	for _, c := range []struct{ name, text, err string }{
		{"no sentence", "x\norigin: o\nexpect: story\nfile: f\n-a\n", "its title is not a sentence"},
		{"no origin", "X.\nexpect: story\nfile: f\n-a\n", "it does not say where the bug was seen"},
		{"no change", "X.\norigin: o\nexpect: story\nfile: f\n a\n", "f: it changes nothing there"},
		{"no hunk", "X.\norigin: o\nexpect: story\n", "it changes nothing"},
		{"odd", "X.\nY.\n", `nobody can read "Y."`},
		{"odd line", "X.\nfile: f\nx\n", `a line of a hunk begins with "x"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := parse("M1", c.text); err == nil || err.Error() != c.err {
				t.Errorf("%v, want %s", err, c.err)
			}
		})
	}
}
