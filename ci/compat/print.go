package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// show prints the verdicts as a table for a terminal, as JSON or as Markdown.
func show(w io.Writer, format string, vs []verdict) error {
	switch format {
	case "table":
		return table(w, vs)
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(vs)
	case "markdown":
		return markdown(w, vs)
	}
	return fmt.Errorf("format %q is none of table, json and markdown", format)
}

func table(w io.Writer, vs []verdict) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var b strings.Builder
	b.WriteString("ROW\tCLASS\tVERDICT\tSITUATION\tSHOWN BY\n")
	for _, v := range vs {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\n",
			v.ID, v.Class, v.Verdict, v.Situation, few(v.Tests))
	}
	if _, err := io.WriteString(tw, b.String()); err != nil {
		return err
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\n"+summary(vs))
	return err
}

// few names one test and counts the others.
func few(tests []string) string {
	switch len(tests) {
	case 0:
		return "-"
	case 1:
		return tests[0]
	}
	return fmt.Sprintf("%s (and %d more)", tests[0], len(tests)-1)
}

func summary(vs []verdict) string {
	count := map[string]int{}
	for _, v := range vs {
		count[v.Verdict]++
	}
	return fmt.Sprintf("%d rows: %d pass, %d fail, %d skipped, %d missing, %d later",
		len(vs), count[passed], count[failed], count[skipped], count[missing], count[later])
}

func markdown(w io.Writer, vs []verdict) error {
	var b strings.Builder
	b.WriteString("# Compatibility with Multus\n\n" +
		"Written by `make compat FORMAT=markdown`. Class K is kept as Multus has it; C is\n" +
		"kept by default and can be had better; F is a defect of Multus, whose intent is\n" +
		"implemented.\n\n" +
		"| row | class | situation | verdict |\n|---|---|---|---|\n")
	for _, v := range vs {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", v.ID, v.Class,
			strings.ReplaceAll(v.Situation, "|", `\|`), v.Verdict)
	}
	b.WriteString("\n" + summary(vs) + ".\n")
	_, err := io.WriteString(w, b.String())
	return err
}
