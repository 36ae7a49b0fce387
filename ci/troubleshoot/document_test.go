package troubleshoot_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// table reads the tables of a document below a heading ("## Keys"), or of all of
// it: the rows by their first cell, without the quotes of code.
func table(t *testing.T, document, heading string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", document))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	inside := heading == ""
	for line := range strings.Lines(string(text)) {
		if heading != "" && strings.HasPrefix(line, "## ") {
			inside = strings.TrimSpace(line) == heading
		}
		line = strings.TrimSpace(line)
		if !inside || !strings.HasPrefix(line, "| ") {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "| "), " | ") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		key := strings.Trim(cells[0], "`")
		if _, twice := out[key]; twice && strings.Contains(cells[0], "`") {
			t.Errorf("%s: %s has two rows", document, key)
		}
		out[key] = cells
	}
	return out
}

// differ fails the test for every key that only one side has.
func differ(t *testing.T, document string, has map[string][]string, wants []string) {
	t.Helper()
	for _, key := range slices.Sorted(maps.Keys(has)) {
		if !slices.Contains(wants, key) {
			t.Errorf("%s has a row for %s, which is not there", document, key)
		}
	}
	for _, key := range wants {
		if _, ok := has[key]; !ok {
			t.Errorf("%s has no row for %s", document, key)
		}
	}
}

// inputRows are the rows of the table of wrong inputs: message, code, cause,
// remedy.
func inputRows(t *testing.T) map[string][]string {
	t.Helper()
	rows := table(t, "docs/troubleshooting.md", "")
	id := regexp.MustCompile(`^T\d\d$`)
	maps.DeleteFunc(rows, func(key string, cells []string) bool {
		return !id.MatchString(key) || len(cells) != 5
	})
	return rows
}

// placeholder is what stands in a documented message for what varies.
var placeholder = regexp.MustCompile(`<[a-z ]+>`)

// pattern makes a regular expression of a documented message.
func pattern(message string) *regexp.Regexp {
	text := placeholder.ReplaceAllStringFunc(
		regexp.QuoteMeta(strings.Trim(message, "`")), func(what string) string {
			if what == "<pod>" {
				return "dev/p"
			}
			return ".+"
		})
	return regexp.MustCompile("^" + text + "$")
}

func TestEveryInputHasARow(t *testing.T) {
	var ids []string
	for _, w := range wrongs {
		ids = append(ids, w.row)
	}
	differ(t, "docs/troubleshooting.md", inputRows(t), ids)
}

// link is a link of Markdown, or a picture.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)|src(?:set)?="([^"]+)"`)

func TestLinks(t *testing.T) {
	root := filepath.Join("..", "..")
	documents, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range append(documents, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			target, anchor, _ := strings.Cut(m[1]+m[2], "#")
			if strings.Contains(target, "://") {
				continue
			}
			path := document
			if target != "" {
				path = filepath.Join(filepath.Dir(document), target)
			}
			if content, err := os.ReadFile(path); err != nil {
				if _, err = os.Stat(path); err != nil {
					t.Errorf("%s links to %s: %v", document, target, err)
				}
			} else if anchor != "" && !slices.Contains(anchors(string(content)), anchor) {
				t.Errorf("%s links to %s, which has no heading for #%s", document, path, anchor)
			}
		}
	}
}

// code is a span or a line of code, in which nothing is a link.
var code = regexp.MustCompile("`[^`\n]*`|(?m)^    .*$")

// anchors are those that GitHub makes of the headings.
func anchors(markdown string) []string {
	var out []string
	for line := range strings.Lines(markdown) {
		title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || !strings.HasPrefix(line, "#") {
			continue
		}
		out = append(out, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
				return r
			}
			return -1
		}, strings.ToLower(strings.TrimSpace(title))))
	}
	return out
}
