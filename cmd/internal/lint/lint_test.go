package lint_test

import (
	"strings"
	"testing"

	"patchbay/cmd/internal/lint"
	"patchbay/core/annotation"
)

const definitions = `# networks
---
---
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata:
  name: red
spec:
  config: |
    {
      "cniVersion": "1.0.0",
      "type": "bridge",
      "capabilities": {"mac": true}
    }
---
apiVersion: v1
kind: List
items:
- apiVersion: k8s.cni.cncf.io/v1
  kind: NetworkAttachmentDefinition
  metadata: {name: blue, namespace: lab}
  spec: {config: '{"name": "blue"}'}
- apiVersion: k8s.cni.cncf.io/v1
  kind: NetworkAttachmentDefinition
  metadata:
    name: broken
  spec:
    config: '{"name": '
`

const pods = `apiVersion: v1
kind: Pod
metadata:
  name: p1
  annotations:
    k8s.v1.cni.cncf.io/networks: |
      [{"name": "red", "ips": ["10.0.0.2"], "mac": "02:00:00:00:00:01", "colour": "red"},
       {"name": "green", "interface": "net1"}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata:
      annotations:
        k8s.v1.cni.cncf.io/networks: red@a@b
---
kind: ConfigMap
apiVersion: v1
data: {k8s.v1.cni.cncf.io/networks: "@"}
`

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name    string
		sources []lint.Source
		options lint.Options
		want    []string
	}{
		{
			"our configuration",
			[]lint.Source{{"own.conflist", []byte("{\n\t\"cniVersion\": \"1.0.0\",\n\t\"name\": \"n\",\n" +
				"\t\"plugins\": [{\n\t\t\"type\": \"patchbay\",\n\t\t\"confdir\": \"/a\",\n\t\t\"conDir\": \"/b\",\n" +
				"\t\t\"delegates\": [\n\t\t\t{\"type\": \"bridge\"}\n\t\t]\n\t}]\n}\n")}},
			lint.Options{},
			[]string{
				`own.conflist:7: warning: key "conDir" is not known and has no effect; is "confDir" meant?`,
				"own.conflist:9: error: missing network name",
			},
		},
		{
			"our configuration can not work",
			[]lint.Source{{"own.conf", []byte(`{"type": "multus", "name": "n"}`)}},
			lint.Options{},
			[]string{"own.conf:1: error: configuration: at least one delegate/clusterNetwork must be specified"},
		},
		{
			"a network of its own",
			[]lint.Source{{"a.conf", []byte(`{"name": "a", "type": "b", "ipam": {"type": "c"}}`)}},
			lint.Options{Installed: func(string) bool { return false }},
			[]string{
				"a.conf:1: error: network a: plugin b is not installed",
				"a.conf:1: warning: network a: IPAM plugin c is not installed",
			},
		},
		{
			"no JSON",
			[]lint.Source{{"a.conf", []byte("{\n\n\"a\" 1}")}},
			lint.Options{},
			[]string{"a.conf:3: error: it is not a JSON object"},
		},
		{
			"no YAML",
			[]lint.Source{{"a.yaml", []byte("a: b\n---\nc: [\n")}},
			lint.Options{},
			[]string{"a.yaml:3: error: it is not YAML that Kubernetes takes"},
		},
		{
			"what would use up memory",
			[]lint.Source{
				{"a.yaml", []byte("---\n" + strings.Repeat("[", 1<<17))},
				{"b.conf", []byte(`{"a": ` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`)},
			},
			lint.Options{},
			[]string{
				"a.yaml:2: error: it is not YAML that Kubernetes takes: the document is nested too deeply",
				"b.conf",
			},
		},
		{
			"definitions",
			[]lint.Source{{"nets.yaml", []byte(definitions)}},
			lint.Options{},
			[]string{
				"nets.yaml:22: error: network-attachment-definition lab/blue: spec.config: a network configuration must",
				"nets.yaml:28: error: network-attachment-definition default/broken: spec.config, line 1: it is not JSON",
			},
		},
		{
			"pods",
			[]lint.Source{{"pods.yaml", []byte(pods)}, {"nets.yaml", []byte(definitions[:strings.LastIndex(definitions, "---")])}},
			lint.Options{},
			[]string{
				`pods.yaml:6: warning: pod default/p1: default/red: key "colour" is not known`,
				"pods.yaml:6: warning: pod default/p1: default/red: the pod asks for ips, but no plugin",
				"pods.yaml:6: warning: pod default/p1: network default/green is in none of the files",
				"pods.yaml:6: error: pod default/p1: interface net1 of default/green is also that of default/red",
				"pods.yaml:17: error: deployment default/web: networks annotation: element 1 (red@a@b): failed at '@'",
			},
		},
		{
			"twice",
			[]lint.Source{
				{"a.yaml", []byte(definitions[:strings.LastIndex(definitions, "---")])},
				{"b.json", []byte("{\"apiVersion\": \"k8s.cni.cncf.io/v1\", \"kind\": \"NetworkAttachmentDefinition\",\n" +
					"\t\"metadata\": {\n\t\"name\": \"red\"}}")},
			},
			lint.Options{Profile: annotation.NPWG13},
			[]string{
				"b.json:3: error: network-attachment-definition default/red: it is also at a.yaml:9",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := lint.Check(test.sources, test.options)
			for i := range max(len(found), len(test.want)) {
				switch {
				case i >= len(found):
					t.Errorf("not found: %s", test.want[i])
				case i >= len(test.want):
					t.Errorf("found too: %s", found[i])
				case !strings.HasPrefix(found[i].String(), test.want[i]):
					t.Errorf("found %s\n want %s", found[i], test.want[i])
				}
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("a.yaml", []byte(definitions+"---\n"+pods))
	f.Add("a.conf", []byte(`{"type":"patchbay","name":"n","delegates":[{"type":"a","name":"b"}]}`))
	f.Add("a.json", []byte(`{"apiVersion":"v1","kind":"List","items":[{"kind":"CronJob"}]}`))
	f.Fuzz(func(t *testing.T, path string, text []byte) {
		lines := strings.Count(string(text), "\n") + 1
		for _, found := range lint.Check([]lint.Source{{Path: path, Bytes: text}}, lint.Options{}) {
			if found.Line < 0 || found.Line > lines || found.Text == "" {
				t.Errorf("%+v of %d lines", found, lines)
			}
		}
	})
}
