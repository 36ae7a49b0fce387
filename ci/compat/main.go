package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	format := flag.String("o", "table", "output: table, json or markdown")
	file := flag.String("in", "", "file with the output of go test -json; default: run it")
	flag.Parse()
	err := run(ctx, os.Stdout, *format, *file)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compat:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, format, file string) error {
	rows, err := parseRows(rowsTSV)
	if err != nil {
		return err
	}
	r, err := collect(ctx, file)
	if err != nil {
		return err
	}
	verdicts, strangers := judge(rows, r.outcomes)
	if err := show(out, format, verdicts); err != nil {
		return err
	}
	problems := append(strangers, unshown(verdicts, promised())...)
	if len(problems) == 0 {
		return nil
	}
	for _, f := range r.failures {
		problems = append(problems, "also failed: "+f)
	}
	return errors.New("\n  " + strings.Join(problems, "\n  "))
}

// promised lists the places that whoever runs us says to have (ci/require).
func promised() []string { return strings.Split(os.Getenv("PATCHBAY_REQUIRE"), ",") }

// collect reads the outcomes of tests from a file, or runs the tests.
func collect(ctx context.Context, file string) (results, error) {
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return results{}, err
		}
		defer f.Close() //nolint:errcheck // only read
		return read(f)
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "./...")
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return results{}, err
	}
	if err = cmd.Start(); err != nil {
		return results{}, err
	}
	r, err := read(pipe)
	// A failed test is an outcome; only a go that did not run is an error.
	ended := cmd.Wait()
	if _, ok := errors.AsType[*exec.ExitError](ended); ok && err == nil {
		ended = nil
	}
	return r, errors.Join(err, ended)
}
