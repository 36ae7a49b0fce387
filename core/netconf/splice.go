package netconf

import (
	"encoding/json"

	"patchbay/core/fail"
)

// WithName returns the network with a name, if it has none or an empty one.
// Definitions lend theirs (NPWG standard v1.3 §3.3).
func (n Network) WithName(name string) (Network, error) {
	if n.Name != "" {
		return n, nil
	}
	raw, err := Set(n.Raw, "name", quoted(name))
	if err != nil {
		return Network{}, err
	}
	return ParseNetwork(raw)
}

// WithArgs returns the network with cni-args merged into "args.cni" of every
// plugin; the given arguments win (NPWG standard v1.3 §4.1.2.1, "cni-args").
func (n Network) WithArgs(args json.RawMessage) (Network, error) {
	if len(args) == 0 {
		return n, nil
	}
	return n.eachPlugin(func(plugin []byte) ([]byte, error) {
		return mergeArgs(plugin, args)
	})
}

func mergeArgs(plugin []byte, args json.RawMessage) ([]byte, error) {
	outer, err := Get(plugin, "args")
	if err != nil {
		return nil, err
	}
	if len(outer) == 0 || string(outer) == "null" {
		outer = []byte(`{}`)
	}
	inner, err := Get(outer, "cni")
	if err != nil {
		return nil, fail.New(fail.Invalid, "args of the configuration: %w", err)
	}
	if len(inner) == 0 || string(inner) == "null" {
		inner = []byte(`{}`)
	}
	if inner, err = Merge(inner, args); err != nil {
		return nil, fail.New(fail.Invalid, "args.cni of the configuration: %w", err)
	}
	if outer, err = Set(outer, "cni", inner); err != nil {
		return nil, err
	}
	return Set(plugin, "args", outer)
}

// eachPlugin edits every plugin of the network in place.
func (n Network) eachPlugin(edit func([]byte) ([]byte, error)) (Network, error) {
	if !n.List {
		raw, err := edit(n.Raw)
		if err != nil {
			return Network{}, err
		}
		return ParseNetwork(raw)
	}
	parts := make([]json.RawMessage, 0, len(n.Plugins))
	for _, p := range n.Plugins {
		part, err := edit(p.Raw)
		if err != nil {
			return Network{}, err
		}
		parts = append(parts, part)
	}
	return n.withPlugins(parts)
}

func (n Network) withPlugins(parts []json.RawMessage) (Network, error) {
	raw, err := Set(n.Raw, "plugins", join(parts))
	if err != nil {
		return Network{}, err
	}
	return ParseNetwork(raw)
}

// Append returns the list with more plugins behind its own: those of the
// sub-directory that bears its name.
func (n Network) Append(plugins [][]byte) (Network, error) {
	if len(plugins) == 0 {
		return n, nil
	}
	parts := make([]json.RawMessage, 0, len(n.Plugins)+len(plugins))
	for _, p := range n.Plugins {
		parts = append(parts, p.Raw)
	}
	for _, p := range plugins {
		if _, err := parsePlugin(p); err != nil {
			return Network{}, err
		}
		parts = append(parts, p)
	}
	return n.withPlugins(parts)
}

// Inputs is what varies between two calls of the same plugin. All of it is JSON
// that somebody has read already.
type Inputs struct {
	Prev         []byte          // prevResult, or nil
	Capabilities json.RawMessage // object: what runtimeConfig may be filled from
	Extra        []Key           // further keys, such as those of GC
}

// Key is a key of a JSON object with its value.
type Key struct {
	Name  string
	Value json.RawMessage
}

// Stdin returns what plugin i of the network gets: its own configuration with
// the network's name and version, what it declared capabilities for, and the
// result of the plugin before it (CNI spec 1.1 §4, "Deriving request
// configuration from plugin configuration").
func (n Network) Stdin(i int, in Inputs) ([]byte, error) {
	if i < 0 || i >= len(n.Plugins) {
		return nil, fail.New(fail.Internal, "network %s has no plugin %d", n.Name, i)
	}
	p := n.Plugins[i]
	keys := make([]Key, 2, 8)
	keys[0], keys[1] = Key{"cniVersion", quoted(n.Version)}, Key{"name", quoted(n.Name)}
	runtime, err := p.runtimeConfig(in.Capabilities)
	if err != nil {
		return nil, err
	}
	if runtime != nil {
		keys = append(keys, Key{"runtimeConfig", runtime})
	}
	if in.Prev != nil {
		keys = append(keys, Key{"prevResult", in.Prev})
	}
	return splice(p.Raw, p.members, append(keys, in.Extra...)...), nil
}

// runtimeConfig picks what the plugin declared a capability for, or nil.
func (p Plugin) runtimeConfig(offered json.RawMessage) (json.RawMessage, error) {
	if len(offered) == 0 || len(p.Capabilities) == 0 || string(offered) == "{}" {
		return nil, nil
	}
	list, err := members(offered)
	if err != nil {
		return nil, fail.New(fail.Internal, "capabilities: %w", err)
	}
	var picked []Key
	for _, name := range p.Capabilities {
		if m, ok := last(list, name); ok {
			picked = append(picked, Key{name, offered[m.start:m.end]})
		}
	}
	if len(picked) == 0 {
		return nil, nil
	}
	return splice([]byte(`{}`), nil, picked...), nil
}
