package manifests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"patchbay/backends/yamljson"
	"patchbay/core/fail"
)

// parse reads the objects of a file. All its errors are Invalid and name the
// place; none quotes the file.
func parse(path string, content []byte) ([]object, error) {
	var out []object
	for _, d := range documents(path, content) {
		at := place{path, d.line}
		tree, err := d.decode(path)
		if broken, ok := errors.AsType[*yamljson.Error](err); ok {
			at.line += broken.Line - 1
		}
		if err != nil {
			return nil, fail.New(fail.Invalid, "%v: %w", at, err)
		}
		objects, err := objectsOf(at, tree)
		if err != nil {
			return nil, fail.New(fail.Invalid, "%v: %w", at, err)
		}
		out = append(out, objects...)
	}
	return out, nil
}

// place is where a document begins, or where it is broken.
type place struct {
	file string
	line int
}

// String is "file:line", as editors understand it.
func (p place) String() string { return fmt.Sprintf("%s:%d", p.file, p.line) }

// document is one of a file, without the blank lines and comments before it.
type document struct {
	line int // of the file, from 1
	text []byte
}

// documents splits a file at its document markers; at the start of a line they
// can be nothing else (YAML 1.2.2, §9.1). The parser gets one document at a
// time, for it loses those that follow an empty one.
func documents(path string, content []byte) []document {
	if isJSON(path) {
		return []document{{1, content}}
	}
	var out []document
	var now document
	line := 0
	for text := range bytes.Lines(bytes.TrimPrefix(content, []byte("\ufeff"))) {
		line++
		if rest, ok := cutMarker(text); ok {
			if len(now.text) > 0 {
				out = append(out, now)
			}
			now, text = document{}, rest
		}
		if len(now.text) == 0 && isEmpty(text) {
			continue
		}
		if len(now.text) == 0 {
			now.line = line
		}
		now.text = append(now.text, text...)
	}
	if len(now.text) > 0 {
		out = append(out, now)
	}
	return out
}

// cutMarker cuts a marker, "---" or "...", from the start of a line.
func cutMarker(line []byte) ([]byte, bool) {
	for _, marker := range []string{"---", "..."} {
		rest, ok := bytes.CutPrefix(line, []byte(marker))
		if ok && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r\n")) {
			return bytes.TrimLeft(rest, " \t"), true
		}
	}
	return nil, false
}

// isEmpty reports a line that says nothing: blank, a comment or a directive.
func isEmpty(line []byte) bool {
	text := bytes.TrimSpace(line)
	return len(text) == 0 || text[0] == '#' || line[0] == '%'
}

func isJSON(path string) bool { return filepath.Ext(path) == ".json" }

// decode turns a document into JSON, in which a number is no string.
func (d document) decode(path string) (json.RawMessage, error) {
	if isJSON(path) {
		return decodeJSON(d.text)
	}
	return yamljson.Decode(d.text)
}

func decodeJSON(text []byte) (json.RawMessage, error) {
	var tree json.RawMessage
	err := json.Unmarshal(text, &tree)
	if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
		before := text[:min(int(broken.Offset), len(text))]
		return nil, &yamljson.Error{
			Line: 1 + bytes.Count(before, []byte("\n")), Text: broken.Error(),
		}
	}
	return tree, err
}
