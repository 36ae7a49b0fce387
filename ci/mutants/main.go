package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var o options
	flag.StringVar(&o.only, "only", "", "ids of mutants, such as M12,M17; default: all")
	flag.StringVar(&o.format, "o", "table", "output: table or json")
	flag.DurationVar(&o.limit, "limit", time.Minute, "how long one mutant is hunted")
	flag.IntVar(&o.workers, "j", 2, "how many mutants are hunted at a time")
	flag.StringVar(&o.modes, "modes", "", "ways to hunt, such as story,fault; default: all")
	flag.BoolVar(&o.update, "update", false, "write the table of docs/mutants.md")
	flag.StringVar(&o.in, "in", "", "file with the JSON of an earlier run; default: run now")
	flag.BoolVar(&o.list, "list", false, "list the mutants and run nothing")
	flag.Parse()
	err := run(ctx, os.Stdout, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

type options struct {
	only, format, modes, in string
	limit                   time.Duration
	workers                 int
	update, list            bool
}

func run(ctx context.Context, out io.Writer, o options) error {
	all, err := Mutants()
	if err != nil {
		return err
	}
	some, err := choose(all, o.only)
	if err != nil {
		return err
	}
	if o.list {
		return list(out, some)
	}
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	verdicts, err := collect(ctx, root, some, o)
	if err != nil {
		return err
	}
	if err = show(out, o.format, verdicts); err != nil {
		return err
	}
	if o.update {
		err = update(filepath.Join(root, page), verdicts)
	}
	return errors.Join(err, complaints(verdicts))
}

// collect reads the verdicts of an earlier run, or hunts now.
func collect(ctx context.Context, root string, some []Mutant, o options) ([]verdict, error) {
	if o.in != "" {
		var out []verdict
		data, err := os.ReadFile(o.in)
		if err == nil {
			err = json.Unmarshal(data, &out)
		}
		return out, err
	}
	if err := appliesAll(os.DirFS(root), some); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // of the temporary files
	h := &hunter{root: root, dir: dir, limit: o.limit, modes: o.modes}
	if o.only == "" {
		clean := Mutant{Title: "none: the code as it is.", Survives: "it has no bug"}
		some = append([]Mutant{clean}, some...)
	}
	return judge(ctx, h, some, o.workers)
}

// appliesAll makes sure, before what takes long, that there is a place for every
// mutant.
func appliesAll(tree fs.FS, all []Mutant) error {
	var errs []error
	for _, m := range all {
		_, err := m.Apply(tree)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// choose picks mutants by their ids.
func choose(all []Mutant, ids string) ([]Mutant, error) {
	if ids == "" {
		return all, nil
	}
	var out []Mutant
	for id := range strings.SplitSeq(ids, ",") {
		i := slices.IndexFunc(all, func(m Mutant) bool { return m.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("there is no mutant %q", id)
		}
		out = append(out, all[i])
	}
	return out, nil
}
