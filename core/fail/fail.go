package fail

import (
	"errors"
	"fmt"
	"strings"

	"github.com/containernetworking/cni/pkg/types"
)

// Kind is what a caller may decide on. The zero Kind is Internal, so that an
// error nobody classified is never retried or forgiven by accident.
type Kind int

// The kinds, with what they promise.
const (
	Internal    Kind = iota // a defect or an unexpected answer
	Invalid                 // what was asked for can never work
	NotFound                // a thing that must be there is not
	Gone                    // an undo found nothing left to undo
	Busy                    // held by somebody else now; asking again may help
	Transient               // the world hiccuped; asking again should help
	Denied                  // somebody with authority said no
	Version                 // a CNI version that one side does not speak
	Decode                  // bytes that are not what they claim to be
	Broken                  // an undo that can not succeed by being repeated
	Unavailable             // STATUS: ADD would fail now (CNI spec 1.1 §STATUS, code 50)
	Limited                 // STATUS: as Unavailable, and pods suffer (code 51)
	Environment             // CNI_* variables that make no sense together
	NoContainer             // nothing is known of this container
	BadSandbox              // the network namespace is not what it must be
	IO                      // a file could not be read or written
)

// kinds is the one table from kind to name and CNI code (CNI spec 1.1,
// "Error"; codes 1 to 99 are the specification's, 999 is libcni's "internal").
//
//nolint:gochecknoglobals // a constant table
var kinds = [...]struct {
	name string
	code uint
}{
	Internal:    {"internal", types.ErrInternal},
	Invalid:     {"invalid", types.ErrInvalidNetworkConfig},
	NotFound:    {"not found", types.ErrInternal},
	Gone:        {"gone", types.ErrInternal},
	Busy:        {"busy", types.ErrTryAgainLater},
	Transient:   {"transient", types.ErrTryAgainLater},
	Denied:      {"denied", types.ErrInternal},
	Version:     {"version", types.ErrIncompatibleCNIVersion},
	Decode:      {"decode", types.ErrDecodingFailure},
	Broken:      {"broken", types.ErrInternal},
	Unavailable: {"unavailable", types.ErrPluginNotAvailable},
	Limited:     {"limited", types.ErrLimitedConnectivity},
	Environment: {"environment", types.ErrInvalidEnvironmentVariables},
	NoContainer: {"no container", types.ErrUnknownContainer},
	BadSandbox:  {"bad sandbox", types.ErrInvalidNetNS},
	IO:          {"io", types.ErrIOFailure},
}

// String names the kind.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kinds) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return kinds[k].name
}

// Code is the CNI error code that an error of this kind has.
func (k Kind) Code() uint {
	if k < 0 || int(k) >= len(kinds) {
		return types.ErrInternal
	}
	return kinds[k].code
}

// Error is a failure with a kind. Its text is the text of Err.
type Error struct {
	Kind Kind
	Err  error
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind; format is that of [fmt.Errorf], %w included.
func New(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Err: fmt.Errorf(format, args...)}
}

// As gives err a kind, replacing what kind it had. As of nil is nil.
func As(kind Kind, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: kind, Err: err}
}

// About says which object the error is about, keeping its kind: "net2 (red):
// …". About of nil is nil.
func About(object string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", object, err)
}

// Of returns the kind of an error: the outermost one that was given. An
// unclassified CNI error of a plugin is classified by its code.
func Of(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if e, ok := errors.AsType[*types.Error](err); ok {
		return ofCode(e.Code)
	}
	return Internal
}

// Is reports whether err is of kind; nil is of no kind.
func Is(err error, kind Kind) bool { return err != nil && Of(err) == kind }

func ofCode(code uint) Kind {
	for k, row := range kinds {
		if row.code == code && Kind(k) != Internal && row.code != types.ErrInternal {
			return Kind(k)
		}
	}
	return Internal
}

// CNI turns err into what a CNI plugin prints. A plugin's own code survives
// where it says more than ours would: STATUS answers (50, 51), "try again
// later" (11) and codes that are the plugin's own (100 and above).
func CNI(err error) *types.Error {
	if err == nil {
		return nil
	}
	var details string
	code := Of(err).Code()
	if e, ok := errors.AsType[*types.Error](err); ok {
		details = e.Details
		if code == types.ErrInternal && e.Code != types.ErrUnknown {
			code = e.Code
		}
	}
	// A *types.Error prints its details behind its message; they are kept apart.
	msg := strings.TrimSuffix(err.Error(), "; "+details)
	return types.NewError(code, msg, details)
}
