package manifests

import (
	"strings"
	"testing"

	"patchbay/core/fail"
)

// FuzzParse shows that no file makes the parser panic, that an error is Invalid
// and names the file and a line of it, and that objects have usable names.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"",
		"---\n---\n--- # x\n...\n",
		"apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {a: b}}\n",
		"---\napiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n" +
			"metadata:\n  name: red\nspec:\n  config: |\n    {}\n---\nkind: x\n",
		"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: q}}\n",
		"a: &a {b: c}\nd: {<<: *a}\n",
		"%YAML 1.2\n---\n\ta: 1\n",
		"{\"kind\": \"Pod\", \"apiVersion\": \"v1\"}",
		"\ufeffx: .nan\n",
	} {
		f.Add("a.yaml", seed)
		f.Add("a.json", seed)
	}
	f.Fuzz(func(t *testing.T, name, content string) {
		path := "a.yaml"
		if strings.HasSuffix(name, ".json") {
			path = "a.json"
		}
		objects, err := parse(path, []byte(content))
		if err != nil && (!fail.Is(err, fail.Invalid) || !strings.HasPrefix(err.Error(), path+":")) {
			t.Errorf("a broken file says %v", err)
		}
		lines := strings.Count(content, "\n") + 1
		for _, o := range objects {
			if !isName(o.id.name) || !isName(o.id.namespace) || o.at.line < 1 || o.at.line > lines {
				t.Errorf("%v is at line %v of %d", o.id, o.at, lines)
			}
		}
	})
}
