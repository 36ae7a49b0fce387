package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"patchbay/backends/real/clock"
	"patchbay/backends/real/plugins"
	"patchbay/backends/yamljson"
	"patchbay/cmd/internal/ctlconf"
	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/lint"
	"patchbay/core/fail"
)

const aboutLint = `Look for mistakes in configuration files and manifests: our own configuration
and other CNI configurations (.conf, .conflist, .json), NetworkAttachment-
Definitions, pods and what makes pods (.yaml, .yml, .json). Without a FILE it is
our own configuration. All files are judged together: a pod may refer to a
definition in another one.

Plugins are looked for where --plugin-dir says, else where our configuration
does, if there is one.

Exit code 3: something can not work. Warnings alone are no reason to fail.`

const exampleLint = `  patchbayctl lint
  patchbayctl lint --plugin-dir /opt/cni/bin networks.yaml pods.yaml`

// lintCommand is `patchbayctl lint`.
func lintCommand(s *session) *cobra.Command {
	var dirs []string
	c := &cobra.Command{
		Use: "lint [FILE…]", Short: "Look for mistakes in configurations and manifests",
		Long: aboutLint, Example: exampleLint, Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, files []string) error {
			return s.lint(c.Context(), files, dirs)
		},
	}
	c.Flags().StringArrayVar(&dirs, "plugin-dir", nil,
		"`DIR` in which the plugins of networks must be; may be repeated")
	_ = c.MarkFlagDirname("plugin-dir")
	return c
}

func (s *session) lint(ctx context.Context, files, dirs []string) error {
	own, ownErr := s.config()
	if len(files) == 0 {
		path, err := s.ownPath()
		if err != nil {
			return err
		}
		files = []string{path}
	}
	var options lint.Options
	if ownErr == nil {
		options.Profile, options.MultusNamespace = own.Config.Compat, own.Config.MultusNamespace
	}
	options.Installed = s.installed(ctx, own, dirs)
	sources := make([]lint.Source, 0, len(files))
	for _, path := range files {
		text, err := yamljson.ReadFile(path)
		if fail.Is(err, fail.Invalid) {
			return fail.About(path, err)
		}
		if err != nil {
			return fail.New(fail.IO, "%w", err)
		}
		sources = append(sources, lint.Source{Path: path, Bytes: text})
	}
	found := lint.Check(sources, options)
	if found == nil {
		found = []lint.Finding{} // "nothing" is a list, too
	}
	err := s.printer.Print(found, func(p *ctlout.Page) { showLint(p, found, len(files)) })
	if err == nil && lint.Failed(found) {
		err = findings()
	}
	return err
}

// ownPath says where our configuration is.
func (s *session) ownPath() (string, error) {
	if s.configPath != "" {
		return s.configPath, nil
	}
	return ctlconf.Find()
}

// installed returns a function that looks for plugins, or nil when nobody said
// where they are.
func (s *session) installed(
	ctx context.Context, own ctlconf.File, dirs []string,
) func(string) bool {
	path := own.Config.BinDir // "" without a configuration
	if len(dirs) > 0 {
		path = pluginPath(dirs)
	}
	if path == "" {
		return nil
	}
	runner := plugins.New(plugins.Options{Clock: clock.Wall{}, Stderr: s.stderr})
	return func(plugin string) bool {
		_, err := runner.Find(ctx, plugin, path)
		return err == nil
	}
}

func showLint(p *ctlout.Page, found []lint.Finding, files int) {
	errors := 0
	for _, f := range found {
		style := ctlout.Doubtful
		if f.Severity == lint.Error {
			style = ctlout.Bad
			errors++
		}
		p.Say("%s", p.Paint(style, printable(f.String())))
	}
	switch {
	case len(found) == 0:
		p.Say("Nothing to say about %s.", plural(files, "file"))
	default:
		p.Say("%s and %s in %s.", plural(errors, "error"),
			plural(len(found)-errors, "warning"), plural(files, "file"))
	}
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
