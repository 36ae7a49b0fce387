package blackbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/ci/fakeapi"
	"patchbay/core/need"
)

const (
	podRoute    = "GET /api/v1/namespaces/dev/pods/p"
	patchRoute  = "PATCH /api/v1/namespaces/dev/pods/p/status"
	updateRoute = "PUT /api/v1/namespaces/dev/pods/p/status"
)

// brief keeps the tests of a cluster that does not answer short.
const brief = `"apiTimeoutSeconds":0.3`

func TestStatusCanNotBeWritten(t *testing.T) {
	for name, fault := range map[string]fakeapi.Fault{
		"C122 forbidden":     {Status: http.StatusForbidden},
		"C122 a defect":      {Status: http.StatusInternalServerError},
		"C122 no connection": {Reset: true},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, networksKey, "red")
			n.api.Misbehave("* /api/v1/namespaces/dev/pods/p/status", fakeapi.Always, fault)
			code := types.ErrTryAgainLater
			if fault.Status == http.StatusForbidden {
				code = types.ErrInternal
			}
			n.run("ADD", n.conf(onePrimary, brief)).refused(t, code, "network status", "pod dev/p")
			n.traced("ADD pri eth0, ADD red net1, DEL red net1, DEL pri eth0")
			n.nothingLeft()
		})
	}
	t.Run("C122 only patches are forbidden", func(t *testing.T) {
		n := newNode(t)
		n.api.Fail(patchRoute, http.StatusForbidden, fakeapi.Always)
		n.run("ADD", n.conf()).ok(t)
		if n.status() == "" || n.api.Count(updateRoute) != 1 {
			t.Errorf("the status is %q after %v", n.status(), n.api.Requests())
		}
	})
	t.Run("C123 others write", func(t *testing.T) {
		n := newNode(t)
		n.api.Fail(patchRoute, http.StatusConflict, 4)
		n.run("ADD", n.conf()).ok(t)
		if n.status() == "" || n.api.Count(patchRoute) != 5 {
			t.Errorf("the status is %q after %v", n.status(), n.api.Requests())
		}
	})
	t.Run("C123 others write all the time", func(t *testing.T) {
		n := newNode(t)
		n.api.Fail(patchRoute, http.StatusConflict, fakeapi.Always)
		n.run("ADD", n.conf()).refused(t, types.ErrTryAgainLater, "pod dev/p", "5 tries")
		n.traced("ADD pri eth0, DEL pri eth0")
		n.nothingLeft()
	})
	t.Run("C123 another annotation at the same time", func(t *testing.T) {
		n := newNode(t)
		n.api.Fail(patchRoute, http.StatusForbidden, fakeapi.Always) // an update can lose one
		n.api.Misbehave(updateRoute, 1, fakeapi.Fault{Before: func(s *fakeapi.Server) {
			s.Annotate("dev", "p", "mine", "kept")
		}})
		n.run("ADD", n.conf()).ok(t)
		if pod, _ := n.api.Pod("dev", "p"); pod.Annotations["mine"] != "kept" || n.status() == "" {
			t.Errorf("the annotations are %q", pod.Annotations)
		}
	})
	t.Run("C124 the pod is gone", func(t *testing.T) {
		n := newNode(t)
		n.api.Misbehave(patchRoute, 1, fakeapi.Fault{Before: func(s *fakeapi.Server) {
			s.DeletePod("dev", "p")
		}})
		n.run("ADD", n.conf()).ok(t)
		n.traced("ADD pri eth0")
	})
	t.Run("C124 the pod is another one", func(t *testing.T) {
		n := newNode(t)
		n.api.Misbehave(patchRoute, 1, fakeapi.Fault{Before: func(s *fakeapi.Server) {
			s.ReplacePod("dev", "p", "u2")
		}})
		n.run("ADD", n.conf()).ok(t)
		if got := n.status(); got != "" {
			t.Errorf("the new pod has the status %s", got)
		}
	})
}

func TestPodIsUnknown(t *testing.T) {
	t.Run("C125 an empty success", func(t *testing.T) {
		n := newNode(t)
		n.api.DeletePod("dev", "p")
		a := n.run("ADD", n.conf()).ok(t)
		var got any
		if err := json.Unmarshal([]byte(a.stdout), &got); err != nil {
			t.Fatal(err)
		}
		want := `{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"` + n.netns + `"}],` +
			`"ips":[{"address":"0.0.0.0/0","gateway":"0.0.0.0","interface":0}]}`
		if equal(t, got) != want {
			t.Errorf("the result is %s\nwant %s", equal(t, got), want)
		}
		n.untouched()
	})
	t.Run("C125 by option, try again later", func(t *testing.T) {
		n := newNode(t)
		n.api.DeletePod("dev", "p")
		n.run("ADD", n.conf(onePrimary, `"podNotFound":"tryAgainLater"`)).
			refused(t, types.ErrTryAgainLater, "pod dev/p not found")
		n.untouched()
	})
	t.Run("C126 another pod", func(t *testing.T) {
		n := newNode(t)
		n.api.ReplacePod("dev", "p", "u2")
		n.run("ADD", n.conf()).refused(t, types.ErrTryAgainLater,
			"pod dev/p", "expected pod UID u1", "u2")
		n.untouched()
	})
	t.Run("C127 a static pod", func(t *testing.T) {
		n := newNode(t)
		n.api.AddPod(need.Pod{Namespace: "dev", Name: "p", UID: "mirror", Annotations: map[string]string{
			"kubernetes.io/config.source": "file", networksKey: "red",
		}})
		n.run("ADD", n.conf()).ok(t)
		n.traced("ADD pri eth0, ADD red net1")
		if got := n.status(); !strings.Contains(got, "dev/red") {
			t.Errorf("the status is %s", got)
		}
	})
}

func TestClusterFails(t *testing.T) {
	t.Run("C128 connections are refused", func(t *testing.T) {
		n := newNode(t)
		conf := n.conf(onePrimary, brief)
		n.api.Close()
		n.run("ADD", conf).refused(t, types.ErrTryAgainLater, "pod dev/p",
			"no answer from the API server within 300ms", "connection refused")
		n.untouched()
	})
	t.Run("C129 overloaded", func(t *testing.T) {
		n := newNode(t)
		n.api.Fail(podRoute, http.StatusServiceUnavailable, fakeapi.Always)
		n.run("ADD", n.conf(onePrimary, brief)).refused(t, types.ErrTryAgainLater, "pod dev/p",
			"no useful answer from the API server within 300ms", "503 Service Unavailable")
		if tries := n.api.Count(podRoute); tries < 2 {
			t.Errorf("it was asked %d times", tries)
		}
		n.untouched()
	})
	t.Run("C129 overloaded for a moment", func(t *testing.T) {
		n := newNode(t)
		n.api.Fail(podRoute, http.StatusServiceUnavailable, 2)
		n.run("ADD", n.conf()).ok(t)
	})
	for name, code := range map[string]int{"C130 unknown": 401, "C130 not allowed": 403} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			n.api.Fail(podRoute, code, fakeapi.Always)
			n.run("ADD", n.conf()).refused(t, types.ErrInternal, "pod dev/p",
				"the API server refuses", http.StatusText(code))
			if tries := n.api.Count(podRoute); tries != 1 {
				t.Errorf("it was asked %d times", tries)
			}
			n.untouched()
		})
	}
	t.Run("C131 slow", func(t *testing.T) {
		t.Parallel()
		n := newNode(t, networksKey, "red")
		n.api.Misbehave("* /*/*/*/*/*/*", fakeapi.Always, fakeapi.Fault{Delay: 400 * time.Millisecond})
		n.run("ADD", n.conf()).ok(t)
		n.traced("ADD pri eth0, ADD red net1")
	})
	t.Run("C131 too slow", func(t *testing.T) {
		n := newNode(t)
		never := make(chan struct{})
		n.api.Misbehave(podRoute, fakeapi.Always, fakeapi.Fault{Gate: never})
		n.run("ADD", n.conf(onePrimary, brief)).
			refused(t, types.ErrTryAgainLater, "pod dev/p", "no reply within")
		n.untouched()
	})
}

func TestEvents(t *testing.T) {
	t.Run("one for each network", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.script("pri.ADD", printing(`{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"/s"}],`+
			`"ips":[{"interface":0,"address":"10.0.0.2/24"},{"interface":0,"address":"fd00::2/64"}]}`))
		n.run("ADD", n.conf()).ok(t)
		n.announced("Normal AddedInterface", "Normal AddedInterface")
		events := n.api.Events()
		if len(events) != 2 || events[0].Message != "Add eth0 [10.0.0.2/24 fd00::2/64] from cbr0" ||
			events[1].Message != "Add net1 [] from dev/red" {
			t.Errorf("the events are %+v", events)
		}
	})
	t.Run("they do not matter to the pod", func(t *testing.T) {
		n := newNode(t)
		n.api.Fail("POST /api/v1/namespaces/dev/events", http.StatusForbidden, fakeapi.Always)
		n.run("ADD", n.conf()).ok(t)
	})
}
