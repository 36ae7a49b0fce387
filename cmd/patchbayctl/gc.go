package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/backends/drive"
	"patchbay/backends/real"
	"patchbay/cmd/internal/ctlconf"
	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/nodefiles"
	"patchbay/cmd/internal/topology"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

const aboutGC = `Release what sandboxes that are gone still hold, as the runtime's GC does. Kept
is every sandbox whose namespace is there, or of which that can not be told,
every attachment that --keep names, and every one in the runtime's own cache
whose namespace is there. Then each plugin of CNI 1.1 releases what belongs to
nothing that is kept, and what was set aside is tried again.

Without --yes it only shows what would be done. Run it where the runtime runs:
in a container that does not see the node's namespaces all of them look gone.`

const exampleGC = `  patchbayctl gc         # only show it
  patchbayctl gc --yes
  patchbayctl gc --keep "$ID/eth0" --yes`

// gcOptions are the flags of gc.
type gcOptions struct {
	keep         []string
	dryRun, yes  bool
	pluginDirs   []string
	runtimeCache string
}

// gcCommand is `patchbayctl gc`.
func gcCommand(s *session) *cobra.Command {
	var o gcOptions
	c := &cobra.Command{
		Use: "gc", Short: "Release what sandboxes that are gone still hold",
		Long: aboutGC, Example: exampleGC, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.yes && o.dryRun {
				return usage(fail.New(fail.Invalid, "--yes and --dry-run exclude each other"))
			}
			return s.gc(c.Context(), o)
		},
	}
	flags := c.Flags()
	flags.StringArrayVar(&o.keep, "keep", nil,
		"an attachment that is in use, as `containerID/ifName` in full; may be repeated")
	flags.BoolVar(&o.dryRun, "dry-run", false, "only show what would be done (the default)")
	flags.BoolVar(&o.yes, "yes", false, "do it; needs root")
	flags.StringVar(&o.runtimeCache, "runtime-cache", "/var/lib/cni",
		"the `DIR` in which the runtime's libcni has its results")
	pluginDirFlag(c, &o.pluginDirs)
	return c
}

// gcItem is a record, and what becomes of it.
type gcItem struct {
	Key      string   `json:"key"`
	Pod      string   `json:"pod,omitempty"`
	Networks []string `json:"networks,omitempty"`
	Keep     bool     `json:"keep"`
	Why      string   `json:"why"`
	Outcome  string   `json:"outcome,omitempty"` // of what was not kept
}

// gcPlan is what garbage collection would do.
type gcPlan struct {
	Done    bool     `json:"done"`
	Records []gcItem `json:"records"`
	// Aside are the keys of what was set aside and will be tried again.
	Aside []string `json:"retried,omitempty"`
	valid []netconf.Attachment
	// failed: the error says what.
	failed bool
}

func (s *session) gc(ctx context.Context, o gcOptions) error {
	f, err := s.config()
	if err != nil {
		return err
	}
	b, known := real.New(s.options(f))
	if o.yes {
		if err = requireRoot("garbage collection"); err != nil {
			return err
		}
		// Held from here on: an attachment made after the plan was would be
		// collected as one that nobody lists.
		unlock, lockErr := b.Records.LockNode(ctx, true)
		if lockErr != nil {
			return lockErr
		}
		defer unlock()
	}
	plan, err := planGC(ctx, b, f, o)
	if err != nil {
		return err
	}
	if o.yes {
		f.Config.ValidAttachments = plan.valid
		b.Records = nodeHeld{b.Records}
		d := &drive.Driver{Backend: b, Log: s.log()}
		err = d.GC(ctx, need.Request{
			Config: f.Config, CNIPath: pluginPath(o.pluginDirs), Cluster: known,
		})
		err = errors.Join(err, plan.outcomes(ctx, b))
		plan.failed = err != nil
	}
	return errors.Join(err, s.printer.Print(plan, plan.show))
}

// nodeHeld are records of which the caller holds the node's lock already.
type nodeHeld struct{ backends.Records }

// LockNode has nothing to do.
func (nodeHeld) LockNode(context.Context, bool) (func(), error) { return func() {}, nil }

// planGC decides what is kept. It looks at records without changing them.
func planGC(
	ctx context.Context, b backends.Backend, f ctlconf.File, o gcOptions,
) (gcPlan, error) {
	plan := gcPlan{Records: []gcItem{}, valid: []netconf.Attachment{}}
	for _, text := range o.keep {
		containerID, ifName, ok := strings.Cut(text, "/")
		a := netconf.Attachment{ContainerID: containerID, IfName: ifName}
		if err := record.Key(a).Validate(); !ok || err != nil {
			return plan, usage(fail.New(fail.Invalid,
				"--keep %q is not of the form containerID/ifName", text))
		}
		plan.valid = append(plan.valid, a)
	}
	cached, err := nodefiles.Results(o.runtimeCache)
	if err != nil {
		return plan, err
	}
	for _, c := range cached {
		if _, statErr := os.Stat(c.Entry.Netns); c.Err == nil && statErr == nil {
			plan.valid = append(plan.valid,
				netconf.Attachment{ContainerID: c.Entry.ContainerID, IfName: c.Entry.IfName})
		}
	}
	b.Records = nodefiles.ReadOnly(b.Records, f.Config.CNIDir)
	bootID, err := b.Records.BootID(ctx)
	if err != nil {
		return plan, err
	}
	keys, err := b.Records.List(ctx)
	if err != nil {
		return plan, err
	}
	for _, key := range keys {
		item, ok := plan.judge(ctx, b, key, bootID)
		if !ok {
			continue
		}
		if item.Keep {
			plan.valid = append(plan.valid, netconf.Attachment(key))
		}
		plan.Records = append(plan.Records, item)
	}
	return plan, plan.aside(ctx, b, bootID)
}

// judge decides about one record; one that is gone by now is none.
func (plan *gcPlan) judge(
	ctx context.Context, b backends.Backend, key record.Key, bootID string,
) (gcItem, bool) {
	item := gcItem{Key: key.String(), Keep: true}
	rec, err := b.Records.Load(ctx, key)
	switch {
	case fail.Is(err, fail.NotFound):
		return item, false
	case err != nil:
		item.Why = "it can not be read: " + err.Error()
		return item, true
	}
	if rec.Pod != (record.Pod{}) {
		item.Pod = rec.Pod.String()
	}
	for _, a := range rec.Attachments {
		item.Networks = append(item.Networks, a.String())
	}
	if slices.Contains(plan.valid, netconf.Attachment(key)) {
		item.Why = "it is said to be in use"
		return item, true
	}
	item.Keep, item.Why = inUse(ctx, b, rec, bootID)
	return item, true
}

// inUse reports whether a sandbox may be there, and why that is thought.
func inUse(
	ctx context.Context, b backends.Backend, rec record.Record, bootID string,
) (bool, string) {
	state, err := topology.StateOf(ctx, b, rec, bootID)
	switch {
	case err != nil:
		return true, "its namespace can not be looked at: " + err.Error()
	case state == topology.Alive:
		return true, "its namespace is there"
	case state == topology.Unknown:
		return true, "the record does not say where its namespace is"
	case rec.BootID != "" && rec.BootID != bootID:
		return false, "it is of an earlier boot"
	}
	return hidden(rec.Netns)
}

// hidden reports whether a namespace that is not at its path may still be there,
// where we can not see it: in a container of our own, or another mount
// namespace, as "ip netns exec" makes one.
func hidden(path string) (bool, string) {
	dir := filepath.Dir(path)
	var fs unix.Statfs_t
	switch err := unix.Statfs(path, &fs); {
	case err == nil && fs.Type == unix.NSFS_MAGIC:
		return false, "the path of its namespace leads to another one"
	case err == nil:
		return true, path + " is no namespace: this may not be the node itself"
	}
	// A process directory goes with the process. Any other directory is there
	// as long as namespaces are.
	if _, err := os.Stat(dir); err != nil && !strings.HasPrefix(dir, "/proc/") {
		return true, "there is no " + dir + ": this may not be the node itself"
	}
	return false, "its namespace is gone"
}

// aside keeps what was set aside and may be in use. Without a record nobody can
// tell; the driver then asks no plugin to collect.
func (plan *gcPlan) aside(ctx context.Context, b backends.Backend, bootID string) error {
	list, err := b.Records.Quarantined(ctx)
	if err != nil {
		return err
	}
	for _, q := range list {
		keep := true
		if q.Record != nil {
			keep, _ = inUse(ctx, b, *q.Record, bootID)
		}
		if keep {
			plan.valid = append(plan.valid, netconf.Attachment(q.Key))
			continue
		}
		plan.Aside = append(plan.Aside, q.Key.String())
	}
	return nil
}

// outcomes looks what became of the records that were not kept.
func (plan *gcPlan) outcomes(ctx context.Context, b backends.Backend) error {
	plan.Done = true
	left, err := b.Records.List(ctx)
	if err != nil {
		return err
	}
	aside, err := b.Records.Quarantined(ctx)
	if err != nil {
		return err
	}
	for i, item := range plan.Records {
		is := func(key record.Key) bool { return key.String() == item.Key }
		switch {
		case item.Keep:
		case slices.ContainsFunc(left, is):
			plan.Records[i].Outcome = "not released"
		case slices.ContainsFunc(aside, func(q backends.Quarantined) bool { return is(q.Key) }):
			plan.Records[i].Outcome = "set aside"
		default:
			plan.Records[i].Outcome = "released"
		}
	}
	return nil
}

// show prints the plan as a table.
func (plan gcPlan) show(p *ctlout.Page) {
	t := ctlout.Table{Head: []string{"WHAT", "POD", "KEY", "NETWORKS", "WHY"}}
	released := 0
	for _, r := range plan.Records {
		what := ctlout.Cell{Text: "release", Style: ctlout.Doubtful}
		switch {
		case r.Keep:
			what = ctlout.Cell{Text: "keep", Style: ctlout.Faint}
		case r.Outcome == "released":
			what = ctlout.Cell{Text: r.Outcome, Style: ctlout.Good}
		case r.Outcome != "":
			what = ctlout.Cell{Text: r.Outcome, Style: ctlout.Bad}
		}
		if !r.Keep {
			released++
		}
		t.Add(what, ctlout.Cell{Text: printable(r.Pod), Style: ctlout.Name},
			ctlout.Cell{Text: shortKey(r.Key)},
			ctlout.Cell{Text: printable(strings.Join(r.Networks, ", "))},
			ctlout.Cell{Text: printable(r.Why)})
	}
	if len(plan.Records) > 0 {
		p.Table(t)
	}
	for _, key := range plan.Aside {
		p.Say("%s was set aside, and is tried again.", printable(key))
	}
	switch {
	case plan.failed:
	case plan.Done:
		p.Say("Done.")
	case released+len(plan.Aside) == 0:
		p.Say("Nothing would be released, but for what plugins find that belongs to no record.")
	default:
		p.Say("Nothing was done yet. Say --yes to release %s.", plural(released, "record"))
	}
}
