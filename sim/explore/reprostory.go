package explore

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"patchbay/core/fail"
	"patchbay/sim/world"
)

// field is one word of a line: a value, or a key with one.
type field struct{ key, value string }

// fields splits a line into its words. It has at least one, which has no key.
func fields(line string) ([]field, error) {
	var out []field
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimLeft(rest, " ") {
		var f field
		if end := strings.IndexAny(rest, " =\"`"); end > 0 && rest[end] == '=' {
			f.key, rest = rest[:end], rest[end+1:]
		}
		value, left, err := first(rest)
		if err != nil {
			return nil, err
		}
		f.value, rest = value, left
		out = append(out, f)
	}
	if len(out) == 0 {
		return nil, fail.New(fail.Invalid, "the line is empty")
	}
	return out, nil
}

// first splits off a word that may be quoted, as Go has it.
func first(rest string) (string, string, error) {
	if strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "`") {
		prefix, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return "", "", fail.New(fail.Invalid, "a quote does not end")
		}
		value, err := strconv.Unquote(prefix)
		if err != nil {
			return "", "", fail.New(fail.Invalid, "%s: %w", prefix, err)
		}
		rest = rest[len(prefix):]
		if rest != "" && rest[0] != ' ' {
			return "", "", fail.New(fail.Invalid, "a space is missing before %q", rest)
		}
		return value, rest, nil
	}
	value, rest, _ := strings.Cut(rest, " ")
	if value == "" || strings.ContainsAny(value, "=\"`") {
		return "", "", fail.New(fail.Invalid, "%q must be in quotes", value)
	}
	return value, rest, nil
}

// one is the only value of a key.
func one(key string, values []field) (string, error) {
	if len(values) != 1 || values[0].key != "" {
		return "", fail.New(fail.Invalid, "%q wants one value", key)
	}
	return values[0].value, nil
}

// story understands a line about the story.
func (p *parser) story(list []field) error {
	s, key, rest := &p.repro.Story, list[0].value, list[1:]
	if list[0].key != "" {
		return fail.New(fail.Invalid, "nothing about a story is called %q", list[0].key)
	}
	switch key {
	case "network":
		n, err := network(rest)
		s.Networks = append(s.Networks, n)
		return err
	case "pod":
		pod, err := podOf(rest)
		s.Pods = append(s.Pods, pod)
		return err
	case "step":
		step, err := stepOf(rest)
		s.Steps, p.steps = append(s.Steps, step), append(p.steps, step.At)
		return err
	}
	if err := p.once("story " + key); err != nil {
		return err
	}
	value, err := one(key, rest)
	if err != nil {
		return err
	}
	switch key {
	case "name":
		s.Name = value
	case "about":
		s.About = value
	case "config":
		s.Config = value
	case "default":
		s.Default = value
	case "nodes":
		s.Nodes, err = upTo(value, mostNodes)
	default:
		err = fail.New(fail.Invalid, "nothing about a story is called %q", key)
	}
	return err
}

// named takes the name that the rest of a line begins with.
func named(list []field, what string) (string, []field, error) {
	if len(list) == 0 || list[0].key != "" || list[0].value == "" {
		return "", nil, fail.New(fail.Invalid, "a %s needs a name", what)
	}
	return list[0].value, list[1:], nil
}

func network(list []field) (world.Network, error) {
	name, list, err := named(list, "network")
	n := world.Network{Name: name}
	if err != nil {
		return n, err
	}
	err = attributes(list, func(key, value string) error {
		switch key {
		case "namespace":
			n.Namespace = value
		case "config":
			n.Config = value
		case "annotation":
			return annotate(&n.Annotations, value)
		default:
			return unknown("network", key)
		}
		return nil
	})
	return n, err
}

func podOf(list []field) (world.Pod, error) {
	name, list, err := named(list, "pod")
	p := world.Pod{Name: name}
	if err != nil {
		return p, err
	}
	err = attributes(list, func(key, value string) error {
		switch key {
		case "namespace":
			p.Namespace = value
		case "networks":
			p.Networks = value
		case "node":
			return nodeIn(&p.Node, value)
		case "annotation":
			return annotate(&p.Annotations, value)
		default:
			return unknown("pod", key)
		}
		return nil
	})
	return p, err
}

func stepOf(list []field) (world.Step, error) {
	do, list, err := named(list, "step")
	s := world.Step{Do: world.Do(do)}
	if err != nil {
		return s, err
	}
	if !slices.Contains(world.Dos(), s.Do) {
		return s, fail.New(fail.Invalid, "nobody knows how to %q", do)
	}
	if len(list) > 0 && list[0].key == "" {
		s.On, list = list[0].value, list[1:]
	}
	err = attributes(list, func(key, value string) error {
		switch key {
		case "to":
			s.To = value
		case "at":
			return nodeIn(&s.At, value)
		case "for":
			d, wrong := time.ParseDuration(value)
			if wrong != nil {
				return fail.New(fail.Invalid, "%q is no duration", value)
			}
			s.For = d
		default:
			return unknown("step", key)
		}
		return nil
	})
	return s, err
}

// attributes hands over each key with its value. Only annotations come twice.
func attributes(list []field, take func(key, value string) error) error {
	seen := map[string]bool{}
	for _, f := range list {
		if f.key == "" {
			return fail.New(fail.Invalid, "%q is not expected", f.value)
		}
		if seen[f.key] && f.key != "annotation" {
			return fail.New(fail.Invalid, "%q is there already", f.key)
		}
		seen[f.key] = true
		if err := take(f.key, f.value); err != nil {
			return err
		}
	}
	return nil
}

// annotate adds an annotation that is written as key=value.
func annotate(all *map[string]string, text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok {
		return fail.New(fail.Invalid, "annotation %q has no value", text)
	}
	if _, there := (*all)[key]; there {
		return fail.New(fail.Invalid, "annotation %q is there already", key)
	}
	if *all == nil {
		*all = map[string]string{}
	}
	(*all)[key] = value
	return nil
}

func nodeIn(to *int, text string) error {
	n, err := upTo(text, mostNodes)
	*to = n
	return err
}

func unknown(what, key string) error {
	return fail.New(fail.Invalid, "nothing about a %s is called %q", what, key)
}
