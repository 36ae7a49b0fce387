package netconf

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"patchbay/core/fail"
	"patchbay/core/rawjson"
)

// member is one key of a JSON object and where its value stands in the text.
type member struct {
	key        string
	start, end int // of the value
}

// members lists the keys of a JSON object in the order of the text. Anything
// but exactly one object is refused.
func members(object []byte) ([]member, error) {
	if list, ok := plainMembers(object); ok {
		return list, nil
	}
	return decodedMembers(object)
}

// plainMembers is members of an object in which nothing is rare.
func plainMembers(object []byte) ([]member, bool) {
	list := make([]member, 0, 8)
	c := rawjson.Over(object)
	for c.Enter('{'); c.Next('}'); {
		key := string(c.Key())
		value := c.Value()
		list = append(list, member{key, c.Offset() - len(value), c.Offset()})
	}
	return list, c.Done()
}

// decodedMembers is members of any object, and has the words for what is wrong.
func decodedMembers(object []byte) ([]member, error) {
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
	if !rawjson.Valid(value) {
		return nil, fail.New(fail.Internal, "value for key %q is not JSON", key)
	}
	return splice(object, list, Key{key, value}), nil
}

// splice sets several keys, none of them twice, of an object with these members.
func splice(object []byte, list []member, keys ...Key) []byte {
	size := len(object)
	for _, k := range keys {
		size += len(`,"":`) + len(k.Name) + len(k.Value)
	}
	out := make([]byte, 0, size)
	done := 0 // what of the object is in out
	for i, m := range list {
		at := slices.IndexFunc(keys, func(k Key) bool { return k.Name == m.key })
		if at < 0 {
			continue
		}
		if _, again := last(list[i+1:], m.key); again {
			continue
		}
		out = append(append(out, object[done:m.start]...), keys[at].Value...)
		done = m.end
	}
	end := bytes.LastIndexByte(object, '}')
	if len(list) > 0 {
		end = list[len(list)-1].end
	}
	out = append(out, object[done:end]...)
	comma := len(list) > 0
	for _, k := range keys {
		if _, ok := last(list, k.Name); ok {
			continue
		}
		if comma {
			out = append(out, ',')
		}
		out = append(append(append(out, quoted(k.Name)...), ':'), k.Value...)
		comma = true
	}
	return append(out, object[end:]...)
}

// quoted is a text as JSON, as json.Marshal has it.
func quoted(text string) json.RawMessage {
	odd := func(c rune) bool {
		return c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&'
	}
	if strings.ContainsFunc(text, odd) {
		out, _ := json.Marshal(text) // of a string it can not fail
		return out
	}
	out := make([]byte, 0, len(text)+len(`""`))
	return append(append(append(out, '"'), text...), '"')
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
