package netconf

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Lint lists what is legal and yet suspicious in our configuration: keys that
// nobody reads, and combinations of which one half has no effect. A
// configuration that can not be read at all is reported by [ParseConfig].
func Lint(raw []byte) []string {
	list, err := members(raw)
	if err != nil {
		return nil
	}
	known := keysOf(Config{})
	known = append(known, "cni.dev/attachments", "disableCheck", "disableGC")
	var out []string
	for _, m := range list {
		if slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, m.key) }) {
			continue
		}
		text := fmt.Sprintf("key %q is not known and has no effect", m.key)
		if near := nearest(m.key, known); near != "" {
			text += fmt.Sprintf("; is %q meant?", near)
		}
		out = append(out, text)
	}
	c, err := ParseConfig(raw)
	if err != nil {
		return out
	}
	return append(out, c.idle()...)
}

// idle lists settings that have no effect beside the others.
func (c Config) idle() []string {
	var out []string
	if len(c.Delegates) > 0 && c.ClusterNetwork != "" {
		out = append(out, "delegates have no effect, because clusterNetwork is set")
	}
	if len(c.DefaultNetworks) > 0 && c.ClusterNetwork == "" {
		out = append(out, "defaultNetworks have no effect without clusterNetwork")
	}
	if c.GlobalNamespaces != "" && !c.NamespaceIsolation {
		out = append(out, "globalNamespaces have no effect without namespaceIsolation")
	}
	if c.RetryDeleteOnError {
		out = append(out, "retryDeleteOnError has no effect: what a DEL needs is always kept")
	}
	for name, on := range c.Capabilities {
		if !on {
			out = append(out, fmt.Sprintf("capability %s is declared as false", name))
		}
	}
	slices.Sort(out)
	return out
}

// keysOf lists the JSON keys of a struct, by what encoding/json makes of it.
func keysOf(v any) []string {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var keys map[string]json.RawMessage
	if err = json.Unmarshal(raw, &keys); err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(keys))
}

// nearest finds the word that most likely was meant: at most a third of its
// letters may differ.
func nearest(word string, words []string) string {
	best, distance := "", len(word)/3+1
	for _, w := range words {
		if d := levenshtein(strings.ToLower(word), strings.ToLower(w)); d < distance {
			best, distance = w, d
		}
	}
	return best
}

// levenshtein counts the letters to insert, delete or replace.
func levenshtein(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
