package cluster_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"patchbay/backends"
	real "patchbay/backends/real/cluster"
	"patchbay/ci/fakeapi"
	"patchbay/core/fail"
	"patchbay/core/record"
	sim "patchbay/sim/cluster"
)

// TestPreconditions sends every combination of UID and version in a patch and
// in an update. A patch in which both are wrong is left out: ci/fakeapi looks at
// the UID first, and API servers at the version.
func TestPreconditions(t *testing.T) {
	const path = "/api/v1/namespaces/default/pods/p1/status"
	for _, method := range []string{"PATCH", "PUT"} {
		for _, uid := range []string{"", "right", "wrong"} {
			for _, version := range []string{"", "right", "old"} {
				if method == "PATCH" && uid == "wrong" && version == "old" {
					continue
				}
				t.Run(method+" uid "+uid+" version "+version, func(t *testing.T) {
					w := newTwins(t)
					preconditions(w, method, path, [2]string{uid, version})
				})
			}
		}
	}
}

func preconditions(w *twins, method, path string, which [2]string) {
	is := w.create("p1", map[string]string{"a": "1", "b": "2"})
	meta := map[string]any{"annotations": map[string]any{"a": "2", "b": nil}}
	switch which[0] {
	case "right":
		meta["uid"] = is
	case "wrong":
		meta["uid"] = "other"
	}
	content := "application/json"
	if method == "PATCH" {
		content = "application/merge-patch+json"
	} else {
		meta["annotations"] = map[string]any{"a": "2"}
	}
	var texts [2]string
	for i, url := range []string{w.http.URL, w.fake.URL()} {
		if which[1] != "" {
			meta["resourceVersion"] = versionAt(w.t, url)
		}
		if which[1] == "old" {
			meta["resourceVersion"] = "1"
		}
		text, err := json.Marshal(map[string]any{"metadata": meta})
		if err != nil {
			w.t.Fatal(err)
		}
		texts[i] = string(text)
	}
	if which[1] == "old" { // that 1 is older than what the fake one has, too
		w.fake.Annotate("default", "p1", "a", "1")
	}
	code := w.raw(method, path, content, texts)
	if good := which[0] != "wrong" && which[1] != "old"; good != (code == 200) {
		w.t.Errorf("%v: %d", which, code)
	}
}

func versionAt(t *testing.T, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(
		t.Context(), http.MethodGet, url+"/api/v1/namespaces/default/pods/p1", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var got wire
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got.Metadata.ResourceVersion
}

// TestClientOnBoth has the real client do the same, drawn by a seed, on both.
func TestClientOnBoth(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newTwins(t)
			clients := [2]*real.Client{client(t, w.fake, w.dial), client(t, w.fake, w.fake.Dial)}
			draw := rand.New(rand.NewPCG(seed, 0))
			uids := []string{"", "other"}
			there := map[string]bool{}
			for i := range 60 {
				name := []string{"p1", "p2"}[draw.IntN(2)]
				switch draw.IntN(6) {
				case 0:
					if there[name] {
						w.drop(name)
					}
					static := map[string]string{sim.SourceKey: "file", sim.HashKey: "other"}
					annotations := []map[string]string{nil, {"a": "b"}, static}[draw.IntN(3)]
					uids, there[name] = append(uids, w.create(name, annotations)), true
				case 1:
					if there[name] {
						w.drop(name)
						there[name] = false
					}
				default:
					pod := record.Pod{
						Namespace: "default", Name: name, UID: uids[draw.IntN(len(uids))],
					}
					w.both(clients, pod, strings.Repeat("x", i))
				}
				w.samePod(name)
			}
			w.reports(clients)
		})
	}
}

// both sets a status and reads the pod on both servers.
func (w *twins) both(clients [2]*real.Client, pod record.Pod, status string) {
	w.t.Helper()
	var answers [2]string
	for i, c := range clients {
		errSet := c.SetStatus(w.t.Context(), pod, status)
		p, errGet := c.Pod(w.t.Context(), pod.Namespace, pod.Name)
		answers[i] = fmt.Sprint(errSet, " ", fail.Of(errSet), ", ", errGet, " ", p)
	}
	if answers[0] != answers[1] {
		w.t.Errorf("on the simulator\n%s\non the fake API server\n%s", answers[0], answers[1])
	}
}

func (w *twins) reports(clients [2]*real.Client) {
	w.t.Helper()
	events := []backends.Event{{Reason: "A", Message: "m"}, {Warning: true, Reason: "B"}}
	about := record.Pod{Namespace: "default", Name: "p1", UID: "u"}
	for _, c := range clients {
		if err := c.Report(w.t.Context(), about, events); err != nil {
			w.t.Error(err)
		}
	}
	got := w.sim.state.EventsAbout(about)
	same := slices.EqualFunc(got, w.fake.Events(), func(a sim.Event, b fakeapi.Event) bool {
		return a.Type == b.Type && a.Reason == b.Reason && a.Message == b.Message &&
			a.About.UID == b.PodUID
	})
	if !same {
		w.t.Errorf("events %v, want %v", got, w.fake.Events())
	}
}

// TestRights has the real client meet the table of rights: who may not patch
// may still update, as a role for Multus has it.
func TestRights(t *testing.T) {
	w := newTwins(t)
	uid := w.create("p1", nil)
	pod := record.Pod{Namespace: "default", Name: "p1", UID: uid}
	c := client(t, w.fake, w.dial)
	w.sim.who = w.sim.state.AddUser("me")
	allow := func(r sim.Resource, v sim.Verb) { w.sim.state.Allow(w.sim.who, "", r, v) }
	allow(sim.Pods, sim.Get)
	if err := c.SetStatus(t.Context(), pod, "1"); !fail.Is(err, fail.Denied) {
		t.Errorf("without a right: %v", err)
	}
	allow(sim.PodStatus, sim.Update)
	if err := c.SetStatus(t.Context(), pod, "2"); err != nil {
		t.Errorf("with update alone: %v", err)
	}
	allow(sim.PodStatus, sim.Patch)
	if err := c.SetStatus(t.Context(), pod, "3"); err != nil {
		t.Errorf("with patch: %v", err)
	}
	w.sim.state.Expire(w.sim.who)
	if err := c.SetStatus(t.Context(), pod, "4"); !fail.Is(err, fail.Denied) {
		t.Errorf("with a token that has ended: %v", err)
	}
	_, err := c.Definition(t.Context(), "default", "red")
	if !fail.Is(err, fail.Denied) {
		t.Error(err)
	}
	w.sim.who = admin
	if _, err = c.Definition(t.Context(), "default", "red"); !fail.Is(err, fail.NotFound) {
		t.Error(err)
	}
}
