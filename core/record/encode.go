package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"patchbay/core/fail"
	"patchbay/core/rawjson"
)

// The first line of an encoded record: what it is, the format of the body, its
// checksum and its length in bytes. A field that a DEL must not overlook needs
// a new format; others may be added to this one.
const (
	magic  = "patchbay-record"
	format = 1
)

// Encode returns the record as bytes that people can read too, or nil for a
// record that Validate refuses. Capabilities lose their white space.
func Encode(r Record) []byte {
	if r.Validate() != nil {
		return nil
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // it would rewrite what is inside Capabilities
	if enc.Encode(canonical(r)) != nil {
		return nil
	}
	body := rawjson.AppendIndent(make([]byte, 0, text.Len()*5/4), text.Bytes(), "  ")
	return slices.Concat([]byte(header(body)), []byte("\n"), body)
}

// Decode reads what Encode wrote. Decode: the bytes are torn, altered, not a
// record, or describe one that could not be undone. Version: a later Patchbay
// wrote them, and what this one would overlook might be what undo needs.
func Decode(data []byte) (Record, error) {
	body, err := unseal(data)
	if err != nil {
		return Record{}, err
	}
	r, ok := plainRecord(body)
	if !ok {
		if r, err = decodedRecord(body); err != nil {
			return Record{}, err
		}
	}
	if err := r.Validate(); err != nil {
		return Record{}, fail.New(fail.Decode, "the record can not be true: %w", err)
	}
	return r, nil
}

// decodedRecord reads any record, and has the words for what is wrong.
func decodedRecord(body []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(body, &r); err != nil {
		return Record{}, fail.New(fail.Decode, "the record is sealed but not readable: %w", err)
	}
	for i := range r.Attachments {
		r.Attachments[i].Capabilities = compact(r.Attachments[i].Capabilities)
	}
	return r, nil
}

func header(body []byte) string {
	return fmt.Sprintf("%s %d sha256:%x %d", magic, format, sha256.Sum256(body), len(body))
}

// unseal checks the first line and returns what follows it.
func unseal(data []byte) ([]byte, error) {
	line, body, whole := bytes.Cut(data, []byte("\n"))
	head := string(line)
	rest, ours := strings.CutPrefix(head, magic+" ")
	switch {
	case !ours && !whole && strings.HasPrefix(magic+" ", head):
		return nil, fail.New(fail.Decode, "the record is torn: it ends after %d bytes", len(data))
	case !ours:
		return nil, fail.New(fail.Decode, "this is not a record of Patchbay")
	case !whole:
		return nil, fail.New(fail.Decode, "the record is torn: it ends in its first line")
	}
	version, _, _ := strings.Cut(rest, " ")
	if n, err := strconv.Atoi(version); err == nil && n > format {
		return nil, fail.New(fail.Version,
			"the record was written by a later Patchbay, in format %d; this one reads %d",
			n, format)
	}
	length := head[strings.LastIndexByte(head, ' ')+1:]
	if n, err := strconv.Atoi(length); err == nil && len(body) < n {
		return nil, fail.New(fail.Decode, "the record is torn: %d of %d bytes are there",
			len(body), n)
	}
	if head != header(body) {
		return nil, fail.New(fail.Decode,
			"the record was altered: its checksum is not that of its text")
	}
	return body, nil
}

// canonical keeps apart what JSON would not: no wish for a default route (nil)
// and the wish for the network's own one (empty).
func canonical(r Record) Record {
	r.Attachments = slices.Clone(r.Attachments)
	for i, a := range r.Attachments {
		if a.DefaultRoute != nil && *a.DefaultRoute == nil {
			r.Attachments[i].DefaultRoute = &[]string{}
		}
		if len(a.Capabilities) == 0 {
			r.Attachments[i].Capabilities = nil
		}
	}
	return r
}
