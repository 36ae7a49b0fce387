package ctlexplain

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"patchbay/cmd/internal/ctlout"
)

// Write shows explanations to a person.
func Write(p *ctlout.Page, list []Explanation) {
	for i, e := range list {
		if i > 0 {
			p.Say("")
		}
		p.Say("%s %s", p.Paint(ctlout.Strong, "pod"), p.Paint(ctlout.Name, e.Pod))
		writeOne(p, e)
	}
}

func writeOne(p *ctlout.Page, e Explanation) {
	for _, w := range e.Warnings {
		p.Say("  %s %s", p.Paint(ctlout.Doubtful, "warning:"), w)
	}
	if e.Refused != "" {
		p.Say("  %s %s", p.Paint(ctlout.Bad, "refused:"), e.Refused)
		p.Say("  %s %s", p.Paint(ctlout.Good, "fix:"), e.Fix)
		return
	}
	if e.Unknown {
		p.Say("  the cluster does not know the pod: nothing would be attached")
		return
	}
	writePlan(p, e.Plan)
	for _, a := range e.Attachments {
		writeAttachment(p, a)
	}
	for _, d := range e.Dropped {
		p.Say("\n  %s %s (%s): %s", p.Paint(ctlout.Doubtful, "goes without"),
			d.Interface, d.Network, d.Reason)
	}
}

// writePlan numbers the stages: up is read downwards, undo upwards.
func writePlan(p *ctlout.Page, plan []Stage) {
	t := ctlout.Table{Head: []string{"STAGE", "DO", "UNDO"}, Indent: 2}
	for i, s := range plan {
		for _, l := range s.Ladders {
			for j, task := range l.Tasks {
				stage := " "
				if j == 0 {
					stage = label(i, l)
				}
				t.Add(ctlout.Cell{Text: stage, Style: ctlout.Strong},
					ctlout.Cell{Text: task.Up}, ctlout.Cell{Text: task.Down, Style: ctlout.Faint})
			}
		}
	}
	p.Table(t)
}

func label(stage int, l Ladder) string {
	text := strconv.Itoa(stage + 1)
	if l.Optional {
		text += " optional"
	}
	return text
}

func writeAttachment(p *ctlout.Page, a Attachment) {
	var marks []string
	if a.Default {
		marks = append(marks, "default network")
	}
	if a.Optional {
		marks = append(marks, "optional")
	}
	p.Say("\n  %s on %s %s", p.Paint(ctlout.Name, a.Interface), a.Network,
		p.Paint(ctlout.Faint, strings.Join(marks, ", ")))
	for i, c := range a.Calls {
		for _, k := range slices.Sorted(maps.Keys(c.Env)) {
			if i == 0 { // the environment of a chain is one
				p.Say("    %s", p.Paint(ctlout.Faint, k+"="+c.Env[k]))
			}
		}
		p.Say("    %s %s", p.Paint(ctlout.Strong, c.Plugin), p.Paint(ctlout.Faint, c.Path))
		p.Indented(6, dedented(c.Stdin))
		if c.PrevResult != "" {
			p.Say("      %s", p.Paint(ctlout.Faint, "with prevResult "+c.PrevResult))
		}
	}
}

// dedented takes away the indentation that a configuration has as a part of a
// list: it is cut out behind the first bracket. Nothing else is changed.
func dedented(text string) string {
	lines := strings.Split(text, "\n")
	least := len(text)
	for _, line := range lines[1:] {
		if rest := strings.TrimLeft(line, " "); rest != "" {
			least = min(least, len(line)-len(rest))
		}
	}
	for i, line := range lines[1:] {
		lines[i+1] = line[min(least, len(line)):]
	}
	return strings.Join(lines, "\n")
}
