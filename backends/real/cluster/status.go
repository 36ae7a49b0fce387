package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"patchbay/core/fail"
	"patchbay/core/record"
)

// statusKey is the annotation of the NPWG de-facto standard 1.3, §3.5.
const statusKey = "k8s.v1.cni.cncf.io/network-status"

// maxConflicts is how often other writers may come first (as with Multus).
const maxConflicts = 5

// SetStatus sets the network-status annotation with a merge patch of
// pods/status, which touches nothing else and needs no right to change pods.
// The UID in the patch is a precondition, for no patch can change it: a new pod
// of the same name is left alone. Denied, Transient: see Pod; Transient also
// when other writers came first five times.
func (c *Client) SetStatus(ctx context.Context, pod record.Pod, text string) error {
	b, guard := c.start(), pod.UID
	if guard == "" {
		now, err := c.readPod(ctx, b, pod.Namespace, pod.Name)
		if err != nil {
			return err
		}
		guard = now.UID
	}
	var met *refusal
	backoff := firstPause
	for range maxConflicts {
		err := c.patchStatus(ctx, b, pod, statusPatch(guard, text))
		no, ok := errors.AsType[*refusal](err)
		if !ok || !no.mayBeGuard() {
			return err
		}
		now, errGet := c.readPod(ctx, b, pod.Namespace, pod.Name)
		switch {
		case errGet != nil:
			return errGet
		case now.UID != guard && now.Static():
			guard = now.UID // that of the mirror pod; the kubelet's own is known here
			continue
		case now.UID != guard:
			return fail.New(fail.NotFound, "pod %v has been replaced (uid %s, was %s)",
				pod, now.UID, guard)
		case no.answer.code != http.StatusConflict:
			return err // the guard is right, so something else is wrong
		}
		met = no
		if errSleep := c.clock.Sleep(ctx, b.pause(backoff, 0)); errSleep != nil {
			return fail.New(fail.Transient, "pod %v: gave up setting the status: %w", pod, errSleep)
		}
		backoff = min(2*backoff, maxPause)
	}
	return fail.New(fail.Transient, "pod %v: %d tries to set the status met other writers: %w",
		pod, maxConflicts, met)
}

// mayBeGuard reports whether the UID in a patch may be the reason: API servers
// call a wrong one a conflict (409) in an update and an attempt to change an
// immutable field (422) in a patch.
func (r *refusal) mayBeGuard() bool {
	return r.answer.code == http.StatusConflict || r.answer.code == http.StatusUnprocessableEntity
}

// statusPatch is a JSON merge patch (RFC 7386).
func statusPatch(uid, text string) any {
	return struct {
		Metadata metadata `json:"metadata"`
	}{metadata{UID: uid, Annotations: map[string]string{statusKey: text}}}
}

func (c *Client) patchStatus(ctx context.Context, b budget, pod record.Pod, patch any) error {
	body, err := json.Marshal(patch)
	if err != nil {
		return fail.As(fail.Internal, err)
	}
	r := get("pod", pod.Namespace, pod.Name, podPath(pod.Namespace, pod.Name)+"/status")
	r.method, r.contentType, r.body = http.MethodPatch, "application/merge-patch+json", body
	_, err = c.call(ctx, b, r)
	return err
}
