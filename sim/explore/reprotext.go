package explore

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"patchbay/sim/world"
)

// The sections of the text form, in their order. The last is for people.
const (
	sectionRun      = "run"
	sectionFaults   = "faults"
	sectionStory    = "story"
	sectionChoices  = "choices"
	sectionTimeline = "timeline"
)

// Text is the repro as a file that [ParseRepro] reads: sections as those of
// txtar (golang.org/x/tools/txtar), so that the tools for these can take it
// apart, of lines of words. The timeline is for people, and may be "".
func (r *Repro) Text(timeline string) string {
	var t text
	t.line("Patchbay's simulator: %s", strings.Join(r.Names, ", "))
	t.line("patchbayctl sim replay FILE tells it again; explain and debug say why it fails.")
	t.section(sectionRun)
	t.when(r.Mode != "", "mode %s", word(r.Mode))
	t.when(r.Seed > 0, "seed %s", strconv.FormatUint(r.Seed, 10))
	t.when(r.Turns.How != InTurn, "turns %s", r.Turns.String())
	t.when(r.Hash > 0, "hash %s", strconv.FormatUint(r.Hash, 16))
	for _, name := range r.Names {
		t.line("fails %s", word(name))
	}
	if len(r.Faults) > 0 {
		t.section(sectionFaults)
		for _, f := range r.Faults {
			t.line("%s", f.String())
		}
	}
	t.section(sectionStory)
	t.story(&r.Story)
	if len(r.Choices) > 0 {
		t.section(sectionChoices)
		t.choices(r.Choices)
	}
	if timeline != "" {
		t.section(sectionTimeline)
		t.WriteString(timeline)
	}
	return t.String()
}

// String is "in-turn", "any", or "by-rank 3".
func (t Turns) String() string {
	switch t.How {
	case AnyOrder:
		return "any"
	case ByRank:
		return "by-rank " + strconv.Itoa(t.Preemptions)
	case InTurn:
	}
	return "in-turn"
}

// text is a text to be.
type text struct{ strings.Builder }

// line writes a line; every %s in it stands for the next of some words.
//
//nolint:goprintffuncname // it is no format: a word is put in as it is
func (t *text) line(format string, words ...string) {
	for _, w := range words {
		before, after, _ := strings.Cut(format, "%s")
		t.WriteString(before)
		t.WriteString(w)
		format = after
	}
	t.WriteString(format)
	t.WriteByte('\n')
}

// when writes a line if there is something to say.
//
//nolint:goprintffuncname // as line
func (t *text) when(there bool, format string, words ...string) {
	if there {
		t.line(format, words...)
	}
}

func (t *text) section(name string) { t.line("-- %s --", name) }

// story writes what [world.Story] has.
func (t *text) story(s *world.Story) {
	t.line("name %s", word(s.Name))
	t.when(s.About != "", "about %s", word(s.About))
	t.when(s.Nodes > 0, "nodes %s", strconv.Itoa(s.Nodes))
	t.when(s.Config != "", "config %s", word(s.Config))
	t.when(s.Default != "", "default %s", word(s.Default))
	for _, n := range s.Networks {
		t.line("network %s%s%s%s", word(n.Name), attribute("namespace", n.Namespace),
			annotations(n.Annotations), attribute("config", n.Config))
	}
	for _, p := range s.Pods {
		node := ""
		if p.Node > 0 {
			node = strconv.Itoa(p.Node)
		}
		t.line("pod %s%s%s%s%s", word(p.Name), attribute("namespace", p.Namespace),
			attribute("node", node), attribute("networks", p.Networks), annotations(p.Annotations))
	}
	for _, step := range s.Steps {
		t.line("step %s", StepText(step))
	}
}

// StepText is a step as a repro has it: "change-nad red to=`{}`".
func StepText(s world.Step) string {
	out := string(s.Do)
	if s.On != "" {
		out += " " + word(s.On)
	}
	if s.At > 0 {
		out += attribute("at", strconv.Itoa(s.At))
	}
	if s.For != 0 {
		out += attribute("for", s.For.String())
	}
	return out + attribute("to", s.To)
}

// choices writes those that are not ordinary, each with its place.
func (t *text) choices(list []int) {
	const most = 10 // in a line
	n := 0
	for i, c := range list {
		if c == 0 {
			continue
		}
		switch {
		case n == 0:
		case n%most == 0:
			t.WriteByte('\n')
		default:
			t.WriteByte(' ')
		}
		t.WriteString(strconv.Itoa(i) + "=" + strconv.Itoa(c))
		n++
	}
	if n > 0 {
		t.WriteByte('\n')
	}
}

func attribute(key, value string) string {
	if value == "" {
		return ""
	}
	return " " + key + "=" + word(value)
}

func annotations(all map[string]string) string {
	out := ""
	for _, key := range slices.Sorted(maps.Keys(all)) {
		out += " annotation=" + word(key+"="+all[key])
	}
	return out
}

// word is a text as one word of a line: as it is, in back quotes, or escaped.
func word(text string) string {
	odd := func(r rune) bool {
		return r <= ' ' || r == '"' || r == '`' || r == '=' || r >= 0x7f
	}
	switch {
	case text != "" && !strings.ContainsFunc(text, odd):
		return text
	case strconv.CanBackquote(text) && strings.ContainsAny(text, `"\`):
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}
