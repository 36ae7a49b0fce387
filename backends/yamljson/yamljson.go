package yamljson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/goccy/go-yaml"

	"patchbay/core/fail"
)

// MaxFile bounds a file, in bytes. What Kubernetes keeps in etcd is bounded
// alike.
const MaxFile = 1 << 20

// maxDepth bounds the nesting of a document.
const maxDepth = 1000

// maxJSON bounds about how many bytes a document may come to when its aliases
// are written out (YAML 1.2.2, §7.1): each can stand for many others.
const maxJSON = 16 * MaxFile

// ReadFile reads a file. Invalid: it is larger than MaxFile. Other errors are
// those of the operating system.
func ReadFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return Read(f)
}

// Read reads all that there is. Invalid: it is more than MaxFile.
func Read(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxFile {
		return nil, fail.New(fail.Invalid, "it has more than %d bytes", MaxFile)
	}
	return raw, nil
}

// Error is why a document can not be read. It quotes nothing of the document but
// single words, for documents hold secrets.
type Error struct {
	Line int // of the document, from 1
	Text string
}

// Error returns the text, without the line.
func (e *Error) Error() string { return e.Text }

// Decode turns one document into JSON, in which a number is no string. All its
// errors are an [*Error].
func Decode(document []byte) (json.RawMessage, error) {
	if TooDeep(document) {
		return nil, &Error{1, "the document is nested too deeply"}
	}
	var tree any
	if err := yaml.Unmarshal(document, &tree); err != nil {
		e, ok := errors.AsType[yaml.Error](err)
		if !ok || e.GetToken() == nil || e.GetToken().Position == nil {
			return nil, &Error{1, "the document is not YAML"}
		}
		return nil, &Error{e.GetToken().Position.Line, e.GetMessage()}
	}
	if left := without(maxJSON, tree); left < 0 {
		return nil, &Error{1, "the document's aliases stand for too much"}
	}
	plain, err := json.Marshal(tree)
	if err != nil {
		return nil, &Error{1, "the document holds what JSON can not say"}
	}
	return plain, nil
}

// without takes the size of a value from what is left, and stops when nothing
// is. The decoder shares what an alias stands for; JSON can not.
func without(left int, value any) int {
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			if left = without(left-len(key)-1, below); left < 0 {
				return left
			}
		}
	case []any:
		for _, below := range v {
			if left = without(left-1, below); left < 0 {
				return left
			}
		}
	case string:
		return left - len(v)
	}
	return left - 1
}

// TooDeep guesses from above how deeply a document is nested: the parser needs
// memory for the square of it, some 50 GB for 128 kB of opening brackets. What
// is nested by indentation alone is bounded by the size of the file.
func TooDeep(document []byte) bool {
	flow := 0
	for line := range bytes.Lines(document) {
		block := 0
		for rest := bytes.TrimLeft(line, " "); bytes.HasPrefix(rest, []byte("- ")) ||
			bytes.HasPrefix(rest, []byte("? ")); block++ {
			rest = bytes.TrimLeft(rest[2:], " ")
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				flow++
			case ']', '}':
				flow = max(flow-1, 0)
			}
			if flow+block > maxDepth {
				return true
			}
		}
	}
	return false
}
