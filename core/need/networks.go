package need

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"patchbay/core/annotation"
	"patchbay/core/fail"
	"patchbay/core/netconf"
)

// Suffixes of configuration files, by where they are looked for.
const (
	anyConf   = ".conf,.json,.conflist"
	pathConf  = ".conf,.conflist"
	chainConf = ".conf"
)

// everyPod lists the networks that every pod of a namespace gets, whatever its
// annotations say. The first is the default network.
func (r *resolver) everyPod(podNamespace string) ([]wanted, error) {
	c := &r.req.Config
	if c.ClusterNetwork == "" {
		return r.delegates()
	}
	if !r.req.Cluster {
		return nil, fail.New(fail.Invalid,
			"configuration: clusterNetwork %s: must have either Kubernetes config or delegates; "+
				"kubeconfig and manifestDir are both empty",
			c.ClusterNetwork)
	}
	w, err := r.byName(c.ClusterNetwork)
	list, errs := []wanted{w}, []error{fail.About("clusterNetwork "+c.ClusterNetwork, err)}
	if slices.Contains(c.SystemNamespaces, podNamespace) {
		return list, errors.Join(errs...)
	}
	for _, name := range c.DefaultNetworks {
		w, err = r.byName(name)
		list, errs = append(list, w), append(errs, fail.About("defaultNetworks "+name, err))
	}
	return list, errors.Join(errs...)
}

// delegates are the networks that stand in our own configuration.
func (r *resolver) delegates() ([]wanted, error) {
	list := make([]wanted, 0, len(r.req.Config.Delegates))
	for i, raw := range r.req.Config.Delegates {
		n, err := r.parse(raw)
		if err == nil && n.Name == "" {
			err = fail.New(fail.Invalid, "missing network name")
		}
		if err != nil {
			return nil, fail.New(fail.Of(err), "delegate %d: %w", i, err)
		}
		list = append(list, unselected(n))
	}
	return list, nil
}

// unselected is a network that no annotation asked for.
func unselected(n netconf.Network) wanted {
	return wanted{title: n.Name, net: n, selection: &annotation.Selection{}}
}

// parse reads a complete network: one with plugins.
func (r *resolver) parse(raw []byte) (netconf.Network, error) {
	n, err := r.networks.Parse(raw)
	if err != nil {
		return netconf.Network{}, err
	}
	return n, n.RequirePlugins()
}

// byName finds the network that clusterNetwork or defaultNetworks names: a
// definition, a configuration in confDir by its name, or a path.
func (r *resolver) byName(name string) (wanted, error) {
	if strings.Contains(name, "/") {
		n, err := r.atPath(name)
		return unselected(n), err
	}
	w := r.define(&annotation.Selection{Namespace: r.req.Config.MultusNamespace, Name: name})
	if w.err == nil || errors.Is(w.err, errUnknown) {
		return w, w.err
	}
	n, err := r.onDisk(name)
	if err != nil && !errors.Is(err, errUnknown) {
		kind := fail.Of(err)
		if passing(w.err) {
			kind = fail.Of(w.err) // that it is not on disk may say nothing
		}
		err = fail.New(kind, "%w; %w", w.err, err)
	}
	return unselected(n), err
}

// atPath loads the network at a path: a file, or the first file of a directory.
func (r *resolver) atPath(at string) (netconf.Network, error) {
	files, err := ask[Files](r, ReadFiles{at, pathConf})
	if err != nil {
		return netconf.Network{}, err
	}
	if len(files.List) == 0 {
		return netconf.Network{}, fail.New(fail.NotFound, "%s holds no .conf or .conflist", at)
	}
	file := files.List[0]
	n, err := r.load(file)
	return n, about(file.Path, err)
}

// load reads one configuration file. Beside a list, a directory that bears its
// name may hold more plugins for it.
func (r *resolver) load(file File) (netconf.Network, error) {
	n, err := r.networks.Parse(file.Bytes)
	if err != nil {
		return netconf.Network{}, err
	}
	list := strings.HasSuffix(file.Path, ".conflist")
	switch {
	case n.Name == "":
		return netconf.Network{}, fail.New(fail.Invalid, "missing network name")
	case list && !n.List:
		return netconf.Network{}, fail.New(fail.Invalid, "a .conflist must have 'plugins'")
	case !list && n.List:
		return netconf.Network{}, fail.New(fail.Invalid,
			"it has no type; a list of plugins must be called .conflist")
	case !list:
		return n, nil
	}
	if !n.OnlyInlined {
		if n, err = r.subDirectory(n, path.Dir(file.Path)); err != nil {
			return netconf.Network{}, err
		}
	}
	return n, n.RequirePlugins()
}

func (r *resolver) subDirectory(n netconf.Network, dir string) (netconf.Network, error) {
	if !validName(n.Name) {
		return n, fail.New(fail.Invalid, "invalid network config name %q", n.Name)
	}
	plugins, err := r.chained(path.Join(dir, n.Name))
	if err != nil {
		return n, err
	}
	return n.Append(plugins)
}

// chained reads the plugins of a sub-directory; it need not be there.
func (r *resolver) chained(dir string) ([][]byte, error) {
	files, err := ask[Files](r, ReadFiles{dir, chainConf})
	if fail.Is(err, fail.NotFound) || err == nil && !files.Dir {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, f := range files.List {
		n, err := r.networks.Parse(f.Bytes)
		if err == nil && n.List {
			err = fail.New(fail.Invalid, "it must be a single plugin, not a list")
		}
		if err != nil {
			return nil, fail.About(f.Path, err)
		}
		out = append(out, f.Bytes)
	}
	return out, nil
}

// auxiliary is the chain of plugins that runs beside every pod's networks.
func (r *resolver) auxiliary() ([]wanted, error) {
	c := &r.req.Config
	if c.AuxiliaryCNIChainName == "" || r.req.Verb == Del {
		return nil, nil
	}
	if !strings.Contains(c.ClusterNetwork, "/") {
		return nil, fail.New(fail.Invalid, "configuration: auxiliaryCNIChainName %s: "+
			"ClusterNetwork must be a path", c.AuxiliaryCNIChainName)
	}
	if !validName(c.AuxiliaryCNIChainName) {
		return nil, fail.New(fail.Invalid, "configuration: invalid auxiliaryCNIChainName %q",
			c.AuxiliaryCNIChainName)
	}
	plugins, err := r.chained(path.Join(path.Dir(c.ClusterNetwork), c.AuxiliaryCNIChainName))
	if err != nil || len(plugins) == 0 {
		return nil, err
	}
	version := c.CNIVersion
	if version == "" {
		version = "1.0.0"
	}
	// Marshalling three strings can not fail.
	raw, _ := json.Marshal(map[string]any{
		"cniVersion": version,
		"name":       c.AuxiliaryCNIChainName,
		"plugins":    []map[string]string{{"type": "passthru"}},
	})
	n, err := r.networks.Parse(raw)
	if err != nil {
		return nil, err
	}
	n, err = n.Append(plugins)
	return []wanted{unselected(n)}, fail.About(n.Name, err)
}

// definition reads the network of a definition: inline, or on disk by its name.
func (r *resolver) definition(def Definition) (netconf.Network, error) {
	if resource := def.Annotations[annotation.ResourceName]; resource != "" {
		return netconf.Network{}, fail.New(fail.Invalid,
			"the definition asks for a device of %s, and devices can not be allocated yet",
			resource)
	}
	if strings.TrimSpace(def.Config) == "" {
		n, err := r.onDisk(def.Name)
		return n, about("spec.config is empty", err)
	}
	n, err := r.parse([]byte(def.Config))
	if err != nil {
		return netconf.Network{}, fail.New(fail.Of(err), "spec.config: %w", err)
	}
	return r.networks.Named(n, def.Name)
}

// onDisk finds a configuration in confDir by the name inside it. A file that
// can not be read is passed over with a warning: it may be anybody's.
func (r *resolver) onDisk(name string) (netconf.Network, error) {
	c := &r.req.Config
	files, err := ask[Files](r, ReadFiles{c.ConfDir, anyConf})
	if err != nil && !fail.Is(err, fail.NotFound) {
		return netconf.Network{}, err
	}
	list := slices.Clone(files.List)
	if c.Compat == annotation.NPWG13 {
		// Lists before single ones (NPWG standard v1.3 §3.3.1).
		slices.SortStableFunc(list, func(a, b File) int { return rank(a) - rank(b) })
	}
	why := []string{fmt.Sprintf("no network available in the name %s in %s", name, c.ConfDir)}
	for _, f := range list {
		n, err := r.parse(f.Bytes)
		if err != nil {
			r.warnf("%s is passed over: %v", f.Path, err)
			// It may be the one that is meant.
			why = append(why, fmt.Sprintf("%s can not be used: %v", f.Path, err))
			continue
		}
		if n.Name == name {
			return n, nil
		}
	}
	return netconf.Network{}, fail.New(fail.NotFound, "%s", strings.Join(why, "; "))
}

func rank(f File) int {
	if strings.HasSuffix(f.Path, ".conflist") {
		return 0
	}
	return 1
}

// validName is the rule for network names, which become parts of file names
// (libcni: letters, digits, "_", "." and "-", the first a letter or digit).
func validName(name string) bool {
	for i, b := range []byte(name) {
		letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
		if !letter && (i == 0 || b != '_' && b != '.' && b != '-') {
			return false
		}
	}
	return name != ""
}
