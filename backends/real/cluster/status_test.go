package cluster_test

import (
	"testing"
	"testing/synctest"
	"time"

	"patchbay/backends"
	"patchbay/backends/real/cluster"
	"patchbay/ci/fakeapi"
	"patchbay/core/fail"
	"patchbay/core/record"
)

const (
	patchRoute = "PATCH /api/v1/namespaces/default/pods/p1/status"
	eventRoute = "POST /api/v1/namespaces/default/events"
	text       = `[{"name":"red"}]`
)

func whose(uid string) record.Pod {
	return record.Pod{Namespace: "default", Name: "p1", UID: uid}
}

// wantStatus compares the annotation, and that nothing else was touched.
func wantStatus(t testing.TB, s *fakeapi.Server, want string) {
	t.Helper()
	got, _ := s.Pod("default", "p1")
	if a := got.Annotations["k8s.v1.cni.cncf.io/network-status"]; a != want {
		t.Errorf("status: got %q, want %q", a, want)
	}
	if got.Annotations["other"] != "kept" {
		t.Errorf("other annotations: got %v", got.Annotations)
	}
}

func TestSetStatus(t *testing.T) {
	t.Run("once", func(t *testing.T) {
		s := fakeapi.New(t)
		s.AddPod(pod())
		if err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, s, text)
		if n := len(s.Requests()); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
	t.Run("without a UID", func(t *testing.T) {
		s := fakeapi.New(t)
		s.AddPod(pod())
		s.Misbehave(patchRoute, 1, fakeapi.Fault{Before: replace})
		err := client(t, s, 0).SetStatus(t.Context(), whose(""), text)
		wantError(t, err, fail.NotFound, "replaced (uid u2, was u1)")
		wantStatus(t, s, "")
	})
	t.Run("of a static pod", func(t *testing.T) {
		s := fakeapi.New(t)
		static := pod()
		static.Annotations["kubernetes.io/config.source"] = "file"
		s.AddPod(static)
		if err := client(t, s, 0).SetStatus(t.Context(), whose("kubelets"), text); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, s, text)
	})
	t.Run("refused", func(t *testing.T) {
		s := fakeapi.New(t)
		s.AddPod(pod())
		s.Fail("* /api/v1/namespaces/default/pods/p1/status", 403, fakeapi.Always)
		err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text)
		wantError(t, err, fail.Denied, "pod default/p1: the API server refuses: 403 Forbidden")
	})
	t.Run("invalid for another reason than the UID", func(t *testing.T) {
		s := fakeapi.New(t)
		s.AddPod(pod())
		s.Fail(patchRoute, 422, 1)
		err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text)
		wantError(t, err, fail.Internal, "422 Unprocessable Entity")
	})
	timed(t, "after a lost reply", func(t bubble, s *fakeapi.Server) {
		s.Misbehave(patchRoute, 1, fakeapi.Fault{LoseReply: true})
		if err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text); err != nil {
			t.Error(err)
		}
		wantStatus(t, s, text)
	})
}

func replace(s *fakeapi.Server) { s.ReplacePod("default", "p1", "u2") }

func TestSetStatusConflicts(t *testing.T) {
	timed(t, "C123 conflict four times", func(t bubble, s *fakeapi.Server) {
		s.Fail(patchRoute, 409, 4)
		if err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text); err != nil {
			t.Error(err)
		}
		wantStatus(t, s, text)
		if n := s.Count(patchRoute); n != 5 {
			t.Errorf("%d tries, want 5", n)
		}
	})
	timed(t, "C123 conflict for ever", func(t bubble, s *fakeapi.Server) {
		s.Fail(patchRoute, 409, fakeapi.Always)
		err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text)
		wantError(t, err, fail.Transient, "pod default/p1: 5 tries", "409 Conflict")
		if n := s.Count(patchRoute); n != 5 {
			t.Errorf("%d tries, want 5", n)
		}
	})
	timed(t, "C124 pod vanished", func(t bubble, s *fakeapi.Server) {
		s.DeletePod("default", "p1")
		err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text)
		wantError(t, err, fail.NotFound, "pod default/p1 not found")
	})
	for name, status := range map[string]int{
		"C124 pod was replaced (422, as in a patch)": 0, "C124 pod was replaced (409)": 409,
	} {
		timed(t, name, func(t bubble, s *fakeapi.Server) {
			s.Misbehave(patchRoute, 1, fakeapi.Fault{Before: replace, Status: status})
			err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text)
			wantError(t, err, fail.NotFound,
				"pod default/p1 has been replaced (uid u2, was u1)")
			wantStatus(t, s, "")
		})
	}
	timed(t, "C124 pod vanished after a conflict", func(t bubble, s *fakeapi.Server) {
		s.Misbehave(patchRoute, 1, fakeapi.Fault{Status: 409, Before: func(s *fakeapi.Server) {
			s.DeletePod("default", "p1")
		}})
		err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text)
		wantError(t, err, fail.NotFound, "pod default/p1 not found")
	})
}

func TestSetStatusWithTheRightsOfMultus(t *testing.T) {
	const putRoute = "PUT /api/v1/namespaces/default/pods/p1/status"
	serve := func(t *testing.T) *fakeapi.Server {
		t.Helper()
		s := fakeapi.New(t)
		s.AddPod(pod())
		s.Fail(patchRoute, 403, fakeapi.Always)
		return s
	}
	t.Run("update", func(t *testing.T) {
		s := serve(t)
		if err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text); err != nil {
			t.Error(err)
		}
		wantStatus(t, s, text)
	})
	t.Run("of a static pod", func(t *testing.T) {
		s := serve(t)
		s.Annotate("default", "p1", "kubernetes.io/config.source", "file")
		if err := client(t, s, 0).SetStatus(t.Context(), whose("kubelets"), text); err != nil {
			t.Error(err)
		}
		wantStatus(t, s, text)
	})
	t.Run("C124 pod was replaced", func(t *testing.T) {
		s := serve(t)
		replace(s)
		err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text)
		wantError(t, err, fail.NotFound, "replaced (uid u2, was u1)")
		wantStatus(t, s, "")
	})
	t.Run("C123 somebody else is faster", func(t *testing.T) {
		s := serve(t)
		s.Misbehave(putRoute, 1, fakeapi.Fault{Before: func(s *fakeapi.Server) {
			s.Annotate("default", "p1", "more", "x")
		}})
		if err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text); err != nil {
			t.Error(err)
		}
		wantStatus(t, s, text)
		if got, _ := s.Pod("default", "p1"); got.Annotations["more"] != "x" {
			t.Error("the other writer's annotation is lost")
		}
		if n := s.Count(putRoute); n != 2 {
			t.Errorf("%d updates, want 2", n)
		}
	})
	t.Run("C124 pod vanished", func(t *testing.T) {
		s := serve(t)
		s.DeletePod("default", "p1")
		err := client(t, s, 0).SetStatus(t.Context(), whose("u1"), text)
		wantError(t, err, fail.NotFound, "pod default/p1 not found")
	})
}

func TestReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fakeapi.NewPipe(t)
		c := client(t, s, 0)
		s.Misbehave(eventRoute, 1, fakeapi.Fault{})
		s.Misbehave(eventRoute, 1, fakeapi.Fault{LoseReply: true})
		err := c.Report(t.Context(), whose("u1"), []backends.Event{
			{Reason: "AddedInterface", Message: "Add net1 [10.0.0.1/24] from red"},
			{Reason: "NoNetworkFound", Message: "there is no blue", Warning: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := s.Events()
		if len(got) != 2 {
			t.Fatalf("got %d events, want 2: %v", len(got), got)
		}
		at := time.Now().UTC().Format(time.RFC3339)
		want := fakeapi.Event{
			Namespace: "default", Name: got[0].Name, Pod: "p1", PodUID: "u1",
			Type: "Normal", Reason: "AddedInterface",
			Message:   "Add net1 [10.0.0.1/24] from red",
			Component: "patchbay", FirstTime: at, LastTime: at,
		}
		if got[0] != want {
			t.Errorf("got  %v\nwant %v", got[0], want)
		}
		if got[1].Type != "Warning" || got[1].Name == got[0].Name {
			t.Errorf("got %v", got[1])
		}
	})
}

func TestReportIsRefused(t *testing.T) {
	s := fakeapi.New(t)
	s.Fail(eventRoute, 403, 1)
	events := []backends.Event{{Reason: "A"}, {Reason: "B"}}
	err := client(t, s, 0).Report(t.Context(), whose("u1"), events)
	wantError(t, err, fail.Denied, "event A of pod default/p1: the API server refuses: 403")
	if n := s.Count(eventRoute); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestTheBudgetIsOfTheWholeMethod(t *testing.T) {
	timed(t, "of SetStatus", func(t bubble, s *fakeapi.Server) {
		slow := fakeapi.Fault{Delay: 700 * time.Millisecond, Status: 409}
		s.Misbehave(patchRoute, fakeapi.Always, slow)
		began := time.Now()
		err := client(t, s, time.Second).SetStatus(t.Context(), whose("u1"), text)
		wantError(t, err, fail.Transient, "pod default/p1")
		took(t, began, 700*time.Millisecond, time.Second)
	})
}

func TestNoClock(t *testing.T) {
	_, err := cluster.New(cluster.Options{Kubeconfig: "x"})
	wantError(t, err, fail.Internal, "no clock")
}
