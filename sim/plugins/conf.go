package plugins

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/containernetworking/cni/pkg/types"
)

// document is a configuration without its prevResult, read once however many
// pods there are. Whoever gets it must not change it.
type document struct {
	text    []byte // with null for the value of prevResult, if there was one
	version string // "0.1.0" if it says none
	name    string
	bad     error // why no plugin takes it
	base    types.NetConf
	baseErr error
	dns     dns
	chained bool // there is a prevResult, and it is not null
	forms   []form
}

// form is the document as one plugin reads it.
type form struct {
	plugin string
	value  any
	err    error
}

// confs remembers documents by their text. Configurations of a node are few, but
// some hold what only one pod asks for, so it forgets all when there are many.
type confs struct {
	byText map[string]*document
	key    []byte
}

const confsMax = 4096

// read parses the standard input.
func (c *call) read() {
	m := &c.Machine.confs
	cut := cutPrev(c.Stdin)
	prev := cut.prev
	m.key = append(append(m.key[:0], cut.before...), 0)
	m.key = append(m.key, cut.after...)
	if d := m.byText[string(m.key)]; d != nil && (len(prev) > 0) == d.chained {
		c.doc, c.prev = d, prev
		return
	}
	d := &document{}
	if prev == nil {
		d.text = bytes.Clone(c.Stdin)
		c.doc = d
		c.prev = d.parse()
		if c.prev != nil {
			return // an unusual place for it: never mind being fast
		}
	} else {
		d.text = append(append(bytes.Clone(cut.before), "null"...), cut.after...)
		d.parse()
		d.chained = true
		c.doc, c.prev = d, prev
	}
	if m.byText == nil || len(m.byText) >= confsMax {
		m.byText = map[string]*document{}
	}
	m.byText[string(m.key)] = d
}

// cutText is a text in three parts.
type cutText struct{ before, prev, after []byte }

// cutPrev takes the value of the member "prevResult" out of an object. Without
// one, or when that needs a closer look, all is before and prev is nil.
func cutPrev(text []byte) cutText {
	const member = `"prevResult"`
	at := bytes.Index(text, []byte(member))
	if at < 0 || depth(text[:at]) != 1 {
		return cutText{before: text}
	}
	s := scanner{text: text, at: at + len(member)}
	s.space()
	if !s.take(':') {
		return cutText{before: text}
	}
	s.space()
	start := s.at
	if s.at >= len(text) || text[s.at] != '{' || !s.skip() {
		return cutText{before: text}
	}
	return cutText{text[:start], text[start:s.at], text[s.at:]}
}

// depth is how many objects and arrays are open at the end of a text; -1 within
// a string.
func depth(text []byte) int {
	n, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{', b == '[':
			n++
		case b == '}', b == ']':
			n--
		}
	}
	if quoted {
		return -1
	}
	return n
}

// parse reads what the library reads. It returns the value of a prevResult that
// is still in the text.
func (d *document) parse() []byte {
	var head struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(d.text, &head); err != nil {
		d.bad = errNo(types.ErrDecodingFailure,
			fmt.Sprintf("error unmarshall network config: %v", err), "")
		return nil
	}
	d.name = head.Name
	if d.name == "" {
		d.bad = errNo(types.ErrInvalidNetworkConfig, "missing network name", "")
		return nil
	}
	if !validName(d.name) {
		d.bad = errNo(types.ErrInvalidNetworkConfig,
			"invalid characters found in network name", d.name)
		return nil
	}
	var said struct {
		CNIVersion string `json:"cniVersion"`
	}
	if err := json.Unmarshal(d.text, &said); err != nil {
		d.bad = errNo(types.ErrDecodingFailure,
			fmt.Sprintf("decoding version from network config: %v", err), "")
		return nil
	}
	d.version = said.CNIVersion
	if d.version == "" {
		d.version = "0.1.0"
	}
	d.baseErr = json.Unmarshal(d.text, &d.base)
	d.dns = dnsOf(d.base.DNS)
	if d.base.RawPrevResult == nil {
		return nil
	}
	d.chained = true
	raw, _ := json.Marshal(d.base.RawPrevResult) // it has just been read from JSON
	d.base.RawPrevResult = nil
	return raw
}

// formOf returns the document in the form of a plugin, which is made once.
func formOf[T any](c *call, plugin string, read func([]byte) (*T, error)) (*T, error) {
	d := c.doc
	for i := range d.forms {
		if f := &d.forms[i]; f.plugin == plugin {
			v, _ := f.value.(*T)
			return v, f.err
		}
	}
	v, err := read(d.text)
	d.forms = append(d.forms, form{plugin, v, err})
	return v, err
}

// parseVersion turns "1.0.0" into a number that can be compared.
func parseVersion(text string) (int, error) {
	if text == "" {
		return 1 << 10, nil // no version means 0.1.0
	}
	parts := strings.Split(text, ".")
	if len(parts) >= 4 {
		return 0, fmt.Errorf("invalid version %q: too many parts", text)
	}
	n := 0
	for i := range 3 {
		part := 0
		if i < len(parts) {
			var err error
			if part, err = strconv.Atoi(parts[i]); err != nil {
				return 0, fmt.Errorf("failed to convert %s version part %q: %w",
					[...]string{"major", "minor", "micro"}[i], parts[i], err)
			}
		}
		n = n<<10 | part&1023
	}
	return n, nil
}

// atLeast compares the version of the configuration.
func (d *document) atLeast(version string) bool {
	a, err := parseVersion(d.version)
	b, _ := parseVersion(version)
	return err == nil && a >= b
}
