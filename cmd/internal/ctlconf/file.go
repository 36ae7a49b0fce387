package ctlconf

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containernetworking/cni/libcni"

	"patchbay/core/fail"
	"patchbay/core/netconf"
)

// Places lists where the configuration is looked for when nobody says where it
// is: what Multus' and our own installation write.
func Places() []string {
	const dir = "/etc/cni/net.d"
	return []string{
		filepath.Join(dir, "00-multus.conf"),
		filepath.Join(dir, "00-multus.conflist"),
		filepath.Join(dir, "00-patchbay.conflist"),
	}
}

// types are the names by which our plugin is called.
func types() []string { return []string{"patchbay", "patchbay-shim", "multus", "multus-shim"} }

// File is a CNI configuration with our plugin in it.
type File struct {
	Path string
	// List is what a runtime works with; a single configuration is a list of one.
	List *libcni.NetworkConfigList
	// Plugin is the configuration of our plugin as it gets it, name and version
	// of the list included, before anything of a container is added.
	Plugin []byte
	// Config is Plugin, read.
	Config netconf.Config
}

// Find returns the first of Places that exists. NotFound: none does.
func Find() (string, error) {
	for _, path := range Places() {
		_, err := os.Stat(path)
		switch {
		case err == nil:
			return path, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", fail.New(fail.IO, "configuration: %w", err)
		}
	}
	return "", fail.New(fail.NotFound, "there is no CNI configuration at %s; "+
		"name one with --config or PATCHBAY_CONFIG", strings.Join(Places(), ", "))
}

// Read reads the configuration at a path. Invalid: our plugin is not in it, or
// its configuration can never work.
func Read(path string) (File, error) {
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return File{}, fail.New(fail.NotFound, "configuration: %w", err)
	case err != nil:
		return File{}, fail.New(fail.IO, "configuration: %w", err)
	}
	f, err := Parse(raw)
	f.Path = path
	return f, fail.About(path, err)
}

// Parse reads a configuration: a list, or a single plugin.
func Parse(raw []byte) (File, error) {
	list, err := parseList(raw)
	if err != nil {
		return File{}, err
	}
	at := slices.IndexFunc(list.Plugins, func(p *libcni.PluginConfig) bool {
		return slices.Contains(types(), p.Network.Type)
	})
	if at < 0 {
		return File{}, fail.New(fail.Invalid, "no plugin of network %s is of type %s",
			list.Name, strings.Join(types(), ", "))
	}
	f := File{List: list}
	if f.Plugin, err = derived(list, at); err != nil {
		return File{}, err
	}
	f.Config, err = netconf.ParseConfig(f.Plugin)
	return f, err
}

// parseList reads a list, or a single plugin as a list of one.
func parseList(raw []byte) (*libcni.NetworkConfigList, error) {
	var keys struct {
		Plugins json.RawMessage `json:"plugins"`
	}
	if err := json.Unmarshal(raw, &keys); err != nil {
		return nil, fail.New(fail.Decode, "not a CNI configuration: %w", err)
	}
	if keys.Plugins != nil {
		list, err := libcni.NetworkConfFromBytes(raw)
		return list, fail.As(fail.Invalid, err)
	}
	single, err := libcni.NetworkPluginConfFromBytes(raw)
	if err != nil {
		return nil, fail.As(fail.Invalid, err)
	}
	if single.Network.Name == "" {
		return nil, fail.New(fail.Invalid, "the configuration has no name")
	}
	//nolint:staticcheck // 00-multus.conf is of the old format, and runtimes read it this way
	list, err := libcni.ConfListFromConf(single)
	return list, fail.As(fail.Invalid, err)
}

// derived is what plugin i of a list gets (CNI spec 1.1 §4, "Deriving request
// configuration from plugin configuration"), before what a container adds.
func derived(list *libcni.NetworkConfigList, i int) ([]byte, error) {
	out := list.Plugins[i].Bytes
	for _, k := range []struct{ key, value string }{
		{"cniVersion", list.CNIVersion}, {"name", list.Name},
	} {
		value, err := json.Marshal(k.value)
		if err != nil {
			return nil, fail.New(fail.Internal, "%s: %w", k.key, err)
		}
		if out, err = netconf.Set(out, k.key, value); err != nil {
			return nil, err
		}
	}
	return out, nil
}
