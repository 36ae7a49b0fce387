package lint

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"patchbay/core/fail"
	"patchbay/core/netconf"
)

// configuration judges a CNI configuration: ours, or anybody's.
func (l *linter) configuration(d document) {
	var keys struct {
		Name       string            `json:"name"`
		CNIVersion string            `json:"cniVersion"`
		Type       string            `json:"type"`
		Plugins    []json.RawMessage `json:"plugins"`
	}
	if err := json.Unmarshal(d.tree, &keys); err != nil {
		l.error(d.place(""), err)
		return
	}
	if ours(keys.Type) {
		l.own(d, d.tree)
		return
	}
	found := false
	for i, raw := range keys.Plugins {
		var plugin struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(raw, &plugin) == nil && ours(plugin.Type) {
			found = true
			for _, k := range [][2]string{{"cniVersion", keys.CNIVersion}, {"name", keys.Name}} {
				// What the runtime hands to the plugin has these of the list.
				if edited, err := netconf.Set(raw, k[0], quoted(k[1])); err == nil {
					raw = edited
				}
			}
			l.own(d, raw, "plugins", strconv.Itoa(i))
		}
	}
	if !found {
		l.network(d, d.tree)
	}
}

// ours reports a type under which we are called.
func ours(plugin string) bool {
	return slices.Contains([]string{"patchbay", "patchbay-shim", "multus", "multus-shim"}, plugin)
}

func quoted(text string) json.RawMessage {
	out, err := json.Marshal(text)
	if err != nil {
		return json.RawMessage(`""`)
	}
	return out
}

// own judges our configuration, at a path in a document.
func (l *linter) own(d document, raw []byte, path ...string) {
	for _, text := range netconf.Lint(raw) {
		at := d.place("", path...)
		if key, ok := quotedKey(text); ok {
			at = d.place("", below(path, key)...)
		}
		l.addf(at, Warning, "%s", text)
	}
	config, err := netconf.ParseConfig(raw)
	if err != nil {
		l.error(d.place("", path...), err)
		return
	}
	for i, delegate := range config.Delegates {
		l.network(d, delegate, below(path, "delegates", strconv.Itoa(i))...)
	}
}

// quotedKey finds the key that a sentence of netconf.Lint is about.
func quotedKey(sentence string) (string, bool) {
	rest, ok := strings.CutPrefix(sentence, "key ")
	if !ok {
		return "", false
	}
	prefix, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return "", false
	}
	key, err := strconv.Unquote(prefix)
	return key, err == nil
}

// network judges a complete network: it needs a name of its own.
func (l *linter) network(d document, raw []byte, path ...string) {
	n, err := complete(raw)
	if err == nil && n.Name == "" {
		err = fail.New(fail.Invalid, "missing network name")
	}
	at := d.place("", path...)
	if n.Name != "" {
		at.object = "network " + n.Name
	}
	if err != nil {
		l.error(at, err)
		return
	}
	l.plugins(at, n)
}

// complete reads a network that must have plugins. Beside a file, a directory
// may have them, which is then said in the list.
func complete(raw []byte) (netconf.Network, error) {
	n, err := netconf.ParseNetwork(raw)
	if err != nil {
		return n, err
	}
	return n, n.RequirePlugins()
}

// plugins looks for what the network executes.
func (l *linter) plugins(at place, n netconf.Network) {
	if l.Installed == nil {
		return
	}
	for _, p := range n.Plugins {
		if !l.Installed(p.Type) {
			l.addf(at, Error, "plugin %s is not installed", p.Type)
		}
		if p.IPAM != "" && !l.Installed(p.IPAM) {
			l.addf(at, Warning, "IPAM plugin %s is not installed", p.IPAM)
		}
	}
}
