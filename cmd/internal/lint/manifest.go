package lint

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"patchbay/core/annotation"
	"patchbay/core/netconf"
)

// definition is a NetworkAttachmentDefinition in its file.
type definition struct {
	at      place
	network *netconf.Network // nil when it can not be read, or is on a node's disk
}

// pod is a pod, or the template of pods, in its file.
type pod struct {
	document
	object, namespace string
	annotations       map[string]string
	path              []string // of its metadata
}

type metadata struct {
	Namespace   string            `json:"namespace"`
	Name        string            `json:"name"`
	Generate    string            `json:"generateName"`
	Annotations map[string]string `json:"annotations"`
}

// templates says where the kinds of Kubernetes that make pods have the metadata
// of these.
func templates(kind string) ([]string, bool) {
	template := []string{"spec", "template", "metadata"}
	switch kind {
	case "Pod":
		return []string{"metadata"}, true
	case "Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController", "Job":
		return template, true
	case "CronJob":
		return append([]string{"spec", "jobTemplate"}, template...), true
	}
	return nil, false
}

// object judges a definition at once and returns pods for later; objects of
// other kinds are nobody's business. path leads to it within the document.
func (l *linter) object(d document, path ...string) []pod {
	var o struct {
		Kind     string            `json:"kind"`
		Metadata metadata          `json:"metadata"`
		Items    []json.RawMessage `json:"items"`
		Spec     struct {
			Config string `json:"config"`
		} `json:"spec"`
	}
	tree, err := descend(d.tree, path)
	if err == nil {
		err = json.Unmarshal(tree, &o)
	}
	meta, isPod := templates(o.Kind)
	switch {
	case !isPod && o.Kind != "List" && o.Kind != "NetworkAttachmentDefinition":
		return nil
	case err != nil:
		l.addf(d.place(o.Kind, path...), Error, "it is not understood: %v", err)
		return nil
	case o.Kind == "List":
		var out []pod
		for i := range o.Items {
			out = append(out, l.object(d, below(path, "items", strconv.Itoa(i))...)...)
		}
		return out
	}
	namespace := o.Metadata.Namespace
	if namespace == "" {
		namespace = "default"
	}
	name := namespace + "/" + o.Metadata.Name + o.Metadata.Generate
	if !isPod {
		l.define(d, path, name, o.Metadata, o.Spec.Config)
		return nil
	}
	p := pod{
		document: d, object: strings.ToLower(o.Kind) + " " + name, namespace: namespace,
		path: below(path, meta...),
	}
	var inner metadata
	if raw, err := descend(tree, meta); err == nil && json.Unmarshal(raw, &inner) != nil {
		l.addf(d.place(p.object, p.path...), Error, "its metadata is not understood")
	}
	p.annotations = inner.Annotations
	return []pod{p}
}

// descend returns a part of a document.
func descend(tree json.RawMessage, path []string) (json.RawMessage, error) {
	for _, key := range path {
		if i, err := strconv.Atoi(key); err == nil {
			var list []json.RawMessage
			if err := json.Unmarshal(tree, &list); err != nil || i >= len(list) {
				return nil, fmt.Errorf("there is no element %d: %w", i, err)
			}
			tree = list[i]
			continue
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(tree, &object); err != nil {
			return nil, err
		}
		if object[key] == nil {
			return json.RawMessage("null"), nil
		}
		tree = object[key]
	}
	return tree, nil
}

// define judges a definition and notes it for the pods.
func (l *linter) define(d document, path []string, name string, meta metadata, config string) {
	object := "network-attachment-definition " + name
	def := definition{at: d.place(object, below(path, "spec", "config")...)}
	switch other, twice := l.definitions[name]; {
	case meta.Name == "":
		l.addf(d.place(object, below(path, "metadata")...), Error, "it has no name")
	case twice:
		l.addf(d.place(object, below(path, "metadata", "name")...), Error,
			"it is also at %s:%d", other.at.file, other.at.line)
	}
	if v, ok := meta.Annotations[annotation.Optional]; ok && v != "true" && v != "false" {
		l.addf(d.place(object, below(path, "metadata", "annotations", annotation.Optional)...),
			Warning, "%s is %q and not true or false", annotation.Optional, v)
	}
	if strings.TrimSpace(config) != "" { // else it is in a file of the node
		def.network = l.inline(def.at, config)
	}
	l.definitions[name] = def
}

// inline judges the configuration inside a definition, which lends it its name.
func (l *linter) inline(at place, config string) *netconf.Network {
	if raw := []byte(config); !json.Valid(raw) {
		var value json.RawMessage
		err := json.Unmarshal(raw, &value)
		l.addf(at, Error, "spec.config, line %d: it is not JSON: %v", lineOf(raw, err), err)
		return nil
	}
	n, err := complete([]byte(config))
	if err != nil {
		l.addf(at, Error, "spec.config: %v", err)
		return nil
	}
	l.plugins(at, n)
	return &n
}

// sharedNames finds definitions of one CNI network name. A definition lends its
// name to a configuration that has none, but not its namespace; and plugins keep
// their addresses by that name (containernetworking/plugins, host-local).
func (l *linter) sharedNames() {
	first := map[string]string{} // network name -> definition
	for _, name := range slices.Sorted(maps.Keys(l.definitions)) {
		d := l.definitions[name]
		if d.network == nil {
			continue
		}
		network := d.network.Name
		if network == "" {
			_, network, _ = strings.Cut(name, "/")
		}
		other, taken := first[network]
		if !taken {
			first[network] = name
			continue
		}
		l.addf(d.at, Warning, "its CNI network name, %s, is also that of %s: "+
			"plugins that keep addresses by name have one pool for both", network, other)
	}
}

// pod judges what a pod asks for.
func (l *linter) pod(p pod) {
	at := func(key string) place {
		return p.place(p.object, below(p.path, "annotations", key)...)
	}
	var all []annotation.Selection
	if text, ok := p.annotations[annotation.DefaultNetwork]; ok {
		s, err := annotation.ParseDefault(text, l.MultusNamespace, l.Profile)
		if err != nil {
			l.error(at(annotation.DefaultNetwork), err)
		} else {
			l.selection(at(annotation.DefaultNetwork), s)
			all = append(all, s)
		}
	}
	where := at(annotation.Networks)
	list, err := annotation.Parse(p.annotations[annotation.Networks], p.namespace, l.Profile)
	if err != nil {
		l.error(where, err)
		return
	}
	for _, s := range list {
		l.selection(where, s)
	}
	if err := annotation.CheckDefaultRoutes(append(all, list...), l.Profile); err != nil {
		l.error(where, err)
	}
	l.collisions(where, list)
}

// selection judges one network that a pod asks for.
func (l *linter) selection(at place, s annotation.Selection) {
	for _, key := range s.Unknown {
		l.addf(at, Warning, "%s: key %q is not known and has no effect", s.Ref(), key)
	}
	def, ok := l.definitions[s.Ref()]
	if !ok {
		l.addf(at, Warning, "network %s is in none of the files", s.Ref())
	}
	if def.network == nil {
		return
	}
	severity := Warning // Multus says nothing; the NPWG standard fails it (v1.3 §4.1.2.1)
	if l.Profile == annotation.NPWG13 {
		severity = Error
	}
	for _, asked := range []struct {
		capability string
		is         bool
	}{
		{"portMappings", len(s.PortMappings) > 0},
		{"bandwidth", s.Bandwidth != nil},
		{"ips", len(s.IPs) > 0},
		{"mac", s.MAC != ""},
		{"infinibandGUID", s.InfinibandGUID != ""},
	} {
		if asked.is && !def.network.Declares(asked.capability) {
			l.addf(at, severity,
				"%s: the pod asks for %s, but no plugin of the network declares it",
				s.Ref(), asked.capability)
		}
	}
}

// collisions finds interface names that two networks of a pod would have. The
// default network has eth0, and names that nobody chose are numbered by position.
func (l *linter) collisions(at place, list []annotation.Selection) {
	taken := map[string]string{"eth0": "the default network"}
	var chosen []string
	for _, s := range list {
		chosen = append(chosen, s.Interface)
	}
	for i, s := range list {
		name := s.Interface
		if name == "" {
			name = fmt.Sprintf("net%d", i+1)
			if l.Profile == annotation.NPWG13 && slices.Contains(chosen, name) {
				continue // the standard has another number taken (v1.3 §4.2.1)
			}
		}
		if other, ok := taken[name]; ok {
			l.addf(at, Error, "interface %s of %s is also that of %s", name, s.Ref(), other)
		}
		taken[name] = s.Ref()
	}
}
