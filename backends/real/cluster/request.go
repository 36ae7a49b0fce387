package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"patchbay/core/fail"
)

// maxBody bounds what is read of an answer. An object in etcd has 1.5 MiB at
// most by default.
const maxBody = 4 << 20

// request is one thing that is wanted of the API server.
type request struct {
	object      string // what it is about: "pod default/p1"
	segments    [2]string
	method      string
	path        string // escaping is never needed: see pathSegment
	contentType string
	body        []byte
}

func get(resource, namespace, name, path string) request {
	return request{
		object:   resource + " " + namespace + "/" + name,
		segments: [2]string{namespace, name},
		method:   http.MethodGet,
		path:     path,
	}
}

// answer is what the API server said.
type answer struct {
	code       int
	retryAfter time.Duration
	status     status // of an answer that is no success
	body       []byte
}

// status is what matters of a Status object (Kubernetes API conventions,
// "Response Status Kind").
type status struct {
	Kind    string `json:"kind"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	Details struct {
		Name string `json:"name"`
	} `json:"details"`
}

// String is the line that people know: "403 Forbidden: pods is forbidden".
func (a answer) String() string {
	line := strconv.Itoa(a.code) + " " + http.StatusText(a.code)
	if a.status.Message != "" && a.status.Message != http.StatusText(a.code) {
		line += ": " + shorten(a.status.Message)
	}
	return line
}

// try asks once, or once more at once when the credentials were refused and
// there are newer ones by now (projected tokens are exchanged while they are
// in use).
func (c *Client) try(ctx context.Context, r request, limit time.Duration) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	token, err := c.access.user.token()
	if err != nil {
		return answer{}, err
	}
	a, err := c.send(ctx, r, token)
	if err != nil || a.code != http.StatusUnauthorized {
		return a, err
	}
	newer, err := c.access.user.renew()
	if err != nil {
		return answer{}, err
	}
	if newer == token {
		return a, nil
	}
	return c.send(ctx, r, newer)
}

// send is one request and its answer, read to the end.
func (c *Client) send(ctx context.Context, r request, token string) (answer, error) {
	req, err := http.NewRequestWithContext(
		ctx, r.method, c.access.server+r.path, bytes.NewReader(r.body))
	if err != nil {
		return answer{}, fail.As(fail.Internal, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	c.access.user.sign(req, token)
	// Not a http.Client: redirects would carry the token to other places.
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return answer{}, fmt.Errorf("the answer breaks off: %w", err)
	}
	if len(body) > maxBody {
		return answer{}, fail.New(fail.Decode, "the answer has more than %d bytes", maxBody)
	}
	return read(resp, body), nil
}

// read takes an answer apart.
func read(resp *http.Response, body []byte) answer {
	a := answer{code: resp.StatusCode, body: body}
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err == nil && seconds > 0 {
		a.retryAfter = time.Duration(seconds) * time.Second
	}
	if a.code < http.StatusOK || a.code >= http.StatusMultipleChoices {
		var s status
		// A proxy's error page is no Status; its code says enough.
		if json.Unmarshal(body, &s) == nil && s.Kind == "Status" {
			a.status = s
		}
	}
	return a
}

// shorten keeps an error a sentence when a server sends a page.
func shorten(s string) string {
	const most = 400
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
