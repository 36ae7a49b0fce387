package manifests_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"patchbay/backends/real/manifests"
	"patchbay/core/fail"
	"patchbay/core/need"
)

// noon is a clock that stands still.
type noon struct{}

func (noon) Now() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

func (noon) Sleep(context.Context, time.Duration) error { return nil }

const statusKey = "k8s.v1.cni.cncf.io/network-status"

// cluster makes a directory of files, given by name.
func cluster(t *testing.T, files map[string]string) (*manifests.Directory, string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		put(t, filepath.Join(dir, name), content)
	}
	d, err := manifests.New(manifests.Options{Dir: dir, Clock: noon{}})
	if err != nil {
		t.Fatal(err)
	}
	return d, dir
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, err error, kind fail.Kind, parts ...string) {
	t.Helper()
	if !fail.Is(err, kind) {
		t.Errorf("kind of %v: got %v, want %v", err, fail.Of(err), kind)
	}
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error %v lacks %q", err, part)
		}
	}
}

const both = `# what a user would apply
---
---
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata:
  name: red
  annotations: {k8s.v1.cni.cncf.io/resourceName: intel.com/vf}
spec:
  config: |
    {"type": "macvlan"}
--- # and a pod
apiVersion: v1
kind: Pod
metadata: {name: p1, uid: u1, annotations: {k8s.v1.cni.cncf.io/networks: red, "n": "1"}}
spec: {containers: [{name: c, image: i}]}
...
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: [odd]}
`

func TestReads(t *testing.T) {
	d, _ := cluster(t, map[string]string{
		"a.yaml":   both,
		"list.yml": "apiVersion: v1\nkind: List\nitems:\n- " + definition("other", "blue"),
		"c.json": "{\n\t\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n" +
			"\t\"metadata\": {\"name\": \"p2\"}\n}",
		"empty.yaml":          "",
		"values.yaml":         "kind: 3\nreplicas: 1\n",
		"notes.txt":           "{{{",
		".a.yaml.swp":         "{{{",
		".hidden.yaml":        "{{{",
		"folder.yaml/in.yaml": "{{{",
		"crlf.yaml":           strings.ReplaceAll("---\n"+definition("", "crlf"), "\n", "\r\n"),
	})
	pod, err := d.Pod(t.Context(), "default", "p1")
	want := need.Pod{
		Namespace: "default", Name: "p1", UID: "u1",
		Annotations: map[string]string{"k8s.v1.cni.cncf.io/networks": "red", "n": "1"},
	}
	if err != nil || !reflect.DeepEqual(pod, want) {
		t.Errorf("got %v, %v", pod, err)
	}
	red, err := d.Definition(t.Context(), "default", "red")
	wantRed := need.Definition{
		Namespace: "default", Name: "red", Config: "{\"type\": \"macvlan\"}\n",
		Annotations: map[string]string{"k8s.v1.cni.cncf.io/resourceName": "intel.com/vf"},
	}
	if err != nil || !reflect.DeepEqual(red, wantRed) {
		t.Errorf("got %v, %v", red, err)
	}
	for _, where := range [][2]string{{"other", "blue"}, {"default", "crlf"}} {
		if _, err := d.Definition(t.Context(), where[0], where[1]); err != nil {
			t.Error(err)
		}
	}
	if _, err := d.Pod(t.Context(), "default", "p2"); err != nil {
		t.Error(err)
	}
}

// definition is one of a list or of a document.
func definition(namespace, name string) string {
	return fmt.Sprintf("{apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition,\n"+
		"   metadata: {namespace: '%s', name: '%s'}, spec: {config: '{}'}}\n", namespace, name)
}

func TestNotThere(t *testing.T) {
	d, dir := cluster(t, map[string]string{"a.yaml": both})
	_, err := d.Pod(t.Context(), "default", "red")
	wantError(t, err, fail.NotFound, "pod default/red not found in "+dir)
	_, err = d.Definition(t.Context(), "kube-system", "red")
	wantError(t, err, fail.NotFound, "network-attachment-definition kube-system/red not found")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = d.Pod(ctx, "default", "p1")
	wantError(t, err, fail.Transient, "pod default/p1: context canceled")
}

func TestStrict(t *testing.T) {
	const head = "apiVersion: v1\nkind: Pod\n"
	for name, tc := range map[string]struct{ file, content, text string }{
		"no name": {"a.yaml", "\n# x\n" + head, "a.yaml:3: the Pod has no metadata.name"},
		"no API version": {
			"a.yaml", "kind: Pod\nmetadata: {name: p}", `apiVersion "" is not known`,
		},
		"other version": {
			"a.yaml", "apiVersion: v1\nkind: NetworkAttachmentDefinition", `"v1" is not`,
		},
		"twice in a file": {
			"a.yaml", definition("", "x") + "---\n" + definition("default", "x"), "a.yaml:4: ",
		},
		"twice": {
			"b.yml", definition("", "red"), "b.yml:1: network-attachment-definition default/red is also in",
		},
		"broken YAML": {
			"a.yaml", "---\nx: y\n---\n" + head + "metadata: {name: [}\n", "a.yaml:6: ",
		},
		"broken JSON": {"a.json", "{\n\"a\": }", "a.json:2: invalid character"},
		"scalar":      {"a.yaml", "hello", "a.yaml:1: the document is not an object"},
		"number as name": {
			"a.yaml", head + "metadata: {name: 1}", `"metadata.name" has to be a string`,
		},
		"odd name":      {"a.yaml", head + "metadata: {name: ../p}", `"default/../p" can not be`},
		"upper case":    {"a.yaml", head + "metadata: {name: P}", "can not be the name of a Pod"},
		"odd namespace": {"a.yaml", head + "metadata: {name: p, namespace: a_b}", "can not be"},
		"number annotated": {
			"a.yaml", head + "metadata: {name: p, annotations: {x: 1}}", "has to be a string",
		},
		"config as object": {
			"a.yaml", strings.Replace(definition("", "x"), "'{}'", "{type: x}", 1),
			`the spec of network-attachment-definition default/x is not understood: "config"`,
		},
		"item of a list": {
			"a.yaml", "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod}]",
			"a.yaml:1: items[0]: the Pod has no metadata.name",
		},
		"items that are none": {"a.yaml", "apiVersion: v1\nkind: List\nitems: 3", "not a list"},
		"deep in brackets":    {"a.yaml", strings.Repeat("[", 1<<19), "nested too deeply"},
		"deep in dashes":      {"a.yaml", strings.Repeat("- ", 1<<18), "nested too deeply"},
		"too large":           {"a.yaml", strings.Repeat("# x\n", 1<<19), "more than 1048576"},
		"an unknown anchor":   {"a.yaml", "x: *a\n", "a.yaml:1: "},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := cluster(t, map[string]string{"0.yaml": definition("", "red"), tc.file: tc.content})
			_, err := d.Definition(t.Context(), "default", "red")
			wantError(t, err, fail.Invalid, tc.text)
		})
	}
}

func TestDirectoryThatIsNone(t *testing.T) {
	dir := t.TempDir()
	none, file := filepath.Join(dir, "none"), filepath.Join(dir, "file")
	put(t, file, "")
	_, err := manifests.New(manifests.Options{Dir: none, Clock: noon{}})
	wantError(t, err, fail.NotFound, "there is no manifest directory", none)
	_, err = manifests.New(manifests.Options{Dir: file, Clock: noon{}})
	wantError(t, err, fail.Invalid, file+" is a file")
	_, err = manifests.New(manifests.Options{Dir: dir})
	wantError(t, err, fail.Internal, "no clock")

	d, gone := cluster(t, nil)
	if err = os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	_, err = d.Pod(t.Context(), "default", "p1")
	wantError(t, err, fail.IO, "the manifest directory can not be read")
}

func TestFilesMayChange(t *testing.T) {
	d, dir := cluster(t, map[string]string{"a.yaml": definition("", "red")})
	if _, err := d.Definition(t.Context(), "default", "red"); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "a.yaml"), definition("", "green"))
	if _, err := d.Definition(t.Context(), "default", "green"); err != nil {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(dir, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	_, err := d.Definition(t.Context(), "default", "green")
	wantError(t, err, fail.NotFound)
}

// A manifest without a UID accepts whichever the runtime has for the pod.
func TestPodWithoutUID(t *testing.T) {
	d, _ := cluster(t, map[string]string{
		"a.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p1}\n",
	})
	pod, err := d.Pod(t.Context(), "default", "p1")
	if err != nil || pod.UID != "" {
		t.Fatalf("got %q, %v", pod.UID, err)
	}
	if err = d.SetStatus(t.Context(), whose("u9"), "[]"); err != nil {
		t.Error(err)
	}
}

func (noon) WithTimeout(
	ctx context.Context, d time.Duration,
) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}
