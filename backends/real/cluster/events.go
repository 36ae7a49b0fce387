package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/record"
)

// event is a core/v1 Event.
type event struct {
	APIVersion         string    `json:"apiVersion"`
	Kind               string    `json:"kind"`
	Metadata           metadata  `json:"metadata"`
	InvolvedObject     reference `json:"involvedObject"`
	Type               string    `json:"type"`
	Reason             string    `json:"reason"`
	Message            string    `json:"message"`
	Source             source    `json:"source"`
	ReportingComponent string    `json:"reportingComponent"`
	FirstTimestamp     string    `json:"firstTimestamp"`
	LastTimestamp      string    `json:"lastTimestamp"`
	Count              int       `json:"count"`
}

type reference struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	UID        string `json:"uid,omitempty"`
}

type source struct {
	Component string `json:"component"`
}

// Report posts events about a pod, all within one budget, and stops at the
// first that can not be sent. An event has a name of its own, so that one whose
// reply was lost is not posted twice.
func (c *Client) Report(ctx context.Context, pod record.Pod, events []backends.Event) error {
	b := c.start()
	for i, e := range events {
		// Names as kubelet's: the time keeps those of many processes apart.
		now := c.clock.Now()
		name := fmt.Sprintf("%s.%x", pod.Name, now.UnixNano()+int64(i))
		if err := c.post(ctx, b, newEvent(pod, e, name, now)); err != nil {
			return err
		}
	}
	return nil
}

func newEvent(pod record.Pod, e backends.Event, name string, now time.Time) event {
	kind := "Normal"
	if e.Warning {
		kind = "Warning"
	}
	at := now.UTC().Format(time.RFC3339)
	return event{
		APIVersion: "v1",
		Kind:       "Event",
		Metadata:   metadata{Namespace: pod.Namespace, Name: name},
		InvolvedObject: reference{
			APIVersion: "v1", Kind: "Pod",
			Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID,
		},
		Type:               kind,
		Reason:             e.Reason,
		Message:            e.Message,
		Source:             source{component},
		ReportingComponent: component,
		FirstTimestamp:     at,
		LastTimestamp:      at,
		Count:              1,
	}
}

func (c *Client) post(ctx context.Context, b budget, e event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fail.As(fail.Internal, err)
	}
	about := e.InvolvedObject
	_, err = c.call(ctx, b, request{
		object:      "event " + e.Reason + " of pod " + about.Namespace + "/" + about.Name,
		segments:    [2]string{about.Namespace, about.Name},
		method:      http.MethodPost,
		path:        "/api/v1/namespaces/" + about.Namespace + "/events",
		contentType: "application/json",
		body:        body,
	})
	if no, ok := errors.AsType[*refusal](err); ok && no.answer.status.Reason == "AlreadyExists" {
		return nil // an earlier try got through
	}
	return err
}
