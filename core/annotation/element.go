package annotation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"patchbay/core/fail"
)

// element is a JSON element as it is being read.
type element struct {
	Selection
	alias string // interfaceRequest
}

// field is one key of a JSON element. Reading null sets what absence sets.
type field struct {
	key, does string
	read      func(e *element, raw json.RawMessage) error
}

// fields is the table of all keys that mean something.
//
//nolint:gochecknoglobals // a constant table
var fields = [...]field{
	{
		"name", "names the NetworkAttachmentDefinition",
		into("a string", func(e *element) *string { return &e.Name }),
	},
	{
		"namespace", "says where the definition is, if not beside the pod",
		into("a string", func(e *element) *string { return &e.Namespace }),
	},
	{
		"interface", "requests the name of the interface",
		into("a string", func(e *element) *string { return &e.Interface }),
	},
	{
		"interfaceRequest", "is a deprecated alias of interface, which goes before it",
		into("a string", func(e *element) *string { return &e.alias }),
	},
	{
		"mac", "requests the hardware address",
		into("a string", func(e *element) *string { return &e.MAC }),
	},
	{
		"infiniband-guid", "requests the GUID of an InfiniBand interface",
		into("a string", func(e *element) *string { return &e.InfinibandGUID }),
	},
	{
		"ips", "requests addresses, each with or without a prefix length",
		into("a list of strings", func(e *element) *[]string { return &e.IPs }),
	},
	{
		"portMappings", "requests ports of the host, as in the CNI conventions",
		into("a list of objects", func(e *element) *[]PortMapping { return &e.PortMappings }),
	},
	{
		"bandwidth", "limits rates (bits per second) and bursts (bits), as in the CNI conventions",
		into("an object", func(e *element) **Bandwidth { return &e.Bandwidth }),
	},
	{
		"deviceID", "names the device, if no resource of the definition decides it",
		into("a string", func(e *element) *string { return &e.DeviceID }),
	},
	{
		"cni-args", "is merged into args.cni of the configuration",
		readArgs,
	},
	{
		"default-route", "makes this network the way out, through the gateways listed if any are",
		into("a list of IP addresses", func(e *element) **[]string { return &e.DefaultRoute }),
	},
	{
		"ipam-claim-reference", "names the IPAMClaim that keeps the addresses",
		into("a string", func(e *element) *string { return &e.IPAMClaim }),
	},
	{
		"optional", "lets the pod start without this network (Patchbay only)",
		into("true or false", func(e *element) *bool { return &e.Optional }),
	},
}

// into makes the reader of a key whose value is decoded as a T.
func into[T any](want string, at func(*element) *T) func(*element, json.RawMessage) error {
	return func(e *element, raw json.RawMessage) error {
		var value T
		if err := json.Unmarshal(raw, &value); err != nil {
			return mismatch(want, raw, err)
		}
		*at(e) = value
		return nil
	}
}

// readArgs keeps the bytes: to decode them would round large numbers.
func readArgs(e *element, raw json.RawMessage) error {
	switch raw[0] {
	case '{':
		e.CNIArgs = raw
	case 'n':
		e.CNIArgs = nil
	default:
		return fmt.Errorf("must be an object, not %s", nounOf(raw))
	}
	return nil
}

// parseElement reads one element of the list. After an error the selection
// holds what could be read, for the error to say whose it is.
func parseElement(raw json.RawMessage) (Selection, error) {
	if raw[0] != '{' {
		return Selection{}, fmt.Errorf("must be an object, not %s", nounOf(raw))
	}
	var e element
	err := e.readMembers(raw)
	if e.Interface == "" {
		e.Interface = e.alias
	}
	return e.Selection, err
}

// readMembers walks over a JSON object one member at a time, for decoding it
// into a struct would not show the keys that nobody knows. It goes on after a
// member that is wrong, and returns the first error.
func (e *element) readMembers(object json.RawMessage) error {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if _, err := decoder.Token(); err != nil { // the brace
		return err
	}
	var first error
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok {
			return fmt.Errorf("the key %v is not a string", token)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return fail.About(key, err)
		}
		if err := e.set(key, value); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// set reads one member. Of a key given twice the last one counts, and case does
// not matter, as in encoding/json, with which Multus reads the annotation.
func (e *element) set(key string, value json.RawMessage) error {
	for _, f := range fields {
		if strings.EqualFold(f.key, key) {
			return fail.About(f.key, f.read(e, value))
		}
	}
	e.Unknown = append(e.Unknown, key)
	return nil
}

// mismatch says how a value differs from what its key wants, in the words of
// JSON rather than of Go.
func mismatch(want string, raw json.RawMessage, err error) error {
	e, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case !ok:
		return fmt.Errorf("must be %s: %w", want, err)
	case e.Field != "":
		return fmt.Errorf("must be %s, but the %s in it is %s", want, e.Field, noun(e.Value))
	case raw[0] == '[' && strings.HasPrefix(want, "a list"):
		return fmt.Errorf("must be %s, but holds %s", want, noun(e.Value))
	default:
		return fmt.Errorf("must be %s, not %s", want, noun(e.Value))
	}
}

// nounOf says what kind of JSON value raw is.
func nounOf(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return noun("object")
	case '[':
		return noun("array")
	case '"':
		return noun("string")
	case 't', 'f':
		return noun("bool")
	case 'n':
		return "null"
	default:
		return noun("number")
	}
}

// noun turns encoding/json's description of a value into ours; a number that
// does not fit is described with its digits.
func noun(value string) string {
	switch value {
	case "object":
		return "an object"
	case "array":
		return "a list"
	case "bool":
		return "true or false"
	default:
		return "a " + clip(value)
	}
}
