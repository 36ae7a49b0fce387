package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/ctlsim"
	"patchbay/core/fail"
	"patchbay/sim/explore"
)

const aboutSimRun = `Explore stories in one mode or several, until something does not hold. That run
is then made as small as it can be, shown, and written to a file. Without a
finding only the table is printed.

Exit code 1: something was found.`

const exampleSimRun = `  patchbayctl sim run
  patchbayctl sim run --mode fault-free,single,orders --story three,reboot
  patchbayctl sim run --mode swarm --from 1000 --seeds 50000
  patchbayctl sim run --mode all -o json`

// simRunOptions are the flags of sim run.
type simRunOptions struct {
	stories, modes []string
	from, seeds    uint64
	workers        int
	most           int
	deviations     int
	out            string
	all            bool
}

// simRunCommand is `patchbayctl sim run`.
func simRunCommand(s *session) *cobra.Command {
	var o simRunOptions
	c := &cobra.Command{
		Use: "run", Short: "Explore stories until something does not hold",
		Long: aboutSimRun, Example: exampleSimRun, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			plan, err := o.plan()
			if err != nil {
				return usage(err)
			}
			return s.simRun(c.Context(), plan, &o)
		},
	}
	storyFlag(c, &o.stories)
	flags := c.Flags()
	flags.StringSliceVar(&o.modes, "mode", []string{"single"},
		"how to explore, as `NAME,...`; all is every one ('patchbayctl sim list modes')")
	_ = c.RegisterFlagCompletionFunc("mode",
		cobra.FixedCompletions(ctlsim.ModeNames(), cobra.ShellCompDirectiveNoFileComp))
	flags.Uint64Var(&o.seeds, "seeds", 10_000, "how many seeds a swarm has")
	flags.Uint64Var(&o.from, "from", 1, "the first seed of a swarm")
	flags.IntVar(&o.workers, "workers", runtime.NumCPU(), "how many worlds there are at once")
	flags.IntVar(&o.most, "most", 1, "after how many findings to stop")
	flags.IntVar(&o.deviations, "deviations", 1,
		"how many choices of a run are out of the ordinary in the modes\n"+
			"that try them all (orders, chances)")
	flags.StringVar(&o.out, "out", ".", "the `DIR` to which runs that fail are written")
	_ = c.MarkFlagDirname("out")
	allFlag(c, &o.all)
	return c
}

// plan is what the flags ask for.
func (o *simRunOptions) plan() (ctlsim.Plan, error) {
	var p ctlsim.Plan
	var err error
	if o.workers < 1 || o.most < 1 || o.deviations < 0 || o.seeds < 1 {
		return p, fail.New(fail.Invalid,
			"--workers, --most and --seeds are from 1, --deviations from 0")
	}
	if info, wrong := os.Stat(o.out); wrong != nil || !info.IsDir() {
		return p, fail.New(fail.Invalid, "--out %s is not a directory", o.out)
	}
	if p.Stories, err = ctlsim.FindStories(o.stories); err != nil {
		return p, err
	}
	if p.Modes, err = ctlsim.FindModes(o.modes); err != nil {
		return p, err
	}
	p.From, p.Seeds, p.Deviations = o.from, o.seeds, o.deviations
	p.Options = explore.Options{Workers: o.workers, Most: o.most}
	return p, nil
}

func (s *session) simRun(ctx context.Context, plan ctlsim.Plan, o *simRunOptions) error {
	live := &progress{out: s.stderr, on: terminal(s.stderr)}
	plan.Options.Progress = live.tell
	outcome, err := ctlsim.Explore(ctx, plan, live.begin)
	live.end()
	if err != nil {
		return err
	}
	for i := range outcome.Findings {
		if f := &outcome.Findings[i]; f.Repro != "" {
			if f.File, err = ctlsim.Write(o.out, f.Repro); err != nil {
				return err
			}
		}
	}
	err = s.printer.Print(outcome, func(p *ctlout.Page) {
		ctlsim.ShowOutcome(p, &outcome, detail(o.all))
	})
	if err == nil && len(outcome.Findings) > 0 {
		return failed()
	}
	return err
}

// progress is a line of a terminal that says how far a mode is. Workers call it.
type progress struct {
	mu   sync.Mutex
	out  io.Writer
	on   bool
	mode string
	last time.Time
}

// often is how often the line is written anew.
const often = 100 * time.Millisecond

func (p *progress) begin(mode string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode, p.last = mode, time.Time{}
	p.line(mode)
}

func (p *progress) tell(done, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.on && time.Since(p.last) > often {
		p.last = time.Now()
		p.line(fmt.Sprintf("%s: %d of %d (%d %%)", p.mode, done, all, done*100/max(all, 1)))
	}
}

// end clears the line.
func (p *progress) end() { p.line("") }

func (p *progress) line(text string) {
	if p.on {
		_, _ = fmt.Fprintf(p.out, "\r\x1b[K%s", text)
	}
}

const aboutSimCoverage = `Let operations of the stories end in every way that Patchbay has
to survive, and print which of them happened, and in which of these runs
everything was looked at.

Exit code 1: one of them never happened, or something does not hold.`

// simCoverageCommand is `patchbayctl sim coverage`.
func simCoverageCommand(s *session) *cobra.Command {
	workers := 0
	c := &cobra.Command{
		Use: "coverage", Short: "Show which faults were exercised",
		Long: aboutSimCoverage, Example: exampleOf("sim coverage"), Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if workers < 1 {
				return usage(fail.New(fail.Invalid, "--workers is from 1"))
			}
			return s.simCoverage(c.Context(), workers)
		},
	}
	c.Flags().IntVar(&workers, "workers", runtime.NumCPU(), "how many worlds there are at once")
	return c
}

func (s *session) simCoverage(ctx context.Context, workers int) error {
	live := &progress{out: s.stderr, on: terminal(s.stderr)}
	got, err := ctlsim.Cover(ctx, workers, live.tell)
	live.end()
	if err != nil {
		return err
	}
	err = s.printer.Print(got, func(p *ctlout.Page) { ctlsim.ShowCover(p, &got) })
	if err == nil && !got.Complete() {
		return failed()
	}
	return err
}
