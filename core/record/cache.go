package record

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"patchbay/core/fail"
	"patchbay/core/rawjson"
)

// cacheKind is libcni's name for its format (libcni/api.go, CNICacheV1).
const cacheKind = "cniCacheV1"

// OriginCache is the Origin of a record that was rebuilt from results.
const OriginCache = "libcni-cache"

// OriginRemains is the Origin of a record that was there, could not be read, and was
// rebuilt from results, of which there may be fewer than it had attachments.
const OriginRemains = "remains"

// Cached is an entry of libcni's result cache: one attachment that is, or was
// to be, there. Multus keeps the same under <cniDir>/results.
type Cached struct {
	Kind         string          `json:"kind"`
	ContainerID  string          `json:"containerId"`
	Config       []byte          `json:"config"`
	IfName       string          `json:"ifName"`
	Network      string          `json:"networkName"` // "name" of the configuration
	Netns        string          `json:"netns,omitempty"`
	Args         [][2]string     `json:"cniArgs,omitempty"`
	Capabilities json.RawMessage `json:"capabilityArgs,omitempty"`
	Result       json.RawMessage `json:"result,omitempty"`
}

// FileName is the name that libcni gives to the entry. It can not be taken
// apart again, for every part of it may hold a "-". Invalid: a part of it is not
// legal, so libcni would cache nothing.
func (c Cached) FileName() (string, error) {
	if err := c.validateName(); err != nil {
		return "", err
	}
	return c.Network + "-" + c.ContainerID + "-" + c.IfName, nil
}

func (c Cached) validateName() error {
	if !legalName(c.Network) {
		return fail.New(fail.Invalid, "%q is no network name", c.Network)
	}
	return Key{c.ContainerID, c.IfName}.Validate()
}

// EncodeCache returns the cache entry of an attachment. An empty result is left
// out. Invalid: the entry would have no legal file name, or the result is not a
// JSON object.
func EncodeCache(r Record, a Attachment, result []byte) ([]byte, error) {
	c := Cached{
		Kind: cacheKind, ContainerID: r.ContainerID, Config: a.Config, IfName: a.IfName,
		Network: a.Name, Netns: r.Netns, Args: pairs(a.Args),
		Capabilities: a.Capabilities, Result: result,
	}
	if err := c.validate(); err != nil {
		return nil, fail.New(fail.Invalid, "result of %s: %w", a, err)
	}
	plain := !slices.ContainsFunc(result, escaped)
	if plain {
		c.Result = nil
	}
	data, err := json.Marshal(c)
	if err != nil {
		return nil, fail.New(fail.Invalid, "result of %s: %w", a, err)
	}
	if plain && len(result) > 0 { // the last key, and encoding/json would judge it again
		data = append(data[:len(data)-len("}")], `,"result":`...)
		data = append(rawjson.AppendCompact(data, result), '}')
	}
	return data, nil
}

// escaped reports whether a byte may be, or be part of, what json.Marshal escapes
// for HTML.
func escaped(b byte) bool { return b == '<' || b == '>' || b == '&' || b > '~' }

// DecodeCache reads a cache entry. Decode: it is none, or it says too little for
// the attachment to be undone.
func DecodeCache(data []byte) (Cached, error) {
	c, ok := plainCached(data)
	if !ok {
		var err error
		if c, err = decodedCached(data); err != nil {
			return Cached{}, err
		}
	}
	if c.Kind != cacheKind {
		return Cached{}, fail.New(fail.Decode,
			"the cached result is of kind %q and not %q", c.Kind, cacheKind)
	}
	if err := c.validate(); err != nil {
		return Cached{}, fail.New(fail.Decode, "the cached result can not be true: %w", err)
	}
	return c, nil
}

// decodedCached reads any cache entry, and has the words for what is wrong.
func decodedCached(data []byte) (Cached, error) {
	var c Cached
	if err := json.Unmarshal(data, &c); err != nil {
		return Cached{}, fail.New(fail.Decode, "the cached result is not readable: %w", err)
	}
	c.Capabilities, c.Result = compact(c.Capabilities), compact(c.Result)
	return c, nil
}

func (c Cached) validate() error {
	if err := c.validateName(); err != nil {
		return err
	}
	if err := validText(c.Netns); err != nil {
		return err
	}
	if !isObject(c.Config) {
		return fail.New(fail.Invalid, "its configuration is not a JSON object")
	}
	for _, raw := range []json.RawMessage{c.Capabilities, c.Result} {
		if len(raw) > 0 && !isObject(raw) {
			return fail.New(fail.Invalid, "its result or its capabilities are not a JSON object")
		}
	}
	return nil
}

// Primary guesses which interface the runtime asked for, from all cache entries
// of one container: an ethN if there is one, for that is what container
// runtimes ask for; else what is no netN, for that is what Multus counts; else
// "eth0", whose entry is then gone already.
func Primary(entries []Cached) string {
	best, found := "eth0", false
	for _, c := range entries {
		if _, counted := number(c.IfName, "net"); counted {
			continue
		}
		if !found || before(c.IfName, best) {
			best, found = c.IfName, true
		}
	}
	return best
}

// before orders names that may be a runtime's choice.
func before(a, b string) bool {
	n, okA := number(a, "eth")
	m, okB := number(b, "eth")
	switch {
	case okA && okB:
		return n < m
	case okA != okB:
		return okA
	}
	return a < b
}

// FromCache rebuilds a record from all cache entries of one container. What
// they do not say stays zero: the boot, the namespace's identity, the search
// path. Decode: there is no entry, or they are of several containers.
func FromCache(entries []Cached) (Record, error) {
	return FromCacheFor(Primary(entries), entries)
}

// FromCacheFor is FromCache for a runtime that said which interface it means.
func FromCacheFor(ifName string, entries []Cached) (Record, error) {
	if len(entries) == 0 {
		return Record{}, fail.New(fail.Decode, "no cached result is left to rebuild a record from")
	}
	r := Record{ContainerID: entries[0].ContainerID, IfName: ifName, Origin: OriginCache}
	for _, c := range entries {
		if c.ContainerID != r.ContainerID {
			return Record{}, fail.New(fail.Decode, "cached results of two containers, %s and %s",
				r.ContainerID, c.ContainerID)
		}
		r.Netns = cmp.Or(r.Netns, c.Netns)
		r.Pod.Namespace = cmp.Or(r.Pod.Namespace, valueOf(c.Args, "K8S_POD_NAMESPACE"))
		r.Pod.Name = cmp.Or(r.Pod.Name, valueOf(c.Args, "K8S_POD_NAME"))
		r.Pod.UID = cmp.Or(r.Pod.UID, valueOf(c.Args, "K8S_POD_UID"))
		r.Attachments = append(r.Attachments, c.attachment(ifName))
	}
	slices.SortStableFunc(r.Attachments, func(a, b Attachment) int {
		return cmp.Or(
			cmp.Compare(rank(a, ifName), rank(b, ifName)),
			cmp.Compare(counted(a), counted(b)),
			cmp.Compare(a.IfName, b.IfName),
			cmp.Compare(a.Name, b.Name),
		)
	})
	if err := r.Validate(); err != nil {
		return Record{}, fail.New(fail.Decode, "the cached results of %s: %w", r.ContainerID, err)
	}
	return r, nil
}

func (c Cached) attachment(primary string) Attachment {
	var offered struct {
		DeviceInfo string `json:"CNIDeviceInfoFile"`
	}
	if len(c.Capabilities) > 0 && json.Unmarshal(c.Capabilities, &offered) != nil {
		offered.DeviceInfo = "" // of another type: then it names no file of ours
	}
	return Attachment{
		Network: c.Network, Name: c.Network, IfName: c.IfName, Config: c.Config,
		Args: joined(c.Args), Capabilities: c.Capabilities, Master: c.IfName == primary,
		DeviceInfo: offered.DeviceInfo,
	}
}

// rank puts the runtime's own interface first, as ADD did, then netN, which
// Multus numbers in the order of ADD, then the names that users chose.
func rank(a Attachment, primary string) int {
	_, counted := number(a.IfName, "net")
	switch {
	case a.IfName == primary:
		return 0
	case counted:
		return 1
	}
	return 2
}

func counted(a Attachment) int {
	n, _ := number(a.IfName, "net")
	return n
}

// number returns the N of a name that is a prefix and a number.
func number(name, prefix string) (int, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	n, err := strconv.ParseUint(digits, 10, 31)
	return int(n), ok && err == nil
}

// pairs splits CNI_ARGS. It refuses nothing: it is told of what was used.
func pairs(args string) [][2]string {
	var out [][2]string
	for item := range strings.SplitSeq(args, ";") {
		if item != "" {
			key, value, _ := strings.Cut(item, "=")
			out = append(out, [2]string{key, value})
		}
	}
	return out
}

func joined(pairs [][2]string) string {
	items := make([]string, 0, len(pairs))
	for _, p := range pairs {
		items = append(items, p[0]+"="+p[1])
	}
	return strings.Join(items, ";")
}

// valueOf returns the first value that is not empty: Multus repeats keys.
func valueOf(pairs [][2]string, key string) string {
	for _, p := range pairs {
		if p[0] == key && p[1] != "" {
			return p[1]
		}
	}
	return ""
}
