package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"patchbay/cmd/internal/ctlconf"
	"patchbay/cmd/internal/ctldemo"
	"patchbay/cmd/internal/ctlmanifest"
	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/ctlpod"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/examples"
)

const aboutDemo = `Bring three pods of the examples up on this node, each on several networks, show
what they got, send pings over every network, and take all down again. What the
node has is compared before and after.

Configuration, records and addresses are private to the demonstration; the
links that it makes are called pbdemo…, its namespaces pb-demo-…. All is removed
at the end, on errors, and on Ctrl-C. Without root, or with --plans, it only
shows what would be done. Its output is for people; there is no other format.

Exit code 1: something did not work, or something is left.`

const exampleDemo = `  patchbayctl demo
  patchbayctl demo --plans   # change nothing`

// demoCommand is `patchbayctl demo`.
func demoCommand(s *session) *cobra.Command {
	var (
		pluginDirs []string
		plans      bool
	)
	c := &cobra.Command{
		Use: "demo", Short: "Show pods on several networks, and that nothing is left",
		Long: aboutDemo, Example: exampleDemo, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if s.printer.Format != ctlout.Text {
				return usage(fail.New(fail.Invalid,
					"the demonstration is for people: -o text only"))
			}
			path := pluginPath(pluginDirs)
			if os.Geteuid() != 0 || plans {
				return s.demoPlans(c.Context(), path)
			}
			return s.demo(c.Context(), path)
		},
	}
	pluginDirFlag(c, &pluginDirs)
	c.Flags().BoolVar(&plans, "plans", false, "only show what would be done; needs no root")
	return c
}

// props are the files of a demonstration, as they were read.
type props struct {
	place ctldemo.Place
	file  ctlconf.File
	set   ctlmanifest.Set
}

// prepared writes the examples and reads them.
func prepared(path string) (props, error) {
	first, _, _ := strings.Cut(path, ":")
	place, err := ctldemo.Make(examples.Files, first)
	if err != nil {
		return props{}, err
	}
	f, err := ctlconf.Read(place.Config())
	set, setErr := ctlmanifest.Read([]string{place.Networks(), place.Pods()}, nil)
	if err = errors.Join(err, setErr); err != nil {
		return props{}, errors.Join(err, place.Remove())
	}
	return props{place, f, set}, nil
}

// demoPlans shows the plans for the pods that demo would bring up.
func (s *session) demoPlans(ctx context.Context, path string) error {
	p, err := prepared(path)
	if err != nil {
		return err
	}
	page := s.printer.Page()
	if os.Geteuid() != 0 {
		page.Say("Network namespaces need root, so these are only the plans for the pods.")
	}
	page.Say("")
	err = errors.Join(page.Err(), s.explain(ctx, p.file, p.set, path))
	return errors.Join(err, p.place.Remove())
}

// demo brings the pods up, shows them, takes them down and shows that nothing
// is left.
func (s *session) demo(ctx context.Context, path string) error {
	p, err := prepared(path)
	if err != nil {
		return err
	}
	before, err := ctldemo.Take(ctx, p.place)
	if err != nil {
		return errors.Join(err, p.place.Remove())
	}
	d := &demo{
		page: s.printer.Page(), set: p.set, place: p.place, before: before,
		pods: s.pods(p.file, podFlags{
			pluginDirs: strings.Split(path, ":"), runtimeDir: p.place.Results(),
		}),
	}
	errs := []error{d.show(ctx)}
	// What was made is taken down whatever happened, and also on Ctrl-C.
	calm := context.WithoutCancel(ctx)
	if err = d.clear(calm); err == nil {
		err = d.compare(calm)
	}
	return d.end(append(errs, err, p.place.Remove())...)
}

// end shows what went wrong, in the order in which it did.
func (d *demo) end(errs ...error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	for _, err := range errs {
		d.page.Say("\n%s %v", d.page.Paint(ctlout.Bad, "failed:"), err)
	}
	if err := d.page.Err(); err != nil || len(errs) == 0 {
		return err
	}
	return failed()
}

// demo is one demonstration.
type demo struct {
	page   *ctlout.Page
	place  ctldemo.Place
	set    ctlmanifest.Set
	pods   pods
	node   *ctldemo.Node
	before ctldemo.Snapshot
	begun  []need.Pod      // pods that may have to be taken down
	up     []ctlpod.Report // pods that are up, in the order of the manifest
	ours   ctldemo.Ours
}
