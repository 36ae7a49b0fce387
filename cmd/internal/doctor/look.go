package doctor

import (
	"context"
	"encoding/json"
	"net/netip"
	"path/filepath"
	"slices"

	"patchbay/backends"
	"patchbay/cmd/internal/kernel"
	"patchbay/cmd/internal/lint"
	"patchbay/cmd/internal/nodefiles"
	"patchbay/cmd/internal/topology"
	"patchbay/core/fail"
	"patchbay/core/netconf"
	"patchbay/core/record"
	"patchbay/core/result"
)

// Options says where to look.
type Options struct {
	Backend backends.Backend
	Config  netconf.Config
	// IPAMDirs are directories of host-local, besides those that records and
	// the configuration name.
	IPAMDirs []string
	Lint     []lint.Finding // of the configuration
	// Namespaces lists all of the node; nil is what package kernel finds.
	Namespaces func(ctx context.Context) ([]kernel.Namespace, []error)
}

// Look collects the facts. What could not be looked at is in them; an error
// means that there is nothing to diagnose from.
func Look(ctx context.Context, o Options) (Facts, error) {
	store := nodefiles.ReadOnly(o.Backend.Records, o.Config.CNIDir)
	o.Backend.Records = store
	if o.Namespaces == nil {
		o.Namespaces = func(ctx context.Context) ([]kernel.Namespace, []error) {
			return kernel.All(ctx, kernel.NamedDir)
		}
	}
	l := looker{Options: o, store: store, facts: Facts{Lint: o.Lint}}
	bootID, err := store.BootID(ctx)
	l.facts.BootID = bootID
	l.unseen(err)
	if err = l.sandboxes(ctx); err != nil {
		return Facts{}, err
	}
	l.facts.Quarantined, err = store.Quarantined(ctx)
	l.unseen(err)
	l.facts.Results, err = nodefiles.Results(o.Config.CNIDir)
	l.unseen(err)
	l.facts.Temporary, err = nodefiles.Temporary(o.Config.CNIDir)
	l.unseen(err)
	l.configured(ctx)
	l.leases()
	l.deviceInfo()
	l.namespaces(ctx)
	// Whatever an attachment holds, it holds within the life of its record. So
	// what was attached while we looked has its record now.
	return l.facts, l.sandboxes(ctx)
}

// looker puts facts together.
type looker struct {
	Options
	store nodefiles.Records
	all   []kernel.Namespace
	facts Facts
}

func (l *looker) unseen(err error) {
	if err != nil && !slices.Contains(l.facts.Unseen, err.Error()) {
		l.facts.Unseen = append(l.facts.Unseen, err.Error())
	}
}

// namespaces looks into all of them, the first being the node's own.
func (l *looker) namespaces(ctx context.Context) {
	all, errs := l.Namespaces(ctx)
	for _, err := range errs {
		l.unseen(err)
	}
	l.all, l.facts.AllSeen = all, len(errs) == 0 && len(all) > 0
	l.facts.Addresses = map[netip.Addr]bool{}
	for _, n := range all {
		for _, one := range n.Links {
			for _, text := range one.Addresses {
				if prefix, err := netip.ParsePrefix(text); err == nil {
					l.facts.Addresses[prefix.Addr()] = true
				}
			}
		}
	}
	if len(all) == 0 {
		return
	}
	now, err := kernel.Host(ctx)
	l.unseen(err)
	for _, one := range all[0].Links {
		if one.Kind != "veth" || one.NetNS == kernel.None {
			continue
		}
		if still, ok := now.ByIndex(one.Index); !ok || still.NetNS != one.NetNS {
			continue // it went with its namespace while we looked
		}
		found := slices.ContainsFunc(all, func(n kernel.Namespace) bool {
			return n.HostID == one.NetNS
		})
		l.facts.Pairs = append(l.facts.Pairs, Pair{Name: one.Name, Found: found})
	}
}

// sandboxes looks at all records that were not looked at yet.
func (l *looker) sandboxes(ctx context.Context) error {
	keys, err := l.store.List(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		known := slices.ContainsFunc(l.facts.Sandboxes, func(s Sandbox) bool {
			return s.Key == key
		})
		if known {
			continue
		}
		if s, ok := l.sandbox(ctx, key); ok {
			l.facts.Sandboxes = append(l.facts.Sandboxes, s)
		}
	}
	return nil
}

// sandbox looks at one record; a record that is gone by now is none.
func (l *looker) sandbox(ctx context.Context, key record.Key) (Sandbox, bool) {
	s := Sandbox{Key: key, File: l.store.File(key), State: topology.Unknown}
	s.Record, s.Err = l.store.Load(ctx, key)
	if s.Err != nil {
		return s, !fail.Is(s.Err, fail.NotFound)
	}
	var err error
	s.State, err = topology.StateOf(ctx, l.Backend, s.Record, l.facts.BootID)
	l.unseen(err)
	if s.State == topology.Gone {
		_, otherErr := kernel.At(ctx, s.Record.Netns)
		s.Recycled = otherErr == nil
	}
	if s.State == topology.Alive {
		inside, err := kernel.At(ctx, s.Record.Netns)
		l.unseen(err)
		s.Links = inside.Links
	}
	for _, a := range s.Record.Attachments {
		l.attachment(ctx, &s, a)
	}
	return s, true
}

// attachment notes which interfaces are an attachment's, and the plugins that
// its DEL needs.
func (l *looker) attachment(ctx context.Context, s *Sandbox, a record.Attachment) {
	raw, err := l.store.Result(ctx, s.Record, a.IfName)
	if err == nil && raw != nil { // else the results say so themselves
		if o, parseErr := result.Parse("", raw); parseErr == nil {
			s.Owned = append(s.Owned, o.InSandbox()...)
		}
	}
	n, err := netconf.ParseNetwork(a.Config)
	if err != nil {
		l.unseen(fail.About(result.Object(s.Record, a), err))
		return
	}
	search := s.Record.PluginPath
	if search == "" {
		search = l.Config.PluginPath("") // as DEL does for what was rebuilt
	}
	for _, p := range n.Plugins {
		_, err := l.Backend.Plugins.Find(ctx, p.Type, search)
		switch {
		case fail.Is(err, fail.NotFound) && !slices.Contains(s.Absent, p.Type):
			s.Absent = append(s.Absent, p.Type)
		case err != nil && !fail.Is(err, fail.NotFound):
			l.unseen(err)
		}
	}
}

// configured lists the networks that the configuration knows by name.
func (l *looker) configured(ctx context.Context) {
	for _, raw := range l.Config.Delegates {
		l.network(raw)
	}
	places := []string{l.Config.ConfDir}
	if filepath.IsAbs(l.Config.ClusterNetwork) {
		places = append(places, l.Config.ClusterNetwork)
	}
	for _, place := range places {
		files, err := l.Backend.Confs.Read(ctx, place, ".conf,.conflist,.json")
		if err != nil && !fail.Is(err, fail.NotFound) {
			l.unseen(err)
		}
		for _, f := range files.List {
			l.network(f.Bytes)
		}
	}
}

// network notes the name of a network, and where its addresses are kept.
func (l *looker) network(raw []byte) {
	n, err := netconf.ParseNetwork(raw)
	if err != nil {
		return // lint says so of ours, and of others nobody asked
	}
	if n.Name != "" {
		l.facts.Configured = append(l.facts.Configured, n.Name)
	}
	l.IPAMDirs = append(l.IPAMDirs, dataDirs(n)...)
}

// dataDirs are the directories of host-local in a network.
func dataDirs(n netconf.Network) []string {
	var out []string
	for _, p := range n.Plugins {
		var keys struct {
			IPAM struct {
				Type    string `json:"type"`
				DataDir string `json:"dataDir"`
			} `json:"ipam"`
		}
		if json.Unmarshal(p.Raw, &keys) == nil && keys.IPAM.Type == "host-local" {
			dir := keys.IPAM.DataDir
			if dir == "" {
				dir = nodefiles.HostLocal
			}
			out = append(out, filepath.Clean(dir))
		}
	}
	return out
}

// leases reads every store of host-local that anything names.
func (l *looker) leases() {
	dirs := slices.Clone(l.IPAMDirs)
	for _, a := range l.facts.attachments() {
		if n, err := netconf.ParseNetwork(a.Config); err == nil {
			dirs = append(dirs, dataDirs(n)...)
		}
	}
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		found, err := nodefiles.Leases(dir)
		l.unseen(err)
		l.facts.Leases = append(l.facts.Leases, found...)
	}
}

// deviceInfo lists the files about devices of attachments (NPWG device
// information specification 1.1.0 §5).
func (l *looker) deviceInfo() {
	found, err := filepath.Glob(filepath.Join(l.Config.DeviceInfoDir, "cni", "*"))
	if err != nil {
		l.unseen(fail.New(fail.Invalid, "%s: %w", l.Config.DeviceInfoDir, err))
	}
	l.facts.DeviceInfo = found
}
