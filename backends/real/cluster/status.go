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

// SetStatus sets the network-status annotation by way of pods/status, which
// touches nothing else and needs no right to change pods. The UID of the pod
// goes along as a precondition: a new pod of the same name is left alone.
// Transient: other writers came first five times, or as with Pod.
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
		err := c.writeStatus(ctx, b, record.Pod{
			Namespace: pod.Namespace, Name: pod.Name, UID: guard,
		}, text)
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

// writeStatus patches. Where only that is forbidden it updates, for a cluster
// that comes from Multus has a role with "update" and without "patch". The UID
// of the pod must be what the API server knows.
func (c *Client) writeStatus(ctx context.Context, b budget, pod record.Pod, text string) error {
	err := c.patchStatus(ctx, b, pod, text)
	no, ok := errors.AsType[*refusal](err)
	if !ok || no.answer.code != http.StatusForbidden {
		return err
	}
	errUpdate := c.updateStatus(ctx, b, pod, text)
	if fail.Is(errUpdate, fail.Denied) {
		return err
	}
	return errUpdate
}

// patchStatus sends a JSON merge patch (RFC 7386). No patch can change a UID, so
// one in it is a precondition.
func (c *Client) patchStatus(ctx context.Context, b budget, pod record.Pod, text string) error {
	body, err := json.Marshal(struct {
		Metadata metadata `json:"metadata"`
	}{metadata{UID: pod.UID, Annotations: map[string]string{statusKey: text}}})
	if err != nil {
		return fail.As(fail.Internal, err)
	}
	r := statusRequest(pod, http.MethodPatch, "application/merge-patch+json", body)
	_, err = c.call(ctx, b, r)
	return err
}

// updateStatus sends back the whole pod as it was read, with one annotation more
// and the UID that it has to have. The resource version in it makes the API
// server refuse when somebody else was faster.
func (c *Client) updateStatus(ctx context.Context, b budget, pod record.Pod, text string) error {
	r := get("pod", pod.Namespace, pod.Name, podPath(pod.Namespace, pod.Name))
	body, err := c.call(ctx, b, r)
	if err != nil {
		return err
	}
	changed, err := annotated(body, pod.UID, text)
	if err != nil {
		return undecodable(r, err)
	}
	_, err = c.call(ctx, b, statusRequest(pod, http.MethodPut, "application/json", changed))
	return err
}

// annotated edits a pod without a loss of what is not known here.
func annotated(pod []byte, uid, text string) ([]byte, error) {
	var whole, meta map[string]json.RawMessage
	if err := json.Unmarshal(pod, &whole); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(whole["metadata"], &meta); err != nil {
		return nil, err
	}
	if meta == nil {
		return nil, errors.New("it has no metadata")
	}
	annotations := map[string]string{}
	if old, ok := meta["annotations"]; ok {
		if err := json.Unmarshal(old, &annotations); err != nil {
			return nil, err
		}
	}
	if annotations == nil { // it was null
		annotations = map[string]string{}
	}
	annotations[statusKey] = text
	var err error
	if meta["annotations"], err = json.Marshal(annotations); err != nil {
		return nil, err
	}
	if meta["uid"], err = json.Marshal(uid); err != nil {
		return nil, err
	}
	if whole["metadata"], err = json.Marshal(meta); err != nil {
		return nil, err
	}
	return json.Marshal(whole)
}

func statusRequest(pod record.Pod, method, contentType string, body []byte) request {
	r := get("pod", pod.Namespace, pod.Name, podPath(pod.Namespace, pod.Name)+"/status")
	r.method, r.contentType, r.body = method, contentType, body
	return r
}
