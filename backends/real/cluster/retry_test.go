package cluster_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"patchbay/ci/fakeapi"
	"patchbay/core/fail"
	"patchbay/core/need"
)

const (
	podRoute = "GET /api/v1/namespaces/default/pods/p1"
	nadRoute = "GET /apis/k8s.cni.cncf.io/v1/namespaces/default/network-attachment-definitions/red"
)

// bubble is a test of which each second is over at once (testing/synctest).
type bubble struct{ *testing.T }

// timed runs a test in a bubble, with a server that is reached in memory.
func timed(t *testing.T, name string, test func(bubble, *fakeapi.Server)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := fakeapi.NewPipe(t)
			s.AddPod(pod())
			test(bubble{t}, s)
		})
	})
}

// took fails unless about that time passed since a moment.
func took(t testing.TB, since time.Time, least, most time.Duration) {
	t.Helper()
	if d := time.Since(since); d < least || d > most {
		t.Errorf("it took %v, want between %v and %v", d, least, most)
	}
}

func TestRetries(t *testing.T) {
	timed(t, "C071 definition answered with 503 once", func(t bubble, s *fakeapi.Server) {
		s.AddDefinition(need.Definition{Namespace: "default", Name: "red", Config: "{}"})
		s.Fail(nadRoute, 503, 1)
		got, err := client(t, s, 0).Definition(t.Context(), "default", "red")
		if err != nil || got.Config != "{}" {
			t.Errorf("got %v, %v", got, err)
		}
		if n := s.Count(nadRoute); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
	timed(t, "C128 API server refuses connections", func(t bubble, s *fakeapi.Server) {
		c := client(t, s, 2500*time.Millisecond)
		s.Close()
		began := time.Now()
		_, err := c.Pod(t.Context(), "default", "p1")
		wantError(t, err, fail.Transient,
			"pod default/p1: no answer from the API server within 2.5s", "connection refused")
		took(t, began, 2400*time.Millisecond, 2500*time.Millisecond)
	})
	timed(t, "C129 API server says 503", func(t bubble, s *fakeapi.Server) {
		s.Fail(podRoute, 503, fakeapi.Always)
		began := time.Now()
		_, err := client(t, s, 2500*time.Millisecond).Pod(t.Context(), "default", "p1")
		wantError(t, err, fail.Transient, "no useful answer from the API server within 2.5s",
			"503 Service Unavailable: the test wants it so")
		took(t, began, 2400*time.Millisecond, 2500*time.Millisecond)
		if n := s.Count(podRoute); n < 8 || n > 13 {
			t.Errorf("%d requests, want about 10", n)
		}
	})
	timed(t, "C131 API server answers after 400 ms", func(t bubble, s *fakeapi.Server) {
		s.Misbehave(podRoute, 1, fakeapi.Fault{Delay: 400 * time.Millisecond})
		began := time.Now()
		if _, err := client(t, s, 0).Pod(t.Context(), "default", "p1"); err != nil {
			t.Error(err)
		}
		took(t, began, 400*time.Millisecond, 400*time.Millisecond)
		if n := s.Count(podRoute); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
	for _, code := range []int{429, 500, 502, 504} {
		timed(t, "status "+strconv.Itoa(code)+" passes", func(
			t bubble, s *fakeapi.Server,
		) {
			s.Fail(podRoute, code, 3)
			began := time.Now()
			if _, err := client(t, s, 0).Pod(t.Context(), "default", "p1"); err != nil {
				t.Errorf("%d: %v", code, err)
			}
			took(t, began, 350*time.Millisecond, 350*time.Millisecond) // 50 + 100 + 200
		})
	}
	timed(t, "connection reset passes", func(t bubble, s *fakeapi.Server) {
		s.Misbehave(podRoute, 2, fakeapi.Fault{Reset: true})
		if _, err := client(t, s, 0).Pod(t.Context(), "default", "p1"); err != nil {
			t.Error(err)
		}
	})
}

func TestSilence(t *testing.T) {
	timed(t, "one try of several", func(t bubble, s *fakeapi.Server) {
		s.Misbehave(podRoute, 1, fakeapi.Fault{Delay: time.Hour})
		began := time.Now()
		if _, err := client(t, s, 0).Pod(t.Context(), "default", "p1"); err != nil {
			t.Error(err)
		}
		took(t, began, 5050*time.Millisecond, 5050*time.Millisecond)
	})
	timed(t, "for ever", func(t bubble, s *fakeapi.Server) {
		s.Misbehave(podRoute, fakeapi.Always, fakeapi.Fault{Delay: time.Hour})
		began := time.Now()
		_, err := client(t, s, 3*time.Second).Pod(t.Context(), "default", "p1")
		wantError(t, err, fail.Transient, "no answer from the API server within 3s: "+
			"no reply within 3s")
		took(t, began, 3*time.Second, 3*time.Second)
	})
	timed(t, "until the caller's context ends", func(t bubble, s *fakeapi.Server) {
		gate := make(chan struct{})
		defer close(gate)
		s.Misbehave(podRoute, fakeapi.Always, fakeapi.Fault{Gate: gate})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client(t, s, 0).Pod(ctx, "default", "p1")
		wantError(t, err, fail.Transient,
			"pod default/p1: gave up asking the API server: context deadline exceeded")
	})
	timed(t, "and the context ends in a pause", func(t bubble, s *fakeapi.Server) {
		s.Fail(podRoute, 503, fakeapi.Always)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := client(t, s, 0).Pod(ctx, "default", "p1")
		wantError(t, err, fail.Transient, "deadline exceeded, after: 503 Service Unavailable")
	})
}

func TestRetryAfter(t *testing.T) {
	timed(t, "that fits is obeyed", func(t bubble, s *fakeapi.Server) {
		s.Misbehave(podRoute, 1, fakeapi.Fault{Status: 429, RetryAfter: "3"})
		began := time.Now()
		if _, err := client(t, s, 0).Pod(t.Context(), "default", "p1"); err != nil {
			t.Error(err)
		}
		took(t, began, 3*time.Second, 3*time.Second)
	})
	timed(t, "that does not fit is not", func(t bubble, s *fakeapi.Server) {
		s.Misbehave(podRoute, 1, fakeapi.Fault{Status: 429, RetryAfter: "30"})
		began := time.Now()
		if _, err := client(t, s, 0).Pod(t.Context(), "default", "p1"); err != nil {
			t.Error(err)
		}
		took(t, began, 50*time.Millisecond, 50*time.Millisecond)
	})
}
