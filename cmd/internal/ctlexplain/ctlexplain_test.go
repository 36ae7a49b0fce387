package ctlexplain_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"patchbay/backends"
	"patchbay/cmd/internal/ctlexplain"
	"patchbay/cmd/internal/ctlmanifest"
	"patchbay/cmd/internal/ctlout"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/record"
	"patchbay/examples"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// installed is a directory with every plugin in it.
type installed struct{ backends.Plugins }

func (installed) Find(_ context.Context, name, _ string) (string, error) {
	return "/opt/cni/bin/" + name, nil
}

// facts answers from a cluster, and for a node on which all is as it should be.
func facts(t *testing.T, req need.Request, cluster backends.Cluster) need.Facts {
	t.Helper()
	known := need.Facts{}
	for queries := need.Missing(req, known); len(queries) > 0; queries = need.Missing(req, known) {
		for _, q := range queries {
			var f need.Fact
			switch q := q.(type) {
			case need.ReadPod:
				f.Value, f.Err = value(cluster.Pod(t.Context(), q.Namespace, q.Name))
			case need.ReadDefinition:
				f.Value, f.Err = value(cluster.Definition(t.Context(), q.Namespace, q.Name))
			case need.LookSandbox:
				f.Value, f.Err = value(ctlexplain.Pretended{}.Look(t.Context(), q.Path))
			case need.FindPlugin:
				f.Value = "/opt/cni/bin/" + q.Type
			case need.ReadFiles:
				f.Err = fail.New(fail.NotFound, "there is no %s", q.Path)
			case need.ReadBootID:
				f.Value = "boot"
			}
			known[q] = f
		}
	}
	return known
}

func value[T any](v T, err error) (any, error) { return v, err }

func explained(t *testing.T, set ctlmanifest.Set) []ctlexplain.Explanation {
	t.Helper()
	config, err := netconf.ParseConfig([]byte(`{"cniVersion":"1.1.0","name":"node","type":"patchbay",
		"delegates":[{"cniVersion":"1.0.0","name":"pods","type":"bridge"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var out []ctlexplain.Explanation
	for _, p := range set.Pods {
		req := need.Request{
			Verb: need.Add, ContainerID: "c-" + p.Name, Netns: "/run/netns/" + p.Name, IfName: "eth0",
			Args:   netconf.Args{{Key: "K8S_POD_NAMESPACE", Value: p.Namespace}, {Key: "K8S_POD_NAME", Value: p.Name}},
			Config: config, Cluster: true,
		}
		settled, err := need.Settle(req, facts(t, req, ctlmanifest.Overlay{Set: set}))
		if err != nil {
			out = append(out, ctlexplain.Refusal(req.Pod(), err))
			continue
		}
		e, err := ctlexplain.Of(t.Context(), installed{}, req.Pod(), settled)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// more are pods that do not simply get what they ask for.
const more = `
kind: Pod
metadata:
  namespace: demo
  name: refused
  annotations: {k8s.v1.cni.cncf.io/networks: nowhere}
---
kind: NetworkAttachmentDefinition
metadata:
  namespace: demo
  name: maybe
  annotations: {patchbay.dev/optional: "true"}
spec: {config: '{'}
---
kind: Pod
metadata:
  namespace: demo
  name: without
  annotations: {k8s.v1.cni.cncf.io/networks: maybe}
`

func TestGolden(t *testing.T) {
	var all []byte
	for _, name := range []string{"networks.yaml", "pods.yaml"} {
		raw, err := examples.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, "\n---\n"...), raw...)
	}
	set, err := ctlmanifest.Parse(append(append(all, "\n---"...), more...))
	if err != nil {
		t.Fatal(err)
	}
	list := explained(t, set)
	for _, format := range []ctlout.Format{ctlout.Text, ctlout.JSON} {
		var b bytes.Buffer
		p := ctlout.Printer{Out: &b, Format: format}
		if err := p.Print(list, func(p *ctlout.Page) { ctlexplain.Write(p, list) }); err != nil {
			t.Fatal(err)
		}
		golden(t, "explain."+string(format), b.Bytes())
	}
}

func TestUnknown(t *testing.T) {
	e, err := ctlexplain.Of(t.Context(), installed{}, record.Pod{}, need.Settled{Synthetic: true})
	if err != nil || !e.Unknown || len(e.Plan) > 0 {
		t.Errorf("a pod that the cluster does not know: %v, %v", e, err)
	}
}

// Whatever is refused, somebody is told what helps.
func TestFix(t *testing.T) {
	for kind := fail.Internal; kind <= fail.IO; kind++ {
		e := ctlexplain.Refusal(record.Pod{}, fail.New(kind, "no"))
		if e.Fix == "" || e.Refused != "no" {
			t.Errorf("%v: %+v", kind, e)
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; 'make golden' rewrites it:\n%s", path, got)
	}
}
