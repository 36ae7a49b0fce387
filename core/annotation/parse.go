package annotation

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"patchbay/core/fail"
)

// reader is what both grammars need to know besides the text.
type reader struct {
	annotation string // its name in errors
	namespace  string // of elements that name none
	profile    Profile
}

// Parse reads the value of the [Networks] annotation; defaultNamespace is that
// of the pod. No text and an empty list select nothing. All errors are of kind
// [fail.Invalid]: one bad element refuses the whole annotation.
//
// The caller still has to call [CheckDefaultRoutes] for the pod as a whole.
func Parse(text, defaultNamespace string, profile Profile) ([]Selection, error) {
	if err := profile.check(); err != nil {
		return nil, err
	}
	if text == "" {
		return nil, nil
	}
	return reader{"networks annotation", defaultNamespace, profile}.read(text)
}

// ParseDefault reads the value of the [DefaultNetwork] annotation of a pod that
// has one; multusNamespace is where the network is if the text does not say.
// It must select exactly one network, or the error is of kind [fail.Invalid].
func ParseDefault(text, multusNamespace string, profile Profile) (Selection, error) {
	const annotation = "default-network annotation"
	if err := profile.check(); err != nil {
		return Selection{}, err
	}
	if text == "" {
		return Selection{}, fail.New(fail.Invalid,
			"%s: is there but empty, and must select exactly one network", annotation)
	}
	selections, err := reader{annotation, multusNamespace, profile}.read(text)
	if err != nil {
		return Selection{}, err
	}
	if len(selections) != 1 {
		return Selection{}, fail.New(fail.Invalid,
			"%s: selects %d networks, and must select exactly one", annotation, len(selections))
	}
	return selections[0], nil
}

// read tells the grammars apart as Multus does: by any character that only
// JSON can hold, not by the first one.
func (r reader) read(text string) ([]Selection, error) {
	if strings.ToValidUTF8(text, "") != text {
		return nil, fail.New(fail.Invalid, "%s: is not valid UTF-8", r.annotation)
	}
	if strings.ContainsAny(text, `[{"`) {
		return r.readJSON(text)
	}
	return r.readList(text)
}

// readList reads the comma form.
func (r reader) readList(text string) ([]Selection, error) {
	selections := make([]Selection, 0, strings.Count(text, ",")+1)
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		s, err := parseItem(item, r.profile)
		if s.Namespace == "" {
			s.Namespace = r.namespace
		}
		if err == nil {
			err = check(&s, r.profile)
		}
		if err != nil {
			return nil, r.invalid(len(selections)+1, item, err)
		}
		selections = append(selections, s)
	}
	return selections, nil
}

// parseItem reads one "[namespace/]name[@interface]". Empty parts pass: an
// empty name is refused by check, and the other two mean the default.
func parseItem(item string, profile Profile) (Selection, error) {
	var s Selection
	namespace, name, ok := strings.Cut(item, "/")
	if !ok {
		namespace, name = "", item
	}
	if strings.Contains(name, "/") {
		return s, errors.New(`failed at '/': there may be only one, as in namespace/name@interface`)
	}
	name, ifname, at := strings.Cut(name, "@")
	if strings.Contains(ifname, "@") {
		return s, errors.New(`failed at '@': there may be only one, as in namespace/name@interface`)
	}
	if at && profile == NPWG13 {
		return s, fmt.Errorf("failed at '@': "+
			"the comma form of %s can not request an interface name", NPWG13)
	}
	s.Namespace = strings.TrimSpace(namespace)
	s.Name = strings.TrimSpace(name)
	s.Interface = strings.TrimSpace(ifname)
	if err := checkLabel("namespace", s.Namespace); err != nil {
		return s, err
	}
	return s, checkLabel("name", s.Name)
}

// readJSON reads the JSON form.
func (r reader) readJSON(text string) ([]Selection, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal([]byte(text), &elements); err != nil {
		return nil, fail.About(r.annotation, notList(err))
	}
	selections := make([]Selection, 0, len(elements))
	for i, raw := range elements {
		s, err := parseElement(raw)
		name := s.Name // as far as it was read
		if s.Namespace == "" {
			s.Namespace = r.namespace
		}
		if err == nil {
			err = check(&s, r.profile)
		}
		if err != nil {
			return nil, r.invalid(i+1, name, err)
		}
		selections = append(selections, s)
	}
	return selections, nil
}

// notList says why a text is not a JSON list.
func notList(err error) error {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fail.New(fail.Invalid, "is not valid JSON at byte %d: %w", e.Offset, err)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fail.New(fail.Invalid, "must be a JSON list of objects, not %s", noun(e.Value))
	}
	return fail.New(fail.Invalid, "is not a JSON list of objects: %w", err)
}

// invalid says which element, counted from 1, an error is about.
func (r reader) invalid(number int, name string, err error) error {
	if name == "" {
		return fail.New(fail.Invalid, "%s: element %d: %w", r.annotation, number, err)
	}
	return fail.New(fail.Invalid, "%s: element %d (%s): %w", r.annotation, number, label(name), err)
}
