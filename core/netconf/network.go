package netconf

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/containernetworking/cni/pkg/version"

	"patchbay/core/fail"
)

// Plugin is one plugin of a network.
type Plugin struct {
	Type         string
	Capabilities []string // those it declares as true, sorted
	IPAM         string   // type of its IPAM plugin, or ""
	Raw          []byte
	members      []member // of Raw
}

// Network is a CNI network configuration: a single one, or a list (CNI spec
// 1.1 §1). Raw is what its author wrote and what every edit is made on.
type Network struct {
	Name         string
	Version      string // cniVersion; "" when there is none
	List         bool
	DisableCheck bool
	DisableGC    bool
	OnlyInlined  bool // loadOnlyInlinedPlugins
	Plugins      []Plugin
	Raw          []byte
}

// networkKeys is what is read of a network; all else is the plugins' business.
type networkKeys struct {
	Name        string            `json:"name"`
	Type        *string           `json:"type"`
	CNIVersion  string            `json:"cniVersion"`
	CNIVersions []string          `json:"cniVersions"`
	Plugins     []json.RawMessage `json:"plugins"`
	// libcni accepts the three below as booleans and as strings.
	DisableCheck looseBool `json:"disableCheck"`
	DisableGC    looseBool `json:"disableGC"`
	OnlyInlined  looseBool `json:"loadOnlyInlinedPlugins"`
}

type pluginKeys struct {
	Type         string          `json:"type"`
	Capabilities map[string]bool `json:"capabilities"`
	IPAM         struct {
		Type string `json:"type"`
	} `json:"ipam"`
}

type looseBool bool

// UnmarshalJSON accepts true, "true" and "True", as libcni does.
func (b *looseBool) UnmarshalJSON(text []byte) error {
	switch s := strings.ToLower(strings.Trim(string(text), `"`)); s {
	case "true":
		*b = true
	case "false", "null", "":
		*b = false
	default:
		return fail.New(fail.Decode, "%s is neither true nor false", text)
	}
	return nil
}

// linkMakers are the reference plugins that make the interface they are asked for,
// always. (host-device may be given a device that has none.)
//
//nolint:gochecknoglobals // a constant table
var linkMakers = []string{"bridge", "dummy", "ipvlan", "macvlan", "ptp", "tap", "vlan"}

// MakesLink reports whether a network that is attached has an interface for sure.
func (n Network) MakesLink() bool {
	return len(n.Plugins) > 0 && slices.Contains(linkMakers, n.Plugins[0].Type)
}

// ParseNetwork reads a network configuration. It does not require a name:
// definitions lend theirs ([WithName]).
func ParseNetwork(raw []byte) (Network, error) {
	if _, err := members(raw); err != nil {
		return Network{}, fail.As(fail.Invalid, err)
	}
	var keys networkKeys
	if err := json.Unmarshal(raw, &keys); err != nil {
		return Network{}, fail.As(fail.Invalid, typeError(err))
	}
	n := Network{
		Name: keys.Name, Version: keys.CNIVersion, Raw: raw,
		DisableCheck: bool(keys.DisableCheck), DisableGC: bool(keys.DisableGC),
		OnlyInlined: bool(keys.OnlyInlined),
	}
	parts := keys.Plugins
	switch {
	case keys.Type != nil && *keys.Type != "":
		parts = []json.RawMessage{raw}
	case keys.Plugins == nil:
		return Network{}, fail.New(fail.Invalid,
			"a network configuration must have the 'type' or 'plugins' field")
	default:
		n.List = true
	}
	var err error
	if n.Version, err = chooseVersion(keys.CNIVersion, keys.CNIVersions); err != nil {
		return Network{}, err
	}
	for i, part := range parts {
		p, err := parsePlugin(part)
		if err != nil {
			return Network{}, n.aboutPlugin(i, err)
		}
		n.Plugins = append(n.Plugins, p)
	}
	return n, nil
}

// aboutPlugin says which plugin an error is about, where there are several.
func (n Network) aboutPlugin(i int, err error) error {
	if !n.List {
		return err
	}
	return fail.About(fmt.Sprintf("plugin %d of the list", i+1), err)
}

// RequirePlugins refuses a list without plugins, which is allowed only until
// its sub-directory has been looked at.
func (n Network) RequirePlugins() error {
	if len(n.Plugins) == 0 {
		return fail.New(fail.Invalid, "the list of plugins is empty")
	}
	return nil
}

// ownTypes are the names under which we ourselves are called: a delegate of
// such a type would call us for ever.
//
//nolint:gochecknoglobals // a constant table
var ownTypes = []string{"patchbay", "patchbay-shim", "multus", "multus-shim"}

func parsePlugin(raw []byte) (Plugin, error) {
	var keys pluginKeys
	// A plugin may give "ipam" and "capabilities" shapes of its own; only a
	// missing type makes it impossible to run.
	err := json.Unmarshal(raw, &keys)
	if err != nil && keys.Type == "" {
		return Plugin{}, fail.As(fail.Invalid, typeError(err))
	}
	if keys.Type == "" {
		return Plugin{}, fail.New(fail.Invalid, "it has no type")
	}
	if strings.Contains(keys.Type, "/") {
		return Plugin{}, fail.New(fail.Invalid, "type %q is a path, not a name", keys.Type)
	}
	if slices.Contains(ownTypes, keys.Type) {
		return Plugin{}, fail.New(fail.Invalid, "type %s would delegate to itself", keys.Type)
	}
	list, err := members(raw)
	if err != nil {
		return Plugin{}, fail.As(fail.Invalid, err)
	}
	p := Plugin{Type: keys.Type, IPAM: keys.IPAM.Type, Raw: raw, members: list}
	for name, on := range keys.Capabilities {
		if on {
			p.Capabilities = append(p.Capabilities, name)
		}
	}
	slices.Sort(p.Capabilities)
	return p, nil
}

// chooseVersion picks the newest version that the network offers in
// "cniVersions" and we speak (CNI spec 1.1 §1, "cniVersions"); without that
// list it is cniVersion as written.
func chooseVersion(single string, offered []string) (string, error) {
	if len(offered) == 0 {
		return single, nil
	}
	best := ""
	for _, v := range append(slices.Clone(offered), single) {
		if !slices.Contains(version.All.SupportedVersions(), v) {
			continue
		}
		newer, err := version.GreaterThan(v, best)
		if best == "" || err == nil && newer {
			best = v
		}
	}
	if best == "" {
		return "", fail.New(fail.Version, "none of the cniVersions %v is supported", offered)
	}
	return best, nil
}

// Declares reports whether any plugin of the network declares a capability.
func (n Network) Declares(capability string) bool {
	return slices.ContainsFunc(n.Plugins, func(p Plugin) bool {
		return slices.Contains(p.Capabilities, capability)
	})
}

// AtLeast reports whether the network's version is v or later. No version
// counts as 0.1.0, as it does for plugins (CNI spec 0.2.0).
func (n Network) AtLeast(v string) bool {
	mine := n.Version
	if mine == "" {
		mine = "0.1.0"
	}
	ok, err := version.GreaterThanOrEqualTo(mine, v)
	return err == nil && ok
}
