package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"patchbay/backends"
	"patchbay/backends/real"
	"patchbay/cmd/internal/ctlconf"
	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/nodefiles"
	"patchbay/cmd/internal/topology"
	"patchbay/core/fail"
)

const aboutTopology = `Draw which pods of this node are plugged into which networks: from the
records and, as root, from the network namespaces. Without root the picture is
what was recorded, and says so.`

const exampleTopology = `  patchbayctl topology                     # a tree
  patchbayctl topology -o svg > node.svg   # a picture for a document or a slide
  patchbayctl topology -o mermaid          # for Markdown
  patchbayctl topology -o dot | dot -Tpdf > node.pdf`

// drawing is a way to draw. It is a flag value of cobra, in the place of the
// formats that all other commands have.
type drawing string

// drawings lists the ways.
func drawings() []string { return []string{"text", "dot", "svg", "mermaid", "json", "yaml"} }

// Set takes the value of the flag.
func (d *drawing) Set(value string) error {
	if !slices.Contains(drawings(), value) {
		return fail.New(fail.Invalid, "it must be one of %s", strings.Join(drawings(), ", "))
	}
	*d = drawing(value)
	return nil
}

// String returns the way.
func (d *drawing) String() string { return string(*d) }

// Type names the kind of value in help texts.
func (d *drawing) Type() string { return strings.Join(drawings(), "|") }

// topologyCommand is `patchbayctl topology`.
func topologyCommand(s *session) *cobra.Command {
	way := drawing(s.printer.Format)
	c := &cobra.Command{
		Use: "topology", Short: "Draw pods, interfaces and networks of this node",
		Long: aboutTopology, Example: exampleTopology, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.topology(c.Context(), way) },
	}
	c.Flags().VarP(&way, "output", "o", "how to draw")
	_ = c.RegisterFlagCompletionFunc("output",
		cobra.FixedCompletions(drawings(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (s *session) topology(ctx context.Context, way drawing) error {
	_, backend, err := s.node()
	if err != nil {
		return err
	}
	m, err := topology.Read(ctx, backend)
	if err != nil {
		return err
	}
	switch way {
	case "dot":
		return topology.Dot(s.printer.Out, m)
	case "svg":
		return topology.SVG(s.printer.Out, m)
	case "mermaid":
		return topology.Mermaid(s.printer.Out, m)
	}
	printer := s.printer
	printer.Format = ctlout.Format(way)
	return printer.Print(m, func(p *ctlout.Page) { topology.Show(p, m) })
}

// node returns the backend of this node, with records that looking at them does
// not change.
func (s *session) node() (ctlconf.File, backends.Backend, error) {
	f, err := s.config()
	if err != nil {
		return f, backends.Backend{}, err
	}
	b, _ := real.New(s.options(f))
	b.Records = nodefiles.ReadOnly(b.Records, f.Config.CNIDir)
	return f, b, nil
}
