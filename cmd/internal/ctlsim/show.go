package ctlsim

import (
	"strconv"
	"strings"

	"patchbay/cmd/internal/ctlout"
	"patchbay/sim/explore"
	"patchbay/sim/timeline"
)

// ShowOutcome shows what came of a plan: a table, and each finding.
func ShowOutcome(p *ctlout.Page, o *Outcome, d timeline.Detail) {
	t := ctlout.Table{Head: []string{
		"MODE", "STORIES", "RUNS", "OPERATIONS", "FAULTS", "FINDINGS", "SECONDS", "RUNS/S",
	}}
	for _, r := range o.Rows {
		found := ctlout.Cell{Text: strconv.Itoa(r.Findings), Style: ctlout.Good}
		if r.Findings > 0 {
			found.Style = ctlout.Bad
		}
		row := ctlout.Cells(r.Mode, strconv.Itoa(r.Stories), strconv.Itoa(r.Runs),
			strconv.Itoa(r.Ops), strconv.Itoa(r.Faults))
		t.Add(append(append(row, found), ctlout.Cells(
			strconv.FormatFloat(r.Seconds, 'f', 2, 64),
			strconv.FormatFloat(r.PerSecond(), 'f', 0, 64))...)...)
	}
	p.Table(t)
	for i := range o.Findings {
		ShowFinding(p, &o.Findings[i], d)
	}
}

// ShowFinding shows a finding: what does not hold, the smallest run in which it
// does not, what happens in it, and without what it passes.
func ShowFinding(p *ctlout.Page, f *Finding, d timeline.Detail) {
	p.Title("%s, in story %s", strings.Join(f.Names, ", "), f.Story)
	p.Say("found by %s", foundBy(f))
	if f.Error != "" {
		p.Say("%s", p.Paint(ctlout.Bad, "it can not be shrunk: "+f.Error))
	} else {
		how := "nothing of it can be left out"
		if !f.Minimal {
			how = "there may be something in it that can be left out"
		}
		p.Say("shrunk in %d runs; %s", f.Runs, how)
	}
	ShowViolations(p, f.Violations)
	if f.Error != "" {
		return
	}
	ShowRepro(p, &f.Shrunk)
	ShowTimeline(p, &f.Timeline, d)
	p.Title("It passes")
	for _, w := range f.Without {
		p.Say("  without %s", w)
	}
	if len(f.Without) == 0 {
		p.Say("  never: without any part it fails too, in another way")
	}
	if f.File != "" {
		p.Title("Written to %s", f.File)
		p.Say("  patchbayctl sim replay %s", f.File)
		p.Say("  patchbayctl sim explain %s", f.File)
	}
}

func foundBy(f *Finding) string {
	switch {
	case f.Seed > 0 || f.Mode == "swarm":
		return f.Mode + ", seed " + strconv.FormatUint(f.Seed, 10)
	case len(f.Points) > 0:
		return f.Mode + ": " + strings.Join(f.Points, ", then ")
	case f.Mode == "":
		return "hand"
	}
	return f.Mode
}

// ShowViolations shows what does not hold.
func ShowViolations(p *ctlout.Page, list []string) {
	p.Title("What does not hold")
	for _, v := range list {
		head, rest, more := strings.Cut(v, "\n")
		p.Say("  %s", p.Paint(ctlout.Bad, head))
		if more {
			p.Indented(4, rest)
		}
	}
	if len(list) == 0 {
		p.Say("  nothing: everything holds")
	}
}

// ShowRepro shows a repro in the words of its file.
func ShowRepro(p *ctlout.Page, r *explore.Repro) {
	p.Title("The run")
	title := true
	for line := range strings.Lines(r.Text("")) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "-- ") {
			title = false
		}
		if !title {
			p.Say("  %s", line)
		}
	}
}

// ShowTimeline shows what happened.
func ShowTimeline(p *ctlout.Page, t *timeline.Timeline, d timeline.Detail) {
	p.Title("What happens")
	for _, line := range t.Lines(d) {
		var b strings.Builder
		for _, s := range line {
			b.WriteString(p.Paint(styleOf(s.Mark), s.Text))
		}
		p.Say("%s", b.String())
	}
	p.Say("%s", p.Paint(ctlout.Faint, timeline.Legend))
}

// styleOf is how a person sees a mark.
func styleOf(m timeline.Mark) ctlout.Style {
	switch m {
	case timeline.Struck, timeline.Crashed, timeline.PowerCut:
		return ctlout.Doubtful
	case timeline.Violated:
		return ctlout.Bad
	case timeline.Failed, timeline.Open:
		return ctlout.Strong
	case timeline.Nothing, timeline.Done:
	}
	return ctlout.Plain
}

// ShowTold shows a repro that was told again.
func ShowTold(p *ctlout.Page, t *Told, d timeline.Detail) {
	ShowTimeline(p, &t.Timeline, d)
	ShowViolations(p, t.Violations)
	p.Title("%s", verdict(t))
}

// verdict compares a run with what was written down.
func verdict(t *Told) string {
	switch {
	case len(t.Names) == 0 && len(t.Expected) > 0:
		return "It passes now; it was " + strings.Join(t.Expected, ", ") + "."
	case len(t.Names) == 0:
		return "It passes."
	case t.Identical && t.Same:
		return "It is the same run as was written down, to the last operation."
	case len(t.Expected) == 0:
		return "It fails: " + strings.Join(t.Names, ", ") + "."
	case t.Same:
		return "It fails in the same way, but is another run: the code has changed since."
	}
	return "It fails, but not as it was written down: that was " +
		strings.Join(t.Expected, ", ") + "."
}
