package cluster

import (
	"maps"
	"strings"
	"time"
)

// StatusKey is the annotation of the NPWG de-facto standard 1.3, §3.5. It is
// kept apart from the others: it is the one that changes with every pod.
const StatusKey = "k8s.v1.cni.cncf.io/network-status"

// Limits of Kubernetes (apimachinery: validation) and etcd, in bytes.
const (
	MaxAnnotations = 256 << 10 // of all keys and values together
	MaxObject      = 3 << 19   // of a request to etcd (--max-request-bytes)
	maxName        = 253       // a DNS subdomain
	maxLabel       = 63        // a DNS label
)

// Meta is what all objects have.
type Meta struct {
	Namespace, Name string
	// UID and Version are given by the cluster. In a request they are
	// preconditions, unless they are zero.
	UID         string
	Version     uint64
	Annotations map[string]string // must not be changed
}

// Key names the object.
func (m Meta) Key() Key { return Key{m.Namespace, m.Name} }

// meta is what is stored of it.
type meta struct {
	namespace, name, uid string

	version   uint64
	base      map[string]string // annotations but StatusKey; may be shared
	status    string            // the value of StatusKey
	deleteAt  time.Duration
	grace     time.Duration
	baseSize  int32 // bytes in base
	maker     uint32
	hasStatus bool
	deleting  bool
	gone      bool // it is no object but says that from this version there was none
}

// annotate replaces all annotations.
func (m *meta) annotate(all map[string]string) {
	m.status, m.hasStatus = all[StatusKey]
	if m.hasStatus {
		all = maps.Clone(all)
		delete(all, StatusKey)
	}
	m.base, m.baseSize = all, 0
	for k, v := range all {
		m.baseSize += int32(len(k) + len(v)) //nolint:gosec // checked against its limit
	}
}

// size is what the limit of annotations counts.
func (m *meta) size() int {
	n := int(m.baseSize)
	if m.hasStatus {
		n += len(StatusKey) + len(m.status)
	}
	return n
}

func (m *meta) sameAnnotations(other *meta) bool {
	return m.hasStatus == other.hasStatus && m.status == other.status &&
		maps.Equal(m.base, other.base)
}

// annotation is one annotation.
func (m *meta) annotation(key string) (string, bool) {
	if key == StatusKey {
		return m.status, m.hasStatus
	}
	v, ok := m.base[key]
	return v, ok
}

// mapCache has the whole annotations of the pods that were read last. A version
// belongs to one object for ever, so an entry is never wrong.
type mapCache [256]struct {
	version uint64
	whole   map[string]string
}

// annotations is the map that readers get.
func (c *Cluster) annotations(m *meta) map[string]string {
	if !m.hasStatus {
		return m.base
	}
	entry := &c.maps[m.version%uint64(len(c.maps))]
	if entry.version != m.version {
		whole := make(map[string]string, len(m.base)+1)
		maps.Copy(whole, m.base)
		whole[StatusKey] = m.status
		entry.version, entry.whole = m.version, whole
	}
	return entry.whole
}

// subdomain reports whether s is a DNS subdomain (RFC 1123).
func subdomain(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if !label(part) {
			return false
		}
	}
	return true
}

// label reports whether s is a DNS label, of whatever length.
func label(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c == '-' && i > 0 && i < len(s)-1:
		default:
			return false
		}
	}
	return s != ""
}

// qualifiedName reports whether s can be the key of an annotation: a name with
// a DNS subdomain before it, or without.
func qualifiedName(s string) bool {
	if prefix, name, ok := strings.Cut(s, "/"); ok {
		if !subdomain(strings.ToLower(prefix)) {
			return false
		}
		s = name
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case (c == '-' || c == '_' || c == '.') && i > 0 && i < len(s)-1:
		default:
			return false
		}
	}
	return s != "" && len(s) <= maxLabel
}

// validate checks what every object must have.
func (m *meta) validate(r Resource) error {
	good := subdomain(m.name)
	if r == Namespaces {
		good = label(m.name) && len(m.name) <= maxLabel
	}
	if !good {
		return invalid(r, m.name, "metadata.name: Invalid value: \""+m.name+
			"\": a lowercase RFC 1123 name must consist of lower case alphanumeric characters")
	}
	return m.validateAnnotations(r)
}

func (m *meta) validateAnnotations(r Resource) error {
	bad, found := "", false
	for k := range m.base { // the smallest, so that the order can not be seen
		if !qualifiedName(k) && (!found || k < bad) {
			bad, found = k, true
		}
	}
	if found {
		return invalid(r, m.name, "metadata.annotations: Invalid value: \""+bad+
			"\": a qualified name must consist of alphanumeric characters, '-', '_' or '.'")
	}
	return m.validateSize(r)
}

func (m *meta) validateSize(r Resource) error {
	if m.size() > MaxAnnotations {
		return invalid(r, m.name,
			"metadata.annotations: Too long: may not be more than 262144 bytes")
	}
	return nil
}
