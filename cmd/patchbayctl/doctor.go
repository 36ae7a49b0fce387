package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"patchbay/backends/real"
	"patchbay/cmd/internal/ctlconf"
	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/doctor"
	"patchbay/cmd/internal/lint"
	"patchbay/cmd/internal/nodefiles"
	"patchbay/core/netconf"
)

const aboutDoctor = `Say what is wrong on this node, and what mends it: records of sandboxes
that are gone, records that can not be read or undone, addresses that nobody
has, interfaces, results and files that no record speaks of, plugins that a DEL
will not find, and mistakes in the configuration. Nothing is changed. Without
root the look is not complete, and says so.

Exit code 3: something should be mended.`

const exampleDoctor = `  patchbayctl doctor
  patchbayctl doctor -o json | jq -r '.[].mend'`

// doctorCommand is `patchbayctl doctor`.
func doctorCommand(s *session) *cobra.Command {
	var dirs []string
	c := &cobra.Command{
		Use: "doctor", Short: "Say what is wrong on this node, and what mends it",
		Long: aboutDoctor, Example: exampleDoctor, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.doctor(c.Context(), dirs) },
	}
	c.Flags().StringArrayVar(&dirs, "ipam-dir", []string{nodefiles.HostLocal},
		"`DIR` of addresses that host-local holds, besides those that networks name")
	_ = c.MarkFlagDirname("ipam-dir")
	return c
}

func (s *session) doctor(ctx context.Context, ipamDirs []string) error {
	f, linted, err := s.judged(ctx)
	if err != nil {
		return err
	}
	backend, _ := real.New(s.options(f))
	facts, err := doctor.Look(ctx, doctor.Options{
		Backend: backend, Config: f.Config, IPAMDirs: ipamDirs, Lint: linted,
	})
	if err != nil {
		return err
	}
	found := doctor.Diagnose(facts)
	if found == nil {
		found = []doctor.Finding{}
	}
	err = s.printer.Print(found, func(p *ctlout.Page) { showDoctor(p, found, facts) })
	if err == nil && !doctor.Healthy(found) {
		err = findings()
	}
	return err
}

// judged reads our configuration and what is to be said of it. One that can not
// be used is a finding, and defaults stand in for it.
func (s *session) judged(ctx context.Context) (ctlconf.File, []lint.Finding, error) {
	path, err := s.ownPath()
	if err != nil {
		return ctlconf.File{}, nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return ctlconf.File{}, nil, err
	}
	f, readErr := ctlconf.Read(path)
	if readErr != nil {
		f = ctlconf.File{Path: path}
		if f.Config, err = netconf.ParseConfig([]byte(`{"delegates": [{}]}`)); err != nil {
			return f, nil, err
		}
	}
	linted := lint.Check([]lint.Source{{Path: path, Bytes: text}},
		lint.Options{Installed: s.installed(ctx, f, nil)})
	if readErr != nil && !lint.Failed(linted) {
		linted = append(linted, lint.Finding{
			File: path, Severity: lint.Error, Text: readErr.Error(),
		})
	}
	return f, linted, nil
}

func showDoctor(p *ctlout.Page, found []doctor.Finding, facts doctor.Facts) {
	styles := map[doctor.Severity]ctlout.Style{
		doctor.Error: ctlout.Bad, doctor.Warning: ctlout.Doubtful, doctor.Info: ctlout.Faint,
	}
	p.Say("Looked at %s, %s, %s.", plural(len(facts.Sandboxes), "record"),
		plural(len(facts.Leases), "lease"), plural(len(facts.Quarantined), "quarantined record"))
	for _, f := range found {
		p.Say("")
		p.Say("%s  %s", p.Paint(styles[f.Severity], string(f.Severity)),
			p.Paint(ctlout.Strong, printable(f.Object)))
		p.Say("  %s", printable(f.Text))
		if f.Mend != "" {
			p.Say("  %s %s", p.Paint(ctlout.Faint, "mend:"),
				p.Paint(ctlout.Name, printable(f.Mend)))
		}
	}
	p.Say("")
	if doctor.Healthy(found) {
		p.Say("%s", p.Paint(ctlout.Good, "Nothing needs mending."))
	}
}
