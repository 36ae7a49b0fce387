package ctlmanifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"

	"patchbay/backends/yamljson"
	"patchbay/core/fail"
	"patchbay/core/need"
)

// Set is what some manifests hold, in the order of the files.
type Set struct {
	Pods        []need.Pod
	Definitions []need.Definition
}

// Read reads files; "-" is the given input. NotFound: a file is not there.
// Invalid: one is no manifest, or there is no pod in any of them.
func Read(paths []string, stdin io.Reader) (Set, error) {
	var all Set
	for _, path := range paths {
		raw, err := contents(path, stdin)
		if err != nil {
			return Set{}, err
		}
		if err = all.add(raw); err != nil {
			return Set{}, fail.About(path, err)
		}
	}
	if len(all.Pods) == 0 {
		return Set{}, fail.New(fail.Invalid, "there is no Pod in %q", paths)
	}
	return all, all.unique()
}

func contents(path string, stdin io.Reader) ([]byte, error) {
	var raw []byte
	var err error
	if path == "-" {
		path = "standard input"
		raw, err = yamljson.Read(stdin)
	} else {
		raw, err = yamljson.ReadFile(path)
	}
	switch {
	case err == nil:
		return raw, nil
	case fail.Is(err, fail.Invalid):
		return nil, fail.About(path, err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail.New(fail.NotFound, "manifest: %w", err)
	}
	return nil, fail.New(fail.IO, "manifest: %w", err)
}

// Parse reads one manifest with any number of documents. What is neither a Pod
// nor a NetworkAttachmentDefinition is passed over. Invalid: a document is not
// YAML, or an object has no name.
func Parse(raw []byte) (Set, error) {
	var s Set
	err := s.add(raw)
	return s, err
}

func (s *Set) add(raw []byte) error {
	for i, text := range documents(raw) {
		plain, err := yamljson.Decode(text)
		if broken, ok := errors.AsType[*yamljson.Error](err); ok {
			return fail.New(fail.Invalid, "document %d: line %d: %w", i+1, broken.Line, err)
		}
		if err = s.addObject(plain); err != nil {
			return fail.New(fail.Invalid, "document %d: %w", i+1, err)
		}
	}
	return nil
}

// documents splits at the markers: the parser loses what follows an empty
// document.
func documents(raw []byte) [][]byte {
	var out [][]byte
	var now []byte
	for line := range bytes.Lines(raw) {
		if bytes.HasPrefix(line, []byte("---")) {
			out, now = append(out, now), nil
			line = bytes.TrimPrefix(line, []byte("---"))
		}
		now = append(now, line...)
	}
	return slices.DeleteFunc(append(out, now), func(d []byte) bool {
		return len(bytes.TrimSpace(d)) == 0
	})
}

// object is what is read of a manifest.
type object struct {
	Kind     string            `json:"kind"`
	Items    []json.RawMessage `json:"items"`
	Metadata struct {
		Namespace   string            `json:"namespace"`
		Name        string            `json:"name"`
		UID         string            `json:"uid"`
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec json.RawMessage `json:"spec"`
}

func (s *Set) addObject(plain []byte) error {
	if bytes.Equal(plain, []byte("null")) {
		return nil
	}
	var o object
	if err := json.Unmarshal(plain, &o); err != nil {
		return fail.New(fail.Invalid, "it is no Kubernetes object: %w", err)
	}
	for _, item := range o.Items {
		if err := s.addObject(item); err != nil {
			return err
		}
	}
	m := o.Metadata
	if m.Namespace == "" {
		m.Namespace = "default"
	}
	switch {
	case o.Kind != kindPod && o.Kind != kindDefinition:
		return nil
	case m.Name == "":
		return fail.New(fail.Invalid, "the %s has no name", o.Kind)
	case o.Kind == kindPod:
		s.Pods = append(s.Pods, need.Pod{
			Namespace: m.Namespace, Name: m.Name, UID: m.UID, Annotations: m.Annotations,
		})
		return nil
	}
	var spec struct {
		Config string `json:"config"`
	}
	if len(o.Spec) > 0 {
		if err := json.Unmarshal(o.Spec, &spec); err != nil {
			return fail.New(fail.Invalid, "the spec of %s %s: %w", o.Kind, m.Name, err)
		}
	}
	s.Definitions = append(s.Definitions, need.Definition{
		Namespace: m.Namespace, Name: m.Name,
		Annotations: m.Annotations, Config: spec.Config,
	})
	return nil
}

const (
	kindPod        = "Pod"
	kindDefinition = "NetworkAttachmentDefinition"
)

// unique refuses two pods of one name: which of them is meant nobody can tell.
func (s *Set) unique() error {
	seen := map[string]bool{}
	for _, p := range s.Pods {
		name := p.Namespace + "/" + p.Name
		if seen[name] {
			return fail.New(fail.Invalid, "pod %s is there twice", name)
		}
		seen[name] = true
	}
	return nil
}
