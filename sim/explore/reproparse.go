package explore

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"patchbay/core/fail"
	"patchbay/sim/fault"
)

// Bounds of what is read: more than any story needs, and not so much that a
// file with a slip of the pen uses up a machine.
const (
	mostNodes   = 10_000
	mostChoices = 1_000_000
)

// ParseRepro reads the text form. Invalid: it is none; the error names the line
// and what is wrong in it.
func ParseRepro(data string) (Repro, error) {
	p := parser{seen: map[string]bool{}}
	section := ""
	n := 0
	for line := range strings.Lines(data) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if name, ok := marker(line); ok {
			if err := p.enter(name); err != nil {
				return Repro{}, at(n, err)
			}
			section = name
			continue
		}
		if line == "" || section == "" || section == sectionTimeline {
			continue // what is before the first section is a comment
		}
		if err := p.read(section, line); err != nil {
			return Repro{}, at(n, err)
		}
	}
	if !p.seen[sectionStory] || !p.seen["story name"] {
		return Repro{}, fail.New(fail.Invalid, "repro: there is no story with a name in it")
	}
	if err := p.check(); err != nil {
		return Repro{}, fail.About("repro", err)
	}
	p.repro.Choices = trimmed(p.repro.Choices)
	return p.repro, nil
}

func at(line int, err error) error {
	return fail.About("repro: line "+strconv.Itoa(line), err)
}

// marker reports whether a line begins a section, as txtar has it.
func marker(line string) (string, bool) {
	name, ok := strings.CutPrefix(line, "-- ")
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, " --")
	return strings.TrimSpace(name), ok
}

// parser is a repro that is half read.
type parser struct {
	repro Repro
	seen  map[string]bool // sections, and keys of which there is one
	steps []int           // nodes that steps name
}

func (p *parser) enter(section string) error {
	switch section {
	case sectionRun, sectionFaults, sectionStory, sectionChoices, sectionTimeline:
		return p.once(section)
	}
	return fail.New(fail.Invalid, "there is no section %q", section)
}

// once refuses what is there already.
func (p *parser) once(what string) error {
	if p.seen[what] {
		return fail.New(fail.Invalid, "%q is there already", what)
	}
	p.seen[what] = true
	return nil
}

// read understands a line of a section.
func (p *parser) read(section, line string) error {
	if section == sectionFaults {
		f, err := fault.Parse(line)
		p.repro.Faults = append(p.repro.Faults, f)
		return err
	}
	list, err := fields(line)
	if err != nil {
		return err
	}
	switch section {
	case sectionRun:
		return p.run(list)
	case sectionChoices:
		return p.choices(list)
	}
	return p.story(list)
}

// run understands "seed 12" and its like.
func (p *parser) run(list []field) error {
	key, values := list[0].value, list[1:]
	if key != "fails" {
		if err := p.once("run " + key); err != nil {
			return err
		}
	}
	if key == "turns" {
		return p.turns(values)
	}
	value, err := one(key, values)
	if err != nil {
		return err
	}
	switch key {
	case "mode":
		p.repro.Mode = value
	case "fails":
		p.repro.Names = append(p.repro.Names, value)
	case "seed":
		p.repro.Seed, err = strconv.ParseUint(value, 10, 64)
	case "hash":
		p.repro.Hash, err = strconv.ParseUint(value, 16, 64)
	default:
		return fail.New(fail.Invalid, "nothing about a run is called %q", key)
	}
	return number(value, err)
}

func (p *parser) turns(values []field) error {
	most := 1
	if len(values) > 0 && values[0].value == "by-rank" {
		most = 2
	}
	if len(values) != most {
		return fail.New(fail.Invalid, `turns are "in-turn", "any", or "by-rank" and a number`)
	}
	switch values[0].value {
	case "in-turn":
	case "any":
		p.repro.Turns.How = AnyOrder
	case "by-rank":
		p.repro.Turns.How = ByRank
		n, err := upTo(values[1].value, mostNodes)
		p.repro.Turns.Preemptions = n
		return err
	default:
		return fail.New(fail.Invalid, "nobody takes turns %q", values[0].value)
	}
	return nil
}

// choices understands "17=2".
func (p *parser) choices(list []field) error {
	for _, f := range list {
		place, err := upTo(f.key, mostChoices)
		if err != nil {
			return err
		}
		if place < len(p.repro.Choices) {
			return fail.New(fail.Invalid, "choice %d comes after a later one", place)
		}
		value, err := upTo(f.value, math.MaxInt)
		if err != nil {
			return err
		}
		zeros := make([]int, place-len(p.repro.Choices))
		p.repro.Choices = append(append(p.repro.Choices, zeros...), value)
	}
	return nil
}

// check looks at what no line shows alone.
func (p *parser) check() error {
	story := &p.repro.Story
	nodes := max(story.Nodes, 1)
	for _, pod := range story.Pods {
		if pod.Node >= nodes {
			return fail.New(fail.Invalid, "pod %s is on node %d, and there are %d",
				pod.Name, pod.Node, nodes)
		}
	}
	if len(p.steps) > 0 && slices.Max(p.steps) >= nodes {
		return fail.New(fail.Invalid, "a step is on node %d, and there are %d",
			slices.Max(p.steps), nodes)
	}
	return nil
}

// number makes an error of a value that is none.
func number(value string, err error) error {
	if err != nil {
		return fail.New(fail.Invalid, "%q is not a number of the kind that is wanted", value)
	}
	return nil
}

// upTo reads a number from 0 to most.
func upTo(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, fail.New(fail.Invalid, "%q is not a number from 0 to %d", text, most)
	}
	return n, nil
}

// trimmed is a list without the zeros at its end, and nil without any.
func trimmed(list []int) []int {
	for len(list) > 0 && list[len(list)-1] == 0 {
		list = list[:len(list)-1]
	}
	if len(list) == 0 {
		return nil
	}
	return list
}
