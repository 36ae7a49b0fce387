package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"patchbay/backends"
	"patchbay/backends/real/cluster"
	"patchbay/ci/fakeapi"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/record"
	sim "patchbay/sim/cluster"
)

var errSlept = errors.New("slept")

// wall is the time of the bubble around a test.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) Sleep(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, d, errSlept)
	defer cancel()
	<-ctx.Done()
	if errors.Is(context.Cause(ctx), errSlept) {
		return nil
	}
	return ctx.Err()
}

func (wall) WithTimeout(
	ctx context.Context, d time.Duration,
) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}

type dial func(ctx context.Context, network, address string) (net.Conn, error)

func client(t testing.TB, s *fakeapi.Server, to dial) *cluster.Client {
	t.Helper()
	c, err := cluster.New(cluster.Options{
		Kubeconfig: s.Kubeconfig(t), Clock: wall{}, Budget: 5 * time.Second, Dial: to,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var p1 = record.Pod{Namespace: "default", Name: "p1", UID: "u1"}

// call is a call of the real client: what the client names its object, where it
// goes to and how it is made.
type call struct {
	kind   sim.Call
	object string
	about  string // the name in the details
	routes []string
	make   func(ctx context.Context, c *cluster.Client) error
}

func calls() []call {
	const pods = " /api/v1/namespaces/*/pods/*"
	return []call{
		{
			sim.CallPod, "pod default/p1", "p1",
			[]string{"GET" + pods},
			func(ctx context.Context, c *cluster.Client) error {
				_, err := c.Pod(ctx, "default", "p1")
				return err
			},
		},
		{
			sim.CallDefinition, "network-attachment-definition default/red", "red",
			[]string{"GET /apis/*/*/*/*/*/*"},
			func(ctx context.Context, c *cluster.Client) error {
				_, err := c.Definition(ctx, "default", "red")
				return err
			},
		},
		{
			sim.CallSetStatus, "pod default/p1", "p1",
			[]string{"PATCH" + pods + "/status", "PUT" + pods + "/status"},
			func(ctx context.Context, c *cluster.Client) error {
				return c.SetStatus(ctx, p1, "[]")
			},
		},
		{
			sim.CallReport, "event Added of pod default/p1", "default",
			[]string{"POST /api/v1/namespaces/*/events"},
			func(ctx context.Context, c *cluster.Client) error {
				return c.Report(ctx, p1, []backends.Event{{Reason: "Added", Message: "m"}})
			},
		},
	}
}

// answer is what a server says that is in this trouble; nil when it says
// nothing that has a code.
func answer(trouble sim.Trouble, about string, retryAfter int) *sim.StatusError {
	e := &sim.StatusError{
		Code: int(trouble), Message: "the test wants it so", Name: about, Resource: "things",
		RetryAfterSeconds: retryAfter,
	}
	switch trouble {
	case sim.Cut, sim.GarbageBody, sim.EmptyBody:
		return nil
	case sim.NoSuchPath:
		return &sim.StatusError{Code: 404}
	case sim.ExistsAlready:
		e.Code, e.Reason = 409, "AlreadyExists"
	default:
		e.Reason = sim.Answer(int(trouble), 0).Reason
	}
	return e
}

func fault(trouble sim.Trouble, e *sim.StatusError) fakeapi.Fault {
	switch trouble {
	case sim.CodeOK:
		return fakeapi.Fault{}
	case sim.Cut:
		return fakeapi.Fault{Reset: true}
	case sim.GarbageBody:
		return fakeapi.Fault{Status: 200, Body: `<html>`}
	case sim.EmptyBody: // the fake API server never answers with nothing
		return fakeapi.Fault{Status: 200, Body: " "}
	case sim.NoSuchPath:
		return fakeapi.Fault{Status: 404, Body: "404 page not found\n"}
	case sim.ExistsAlready: // has a code and a body, as the rest
	default:
	}
	f := fakeapi.Fault{Status: e.Code, Body: body(e)}
	if e.RetryAfterSeconds > 0 {
		f.RetryAfter = fmt.Sprint(e.RetryAfterSeconds)
	}
	return f
}

// body is a Status object.
func body(e *sim.StatusError) string {
	type details struct {
		Name string `json:"name"`
		Kind string `json:"kind"`
	}
	text, err := json.Marshal(struct {
		Kind    string  `json:"kind"`
		Status  string  `json:"status"`
		Reason  string  `json:"reason"`
		Message string  `json:"message"`
		Code    int     `json:"code"`
		Details details `json:"details"`
	}{"Status", "Failure", e.Reason, e.Message, e.Code, details{e.Name, e.Resource}})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestVerdicts(t *testing.T) {
	for _, trouble := range append(sim.Troubles(), 302, 418, 501) {
		if trouble == sim.EmptyBody {
			continue // see TestEmptyBody
		}
		for _, c := range calls() {
			for _, retryAfter := range []int{0, 1, 60} {
				if retryAfter > 0 && trouble != 429 && trouble != 503 {
					continue
				}
				name := fmt.Sprintf("%v/%v/after %d", c.kind, trouble, retryAfter)
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { hold(t, c, trouble, retryAfter) })
				})
			}
		}
	}
}

// hold compares what the client makes of a trouble that lasts, and of one that
// is over the next time, with the table.
func hold(t *testing.T, c call, trouble sim.Trouble, retryAfter int) {
	t.Helper()
	want := sim.VerdictOn(c.kind, trouble)
	e := answer(trouble, c.about, retryAfter)
	for _, times := range []int{fakeapi.Always, 1} {
		s := fakeapi.NewPipe(t)
		s.AddPod(need.Pod{Namespace: "default", Name: "p1", UID: "u1"})
		s.AddDefinition(need.Definition{Namespace: "default", Name: "red", Config: "{}"})
		for _, route := range c.routes {
			s.Misbehave(route, times, fault(trouble, e))
		}
		err := c.make(t.Context(), client(t, s, s.Dial))
		success := want.OK || times == 1 && want.Again
		switch {
		case success && err != nil:
			t.Errorf("%d times: %v, want success", times, err)
		case !success && !fail.Is(err, want.Kind):
			t.Errorf("%d times: %v is %v, want %v", times, err, fail.Of(err), want.Kind)
		}
		if times == fakeapi.Always && e != nil {
			compareWords(t, e, c, err)
		}
	}
}

// compareWords holds the error that the simulator makes against the client's.
// Where the client asks again it also says for how long, so only the kind is.
func compareWords(t *testing.T, e *sim.StatusError, c call, err error) {
	t.Helper()
	if e.Code == sim.CodeOK {
		return
	}
	made := e.Fail(c.kind, c.object)
	if (made == nil) != (err == nil) || made != nil && fail.Of(made) != fail.Of(err) {
		t.Fatalf("the simulator says %v, the client %v", made, err)
	}
	if made != nil && !fail.Is(made, fail.Transient) && e.Code < 418 && e.Code != 302 &&
		made.Error() != err.Error() {
		t.Errorf("the simulator says\n%v, the client\n%v", made, err)
	}
}

func TestEmptyBody(t *testing.T) {
	empty := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(empty.Close)
	for _, c := range calls() {
		t.Run(c.kind.String(), func(t *testing.T) {
			s := fakeapi.New(t)
			to := func(ctx context.Context, network, _ string) (net.Conn, error) {
				var d net.Dialer
				return d.DialContext(ctx, network, empty.Listener.Addr().String())
			}
			err := c.make(t.Context(), client(t, s, to))
			want := sim.VerdictOn(c.kind, sim.EmptyBody)
			if want.OK != (err == nil) || err != nil && fail.Of(err) != want.Kind {
				t.Errorf("%v, want %+v", err, want)
			}
		})
	}
}
