package netconf

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"patchbay/core/fail"
)

// member is one key of a JSON object and where its value stands in the text.
type member struct {
	key        string
	start, end int // of the value
}

// members lists the keys of a JSON object in the order of the text. Anything
// but exactly one object is refused.
func members(object []byte) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	open, err := dec.Token()
	if err != nil {
		return nil, fail.New(fail.Decode, "not JSON: %w", cut(err))
	}
	if open != json.Delim('{') {
		return nil, fail.New(fail.Decode, "not a JSON object")
	}
	var out []member
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, fail.New(fail.Decode, "not JSON: %w", cut(err))
		}
		key, ok := token.(string)
		if !ok {
			return nil, fail.New(fail.Decode, "not JSON: a key is no string")
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, fail.New(fail.Decode, "not JSON: value of %q: %w", key, cut(err))
		}
		end := int(dec.InputOffset())
		out = append(out, member{key, end - len(value), end})
	}
	if _, err := dec.Token(); err != nil {
		return nil, fail.New(fail.Decode, "not JSON: %w", cut(err))
	}
	// JSON knows no other white space.
	if rest := bytes.Trim(object[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, fail.New(fail.Decode, "something follows the JSON object: %.20q", rest)
	}
	return out, nil
}

// cut puts in words what the decoder calls EOF, which people do not.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the text ends too soon")
	}
	return err
}

// last finds the member that counts: the last one of its key, as encoding/json
// has it.
func last(list []member, key string) (member, bool) {
	for _, m := range slices.Backward(list) {
		if m.key == key {
			return m, true
		}
	}
	return member{}, false
}

// Get returns the bytes of the value of a key, or nil.
func Get(object []byte, key string) (json.RawMessage, error) {
	list, err := members(object)
	if err != nil {
		return nil, err
	}
	if m, ok := last(list, key); ok {
		return json.RawMessage(object[m.start:m.end]), nil
	}
	return nil, nil
}

// Set returns the object with one key set to a value and every other byte as
// it was. A new key is added behind the others.
func Set(object []byte, key string, value json.RawMessage) ([]byte, error) {
	list, err := members(object)
	if err != nil {
		return nil, err
	}
	if !json.Valid(value) {
		return nil, fail.New(fail.Internal, "value for key %q is not JSON", key)
	}
	if m, ok := last(list, key); ok {
		return slices.Concat(object[:m.start], value, object[m.end:]), nil
	}
	name, err := json.Marshal(key)
	if err != nil {
		return nil, fail.New(fail.Internal, "key %q: %w", key, err)
	}
	at := bytes.LastIndexByte(object, '}')
	if len(list) > 0 {
		at = list[len(list)-1].end
		name = append([]byte{','}, name...)
	}
	return slices.Concat(object[:at], name, []byte{':'}, value, object[at:]), nil
}

// Merge sets every key of another object, in its order.
func Merge(object, other []byte) ([]byte, error) {
	list, err := members(other)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		object, err = Set(object, m.key, other[m.start:m.end])
		if err != nil {
			return nil, err
		}
	}
	return object, nil
}

// join makes an array of elements.
func join(list []json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, e := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(e)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// typeError says what encoding/json means without naming Go types.
func typeError(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := e.Field
		if field == "" {
			field = "the document"
		}
		return fail.New(fail.Decode, "%s must not be a JSON %s", field, e.Value)
	}
	return err
}
