package cluster

import (
	"errors"
	"fmt"
)

// StatusError is an answer that is no success: the Status object of Kubernetes
// (API conventions, "Response Status Kind").
type StatusError struct {
	Code    int    // of HTTP
	Reason  string // "NotFound"; "" when no API server said it
	Message string
	// Name and Resource are the details: what the answer is about.
	Name, Resource string
	// RetryAfterSeconds is what the header of that name says; 0: nothing.
	RetryAfterSeconds int
}

// Error is the line that people know: "404 Not Found: pods \"p1\" not found".
func (e *StatusError) Error() string {
	if e.Message == "" || e.Message == codeText[e.Code].text {
		return line(e.Code)
	}
	return line(e.Code) + ": " + e.Message
}

// StatusOf finds the answer in an error; nil when there is none in it.
func StatusOf(err error) *StatusError {
	e, _ := errors.AsType[*StatusError](err)
	return e
}

// CodeOf is the code of an answer: 200 for no error.
func CodeOf(err error) int {
	if err == nil {
		return CodeOK
	}
	if e := StatusOf(err); e != nil {
		return e.Code
	}
	return 0
}

// Answer is what a server says that is not in the mood: a code that has nothing
// to do with any object. It is for those who decide about faults.
func Answer(code, retryAfterSeconds int) *StatusError {
	return &StatusError{
		Code: code, Reason: codeText[code].reason, Message: codeText[code].text,
		RetryAfterSeconds: retryAfterSeconds,
	}
}

func unauthorized() error { return Answer(CodeUnauthorized, 0) }

func notFound(r Resource, name string) error {
	return about(r, name, &StatusError{
		Code: CodeNotFound, Reason: "NotFound",
		Message: fmt.Sprintf("%s %q not found", r.qualified(), name),
	})
}

// notServed is the answer for a path that nothing is behind. It has no details.
func notServed() error {
	return &StatusError{Code: CodeNotFound, Message: "404 page not found"}
}

func alreadyExists(r Resource, name string) error {
	return about(r, name, &StatusError{
		Code: CodeConflict, Reason: "AlreadyExists",
		Message: fmt.Sprintf("%s %q already exists", r.qualified(), name),
	})
}

func conflict(r Resource, name, why string) error {
	return about(r, name, &StatusError{
		Code: CodeConflict, Reason: "Conflict",
		Message: fmt.Sprintf("Operation cannot be fulfilled on %s %q: %s",
			r.qualified(), name, why),
	})
}

func modified(r Resource, name string) error {
	return conflict(r, name, "the object has been modified; "+
		"please apply your changes to the latest version and try again")
}

func wrongUID(r Resource, name, want, is string) error {
	return conflict(r, name, "Precondition failed: UID in precondition: "+want+
		", UID in object meta: "+is)
}

func invalid(r Resource, name, why string) error {
	return about(r, name, &StatusError{
		Code: CodeInvalid, Reason: "Invalid",
		Message: fmt.Sprintf("%s %q is invalid: %s", r.kind(), name, why),
	})
}

func forbidden(r Resource, name, why string) error {
	return about(r, name, &StatusError{
		Code: CodeForbidden, Reason: "Forbidden",
		Message: fmt.Sprintf("%s %q is forbidden: %s", r.qualified(), name, why),
	})
}

func badRequest(why string) error {
	return &StatusError{Code: CodeBadRequest, Reason: "BadRequest", Message: why}
}

// tooLarge is etcd's answer, which API servers pass on as an internal error.
func tooLarge() error {
	return &StatusError{
		Code: CodeInternal, Reason: "InternalError",
		Message: "etcdserver: request is too large",
	}
}

func expired(since, oldest uint64) error {
	return &StatusError{
		Code: CodeGone, Reason: "Expired",
		Message: fmt.Sprintf("too old resource version: %d (%d)", since, oldest),
	}
}

func about(r Resource, name string, e *StatusError) error {
	e.Name, e.Resource = name, resourceTable[r].plural
	return e
}
