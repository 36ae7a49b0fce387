package fakeapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// refusal becomes a Status object (Kubernetes API conventions, "Response
// Status Kind").
type refusal struct {
	code            int
	reason, message string
	resource, name  string
}

func (s *Server) mux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/namespaces/{namespace}/pods/{name}", s.get)
	mux.HandleFunc("PATCH /api/v1/namespaces/{namespace}/pods/{name}/status", s.patchStatus)
	mux.HandleFunc("PUT /api/v1/namespaces/{namespace}/pods/{name}/status", s.putStatus)
	mux.HandleFunc("POST /api/v1/namespaces/{namespace}/events", s.postEvent)
	mux.HandleFunc("GET /apis/k8s.cni.cncf.io/v1/namespaces/{namespace}/"+
		"network-attachment-definitions/{name}", s.get)
	mux.HandleFunc("/", s.notFound)
	return mux
}

// answer is the good behaviour.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	if !s.authenticated(r) {
		refuse(w, refusal{
			code: http.StatusUnauthorized, reason: "Unauthorized", message: "Unauthorized",
		})
		return
	}
	s.routes.ServeHTTP(w, r)
}

func (s *Server) authenticated(r *http.Request) bool {
	if s.pki == nil || len(r.TLS.VerifiedChains) > 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.Header.Get("Authorization") == "Bearer "+s.token
}

func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[r.URL.Path]
	if !ok {
		refuse(w, missing(r))
		return
	}
	write(w, http.StatusOK, o)
}

// patchStatus is a JSON merge patch (RFC 7386) of the status subresource.
func (s *Server) patchStatus(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/merge-patch+json" {
		refuse(w, refusal{
			code: http.StatusUnsupportedMediaType, reason: "UnsupportedMediaType",
			message: "the fake API server has merge patches only",
		})
		return
	}
	s.change(w, r, func(old, patch map[string]any) map[string]any {
		return merge(old, patch)
	})
}

// putStatus replaces the status subresource.
func (s *Server) putStatus(w http.ResponseWriter, r *http.Request) {
	s.change(w, r, func(_, body map[string]any) map[string]any { return body })
}

// change makes the new object of the old one and the request's body, and keeps
// of it what a write to pods/status may change.
func (s *Server) change(
	w http.ResponseWriter, r *http.Request, next func(old, body map[string]any) map[string]any,
) {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body == nil {
		refuse(w, refusal{
			code: http.StatusBadRequest, reason: "BadRequest",
			message: fmt.Sprintf("the body is not a JSON object: %v", err),
		})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.objects[strings.TrimSuffix(r.URL.Path, "/status")]
	if !ok {
		refuse(w, missing(r))
		return
	}
	changed := object(next(old, body))
	if no := guard(r, old, changed); no.code != 0 {
		refuse(w, no)
		return
	}
	metadata := maps.Clone(old.metadata())
	metadata["annotations"] = changed.metadata()["annotations"]
	kept := object(with(old, "metadata", metadata))
	kept["status"] = changed["status"]
	s.touch(kept)
	s.objects[strings.TrimSuffix(r.URL.Path, "/status")] = kept
	write(w, http.StatusOK, kept)
}

// guard refuses what the preconditions in the body do not allow. API servers
// answer a wrong UID with 422 in a patch, where it is a change of an immutable
// field, and with 409 in an update, where it is a precondition.
func guard(r *http.Request, old, changed object) refusal {
	was, is := old.metadata(), changed.metadata()
	name := r.PathValue("name")
	uid, version := is["uid"], is["resourceVersion"]
	switch {
	case uid != nil && uid != was["uid"] && r.Method == http.MethodPatch:
		return refusal{
			code: http.StatusUnprocessableEntity, reason: "Invalid",
			message: fmt.Sprintf("Pod %q is invalid: metadata.uid: Invalid value: %q: "+
				"field is immutable", name, uid),
		}
	case uid != nil && uid != was["uid"]:
		return refusal{
			code: http.StatusConflict, reason: "Conflict",
			message: fmt.Sprintf("Operation cannot be fulfilled on pods %q: Precondition "+
				"failed: UID in precondition: %v, UID in object meta: %v", name, uid, was["uid"]),
		}
	case version != nil && version != was["resourceVersion"]:
		return refusal{
			code: http.StatusConflict, reason: "Conflict",
			message: fmt.Sprintf("Operation cannot be fulfilled on pods %q: the object has "+
				"been modified; please apply your changes to the latest version", name),
		}
	}
	return refusal{}
}

// posted is the JSON of an event; a field that it lacks is refused, as with
// fieldValidation=Strict.
type posted struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
	} `json:"metadata"`
	InvolvedObject struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Namespace  string `json:"namespace"`
		Name       string `json:"name"`
		UID        string `json:"uid"`
	} `json:"involvedObject"`
	Type    string `json:"type"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	Source  struct {
		Component string `json:"component"`
	} `json:"source"`
	ReportingComponent string `json:"reportingComponent"`
	FirstTimestamp     string `json:"firstTimestamp"`
	LastTimestamp      string `json:"lastTimestamp"`
	Count              int    `json:"count"`
}

func (s *Server) postEvent(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	var p posted
	if err == nil {
		err = decoder.Decode(&p)
	}
	namespace := r.PathValue("namespace")
	if err == nil && (p.Metadata.Name == "" || p.Metadata.Namespace != namespace ||
		p.InvolvedObject.Namespace != namespace || !slices.Contains(eventTypes(), p.Type)) {
		err = fmt.Errorf("the event lacks a name, is of type %q or not of this namespace", p.Type)
	}
	if err != nil {
		refuse(w, refusal{
			code: http.StatusUnprocessableEntity, reason: "Invalid", message: err.Error(),
		})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.events, func(e Event) bool {
		return e.Namespace == namespace && e.Name == p.Metadata.Name
	}) {
		refuse(w, refusal{
			code: http.StatusConflict, reason: "AlreadyExists",
			message: fmt.Sprintf("events %q already exists", p.Metadata.Name),
		})
		return
	}
	s.events = append(s.events, Event{
		Namespace: namespace, Name: p.Metadata.Name,
		Pod: p.InvolvedObject.Name, PodUID: p.InvolvedObject.UID,
		Type: p.Type, Reason: p.Reason, Message: p.Message,
		Component: p.Source.Component,
		FirstTime: p.FirstTimestamp, LastTime: p.LastTimestamp,
	})
	write(w, http.StatusCreated, p)
}

func eventTypes() []string { return []string{"Normal", "Warning"} }

// missing is the answer to a request for an object that is not there.
func missing(r *http.Request) refusal {
	resource, name := "pods", r.PathValue("name")
	if strings.HasPrefix(r.URL.Path, "/apis/") {
		resource = "network-attachment-definitions.k8s.cni.cncf.io"
	}
	return refusal{
		code: http.StatusNotFound, reason: "NotFound",
		message:  fmt.Sprintf("%s %q not found", resource, name),
		resource: resource, name: name,
	}
}

func refuse(w http.ResponseWriter, no refusal) {
	status := map[string]any{
		"apiVersion": "v1", "kind": "Status", "metadata": map[string]any{},
		"status": "Failure", "code": no.code, "reason": no.reason, "message": no.message,
	}
	if no.name != "" {
		status["details"] = map[string]any{"name": no.name, "kind": no.resource}
	}
	write(w, no.code, status)
}

func write(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}

// merge applies a merge patch (RFC 7386, §2) and leaves its arguments alone.
func merge(target, patch map[string]any) map[string]any {
	out := maps.Clone(target)
	if out == nil {
		out = map[string]any{}
	}
	for key, value := range patch {
		if value == nil {
			delete(out, key)
			continue
		}
		deeper, ok := value.(map[string]any)
		if !ok {
			out[key] = value
			continue
		}
		was, _ := out[key].(map[string]any)
		out[key] = merge(was, deeper)
	}
	return out
}
