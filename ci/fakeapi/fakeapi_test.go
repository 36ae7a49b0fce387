package fakeapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"patchbay/ci/fakeapi"
	"patchbay/core/need"
)

const (
	podPath    = "/api/v1/namespaces/default/pods/p1"
	statusPath = podPath + "/status"
	statusKey  = "k8s.v1.cni.cncf.io/network-status"
)

// try sends a request ("METHOD path") and returns status code and body.
func try(t *testing.T, s *fakeapi.Server, route, body string) (int, string, error) {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	request, err := http.NewRequestWithContext(
		t.Context(), method, s.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/merge-patch+json")
	transport := &http.Transport{DialContext: s.Dial, DisableKeepAlives: true}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return 0, "", err
	}
	content, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(content), errors.Join(err, answer.Body.Close())
}

// want compares status code and a part of the body: "404 not found".
func want(t *testing.T, s *fakeapi.Server, route, body, answer string) {
	t.Helper()
	code, part, _ := strings.Cut(answer, " ")
	got, text, err := try(t, s, route, body)
	if err != nil || strconv.Itoa(got) != code || !strings.Contains(text, part) {
		t.Errorf("%s: got %d %s (%v), want %s", route, got, text, err, answer)
	}
}

func withPod(s *fakeapi.Server) *fakeapi.Server {
	s.AddPod(need.Pod{
		Namespace: "default", Name: "p1", UID: "u1", Annotations: map[string]string{"a": "b"},
	})
	return s
}

func TestObjects(t *testing.T) {
	s := withPod(fakeapi.New(t))
	s.AddDefinition(need.Definition{Namespace: "default", Name: "red", Config: "{}"})
	const red = "GET /apis/k8s.cni.cncf.io/v1/namespaces/default/network-attachment-definitions/"
	want(t, s, "GET "+podPath, "", `200 "uid":"u1"`)
	want(t, s, red+"red", "", `200 "spec":{"config":"{}"}`)
	want(t, s, red+"blue", "", `404 "reason":"NotFound"`)
	s.DeletePod("default", "p1")
	want(t, s, "GET "+podPath, "", `404 pods \"p1\" not found`)
	if n := s.Count("GET /api/v1/namespaces/*/pods/*"); n != 2 {
		t.Errorf("counted %d, want 2", n)
	}
}

func TestUnknownRoutes(t *testing.T) {
	s := fakeapi.New(t)
	s.Allow("* /version")
	want(t, s, "GET /version", "", "404 404 page not found")
}

func TestStatusPatch(t *testing.T) {
	s := withPod(fakeapi.New(t))
	patch := func(meta string) string {
		return `{"metadata":{"annotations":{"` + statusKey + `":"[]"}` + meta + `}}`
	}
	want(t, s, "PATCH "+statusPath, patch(`,"uid":"u2"`), "422 field is immutable")
	want(t, s, "PATCH "+statusPath, patch(`,"resourceVersion":"0"`), "409 has been modified")
	want(t, s, "PATCH "+statusPath, "[]", "400 not a JSON object")
	if got := s.Status("default", "p1"); got != "" {
		t.Errorf("a refused patch has set %q", got)
	}
	want(t, s, "PATCH "+statusPath, patch(`,"uid":"u1","labels":{"x":"y"}`), "200 "+statusKey)
	pod, _ := s.Pod("default", "p1")
	if pod.Annotations[statusKey] != "[]" || pod.Annotations["a"] != "b" {
		t.Errorf("got %v", pod.Annotations)
	}
	s.Annotate("default", "p1", "c", "d")
	want(t, s, "PATCH "+statusPath, `{"metadata":{"annotations":{"a":null}}}`, "200")
	if pod, _ := s.Pod("default", "p1"); pod.Annotations["a"] != "" || pod.Annotations["c"] != "d" {
		t.Errorf("got %v", pod.Annotations)
	}
	s.ReplacePod("default", "p1", "u2")
	if got := s.Status("default", "p1"); got != "" {
		t.Errorf("the new pod has the status %q", got)
	}
}

func TestStatusUpdate(t *testing.T) {
	s := withPod(fakeapi.New(t))
	_, before, err := try(t, s, "GET "+podPath, "")
	if err != nil {
		t.Fatal(err)
	}
	want(t, s, "PUT "+statusPath, strings.Replace(before, "u1", "u2", 1), "409 Precondition failed")
	want(t, s, "PUT "+statusPath, strings.Replace(before, `"a":"b"`, `"a":"c"`, 1), `200 "a":"c"`)
	want(t, s, "PUT "+statusPath, before, "409 has been modified")
}

func TestEvents(t *testing.T) {
	s := fakeapi.New(t)
	const route = "POST /api/v1/namespaces/default/events"
	const event = `{"metadata":{"namespace":"default","name":"e"},"type":"Normal",` +
		`"involvedObject":{"namespace":"default","name":"p1"}}`
	want(t, s, route, event, "201 p1")
	want(t, s, route, event, "409 AlreadyExists")
	want(t, s, route, strings.Replace(event, "Normal", "Odd", 1), `422 type \"Odd\"`)
	want(t, s, route, `{"surprise":1}`, "422 unknown field")
	if n := len(s.Events()); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestFaults(t *testing.T) {
	s := withPod(fakeapi.New(t))
	s.Fail("* "+podPath, 503, 2)
	s.Misbehave("GET "+podPath, 1, fakeapi.Fault{Status: 200, Body: "torn"})
	for _, code := range []string{`503 "kind":"Status"`, "503"} {
		want(t, s, "GET "+podPath, "", code)
	}
	want(t, s, "GET "+podPath, "", "200 torn")
	want(t, s, "GET "+podPath, "", `200 "uid":"u1"`)

	s.Misbehave("GET "+podPath, fakeapi.Always, fakeapi.Fault{Reset: true})
	if _, _, err := try(t, s, "GET "+podPath, ""); !errors.Is(err, syscall.ECONNRESET) &&
		!errors.Is(err, io.EOF) {
		t.Errorf("got %v, want a reset", err)
	}
	s.Heal()
	s.Misbehave("PATCH "+statusPath, 1, fakeapi.Fault{LoseReply: true})
	_, _, err := try(t, s, "PATCH "+statusPath,
		`{"metadata":{"annotations":{"`+statusKey+`":"[]"}}}`)
	if err == nil || s.Status("default", "p1") != "[]" {
		t.Errorf("got %v, status %q", err, s.Status("default", "p1"))
	}
	s.Close()
	if _, _, err := try(t, s, "GET "+podPath, ""); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want a refused connection", err)
	}
}

func TestPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := withPod(fakeapi.NewPipe(t))
		began := time.Now()
		s.Misbehave("GET "+podPath, 1, fakeapi.Fault{Delay: time.Hour})
		want(t, s, "GET "+podPath, "", "200 u1")
		if d := time.Since(began); d != time.Hour {
			t.Errorf("it took %v, want an hour", d)
		}
		gate := make(chan struct{})
		s.Misbehave("GET "+podPath, 1, fakeapi.Fault{Gate: gate})
		context.AfterFunc(within(t, time.Minute), func() { close(gate) })
		want(t, s, "GET "+podPath, "", "200 u1")
		s.Close()
		if _, _, err := try(t, s, "GET "+podPath, ""); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("got %v, want a refused connection", err)
		}
	})
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
