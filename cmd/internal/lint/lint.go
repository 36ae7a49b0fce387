package lint

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"patchbay/core/annotation"
)

// Severity says how bad a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // it can not work
	Warning Severity = "warning" // it works, but likely not as meant
)

// Finding is one thing to be looked at.
type Finding struct {
	File     string   `json:"file"`
	Line     int      `json:"line,omitempty"` // from 1; 0 when it is not known
	Severity Severity `json:"severity"`
	Object   string   `json:"object,omitempty"` // "pod default/p1"
	Text     string   `json:"text"`
}

// String is "file:line: severity: object: text", as editors understand it.
func (f Finding) String() string {
	at := f.File
	if f.Line > 0 {
		at = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	if f.Object != "" {
		return fmt.Sprintf("%s: %s: %s: %s", at, f.Severity, f.Object, f.Text)
	}
	return fmt.Sprintf("%s: %s: %s", at, f.Severity, f.Text)
}

// Source is a file.
type Source struct {
	Path  string
	Bytes []byte
}

// Options says by what the files are judged.
type Options struct {
	Profile annotation.Profile // "" is annotation.MultusV4
	// MultusNamespace is where a default-network is looked for; "" is kube-system.
	MultusNamespace string
	// Installed reports whether there is a plugin of a type; nil asks nobody.
	Installed func(plugin string) bool
}

// Check reads all files together, for pods refer to definitions in others, and
// returns what it found, file by file and from the top of each.
func Check(sources []Source, o Options) []Finding {
	o.Profile = cmp.Or(o.Profile, annotation.MultusV4)
	o.MultusNamespace = cmp.Or(o.MultusNamespace, "kube-system")
	l := &linter{Options: o, definitions: map[string]definition{}}
	var pods []pod
	for _, s := range sources {
		for _, d := range l.documents(s) {
			if !d.manifest {
				l.configuration(d)
				continue
			}
			pods = append(pods, l.object(d)...)
		}
	}
	l.sharedNames()
	for _, p := range pods {
		l.pod(p)
	}
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		index := func(f Finding) int {
			return slices.IndexFunc(sources, func(s Source) bool { return s.Path == f.File })
		}
		return cmp.Or(cmp.Compare(index(a), index(b)), cmp.Compare(a.Line, b.Line))
	})
	return l.found
}

// Failed reports whether anything that was found can not work.
func Failed(list []Finding) bool {
	return slices.ContainsFunc(list, func(f Finding) bool { return f.Severity == Error })
}

// linter collects.
type linter struct {
	Options
	definitions map[string]definition // by "namespace/name"
	found       []Finding
}

// place is a line of a file and what stands there.
type place struct {
	file, object string
	line         int
}

func (l *linter) addf(at place, severity Severity, format string, args ...any) {
	l.found = append(l.found, Finding{
		File: at.file, Line: at.line, Object: at.object, Severity: severity,
		Text: fmt.Sprintf(format, args...),
	})
}

func (l *linter) error(at place, err error) { l.addf(at, Error, "%v", err) }

// documents splits a file into what it holds.
func (l *linter) documents(s Source) []document {
	at := place{file: s.Path, line: 1}
	switch ext := filepath.Ext(s.Path); ext {
	case ".yaml", ".yml":
		return l.yamlDocuments(s)
	default:
		var top map[string]json.RawMessage
		if err := json.Unmarshal(s.Bytes, &top); err != nil {
			at.line = lineOf(s.Bytes, err)
			l.addf(at, Error, "it is not a JSON object: %v", err)
			return nil
		}
		_, version := top["apiVersion"]
		_, kind := top["kind"]
		d := document{file: s.Path, tree: s.Bytes, manifest: version && kind}
		d.root = parsed(bytes.ReplaceAll(s.Bytes, []byte("\t"), []byte(" ")))
		return []document{d}
	}
}

// lineOf is the line at which JSON is broken.
func lineOf(text []byte, err error) int {
	offset := int64(0)
	if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = broken.Offset
	} else if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = wrong.Offset
	}
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
}
