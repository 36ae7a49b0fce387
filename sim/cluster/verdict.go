package cluster

import (
	"patchbay/core/fail"
)

// Call is a method of the real client (backends/real/cluster).
type Call uint8

// The calls.
const (
	CallPod Call = iota
	CallDefinition
	CallSetStatus
	CallReport
	calls
)

// String names the call.
func (c Call) String() string {
	return [calls]string{"Pod", "Definition", "SetStatus", "Report"}[c]
}

// Trouble is what a client meets: a code of HTTP, or one of those below.
type Trouble int

// The troubles that are no code.
const (
	Cut           Trouble = -1 - iota // no answer, or none that was complete
	GarbageBody                       // 200 with something that is not JSON
	EmptyBody                         // 200 with nothing
	NoSuchPath                        // 404 of a server that knows no such path
	ExistsAlready                     // 409 with the reason AlreadyExists
)

// Verdict is what becomes of a call that meets a trouble each time it asks.
type Verdict struct {
	OK   bool // the trouble is none to this call
	Kind fail.Kind
	// Again says that the client asks again for as long as it has time: that
	// the call succeeds when the trouble ends before.
	Again bool
}

// verdicts is the table; ci/fidelity/cluster holds the real client against it.
// It says nothing of a pod that is replaced: SetStatus looks at the pod when it
// meets 409 or 422, and what it finds then is NotFound.
//
//nolint:gochecknoglobals // a constant table
var verdicts = []struct {
	trouble Trouble
	row     [calls]Verdict
}{
	{CodeOK, same(Verdict{OK: true})},
	{CodeBadRequest, same(internal)},
	{CodeUnauthorized, same(denied)},
	{CodeForbidden, same(denied)},
	{CodeNotFound, same(Verdict{Kind: fail.NotFound})},
	{CodeConflict, [calls]Verdict{internal, internal, transient, internal}},
	{CodeGone, same(internal)},
	{CodeTooLarge, same(internal)},
	{CodeInvalid, same(internal)},
	{CodeTooManyRequests, same(transient)},
	{CodeInternal, same(transient)},
	{CodeBadGateway, same(transient)},
	{CodeServiceUnavailable, same(transient)},
	{CodeGatewayTimeout, same(transient)},
	{Cut, same(transient)},
	// Who writes does not read what comes back.
	{GarbageBody, [calls]Verdict{undecodable, undecodable, {OK: true}, {OK: true}}},
	{EmptyBody, [calls]Verdict{undecodable, undecodable, {OK: true}, {OK: true}}},
	// The path of definitions is missing where their CustomResourceDefinition is
	// not installed; that of pods only where no API server is.
	{NoSuchPath, [calls]Verdict{internal, {Kind: fail.NotFound}, internal, internal}},
	{ExistsAlready, [calls]Verdict{internal, internal, transient, {OK: true}}},
}

//nolint:gochecknoglobals // constants of the table
var (
	internal    = Verdict{Kind: fail.Internal}
	denied      = Verdict{Kind: fail.Denied}
	undecodable = Verdict{Kind: fail.Decode}
	transient   = Verdict{Kind: fail.Transient, Again: true}
)

func same(v Verdict) [calls]Verdict { return [calls]Verdict{v, v, v, v} }

// VerdictOn says what becomes of a call. A code that is not in the table is an
// answer that nobody expects.
func VerdictOn(call Call, t Trouble) Verdict {
	for i := range verdicts {
		if verdicts[i].trouble == t {
			return verdicts[i].row[call]
		}
	}
	if t >= 200 && t < 300 {
		return Verdict{OK: true}
	}
	return internal
}

// Troubles lists what the table has, in its order.
func Troubles() []Trouble {
	out := make([]Trouble, len(verdicts))
	for i := range verdicts {
		out[i] = verdicts[i].trouble
	}
	return out
}

// String is the code with its words, or what happens.
func (t Trouble) String() string {
	switch t {
	case Cut:
		return "connection cut"
	case GarbageBody:
		return "200 with garbage"
	case EmptyBody:
		return "200 with nothing"
	case NoSuchPath:
		return "404 page not found"
	case ExistsAlready:
		return "409 AlreadyExists"
	}
	return line(int(t))
}

// Trouble is which trouble an answer is.
func (e *StatusError) Trouble() Trouble {
	switch {
	case e.Code == CodeNotFound && (e.Reason != "NotFound" || e.Name == ""):
		return NoSuchPath
	case e.Code == CodeConflict && e.Reason == "AlreadyExists":
		return ExistsAlready
	}
	return Trouble(e.Code)
}

// Fail is an answer as the error that the real client makes of it, in its
// words: object is what was asked for, as "pod default/p1". Nil: the answer is
// none that the call fails by. Who asks again (see Verdict) decides when not to.
func (e *StatusError) Fail(call Call, object string) error {
	t := e.Trouble()
	v := VerdictOn(call, t)
	switch {
	case v.OK:
		return nil
	case t == CodeNotFound && call == CallReport: // what it belongs to is missing
		return fail.New(fail.NotFound, "%s: %s", object, e.Message)
	case t == CodeNotFound:
		return fail.New(fail.NotFound, "%s not found", object)
	case t == NoSuchPath && call == CallDefinition:
		return fail.New(fail.NotFound, "%s not found: the API server does not know the kind "+
			"(is its CustomResourceDefinition installed?)", object)
	case t == NoSuchPath:
		return fail.New(fail.Internal,
			"%s: the server does not answer as an API server does: %w", object, e)
	case v.Again && t != CodeConflict && t != ExistsAlready:
		return fail.New(v.Kind, "%s: no useful answer from the API server: %w", object, e)
	}
	return fail.New(v.Kind, "%s: the API server refuses: %w", object, e)
}
