package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// page is what people read, and between which lines of it the tables are.
const (
	page  = "docs/mutants.md"
	begin = "<!-- written by make mutants UPDATE=1 -->"
	end   = "<!-- end -->"
)

//go:embed waits.tsv
var waits string

// show prints the verdicts as a table for a terminal, or as JSON.
func show(w io.Writer, format string, all []verdict) error {
	switch format {
	case "table":
		return table(w, all)
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(all)
	}
	return fmt.Errorf("format %q is neither table nor json", format)
}

func table(w io.Writer, all []verdict) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var b strings.Builder
	b.WriteString("ID\tIN\tBY\tSTORY\tFAULT\tBUG\n")
	for _, v := range all {
		by := "survives"
		if v.Killed {
			by = v.Found.by()
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\t%s\n", v.ID, v.in(), by, v.Found.Story,
			v.Found.Fault, v.Title)
	}
	if _, err := io.WriteString(tw, b.String()); err != nil {
		return err
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\n"+figures(all))
	return err
}

func (f Found) by() string {
	if f.Invariant > 0 {
		return fmt.Sprintf("%d %s", f.Invariant, f.Name)
	}
	return f.Name
}

func (v verdict) in() string { return fmt.Sprintf("%.2f s", v.Found.Seconds) }

func list(w io.Writer, all []Mutant) error {
	var b strings.Builder
	for _, m := range all {
		fmt.Fprintf(&b, "%-4s %-6s %s (%s)\n", m.ID, m.Expect, m.Title, m.Origin)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// update writes the tables into the page.
func update(name string, all []verdict) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(data), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s has no place for the tables, from %s to %s", name, begin, end)
	}
	text := before + begin + "\n\n" + markdown(all) + "\n" + end + after
	return os.WriteFile(name, []byte(text), 0o644) //nolint:gosec // a page for everybody
}

func markdown(all []verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\n", strings.ToUpper(figures(all)[:1])+figures(all)[1:])
	b.WriteString("| | the bug | seen before | found by | in the story | with | in |\n" +
		"|---|---|---|---|---|---|---|\n")
	for _, v := range all {
		if v.ID == "" || !v.Killed {
			continue
		}
		with := v.Found.Fault
		if with == "" {
			with = "no fault"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", v.ID, cell(v.Title),
			cell(v.Origin), v.Found.by(), v.Found.Story, cell(with), v.in())
	}
	b.WriteString("\n## Survivors\n\n")
	survivors := 0
	for _, v := range all {
		if v.ID == "" || v.Killed {
			continue
		}
		why := v.Survives
		if why == "" {
			why = "no story and no invariant sees it yet"
		}
		survivors++
		fmt.Fprintf(&b, "- %s: %s (%s) It survives %d runs: %s.\n", v.ID, v.Title, v.Origin,
			v.Found.Runs, why)
	}
	if survivors == 0 {
		b.WriteString("None.\n")
	}
	b.WriteString("\n## Bugs of others that are not here\n\n| bug | waits for | what it was |\n" +
		"|---|---|---|\n")
	for line := range strings.Lines(waits) {
		cells := strings.Split(strings.TrimSpace(line), "\t")
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	return b.String()
}

// cell is a text in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
