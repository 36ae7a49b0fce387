package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/ctlsim"
	"patchbay/core/fail"
	"patchbay/sim/explore"
	"patchbay/sim/timeline"
)

const aboutSim = `Run Patchbay on a pretended cluster in which everything goes wrong that may:
each fault at each operation, crashes and power cuts, any order. The same code
runs as on a node; nothing outside of this process is touched.

What fails is made as small as it can be, told as a timeline, and written to a
file that replay, shrink, explain and debug take. docs/simulator.md has more.`

const exampleSim = `  patchbayctl sim run                       # every single fault
  patchbayctl sim run --mode swarm --seeds 10000
  patchbayctl sim replay repro.txtar`

// simCommand is `patchbayctl sim`.
func simCommand(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "sim", Short: "Run Patchbay on a pretended cluster where things go wrong",
		Long: aboutSim, Example: exampleSim, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	for _, below := range []func(*session) *cobra.Command{
		simRunCommand, simReplayCommand, simShrinkCommand, simExplainCommand,
		simDebugCommand, simListCommand, simCoverageCommand,
	} {
		c.AddCommand(below(s))
	}
	return c
}

// storyFlag adds --story.
func storyFlag(c *cobra.Command, names *[]string) {
	c.Flags().StringSliceVar(names, "story", nil,
		"only these stories, or sets of them, as `NAME,...` (default core;\n"+
			"'patchbayctl sim list stories' has them)")
	_ = c.RegisterFlagCompletionFunc("story", func(
		*cobra.Command, []string, string,
	) ([]string, cobra.ShellCompDirective) {
		var out []string
		for _, e := range ctlsim.List([]string{"stories"}).Stories {
			out = append(out, e.Name)
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	})
}

// allFlag adds --all.
func allFlag(c *cobra.Command, all *bool) {
	c.Flags().BoolVar(all, "all", false,
		"show every operation, not only those near to what went wrong")
}

func detail(all bool) timeline.Detail { //nolint:revive // it is a flag of the command
	if all {
		return timeline.All
	}
	return timeline.Near
}

// reproFile takes the one argument of a command that works on a repro.
func reproFile(c *cobra.Command, args []string) (explore.Repro, error) {
	r, err := ctlsim.Read(args[0], c.InOrStdin())
	if fail.Is(err, fail.Invalid) {
		return r, usage(err)
	}
	return r, err
}

// terminal reports whether something is a terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && ctlout.Colourful(f, "")
}

// simReplayOptions are the flags of sim replay.
type simReplayOptions struct {
	seed    uint64
	stories []string
	all     bool
}

const aboutSimReplay = `Tell a run again, from a file or by a seed of the swarm, and show what
happens in it. A FILE of "-" is standard input. A seed stands for one run among
the stories that are told: give the same --story as it was found with.

It ends with exit code 1 if something does not hold, so that it can be the test
of a search for the change that mended it or broke it.`

const exampleSimReplay = `  patchbayctl sim replay repro.txtar
  patchbayctl sim replay --seed 12 --all`

// simReplayCommand is `patchbayctl sim replay`.
func simReplayCommand(s *session) *cobra.Command {
	var o simReplayOptions
	c := &cobra.Command{
		Use: "replay [FILE]", Short: "Tell a run again and show what happens in it",
		Long:    aboutSimReplay,
		Example: exampleSimReplay,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := o.repro(c, args)
			if err != nil {
				return err
			}
			return s.simReplay(&r, o.all)
		},
	}
	c.Flags().Uint64Var(&o.seed, "seed", 0, "the run of this seed of the swarm, instead of a file")
	storyFlag(c, &o.stories)
	allFlag(c, &o.all)
	return c
}

// repro is the run that the arguments name.
func (o *simReplayOptions) repro(c *cobra.Command, args []string) (explore.Repro, error) {
	seeded := c.Flags().Changed("seed")
	switch {
	case seeded == (len(args) > 0):
		err := fail.New(fail.Invalid, "name a file, or a seed with --seed")
		return explore.Repro{}, usage(err)
	case !seeded && len(o.stories) > 0:
		err := fail.New(fail.Invalid, "--story goes with --seed: a file has its own")
		return explore.Repro{}, usage(err)
	case !seeded:
		return reproFile(c, args)
	}
	stories, err := ctlsim.FindStories(o.stories)
	if err != nil {
		return explore.Repro{}, usage(err)
	}
	return ctlsim.OfSeed(o.seed, stories)
}

func (s *session) simReplay(r *explore.Repro, all bool) error {
	told, err := ctlsim.Replay(r)
	if err != nil {
		return err
	}
	err = s.printer.Print(told, func(p *ctlout.Page) {
		ctlsim.ShowRepro(p, r)
		ctlsim.ShowTold(p, &told, detail(all))
	})
	if err == nil && len(told.Names) > 0 {
		return failed()
	}
	return err
}

const aboutSimShrink = `Make a run that fails as small as it can be: fewer and weaker faults, fewer
steps, pods, networks and members of configurations, and an order that is as
ordinary as possible. What is left was told three times.

The smaller run is printed in the form of its file.`

// simShrinkCommand is `patchbayctl sim shrink`.
func simShrinkCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "shrink FILE", Short: "Make a run that fails as small as it can be",
		Long: aboutSimShrink, Example: exampleOf("sim shrink repro.txtar > small.txtar"),
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := reproFile(c, args)
			if err != nil {
				return err
			}
			f, err := ctlsim.Shrink(r)
			if err != nil {
				return err
			}
			return s.printer.Print(f, func(p *ctlout.Page) { p.Indented(0, f.Repro) })
		},
	}
}

const aboutSimExplain = `Say where a run goes wrong, and what it needs for that. From many of its
operations on it is told again, with all that comes after left to chance: how
often it then fails in the same way says from where on that could not be
avoided any more. And it is told without each of its parts.`

// simExplainCommand is `patchbayctl sim explain`.
func simExplainCommand(s *session) *cobra.Command {
	times := 0
	c := &cobra.Command{
		Use: "explain FILE", Short: "Say where a run goes wrong and what it needs for that",
		Long: aboutSimExplain, Example: exampleOf("sim explain repro.txtar"),
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if times < 1 || times > 10_000 {
				return usage(fail.New(fail.Invalid, "--times is from 1 to 10000"))
			}
			r, err := reproFile(c, args)
			if err != nil {
				return err
			}
			e, err := ctlsim.Explain(&r, times)
			if err != nil {
				return err
			}
			return s.printer.Print(e, func(p *ctlout.Page) { ctlsim.ShowExplanation(p, &e) })
		},
	}
	c.Flags().IntVar(&times, "times", 20, "how often it is told from each operation on")
	return c
}

const aboutSimList = `List the ways to explore, the stories that are told, what must hold in them,
and what may go wrong. Without an argument it is all but the faults, of which
there are some hundreds.`

// simListCommand is `patchbayctl sim list`.
func simListCommand(s *session) *cobra.Command {
	names := ctlsim.ListNames()
	return &cobra.Command{
		Use:   "list [modes] [stories] [invariants] [faults]",
		Short: "List stories, invariants and faults",
		Long:  aboutSimList, Example: exampleOf("sim list") + "\n" + exampleOf("sim list faults"),
		Args: cobra.OnlyValidArgs, ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = names[:3]
			}
			l := ctlsim.List(args)
			return s.printer.Print(l, func(p *ctlout.Page) { ctlsim.ShowLists(p, &l) })
		},
	}
}

// input is where a person answers, if there is one.
func input(c *cobra.Command) (io.Reader, bool) {
	in := c.InOrStdin()
	return in, terminal(in)
}
