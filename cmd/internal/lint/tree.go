package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"patchbay/backends/yamljson"
)

// document is one JSON or YAML document with its syntax tree, which knows lines.
type document struct {
	file     string
	before   int // lines of the file before it
	root     ast.Node
	tree     json.RawMessage
	manifest bool // a Kubernetes object, by its form
}

// line finds the line of a value, or of the last thing on the way to it that is
// there; 0 when nothing is.
func (d document) line(path ...string) int {
	node := d.root
	line := 0
	for {
		if node != nil && node.GetToken() != nil && node.GetToken().Position != nil {
			line = node.GetToken().Position.Line + d.before
		}
		if len(path) == 0 || node == nil {
			return line
		}
		var key ast.Node
		key, node = step(node, path[0])
		if key != nil && key.GetToken() != nil {
			line = key.GetToken().Position.Line + d.before
			if len(path) == 1 {
				return line // of the key: that of a long value may be far below
			}
		}
		path = path[1:]
	}
}

// step goes one key, or one index, down. The key is nil in a list.
func step(node ast.Node, name string) (ast.Node, ast.Node) {
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, pair := range n.Values {
			if key, value := step(pair, name); value != nil {
				return key, value
			}
		}
	case *ast.MappingValueNode:
		if token := n.Key.GetToken(); token != nil && token.Value == name {
			return n.Key, n.Value
		}
	case *ast.SequenceNode:
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.Values) {
			return nil, n.Values[i]
		}
	case *ast.AnchorNode:
		return step(n.Value, name)
	case *ast.TagNode:
		return step(n.Value, name)
	}
	return nil, nil
}

// parsed returns the syntax tree of one document, or nil: then no line is known.
func parsed(text []byte) ast.Node {
	if yamljson.TooDeep(text) {
		return nil
	}
	f, err := parser.ParseBytes(text, 0)
	if err != nil || len(f.Docs) == 0 {
		return nil
	}
	return f.Docs[0].Body
}

// yamlDocuments splits a file at its document markers (YAML 1.2.2, §9.1). The
// parser gets one document at a time, for it loses those behind an empty one.
func (l *linter) yamlDocuments(s Source) []document {
	var out []document
	before, from, line := 0, 0, 0
	end := func(to int) {
		text := s.Bytes[from:to]
		if d, ok := l.yamlDocument(s.Path, before, text); ok {
			out = append(out, d)
		}
	}
	at := 0
	for text := range bytes.Lines(s.Bytes) {
		if isMarker(text) {
			end(at)
			from, before = at+len(text), line+1
		}
		at, line = at+len(text), line+1
	}
	end(len(s.Bytes))
	return out
}

func isMarker(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	return ok && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r\n"))
}

// yamlDocument reads one document; one without content is none.
func (l *linter) yamlDocument(file string, before int, text []byte) (document, bool) {
	at := place{file: file, line: before + 1}
	plain, err := yamljson.Decode(text)
	if broken, ok := errors.AsType[*yamljson.Error](err); ok {
		at.line = before + broken.Line
		l.addf(at, Error, "it is not YAML that Kubernetes takes: %v", err)
		return document{}, false
	}
	if bytes.Equal(plain, []byte("null")) {
		return document{}, false
	}
	d := document{file: file, before: before, tree: plain, manifest: true}
	d.root = parsed(text)
	return d, true
}

// place says where a value is and whose it is.
func (d document) place(object string, path ...string) place {
	return place{file: d.file, object: object, line: d.line(path...)}
}

// below joins paths without sharing memory.
func below(path []string, more ...string) []string { return slices.Concat(path, more) }
