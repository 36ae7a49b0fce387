package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/ctlsim"
	"patchbay/core/fail"
	"patchbay/sim/explore"
	"patchbay/sim/timeline"
)

const aboutSimDebug = `Look at the world in the middle of a run: after operation N has begun and
before the next one does, with the processes and what they wait for, the
kernel, the disk and its locks, and the API server. The numbers are those of
the timeline.

Without --step it goes from operation to operation in a terminal, and elsewhere
prints them all.`

const exampleSimDebug = `  patchbayctl sim debug repro.txtar --step 48
  patchbayctl sim debug repro.txtar`

// simDebugCommand is `patchbayctl sim debug`.
func simDebugCommand(s *session) *cobra.Command {
	step := 0
	c := &cobra.Command{
		Use: "debug FILE", Short: "Look at the world in the middle of a run",
		Long: aboutSimDebug, Example: exampleSimDebug, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := reproFile(c, args)
			if err != nil {
				return err
			}
			if c.Flags().Changed("step") {
				return s.simStep(&r, step)
			}
			if in, person := input(c); person && args[0] != "-" && s.printer.Format == ctlout.Text {
				return s.simWalk(&r, in)
			}
			return s.simSteps(&r)
		},
	}
	c.Flags().IntVar(&step, "step", 0, "the `N`umber of the operation; 0 is before the first")
	return c
}

// simStep shows the world after one operation.
func (s *session) simStep(r *explore.Repro, step int) error {
	state, err := ctlsim.At(r, step)
	if fail.Is(err, fail.Invalid) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	return s.printer.Print(state, func(p *ctlout.Page) { ctlsim.ShowState(p, &state) })
}

// simSteps shows all operations.
func (s *session) simSteps(r *explore.Repro) error {
	told, err := ctlsim.Replay(r)
	if err != nil {
		return err
	}
	return s.printer.Print(told.Timeline, func(p *ctlout.Page) {
		ctlsim.ShowTimeline(p, &told.Timeline, timeline.All)
	})
}

// simWalk goes from operation to operation as a person says. A run takes a
// millisecond, so that each step is a run of its own.
func (s *session) simWalk(r *explore.Repro, in io.Reader) error {
	answers := bufio.NewScanner(in)
	for step := 0; ; {
		state, err := ctlsim.At(r, step)
		switch {
		case fail.Is(err, fail.Invalid):
			s.say("%v", err)
			step = min(max(step, 0), state.Ops)
			continue
		case err != nil:
			return err
		}
		page := s.printer.Page()
		ctlsim.ShowState(page, &state)
		if err := page.Err(); err != nil {
			return err
		}
		next, ok := ask(s.stderr, answers, step)
		if !ok {
			return nil
		}
		step = next
	}
}

// ask asks for the next operation: enter is the next, b the one before, a number
// that one, q the end.
func ask(out io.Writer, answers *bufio.Scanner, step int) (int, bool) {
	for {
		_, _ = fmt.Fprint(out, "\nenter: next   b: back   a number: go there   q: quit > ")
		if !answers.Scan() {
			return 0, false
		}
		switch answer := strings.TrimSpace(answers.Text()); answer {
		case "":
			return step + 1, true
		case "b":
			return max(step-1, 0), true
		case "q":
			return 0, false
		default:
			if n, err := strconv.Atoi(answer); err == nil {
				return n, true
			}
		}
	}
}

// say says something beside the output.
//
//nolint:goprintffuncname // as ctlout's Say
func (s *session) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.stderr, format+"\n", args...)
}
