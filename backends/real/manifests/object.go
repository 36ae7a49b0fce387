package manifests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
)

// The kinds that are read.
const (
	kindPod        = "Pod"
	kindDefinition = "NetworkAttachmentDefinition"
	kindList       = "List"
)

// id names an object of the directory.
type id struct{ kind, namespace, name string }

// String is what errors call it: "pod default/p1".
func (i id) String() string {
	kind := "pod"
	if i.kind == kindDefinition {
		kind = "network-attachment-definition"
	}
	return kind + " " + i.namespace + "/" + i.name
}

// object is a pod or a definition, as a file has it.
type object struct {
	id     id
	at     place
	meta   metadata
	config string // of a definition
}

type metadata struct {
	Namespace   string            `json:"namespace"`
	Name        string            `json:"name"`
	UID         string            `json:"uid"`
	Annotations map[string]string `json:"annotations"`
}

// annotations returns a copy, never nil.
func (o object) annotations() map[string]string {
	out := make(map[string]string, len(o.meta.Annotations))
	maps.Copy(out, o.meta.Annotations)
	return out
}

// objectsOf returns what a document holds: nothing, if it is of another kind.
func objectsOf(at place, tree json.RawMessage) ([]object, error) {
	if bytes.Equal(tree, []byte("null")) {
		return nil, nil
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(tree, &top); err != nil {
		return nil, errors.New("the document is not an object")
	}
	version, kind := stringOf(top["apiVersion"]), stringOf(top["kind"])
	switch {
	case kind == kindList && version == "v1":
		return itemsOf(at, top["items"])
	case kind == kindPod && version == "v1",
		kind == kindDefinition && version == "k8s.cni.cncf.io/v1":
		o, err := objectOf(at, kind, tree)
		return []object{o}, err
	case kind == kindPod, kind == kindDefinition:
		return nil, fmt.Errorf("a %s of apiVersion %q is not known", kind, version)
	}
	return nil, nil
}

// stringOf returns a JSON string, or "" for anything else: in a file that is
// not of Kubernetes "kind" may be anything.
func stringOf(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

func itemsOf(at place, value json.RawMessage) ([]object, error) {
	var items []json.RawMessage
	if len(value) > 0 && json.Unmarshal(value, &items) != nil {
		return nil, errors.New("the items of the List are not a list")
	}
	var out []object
	for i, item := range items {
		objects, err := objectsOf(at, item)
		if err != nil {
			return nil, fmt.Errorf("items[%d]: %w", i, err)
		}
		out = append(out, objects...)
	}
	return out, nil
}

func objectOf(at place, kind string, tree json.RawMessage) (object, error) {
	var got struct {
		Metadata metadata        `json:"metadata"`
		Spec     json.RawMessage `json:"spec"`
	}
	if err := into(&got, tree); err != nil {
		return object{}, fmt.Errorf("the %s is not understood: %w", kind, err)
	}
	o := object{at: at, meta: got.Metadata}
	if o.meta.Namespace == "" {
		o.meta.Namespace = "default"
	}
	o.id = id{kind, o.meta.Namespace, o.meta.Name}
	switch {
	case o.meta.Name == "":
		return object{}, fmt.Errorf("the %s has no metadata.name", kind)
	case !isName(o.meta.Name) || !isName(o.meta.Namespace):
		return object{}, fmt.Errorf("%q can not be the name of a %s",
			o.meta.Namespace+"/"+o.meta.Name, kind)
	}
	if kind != kindDefinition || len(got.Spec) == 0 {
		return o, nil
	}
	var spec struct {
		Config string `json:"config"`
	}
	if err := into(&spec, got.Spec); err != nil {
		return object{}, fmt.Errorf("the spec of %v is not understood: %w", o.id, err)
	}
	o.config = spec.Config
	return o, nil
}

// into decodes JSON, and says of a wrong type where it is but not what it is.
func into(target any, tree json.RawMessage) error {
	err := json.Unmarshal(tree, target)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%q has to be a %v and is a JSON %s",
			wrong.Field, wrong.Type.Kind(), wrong.Value)
	}
	return err
}

// isName reports a DNS subdomain (RFC 1123), which names in Kubernetes are. It
// has no "/" and no "_", so it can be a part of a file name.
func isName(s string) bool {
	const most = 253
	if len(s) > most {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		odd := strings.IndexFunc(label, func(r rune) bool {
			return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
		})
		if label == "" || odd >= 0 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}
