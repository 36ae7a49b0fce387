package explore

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// jsonCut is a document less one member or element.
type jsonCut struct{ path, rest string }

// kept are members without which a configuration is none.
//
//nolint:gochecknoglobals // a constant table
var kept = []string{"cniVersion", "name", "type"}

// jsonCuts lists a document less each of its members and elements in turn, the
// outer ones first. Of what is no object or list there is none.
func jsonCuts(text string) []jsonCut {
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var root any
	if decoder.Decode(&root) != nil {
		return nil
	}
	d := document{root: root}
	d.cuts(nil, root)
	slices.SortStableFunc(d.out, func(a, b jsonCut) int {
		return strings.Count(a.path, ".") - strings.Count(b.path, ".")
	})
	return d.out
}

// document is a value of JSON whose parts are left out one after the other.
type document struct {
	root any
	out  []jsonCut
}

func (d *document) cuts(path []string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			at := append(slices.Clone(path), key)
			if !slices.Contains(kept, key) {
				d.leave(at)
			}
			d.cuts(at, v[key])
		}
	case []any:
		for i, element := range v {
			at := append(slices.Clone(path), strconv.Itoa(i))
			d.leave(at)
			d.cuts(at, element)
		}
	}
}

// leave adds the document without what is at a path.
func (d *document) leave(path []string) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(less(d.root, path)) != nil {
		return
	}
	d.out = append(d.out, jsonCut{
		strings.Join(path, "."), strings.TrimSuffix(b.String(), "\n"),
	})
}

// less is a copy of a value without what is at a path.
func less(v any, path []string) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		if len(path) == 1 {
			delete(out, path[0])
		} else {
			out[path[0]] = less(v[path[0]], path[1:])
		}
		return out
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil {
			return v
		}
		if len(path) == 1 {
			return without(v, i)
		}
		out := slices.Clone(v)
		out[i] = less(v[i], path[1:])
		return out
	}
	return v
}
