package ctlconf

import (
	"encoding/json"

	"patchbay/core/fail"
	"patchbay/core/netconf"
)

// List is a network as a runtime knows it. It is not a [netconf.Network]: that
// is one we delegate to, and can not have ourselves in it.
type List struct {
	Name         string
	CNIVersion   string
	DisableCheck bool
	Plugins      []Plugin
}

// Plugin is one plugin of a list.
type Plugin struct {
	Type string
	Raw  []byte
}

// parseList reads a list, or a single plugin as a list of one.
func parseList(raw []byte) (List, error) {
	var keys struct {
		Name         string            `json:"name"`
		CNIVersion   string            `json:"cniVersion"`
		DisableCheck bool              `json:"disableCheck"`
		Plugins      []json.RawMessage `json:"plugins"`
	}
	if err := json.Unmarshal(raw, &keys); err != nil {
		return List{}, fail.New(fail.Decode, "not a CNI configuration: %w", err)
	}
	if keys.Name == "" {
		return List{}, fail.New(fail.Invalid, "the configuration has no name")
	}
	parts := keys.Plugins
	if parts == nil {
		parts = []json.RawMessage{raw}
	}
	list := List{
		Name: keys.Name, CNIVersion: keys.CNIVersion, DisableCheck: keys.DisableCheck,
	}
	for i, part := range parts {
		var p struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(part, &p); err != nil || p.Type == "" {
			return List{}, fail.New(fail.Invalid, "plugin %d of network %s has no type",
				i+1, list.Name)
		}
		list.Plugins = append(list.Plugins, Plugin{Type: p.Type, Raw: part})
	}
	return list, nil
}

// Stdin is what plugin i of the list gets, with the result of the one before,
// or nil (CNI spec 1.1 §4, "Deriving request configuration from plugin
// configuration"). A list of ours offers no capabilities.
func (l List) Stdin(i int, prev []byte) ([]byte, error) {
	out := l.Plugins[i].Raw
	for _, k := range []struct{ key, value string }{
		{"cniVersion", l.CNIVersion}, {"name", l.Name},
	} {
		value, err := json.Marshal(k.value)
		if err != nil {
			return nil, fail.New(fail.Internal, "%s: %w", k.key, err)
		}
		if out, err = netconf.Set(out, k.key, value); err != nil {
			return nil, err
		}
	}
	if prev == nil {
		return out, nil
	}
	return netconf.Set(out, "prevResult", prev)
}
