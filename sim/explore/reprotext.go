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
	t := new(text)
	t.line("Patchbay's simulator:", strings.Join(r.Names, ", "))
	t.line("patchbayctl sim replay FILE tells it again; explain and debug say why it fails.")
	t.section(sectionRun)
	t.pair("mode", r.Mode)
	if r.Seed > 0 {
		t.pair("seed", strconv.FormatUint(r.Seed, 10))
	}
	if r.Turns.How != InTurn {
		t.line("turns", r.Turns.String())
	}
	if r.Hash > 0 {
		t.pair("hash", strconv.FormatUint(r.Hash, 16))
	}
	for _, name := range r.Names {
		t.line("fails", word(name))
	}
	if len(r.Faults) > 0 {
		t.section(sectionFaults)
		for _, f := range r.Faults {
			t.line(f.String())
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
		t.b.WriteString(timeline)
	}
	return t.b.String()
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
type text struct{ b strings.Builder }

// line writes words that are as they are to be read.
func (t *text) line(words ...string) { t.b.WriteString(strings.Join(words, " ") + "\n") }

// pair writes a key and its value, if it has one.
func (t *text) pair(key, value string) {
	if value != "" {
		t.line(key, word(value))
	}
}

func (t *text) section(name string) { t.line("--", name, "--") }

// story writes what [world.Story] has.
func (t *text) story(s *world.Story) {
	t.line("name", word(s.Name))
	t.pair("about", s.About)
	if s.Nodes > 0 {
		t.pair("nodes", strconv.Itoa(s.Nodes))
	}
	t.pair("config", s.Config)
	t.pair("default", s.Default)
	for _, n := range s.Networks {
		t.line("network", word(n.Name)+attribute("namespace", n.Namespace)+
			annotations(n.Annotations)+attribute("config", n.Config))
	}
	for _, p := range s.Pods {
		node := ""
		if p.Node > 0 {
			node = strconv.Itoa(p.Node)
		}
		t.line("pod", word(p.Name)+attribute("namespace", p.Namespace)+
			attribute("node", node)+attribute("networks", p.Networks)+annotations(p.Annotations))
	}
	for _, step := range s.Steps {
		t.line("step", StepText(step))
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
	var words []string
	for _, place := range unusual(list) {
		words = append(words, strconv.Itoa(place)+"="+strconv.Itoa(list[place]))
	}
	for some := range slices.Chunk(words, most) {
		t.line(some...)
	}
}

func attribute(key, value string) string {
	if value == "" {
		return ""
	}
	return " " + key + "=" + word(value)
}

func annotations(all map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(all)) {
		b.WriteString(attribute("annotation", key+"="+all[key]))
	}
	return b.String()
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
