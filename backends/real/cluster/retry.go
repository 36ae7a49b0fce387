package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
)

// How tries are spaced. There is no jitter: nodes start pods at times of their
// own, and a run that can be repeated exactly is worth more.
const (
	firstPause = 50 * time.Millisecond
	maxPause   = time.Second
	tryLimit   = 5 * time.Second
)

// budget is the time that one method may take.
type budget struct {
	clock backends.Clock
	total time.Duration
	end   time.Time
}

func (c *Client) start() budget {
	return budget{clock: c.clock, total: c.budget, end: c.clock.Now().Add(c.budget)}
}

func (b budget) left() time.Duration { return b.end.Sub(b.clock.Now()) }

// pause says how long to wait before the next try; zero means that there is no
// time for one. A pause takes half of what is left at most, so that the next
// try has as long as the pause before it.
func (b budget) pause(backoff, asked time.Duration) time.Duration {
	left := b.left()
	if asked > 0 && asked < left {
		return asked
	}
	if left < firstPause {
		return 0
	}
	return min(backoff, left/2)
}

// hiccup is a failure that another try may not meet.
type hiccup struct {
	cause    error
	answered bool // there was an answer, though not a useful one
	after    time.Duration
}

func (h *hiccup) Error() string { return h.cause.Error() }
func (h *hiccup) Unwrap() error { return h.cause }

// refusal is an answer that another try would get as well.
type refusal struct {
	object string
	answer answer
}

func (r *refusal) Error() string {
	return r.object + ": the API server refuses: " + r.answer.String()
}

// call asks until there is an answer or the budget is spent, and returns the
// body of a success.
func (c *Client) call(ctx context.Context, b budget, r request) ([]byte, error) {
	for _, s := range r.segments {
		if !pathSegment(s) {
			return nil, fail.New(fail.Invalid, "%s: %q can not be a Kubernetes name", r.object, s)
		}
	}
	for backoff := firstPause; ; backoff = min(2*backoff, maxPause) {
		left := b.left()
		if left <= 0 {
			return nil, fail.New(fail.Transient,
				"%s: no time is left to ask the API server", r.object)
		}
		limit := min(left, tryLimit)
		a, err := c.try(ctx, r, limit)
		err = judge(r, a, err)
		trouble, again := errors.AsType[*hiccup](err)
		if !again {
			return a.body, err
		}
		if ctx.Err() != nil {
			return nil, gaveUp(ctx, r, trouble)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			trouble.cause = fmt.Errorf("no reply within %v", limit)
		}
		pause := b.pause(backoff, trouble.after)
		if pause == 0 {
			return nil, exhausted(r, b, trouble)
		}
		if err := b.clock.Sleep(ctx, pause); err != nil {
			return nil, gaveUp(ctx, r, trouble)
		}
	}
}

func exhausted(r request, b budget, last *hiccup) error {
	what := "no answer"
	if last.answered {
		what = "no useful answer"
	}
	return fail.New(fail.Transient, "%s: %s from the API server within %v: %w",
		r.object, what, b.total, last.cause)
}

// gaveUp is for a caller that does not want to wait any longer.
func gaveUp(ctx context.Context, r request, last *hiccup) error {
	err := context.Cause(ctx)
	if !errors.Is(last.cause, ctx.Err()) {
		err = fmt.Errorf("%w, after: %w", err, last.cause)
	}
	return fail.New(fail.Transient, "%s: gave up asking the API server: %w", r.object, err)
}

// judge says what the outcome of a try means: nil, a *hiccup or an error with a
// kind.
func judge(r request, a answer, err error) error {
	if err != nil {
		return judgeTransport(r, err)
	}
	refused := &refusal{r.object, a}
	switch {
	case a.code >= http.StatusOK && a.code < http.StatusMultipleChoices:
		return nil
	case a.code == http.StatusUnauthorized, a.code == http.StatusForbidden:
		return fail.As(fail.Denied, refused)
	case a.code == http.StatusNotFound:
		return notFound(r, a)
	case retryable(a.code):
		return &hiccup{cause: errors.New(a.String()), answered: true, after: a.retryAfter}
	default:
		return fail.As(fail.Internal, refused)
	}
}

func retryable(code int) bool {
	switch code {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// notFound tells an object that is not there from a server that does not know
// what it is asked for. The first is knowledge; the second may be a wrong
// address, and then nothing is known of the object.
func notFound(r request, a answer) error {
	if a.status.Reason == "NotFound" && a.status.Details.Name != "" {
		if r.method == http.MethodPost { // it is what it belongs to that is missing
			return fail.New(fail.NotFound, "%s: %s", r.object, a.status.Message)
		}
		return fail.New(fail.NotFound, "%s not found", r.object)
	}
	if strings.HasPrefix(r.path, "/apis/") {
		return fail.New(fail.NotFound, "%s not found: the API server does not know the kind "+
			"(is its CustomResourceDefinition installed?)", r.object)
	}
	return fail.New(fail.Internal, "%s: the server does not answer as an API server does: %v",
		r.object, a)
}

// judgeTransport is judge for a try without an answer.
func judgeTransport(r request, err error) error {
	if _, ok := errors.AsType[*fail.Error](err); ok {
		return fail.About(r.object, err)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fail.New(fail.Invalid,
			"%s: the API server's certificate is not trusted: %w", r.object, err)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return fail.New(fail.Invalid, "%s: the API server does not speak TLS: %w", r.object, err)
	}
	// An alert of the peer has no exported type; its operation has a name.
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return fail.New(fail.Denied,
			"%s: the API server refuses the TLS handshake: %w", r.object, err)
	}
	return &hiccup{cause: err}
}
