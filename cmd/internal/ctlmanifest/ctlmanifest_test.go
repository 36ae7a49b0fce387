package ctlmanifest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/cmd/internal/ctlmanifest"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/examples"
)

func TestParse(t *testing.T) {
	const pod = "kind: Pod\nmetadata: {name: p}\n"
	for _, c := range []struct {
		name, raw         string
		pods, definitions int
		words             string // of the error; "" is none
	}{
		{"nothing", "", 0, 0, ""},
		{"a pod", pod, 1, 0, ""},
		{"behind an empty document", "---\n---\n# nothing\n---\n" + pod, 1, 0, ""},
		{"other kinds", "kind: Service\nmetadata: {}\n---\n" + pod, 1, 0, ""},
		{"JSON", `{"kind":"Pod","metadata":{"name":"p"}}`, 1, 0, ""},
		{"a list", "kind: List\nitems:\n- kind: Pod\n  metadata: {name: p}\n", 1, 0, ""},
		{"a definition", "kind: NetworkAttachmentDefinition\nmetadata: {name: d}\n", 0, 1, ""},
		{"no name", "kind: Pod\n", 0, 0, "document 1: the Pod has no name"},
		{"no YAML", pod + "---\n\t{\n", 0, 0, "document 2"},
		{"no object", "- 1\n", 0, 0, "no Kubernetes object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ctlmanifest.Parse([]byte(c.raw))
			if c.words != "" {
				if !fail.Is(err, fail.Invalid) || !strings.Contains(err.Error(), c.words) {
					t.Fatalf("error %v, want an invalid one with %q", err, c.words)
				}
				return
			}
			if err != nil || len(s.Pods) != c.pods || len(s.Definitions) != c.definitions {
				t.Errorf("%d pods, %d definitions, error %v", len(s.Pods), len(s.Definitions), err)
			}
		})
	}
}

func TestRead(t *testing.T) {
	twice := strings.NewReader("kind: Pod\nmetadata: {name: p}\n---\nkind: Pod\nmetadata: {name: p}\n")
	if _, err := ctlmanifest.Read([]string{"-"}, twice); !fail.Is(err, fail.Invalid) {
		t.Errorf("a pod that is there twice: %v", err)
	}
	if _, err := ctlmanifest.Read([]string{"-"}, strings.NewReader("")); !fail.Is(err, fail.Invalid) {
		t.Errorf("no pod at all: %v", err)
	}
	if _, err := ctlmanifest.Read([]string{"/nonexistent"}, nil); !fail.Is(err, fail.NotFound) {
		t.Errorf("no file: %v", err)
	}
}

func TestOverlay(t *testing.T) {
	behind := ctlmanifest.Overlay{Set: ctlmanifest.Set{
		Pods: []need.Pod{{Namespace: "a", Name: "p", UID: "old"}, {Namespace: "a", Name: "q"}},
	}}
	o := ctlmanifest.Overlay{Behind: behind, Set: ctlmanifest.Set{
		Pods: []need.Pod{{Namespace: "a", Name: "p", UID: "new"}},
	}}
	if p, err := o.Pod(t.Context(), "a", "p"); err != nil || p.UID != "new" {
		t.Errorf("the manifests do not count first: %v, %v", p, err)
	}
	if _, err := o.Pod(t.Context(), "a", "q"); err != nil {
		t.Errorf("the cluster behind is not asked: %v", err)
	}
	if _, err := o.Definition(t.Context(), "a", "d"); !fail.Is(err, fail.NotFound) {
		t.Errorf("what is nowhere: %v", err)
	}
}

// What would use up the memory of a node is refused before it is parsed.
func TestBounds(t *testing.T) {
	for _, text := range []string{strings.Repeat("[", 1<<17), strings.Repeat("# x\n", 1<<19)} {
		path := filepath.Join(t.TempDir(), "a.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, from := range []string{path, "-"} {
			_, err := ctlmanifest.Read([]string{from}, strings.NewReader(text))
			if !fail.Is(err, fail.Invalid) {
				t.Errorf("%.4q from %s: %v", text, from, err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"pods.yaml", "networks.yaml"} {
		raw, err := examples.Files.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("kind: List\nitems: [{kind: Pod, metadata: {name: p}}]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := ctlmanifest.Parse(raw)
		if err != nil {
			return
		}
		for _, p := range s.Pods {
			if p.Name == "" || p.Namespace == "" {
				t.Errorf("a pod without a name: %v", p)
			}
		}
	})
}
