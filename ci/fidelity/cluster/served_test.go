package cluster_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"

	"patchbay/ci/fakeapi"
	"patchbay/core/need"
	"patchbay/core/record"
	sim "patchbay/sim/cluster"
)

var admin sim.Token

// wire is the JSON of a pod, a definition or an event, as far as it matters.
type wire struct {
	APIVersion string   `json:"apiVersion,omitempty"`
	Kind       string   `json:"kind"`
	Metadata   wireMeta `json:"metadata"`
	Spec       struct {
		Config string `json:"config,omitempty"`
	} `json:"spec"`
	InvolvedObject struct {
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
		UID       string `json:"uid"`
	} `json:"involvedObject"`
	Type    string `json:"type,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

type wireMeta struct {
	Namespace       string             `json:"namespace,omitempty"`
	Name            string             `json:"name,omitempty"`
	UID             string             `json:"uid,omitempty"`
	ResourceVersion string             `json:"resourceVersion,omitempty"`
	Annotations     map[string]*string `json:"annotations,omitempty"`
}

// served is a pretended cluster behind HTTP.
type served struct {
	mu    sync.Mutex
	state *sim.Cluster
	who   sim.Token
}

func (s *served) handler() http.Handler {
	mux := http.NewServeMux()
	const pods = " /api/v1/namespaces/{namespace}/pods/{name}"
	for route, do := range map[string]func(key sim.Key, w wire) (any, error){
		"GET" + pods:                                 s.getPod,
		"PATCH" + pods + "/status":                   s.patch,
		"PUT" + pods + "/status":                     s.put,
		"POST /api/v1/namespaces/{namespace}/events": s.post,
		"GET /apis/k8s.cni.cncf.io/v1/namespaces/{namespace}/" +
			"network-attachment-definitions/{name}": s.getDefinition,
	} {
		mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			var in wire
			text, err := io.ReadAll(r.Body)
			if err == nil && len(text) > 0 {
				err = json.Unmarshal(text, &in)
			}
			var out any
			if err == nil {
				out, err = do(sim.Key{
					Namespace: r.PathValue("namespace"), Name: r.PathValue("name"),
				}, in)
			}
			reply(w, out, err)
		})
	}
	return mux
}

func reply(w http.ResponseWriter, out any, err error) {
	if err == nil {
		_ = json.NewEncoder(w).Encode(out)
		return
	}
	no := sim.StatusOf(err)
	if no == nil {
		no = sim.Answer(sim.CodeBadRequest, 0)
		no.Message = err.Error()
	}
	w.WriteHeader(no.Code)
	_, _ = io.WriteString(w, body(no))
}

func wirePod(p sim.Pod) wire {
	out := wire{Kind: "Pod", Metadata: wireMeta{
		Namespace: p.Namespace, Name: p.Name, UID: p.UID,
		ResourceVersion: strconv.FormatUint(p.Version, 10), Annotations: map[string]*string{},
	}}
	for k, v := range p.Annotations {
		out.Metadata.Annotations[k] = &v
	}
	return out
}

func (s *served) getPod(key sim.Key, _ wire) (any, error) {
	p, err := s.state.GetPod(s.who, key.Namespace, key.Name)
	return wirePod(p), err
}

func (s *served) getDefinition(key sim.Key, _ wire) (any, error) {
	d, err := s.state.GetDefinition(s.who, key.Namespace, key.Name)
	out := wire{Kind: "NetworkAttachmentDefinition"}
	out.Spec.Config = d.Config
	return out, err
}

func (s *served) patch(key sim.Key, w wire) (any, error) {
	version, err := sim.ParseVersion(w.Metadata.ResourceVersion)
	if err != nil {
		return nil, err
	}
	patch := sim.PodPatch{UID: w.Metadata.UID, Version: version}
	for k, v := range w.Metadata.Annotations {
		a := sim.Annotation{Key: k, Remove: v == nil}
		if v != nil {
			a.Value = *v
		}
		patch.Set = append(patch.Set, a)
	}
	p, err := s.state.PatchPodStatus(s.who, key, patch)
	return wirePod(p), err
}

func (s *served) put(key sim.Key, w wire) (any, error) {
	version, err := sim.ParseVersion(w.Metadata.ResourceVersion)
	if err != nil {
		return nil, err
	}
	annotations := map[string]string{}
	for k, v := range w.Metadata.Annotations {
		if v != nil {
			annotations[k] = *v
		}
	}
	p, err := s.state.UpdatePodStatus(s.who, sim.Pod{
		Pod: need.Pod{
			Namespace: key.Namespace, Name: key.Name, UID: w.Metadata.UID, Annotations: annotations,
		},
		Version: version,
	})
	return wirePod(p), err
}

func (s *served) post(key sim.Key, w wire) (any, error) {
	return w, s.state.CreateEvent(s.who, sim.Event{
		Namespace: key.Namespace, Name: w.Metadata.Name, Type: w.Type,
		Reason: w.Reason, Message: w.Message,
		About: record.Pod{
			Namespace: w.InvolvedObject.Namespace, Name: w.InvolvedObject.Name,
			UID: w.InvolvedObject.UID,
		},
	})
}

// twins are two servers that must answer alike.
type twins struct {
	t    *testing.T
	sim  *served
	http *httptest.Server
	fake *fakeapi.Server
}

func newTwins(t *testing.T) *twins {
	t.Helper()
	w := &twins{t: t, sim: &served{state: sim.New(sim.Options{})}, fake: fakeapi.New(t)}
	w.http = httptest.NewServer(w.sim.handler())
	t.Cleanup(w.http.Close)
	if err := w.sim.state.CreateNamespace(admin, "default"); err != nil {
		t.Fatal(err)
	}
	return w
}

// dial goes to the simulated one, whatever the address.
func (w *twins) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, w.http.Listener.Addr().String())
}

// create makes a pod in both, of the same UID.
func (w *twins) create(name string, annotations map[string]string) string {
	p, err := w.sim.state.CreatePod(admin, sim.Pod{Pod: need.Pod{
		Namespace: "default", Name: name, Annotations: annotations,
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.fake.AddPod(p.Pod)
	return p.UID
}

func (w *twins) drop(name string) {
	key := sim.Key{Namespace: "default", Name: name}
	if _, err := w.sim.state.DeletePod(admin, key, sim.Deletion{}); err != nil {
		w.t.Fatal(err)
	}
	w.fake.DeletePod("default", name)
}

// raw sends the same request to both and compares code, reason and what the pod
// is afterwards.
func (w *twins) raw(method, path, content string, text [2]string) int {
	w.t.Helper()
	var codes [2]int
	var got [2]struct{ Reason string }
	for i, url := range []string{w.http.URL, w.fake.URL()} {
		r, err := http.NewRequestWithContext(
			w.t.Context(), method, url+path, strings.NewReader(text[i]))
		if err != nil {
			w.t.Fatal(err)
		}
		r.Header.Set("Content-Type", content)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			w.t.Fatal(err)
		}
		_ = json.NewDecoder(resp.Body).Decode(&got[i])
		_ = resp.Body.Close()
		codes[i] = resp.StatusCode
	}
	if codes[0] != codes[1] || codes[0] >= 400 && got[0] != got[1] {
		w.t.Errorf("%s %s %s: the simulator answers %d %s, the fake API server %d %s",
			method, path, text[0], codes[0], got[0].Reason, codes[1], got[1].Reason)
	}
	w.samePod("p1")
	return codes[0]
}

func (w *twins) samePod(name string) {
	w.t.Helper()
	mine, err := w.sim.state.GetPod(admin, "default", name)
	yours, has := w.fake.Pod("default", name)
	if (err == nil) != has || has && !reflect.DeepEqual(orEmpty(mine.Pod), yours) {
		w.t.Fatalf("the simulator has %v (%v), the fake API server %v", mine.Pod, err, yours)
	}
}

func orEmpty(p need.Pod) need.Pod {
	if p.Annotations == nil {
		p.Annotations = map[string]string{}
	}
	return p
}
