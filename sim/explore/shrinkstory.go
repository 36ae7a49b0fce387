package explore

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"patchbay/sim/world"
)

func withoutStep(_ *shrinker, r *Repro) []cut {
	var out []cut
	for i, step := range r.Story.Steps {
		rest := *r
		rest.Story.Steps = without(r.Story.Steps, i)
		out = append(out, cut{"step " + strconv.Itoa(i+1) + ": " + StepText(step), rest})
	}
	return out
}

// withoutPod takes away a pod, and the steps that are about it.
func withoutPod(_ *shrinker, r *Repro) []cut {
	var out []cut
	for i, p := range r.Story.Pods {
		rest := *r
		rest.Story.Pods = without(r.Story.Pods, i)
		rest.Story.Steps = notOn(r.Story.Steps, p.Name)
		out = append(out, cut{"pod " + p.Name, rest})
	}
	return out
}

func notOn(steps []world.Step, name string) []world.Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s world.Step) bool { return s.On == name })
}

// withoutNetwork takes away a definition, the steps that are about it, and what
// asks for it.
func withoutNetwork(_ *shrinker, r *Repro) []cut {
	var out []cut
	for i, n := range r.Story.Networks {
		rest := *r
		rest.Story.Networks = without(r.Story.Networks, i)
		rest.Story.Steps = notOn(r.Story.Steps, n.Name)
		rest.Story.Pods = slices.Clone(r.Story.Pods)
		for j := range rest.Story.Pods {
			p := &rest.Story.Pods[j]
			list := attachments(p.Networks)
			p.Networks = list.join(slices.DeleteFunc(list.parts, func(one string) bool {
				return list.name(one) == n.Name
			}))
		}
		out = append(out, cut{"network " + n.Name, rest})
	}
	return out
}

// withoutAttachment takes one network from what a pod asks for.
func withoutAttachment(_ *shrinker, r *Repro) []cut {
	var out []cut
	for i, p := range r.Story.Pods {
		list := attachments(p.Networks)
		for j, one := range list.parts {
			rest := *r
			rest.Story.Pods = slices.Clone(r.Story.Pods)
			rest.Story.Pods[i].Networks = list.join(without(list.parts, j))
			out = append(out, cut{
				"attachment of pod " + p.Name + " to " + list.name(one), rest,
			})
		}
	}
	return out
}

// selection is the annotation that asks for networks, in either of its forms.
type selection struct {
	json  bool
	parts []string
}

func attachments(text string) selection {
	if strings.TrimSpace(text) == "" {
		return selection{}
	}
	var list []json.RawMessage
	if json.Unmarshal([]byte(text), &list) != nil {
		return selection{parts: strings.Split(text, ",")}
	}
	s := selection{json: true}
	for _, one := range list {
		s.parts = append(s.parts, string(one))
	}
	return s
}

func (s selection) join(parts []string) string {
	text := strings.Join(parts, ",")
	if s.json && len(parts) > 0 {
		return "[" + text + "]"
	}
	return text
}

// name is the network that a part asks for.
func (s selection) name(part string) string {
	if s.json {
		var one struct{ Name string }
		if json.Unmarshal([]byte(part), &one) == nil {
			return one.Name
		}
	}
	part, _, _ = strings.Cut(part, "@")
	if i := strings.LastIndexByte(part, '/'); i >= 0 {
		part = part[i+1:]
	}
	return strings.TrimSpace(part)
}

// withoutMember takes one member from our own configuration.
func withoutMember(_ *shrinker, r *Repro) []cut {
	var out []cut
	for _, j := range jsonCuts("{" + r.Story.Config + "}") {
		if strings.Contains(j.path, ".") {
			continue // a member of a member
		}
		rest := *r
		rest.Story.Config = strings.TrimSuffix(strings.TrimPrefix(j.rest, "{"), "}")
		out = append(out, cut{"config " + j.path, rest})
	}
	return out
}

// fewerNodes leaves the last node out; what is on it is on the one before.
func fewerNodes(_ *shrinker, r *Repro) []cut {
	if r.Story.Nodes == 0 {
		return nil
	}
	rest := *r
	last := r.Story.Nodes - 2
	rest.Story.Nodes--
	if rest.Story.Nodes <= 1 {
		rest.Story.Nodes, last = 0, 0
	}
	rest.Story.Pods, rest.Story.Steps = slices.Clone(r.Story.Pods), slices.Clone(r.Story.Steps)
	for i := range rest.Story.Pods {
		rest.Story.Pods[i].Node = min(rest.Story.Pods[i].Node, last)
	}
	for i := range rest.Story.Steps {
		rest.Story.Steps[i].At = min(rest.Story.Steps[i].At, last)
	}
	return []cut{{rest: rest}}
}

// withoutJSON takes members and elements from configurations and annotations,
// and what annotations a pod or a network has beside.
func withoutJSON(_ *shrinker, r *Repro) []cut {
	var out []cut
	for _, j := range jsonCuts(r.Story.Default) {
		rest := *r
		rest.Story.Default = j.rest
		out = append(out, cut{rest: rest})
	}
	for i, n := range r.Story.Networks {
		for _, j := range jsonCuts(n.Config) {
			rest := *r
			rest.Story.Networks = slices.Clone(r.Story.Networks)
			rest.Story.Networks[i].Config = j.rest
			out = append(out, cut{rest: rest})
		}
	}
	for i, p := range r.Story.Pods {
		for _, j := range jsonCuts(p.Networks) {
			rest := *r
			rest.Story.Pods = slices.Clone(r.Story.Pods)
			rest.Story.Pods[i].Networks = j.rest
			out = append(out, cut{rest: rest})
		}
	}
	if r.Story.Default != "" {
		rest := *r
		rest.Story.Default = "" // the one that stories have which do not say
		out = append(out, cut{rest: rest})
	}
	return out
}
