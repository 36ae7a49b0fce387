package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"patchbay/backends"
	"patchbay/backends/drive"
	"patchbay/backends/real"
	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/nodefiles"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/record"
)

const aboutQuarantine = `What could not be undone, or not be read, is set aside with the reason,
so that the pod is not kept waiting for ever and nothing is forgotten. A KEY is
containerID@interface, or the first characters of it.

retry and drop change the node, so they want --yes.`

const aboutRetry = `Undo now what was set aside, as the runtime's DEL does. What works is forgotten;
what does not is set aside again, with the new reason.`

const aboutDrop = `Forget what was set aside without undoing anything. What it held stays held:
look at it with show before.`

// quarantineCommand is `patchbayctl records quarantine`.
func quarantineCommand(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "quarantine", Short: "Show, retry or forget what was set aside",
		Long: aboutQuarantine, Example: exampleOf("records quarantine"),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.listAside(c.Context()) },
	}
	c.AddCommand(
		&cobra.Command{
			Use: "list", Short: "List what was set aside, and why",
			Example: exampleOf("records quarantine list"), Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return s.listAside(c.Context()) },
		},
		&cobra.Command{
			Use: "show KEY", Short: "Show one record in full",
			Example: exampleOf("records quarantine show 8a7c2b1f"), Args: cobra.ExactArgs(1),
			RunE: func(c *cobra.Command, args []string) error {
				return s.showAside(c.Context(), args[0])
			},
		},
		confirmed(&cobra.Command{
			Use: "retry KEY", Short: "Undo it now", Long: aboutRetry,
			Example: exampleOf("records quarantine retry 8a7c2b1f --yes"),
		}, s.retryAside),
		confirmed(&cobra.Command{
			Use: "drop KEY", Short: "Forget it, undoing nothing", Long: aboutDrop,
			Example: exampleOf("records quarantine drop 8a7c2b1f --yes"),
		}, s.dropAside),
	)
	return c
}

// confirmed completes a command that takes a key and does nothing without --yes.
func confirmed(c *cobra.Command, do func(context.Context, string) error) *cobra.Command {
	var yes bool
	c.Args = cobra.ExactArgs(1)
	c.RunE = func(c *cobra.Command, args []string) error {
		if !yes {
			return usage(fail.New(fail.Invalid, "this changes the node; say --yes"))
		}
		return do(c.Context(), args[0])
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	return c
}

// asideRow is a quarantined record in the list.
type asideRow struct {
	Key      string `json:"key"`
	Pod      string `json:"pod,omitempty"`
	Reason   string `json:"reason"`
	File     string `json:"file"`
	Readable bool   `json:"readable"`
}

func (s *session) listAside(ctx context.Context) error {
	_, b, err := s.node()
	if err != nil {
		return err
	}
	aside, err := b.Records.Quarantined(ctx)
	if err != nil {
		return err
	}
	rows := []asideRow{}
	for _, q := range aside {
		row := asideRow{
			Key: q.Key.String(), Reason: q.Reason, File: q.File, Readable: q.Record != nil,
		}
		if q.Record != nil && q.Record.Pod != (record.Pod{}) {
			row.Pod = q.Record.Pod.String()
		}
		rows = append(rows, row)
	}
	return s.printer.Print(rows, func(p *ctlout.Page) {
		if len(rows) == 0 {
			p.Say("Nothing was set aside.")
			return
		}
		t := ctlout.Table{Head: []string{"POD", "KEY", "REASON"}}
		for _, r := range rows {
			t.Add(ctlout.Cell{Text: printable(r.Pod), Style: ctlout.Name},
				ctlout.Cell{Text: shortKey(r.Key)}, ctlout.Cell{Text: printable(r.Reason)})
		}
		p.Table(t)
	})
}

// findAside finds what was set aside under a key.
func findAside(ctx context.Context, b backends.Backend, text string) (backends.Quarantined, error) {
	aside, err := b.Records.Quarantined(ctx)
	if err != nil {
		return backends.Quarantined{}, err
	}
	keys := make([]record.Key, 0, len(aside))
	for _, q := range aside {
		keys = append(keys, q.Key)
	}
	key, err := findKey(keys, text)
	for _, q := range aside {
		if err == nil && q.Key == key {
			return q, nil
		}
	}
	return backends.Quarantined{}, err
}

func (s *session) showAside(ctx context.Context, text string) error {
	_, b, err := s.node()
	if err != nil {
		return err
	}
	q, err := findAside(ctx, b, text)
	if err != nil {
		return err
	}
	value := struct {
		Reason string          `json:"reason"`
		File   string          `json:"file"`
		Record *readableRecord `json:"record,omitempty"`
	}{Reason: q.Reason, File: q.File}
	if q.Record != nil {
		r := readable(*q.Record)
		value.Record = &r
	}
	return s.printer.Print(value, func(p *ctlout.Page) {
		p.Say("%s", p.Paint(ctlout.Bad, printable(q.Reason)))
		p.Say("in %s", printable(q.File))
		if q.Record == nil {
			p.Say("The record itself can not be read.")
			return
		}
		p.Say("")
		showOne(p, *q.Record)
	})
}

// retryAside puts a record back and undoes it, as a runtime's DEL does. When
// that fails it is set aside again, for no runtime asks for it any more.
func (s *session) retryAside(ctx context.Context, text string) error {
	f, err := s.config()
	if err != nil {
		return err
	}
	b, known := real.New(s.options(f))
	q, err := findAside(ctx, b, text)
	if err != nil {
		return err
	}
	if q.Record == nil {
		return fail.New(fail.Decode,
			"the record of %s can not be read, so nothing says what to undo; see %s", q.Key, q.File)
	}
	if err = putBack(ctx, b, f.Config.CNIDir, *q.Record); err != nil {
		return err
	}
	d := &drive.Driver{Backend: b, Log: s.log()}
	err = d.Del(ctx, need.Request{
		Verb: need.Del, ContainerID: q.Key.ContainerID, IfName: q.Key.IfName,
		Netns: q.Record.Netns, CNIPath: q.Record.PluginPath, Config: f.Config, Cluster: known,
	})
	if err != nil {
		return errors.Join(err, asideAgain(ctx, b, f.Config.CNIDir, q.Key, err.Error()))
	}
	if err = b.Records.DropQuarantined(ctx, q.Key); err != nil {
		return err
	}
	page := s.printer.Page()
	page.Say("%s was undone.", q.Key)
	return page.Err()
}

// putBack saves a record that was set aside, unless there is another one by now.
func putBack(ctx context.Context, b backends.Backend, dir string, rec record.Record) error {
	unlock, err := b.Records.Lock(ctx, rec.Key())
	if err != nil {
		return err
	}
	defer unlock()
	_, err = nodefiles.ReadOnly(b.Records, dir).Load(ctx, rec.Key())
	if !fail.Is(err, fail.NotFound) {
		return fail.New(fail.Busy, "there is a newer record of %s; the runtime will undo that",
			rec.Key())
	}
	return b.Records.Save(ctx, rec)
}

// asideAgain sets a record aside, unless the driver has done so.
func asideAgain(
	ctx context.Context, b backends.Backend, dir string, key record.Key, reason string,
) error {
	unlock, err := b.Records.Lock(ctx, key)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = nodefiles.ReadOnly(b.Records, dir).Load(ctx, key)
	if fail.Is(err, fail.NotFound) {
		return nil
	}
	return b.Records.Quarantine(ctx, key, reason)
}

func (s *session) dropAside(ctx context.Context, text string) error {
	f, err := s.config()
	if err != nil {
		return err
	}
	b, _ := real.New(s.options(f))
	q, err := findAside(ctx, b, text)
	if err != nil {
		return err
	}
	unlock, err := b.Records.Lock(ctx, q.Key)
	if err != nil {
		return err
	}
	defer unlock()
	if err = b.Records.DropQuarantined(ctx, q.Key); err != nil {
		return err
	}
	page := s.printer.Page()
	page.Say("%s is forgotten. Nothing was undone.", q.Key)
	return page.Err()
}

// log is where a driver that a command starts says what it does.
func (s *session) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(s.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// requireRoot refuses early what could only half succeed.
func requireRoot(what string) error {
	if os.Geteuid() == 0 {
		return nil
	}
	return fail.New(fail.Denied, "%s needs root", what)
}
