package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"patchbay/cmd/internal/ctlout"
)

// version is set by the linker, which can set nothing but a variable.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	s := &session{
		version: version, env: os.Getenv,
		printer: ctlout.Printer{
			Out: os.Stdout, Format: ctlout.Text,
			Colour: ctlout.Colourful(os.Stdout, os.Getenv("NO_COLOR")),
		},
		stderr: os.Stderr,
	}
	code := s.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// commands makes every command; each has a file of its own.
func commands() []func(*session) *cobra.Command {
	return []func(*session) *cobra.Command{
		podCommand,
		explainCommand,
		demoCommand,
		topologyCommand,
		lintCommand,
		doctorCommand,
		recordsCommand,
		gcCommand,
		simCommand,
	}
}

const about = `Patchbay for people: attach pods as a container runtime does, see beforehand
what would be done, and look at what is there.

Results are on standard output, errors on standard error. Colours are for
terminals only, and NO_COLOR switches them off.

Exit codes:
  0  it is done; nothing has to be mended
  1  it failed, for one pod at least where there are several
  2  wrong usage: nothing was done
  3  something was found that should be mended (lint, doctor)`

const exampleRoot = `  patchbayctl demo                  # as root: see pods on several networks
  patchbayctl explain -f pod.yaml   # what a pod would get
  patchbayctl doctor                # what is wrong on this node`

// rootCommand is patchbayctl itself.
func rootCommand(s *session) *cobra.Command {
	root := &cobra.Command{
		Use:           "patchbayctl",
		Short:         "Patchbay for people",
		Long:          about,
		Example:       exampleRoot,
		Version:       s.version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&s.configPath, "config", s.env("PATCHBAY_CONFIG"),
		"the CNI `FILE` with our plugin in it; by default $PATCHBAY_CONFIG,\n"+
			"else the first of /etc/cni/net.d/00-multus.conf[list], 00-patchbay.conflist")
	flags.VarP(&s.printer.Format, "output", "o", "how to print")
	_ = root.RegisterFlagCompletionFunc("output",
		cobra.FixedCompletions(ctlout.Formats(), cobra.ShellCompDirectiveNoFileComp))
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.SetOut(s.printer.Out)
	root.SetErr(s.stderr)
	for _, command := range commands() {
		root.AddCommand(checked(command(s)))
	}
	return root
}

// checked makes wrong arguments of a command and of those below it a matter of
// usage: cobra gives no kind to its errors.
func checked(c *cobra.Command) *cobra.Command {
	if valid := c.Args; valid != nil {
		c.Args = func(c *cobra.Command, args []string) error { return usage(valid(c, args)) }
	}
	for _, below := range c.Commands() {
		checked(below)
	}
	return c
}

// run executes a command line and returns the exit code. An error is printed
// here and nowhere else.
func (s *session) run(ctx context.Context, args []string) int {
	root := rootCommand(s)
	root.Args = checked(root).Args
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	end, ok := errors.AsType[*ending](err)
	if !ok {
		end = &ending{code: exitFailed, err: err}
	}
	if end.err != nil {
		_, _ = fmt.Fprintln(s.stderr, "patchbayctl: "+err.Error())
	}
	if end.code == exitUsage {
		_, _ = fmt.Fprintln(s.stderr, "See 'patchbayctl --help'.")
	}
	return end.code
}
