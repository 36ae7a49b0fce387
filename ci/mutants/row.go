package main

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

//go:embed rows/*.txtar
var rowFiles embed.FS

// Mutant is one bug to put in.
type Mutant struct {
	ID     string
	Title  string // what the bug is, in one sentence
	Origin string // where it was seen, such as "multus #948"
	Expect Mode   // what is expected to find it at the latest
	// Survives says why it is not expected to be found; "" is that it is.
	Survives string
	Hunks    []Hunk
}

// Mode is a way to look for bugs. The later ones find more, and take longer.
type Mode string

// modes are all of them, in the order in which they are tried.
//
//nolint:gochecknoglobals // a constant table
var modes = []Mode{"story", "fault", "crash", "order", "swarm"}

// Hunk is one place that a mutant changes.
type Hunk struct {
	File     string // path in the repository
	Old, New []string
}

// Apply returns the text of a file with the hunk in it. Of white space it
// does not matter how much there is, so that a row survives gofmt.
func (h Hunk) Apply(text string) (string, error) {
	lines := strings.Split(text, "\n")
	at := -1
	for i := range lines {
		if !h.at(lines[i:]) {
			continue
		}
		if at >= 0 {
			return "", fmt.Errorf("%s: the old lines are there twice, at %d and %d: %s",
				h.File, at+1, i+1, h.Old[0])
		}
		at = i
	}
	if at < 0 {
		return "", fmt.Errorf("%s: the old lines are not there: %s", h.File, h.Old[0])
	}
	return strings.Join(slices.Replace(lines, at, at+len(h.Old), h.New...), "\n"), nil
}

func (h Hunk) at(lines []string) bool {
	if len(lines) < len(h.Old) {
		return false
	}
	for i, old := range h.Old {
		if plain(lines[i]) != plain(old) {
			return false
		}
	}
	return true
}

// plain is a line without what gofmt may change about it.
func plain(line string) string { return strings.Join(strings.Fields(line), " ") }

// Apply returns the files that a mutant changes, by path, given those of the tree.
func (m Mutant) Apply(tree fs.FS) (map[string]string, error) {
	out := map[string]string{}
	for _, h := range m.Hunks {
		text, ok := out[h.File]
		if !ok {
			data, err := fs.ReadFile(tree, h.File)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.ID, err)
			}
			text = string(data)
		}
		text, err := h.Apply(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.ID, err)
		}
		out[h.File] = text
	}
	return out, nil
}

// Mutants reads all rows, sorted by id.
func Mutants() ([]Mutant, error) {
	names, err := fs.Glob(rowFiles, "rows/*.txtar")
	if err != nil {
		return nil, err
	}
	var (
		out  []Mutant
		errs []error
	)
	for _, name := range names {
		data, err := rowFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, file := range txtar.Parse(data).Files {
			m, err := parse(file.Name, string(file.Data))
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %s: %w", name, file.Name, err))
			}
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b Mutant) int {
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	for i := 1; i < len(out); i++ {
		if out[i].ID == out[i-1].ID {
			errs = append(errs, fmt.Errorf("there are two %s", out[i].ID))
		}
	}
	return out, errors.Join(errs...)
}

// header is a line of a row that is no change.
var header = regexp.MustCompile(`^(origin|expect|survives|file): (\S.*)$`)

// parse reads one row: its title, its headers, and of each file the lines.
func parse(id, text string) (Mutant, error) {
	m := Mutant{ID: id}
	for line := range strings.SplitSeq(text, "\n") {
		switch found := header.FindStringSubmatch(line); {
		case line == "":
		case found != nil:
			m.set(found[1], found[2])
		case len(m.Hunks) > 0:
			if err := m.Hunks[len(m.Hunks)-1].add(line); err != nil {
				return m, err
			}
		case m.Title == "":
			m.Title = line
		default:
			return m, fmt.Errorf("nobody can read %q", line)
		}
	}
	return m, m.check()
}

func (m *Mutant) set(key, value string) {
	switch key {
	case "origin":
		m.Origin = value
	case "expect":
		m.Expect = Mode(value)
	case "survives":
		m.Survives = value
	case "file":
		m.Hunks = append(m.Hunks, Hunk{File: value})
	}
}

func (h *Hunk) add(line string) error {
	switch rest := line[1:]; line[0] {
	case ' ', '\t':
		h.Old, h.New = append(h.Old, rest), append(h.New, rest)
	case '-':
		h.Old = append(h.Old, rest)
	case '+':
		h.New = append(h.New, rest)
	default:
		return fmt.Errorf("a line of a hunk begins with %q", line[:1])
	}
	return nil
}

func (m Mutant) check() error {
	switch {
	case !strings.HasSuffix(m.Title, "."):
		return errors.New("its title is not a sentence")
	case m.Origin == "":
		return errors.New("it does not say where the bug was seen")
	case (m.Survives == "") != slices.Contains(modes, m.Expect):
		return fmt.Errorf("it must either be found by one of %v or survive for a reason", modes)
	case len(m.Hunks) == 0:
		return errors.New("it changes nothing")
	}
	for _, h := range m.Hunks {
		if len(h.Old) == 0 || slices.Equal(h.Old, h.New) {
			return fmt.Errorf("%s: it changes nothing there", h.File)
		}
	}
	return nil
}
