package cluster_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"patchbay/backends/real/cluster"
	"patchbay/ci/fakeapi"
	"patchbay/core/fail"
	"patchbay/core/need"
)

// wall is the time of this process, or of the synctest bubble around a test.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) Sleep(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, d, errAwake)
	defer cancel()
	<-ctx.Done()
	if context.Cause(ctx) == errAwake { //nolint:errorlint // it is never wrapped
		return nil
	}
	return ctx.Err()
}

const errAwake = wake("slept")

type wake string

func (w wake) Error() string { return string(w) }

// client asks s as its kubeconfig says, connected in whatever way s is.
func client(t testing.TB, s *fakeapi.Server, budget time.Duration) *cluster.Client {
	t.Helper()
	return open(t, cluster.Options{
		Kubeconfig: s.Kubeconfig(t), Clock: wall{}, Budget: budget, Dial: s.Dial,
	})
}

func open(t testing.TB, opts cluster.Options) *cluster.Client {
	t.Helper()
	opts.Clock = wall{}
	c, err := cluster.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// wantError compares kind and text; every part must be in the text.
func wantError(t testing.TB, err error, kind fail.Kind, parts ...string) {
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

func pod() need.Pod {
	return need.Pod{
		Namespace: "default", Name: "p1", UID: "u1",
		Annotations: map[string]string{"k8s.v1.cni.cncf.io/networks": "red", "other": "kept"},
	}
}

func TestReads(t *testing.T) {
	s := fakeapi.New(t)
	s.AddPod(pod())
	red := need.Definition{
		Namespace: "default", Name: "red", Config: `{"type":"macvlan"}`,
		Annotations: map[string]string{"k8s.v1.cni.cncf.io/resourceName": "intel.com/vf"},
	}
	s.AddDefinition(red)
	c := open(t, cluster.Options{Kubeconfig: s.Kubeconfig(t), UserAgent: "patchbay/test"})

	got, err := c.Pod(t.Context(), "default", "p1")
	if err != nil || !reflect.DeepEqual(got, pod()) {
		t.Errorf("pod: got %v, %v", got, err)
	}
	definition, err := c.Definition(t.Context(), "default", "red")
	if err != nil || !reflect.DeepEqual(definition, red) {
		t.Errorf("definition: got %v, %v", definition, err)
	}
	if agent := s.Requests()[0].UserAgent; agent != "patchbay/test" {
		t.Errorf("user agent: got %q", agent)
	}
}

func TestNotThere(t *testing.T) {
	s := fakeapi.New(t)
	c := client(t, s, 0)
	t.Run("pod", func(t *testing.T) {
		_, err := c.Pod(t.Context(), "default", "p1")
		wantError(t, err, fail.NotFound, "pod default/p1 not found")
	})
	t.Run("definition", func(t *testing.T) {
		_, err := c.Definition(t.Context(), "default", "red")
		wantError(t, err, fail.NotFound, "network-attachment-definition default/red not found")
	})
	t.Run("kind of definitions", func(t *testing.T) {
		s.Misbehave("GET /apis/*/*/*/*/*/*", 1,
			fakeapi.Fault{Status: 404, Body: "404 page not found\n"})
		_, err := c.Definition(t.Context(), "default", "red")
		wantError(t, err, fail.NotFound, "CustomResourceDefinition")
	})
	t.Run("API server", func(t *testing.T) {
		s.Misbehave("GET /api/v1/*/*/*/*", 1, fakeapi.Fault{Status: 404, Body: "<html>"})
		_, err := c.Pod(t.Context(), "default", "p1")
		wantError(t, err, fail.Internal, "pod default/p1: the server does not answer as")
	})
}

func TestNoPodIsAskedForByAWrongName(t *testing.T) {
	s := fakeapi.New(t)
	c := client(t, s, 0)
	for _, name := range []string{"", ".", "..", "a/b", "a%2fb", "a?b", "a#b", "a b"} {
		_, err := c.Pod(t.Context(), "default", name)
		wantError(t, err, fail.Invalid, "can not be a Kubernetes name")
		_, err = c.Definition(t.Context(), name, "red")
		wantError(t, err, fail.Invalid, "can not be a Kubernetes name")
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestAnswersThatAreNotBelieved(t *testing.T) {
	const route = "GET /api/v1/namespaces/*/pods/*"
	for name, tc := range map[string]struct {
		fault fakeapi.Fault
		kind  fail.Kind
		text  string
	}{
		"torn JSON":    {fakeapi.Fault{Status: 200, Body: `{"kind":"Pod"`}, fail.Decode, "understood"},
		"other kind":   {fakeapi.Fault{Status: 200, Body: `{"kind":"Secret"}`}, fail.Decode, "Secret"},
		"no UID":       {fakeapi.Fault{Status: 200, Body: `{"kind":"Pod"}`}, fail.Decode, "else"},
		"too large":    {fakeapi.Fault{Status: 200, Body: big()}, fail.Decode, "more than 4194304"},
		"redirect":     {fakeapi.Fault{Status: 302}, fail.Internal, "302 Found"},
		"other status": {fakeapi.Fault{Status: 418}, fail.Internal, "418 I'm a teapot"},
		"long message": {fakeapi.Fault{Status: 400, Body: longMessage()}, fail.Internal, "xx…"},
	} {
		t.Run(name, func(t *testing.T) {
			s := fakeapi.New(t)
			s.Misbehave(route, 1, tc.fault)
			_, err := client(t, s, 0).Pod(t.Context(), "default", "p1")
			wantError(t, err, tc.kind, "pod default/p1: ", tc.text)
			if n := s.Count(route); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func big() string { return `{"kind":"Pod","x":"` + strings.Repeat("x", 5<<20) + `"}` }

func longMessage() string {
	return `{"kind":"Status","message":"` + strings.Repeat("x", 5000) + `"}`
}

func TestWhereTheClusterIs(t *testing.T) {
	t.Run("nowhere", func(t *testing.T) {
		for _, opts := range []cluster.Options{
			{},
			{InCluster: true},
			{InCluster: true, Host: "10.0.0.1"},
			{Host: "10.0.0.1", Port: "443"},
		} {
			opts.Clock = wall{}
			_, err := cluster.New(opts)
			wantError(t, err, fail.NotFound, "no cluster is configured")
		}
	})
	t.Run("service account", func(t *testing.T) {
		s := fakeapi.NewTLS(t)
		s.AddPod(pod())
		dir := s.ServiceAccount(t)
		c := inCluster(t, s, dir)
		if _, err := c.Pod(t.Context(), "default", "p1"); err != nil {
			t.Fatal(err)
		}
		s.SetToken("second")
		rewrite(t, filepath.Join(dir, "token"), "second")
		if _, err := c.Pod(t.Context(), "default", "p1"); err != nil {
			t.Errorf("after a rotation: %v", err)
		}
		if n := s.Count("GET /api/v1/namespaces/default/pods/p1"); n != 2 {
			t.Errorf("%d requests, want 2: the token is read for each", n)
		}
	})
	t.Run("broken service account", func(t *testing.T) {
		s := fakeapi.NewTLS(t)
		for _, file := range []string{"token", "ca.crt"} {
			dir := s.ServiceAccount(t)
			rewrite(t, filepath.Join(dir, file), "\n")
			_, err := cluster.New(cluster.Options{
				InCluster: true, Host: "h", Port: "1", ServiceAccount: dir, Clock: wall{},
			})
			wantError(t, err, fail.Invalid, "service account", filepath.Join(dir, file))
		}
	})
}

func inCluster(t *testing.T, s *fakeapi.Server, dir string) *cluster.Client {
	t.Helper()
	host, port, err := net.SplitHostPort(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return open(t, cluster.Options{
		InCluster: true, Host: host, Port: port, ServiceAccount: dir, Budget: time.Minute,
	})
}

func rewrite(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (wall) WithTimeout(
	ctx context.Context, d time.Duration,
) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}
