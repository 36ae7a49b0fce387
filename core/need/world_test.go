package need_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// world answers queries from tables; what is not in them is not there.
type world struct {
	pods     map[string]need.Pod
	defs     map[string]need.Definition
	files    map[string]need.Files
	links    []string
	binaries string // space-separated; "" means that every plugin is installed
	flaky    string // the definition that can not be read for now
	asked    []need.Query
}

func (w *world) answer(q need.Query) need.Fact {
	w.asked = append(w.asked, q)
	missing := need.Fact{Err: fail.New(fail.NotFound, "%v: not there", q)}
	switch q := q.(type) {
	case need.ReadPod:
		if p, ok := w.pods[q.Namespace+"/"+q.Name]; ok {
			return need.Fact{Value: p}
		}
	case need.ReadDefinition:
		if q.Namespace+"/"+q.Name == w.flaky {
			return need.Fact{Err: fail.New(fail.Transient, "%v: no answer", q)}
		}
		if d, ok := w.defs[q.Namespace+"/"+q.Name]; ok {
			return need.Fact{Value: d}
		}
	case need.ReadFiles:
		if f, ok := w.files[q.Path]; ok {
			return need.Fact{Value: f}
		}
	case need.LookSandbox:
		return need.Fact{Value: need.Sandbox{
			ID: record.Inode{Dev: 4, Ino: 42}, Links: append([]string{"lo"}, w.links...),
		}}
	case need.FindPlugin:
		for b := range strings.FieldsSeq(w.binaries) {
			if b == q.Type {
				return need.Fact{Value: "/bin/" + q.Type}
			}
		}
		if w.binaries == "" {
			return need.Fact{Value: "/bin/" + q.Type}
		}
	case need.ReadBootID:
		return need.Fact{Value: "boot-1"}
	}
	return missing
}

func settle(t *testing.T, w *world, req need.Request) (need.Settled, error) {
	t.Helper()
	facts := need.Facts{}
	asker := need.NewAsker(req, &netconf.Cache{})
	for range 10 {
		queries := need.Missing(req, facts)
		if remembered := asker.Missing(facts); !slices.Equal(queries, remembered) {
			t.Fatalf("who remembers asks for %v, and not for %v", remembered, queries)
		}
		if len(queries) == 0 {
			return alike(t, asker, req, facts)
		}
		for _, q := range queries {
			if _, twice := facts[q]; twice {
				t.Fatalf("%v is asked twice", q)
			}
			facts[q] = w.answer(q)
		}
	}
	t.Fatal("questions without end")
	return need.Settled{}, nil
}

// alike settles from scratch, and compares with what an asker says who has
// remembered.
func alike(
	t *testing.T, asker *need.Asker, req need.Request, facts need.Facts,
) (need.Settled, error) {
	t.Helper()
	want, wantErr := need.Settle(req, facts)
	got, err := asker.Settled()
	if !reflect.DeepEqual(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) ||
		fail.Of(err) != fail.Of(wantErr) {
		t.Errorf("who remembers says %+v, %v\nand not %+v, %v", got, err, want, wantErr)
	}
	return want, wantErr
}

// nad makes a definition of a plugin that does nothing in particular.
func nad(ref, config string, annotations ...string) need.Definition {
	ns, name, _ := strings.Cut(ref, "/")
	d := need.Definition{Namespace: ns, Name: name, Config: config, Annotations: map[string]string{}}
	for i := 0; i+1 < len(annotations); i += 2 {
		d.Annotations[annotations[i]] = annotations[i+1]
	}
	return d
}

// cluster is a world with a pod dev/p and some definitions.
func cluster(annotations map[string]string, refs ...string) *world {
	w := &world{
		pods: map[string]need.Pod{"dev/p": {
			Namespace: "dev", Name: "p", UID: "u1", Annotations: annotations,
		}},
		defs:  map[string]need.Definition{},
		files: map[string]need.Files{},
	}
	for _, ref := range refs {
		d := nad(ref, `{"cniVersion":"1.0.0","type":"noop"}`)
		w.defs[ref] = d
	}
	return w
}

func networks(text string) map[string]string {
	return map[string]string{"k8s.v1.cni.cncf.io/networks": text}
}

const base = `"delegates":[{"cniVersion":"1.0.0","name":"cbr0","type":"bridge"}]`

// request is an ADD for pod dev/p with a configuration.
func request(t *testing.T, config string) need.Request {
	t.Helper()
	c, err := netconf.ParseConfig([]byte(`{"cniVersion":"1.0.0","name":"n",` + config + `}`))
	if err != nil {
		t.Fatal(err)
	}
	args, err := netconf.ParseArgs("K8S_POD_NAMESPACE=dev;K8S_POD_NAME=p;K8S_POD_UID=u1")
	if err != nil {
		t.Fatal(err)
	}
	return need.Request{
		Verb: need.Add, ContainerID: "c1", Netns: "/run/netns/x", IfName: "eth0",
		Args: args, CNIPath: "/opt/cni/bin", Config: c, Cluster: true,
	}
}

// names renders attachments as "eth0=cbr0 net1=dev/a".
func names(r record.Record) string {
	var out []string
	for _, a := range r.Attachments {
		out = append(out, a.IfName+"="+a.Network)
	}
	return strings.Join(out, " ")
}
