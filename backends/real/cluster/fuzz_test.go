package cluster

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzKubeconfig shows that no file makes the parser panic, and that what it
// accepts has a cluster to go to.
func FuzzKubeconfig(f *testing.F) {
	for _, seed := range []string{
		"",
		"---\n---\n",
		"current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n" +
			"clusters: [{name: k, cluster: {server: https://h}}]\nusers: [{name: u}]\n",
		"a: &a {b: c}\nd: {<<: *a}\n",
		"users: [{user: {client-key-data: AAAA}}]",
		"{\"current-context\": 1}",
		"\tx: |\n  y",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := parseKubeconfig(content)
		if err != nil {
			return
		}
		if _, _, err := file.current(); err == nil && len(file.Clusters) == 0 {
			t.Error("there is a current cluster among none")
		}
	})
}

// FuzzAnnotated shows that an update of a pod keeps all that it does not change,
// large numbers and unknown fields included.
func FuzzAnnotated(f *testing.F) {
	for _, seed := range []string{
		`{"metadata":{"name":"p","uid":"u","annotations":{"a":"b"}},"spec":{"x":12345678901234567890}}`,
		`{"metadata":{"annotations":null}}`,
		`{"metadata":{"annotations":{"a":1}}}`,
		`{"metadata":null}`,
		`{}`,
		`null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, pod []byte) {
		changed, err := annotated(pod, "u1", "[]")
		if err != nil {
			return
		}
		was, is := without(t, pod), without(t, changed)
		if !bytes.Equal(was, is) {
			t.Errorf("got  %s\nwant %s", is, was)
		}
	})
}

// without returns a pod in a canonical form, without what an update changes.
func without(t *testing.T, pod []byte) []byte {
	t.Helper()
	var whole map[string]any
	decoder := json.NewDecoder(bytes.NewReader(pod))
	decoder.UseNumber()
	if err := decoder.Decode(&whole); err != nil {
		t.Fatal(err)
	}
	if meta, ok := whole["metadata"].(map[string]any); ok {
		delete(meta, "uid")
		if annotations, ok := meta["annotations"].(map[string]any); ok {
			delete(annotations, statusKey)
		}
		if annotations, ok := meta["annotations"].(map[string]any); !ok || len(annotations) == 0 {
			delete(meta, "annotations")
		}
	}
	out, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
