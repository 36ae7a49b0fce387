package ctlexplain

import (
	"context"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/ladder"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/plan"
	"patchbay/core/record"
)

// Explanation is what would become of one pod.
type Explanation struct {
	Pod string `json:"pod"`
	// Refused is why the pod would not be attached; Fix is what helps.
	Refused string `json:"refused,omitempty"`
	Fix     string `json:"fix,omitempty"`
	// Unknown: the cluster does not know the pod, and nothing would be done.
	Unknown     bool         `json:"unknown,omitempty"`
	Plan        []Stage      `json:"plan,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	Dropped     []Dropped    `json:"dropped,omitempty"`
	Warnings    []string     `json:"warnings,omitempty"`
}

// Stage is a list of ladders that may go up side by side.
type Stage struct {
	Ground  bool     `json:"ground,omitempty"`
	Ladders []Ladder `json:"ladders"`
}

// Ladder is a list of reversible tasks.
type Ladder struct {
	Optional bool   `json:"optional,omitempty"`
	Tasks    []Task `json:"tasks"`
}

// Task is an effect and its undo; either may be "".
type Task struct {
	Up   string `json:"up,omitempty"`
	Down string `json:"down,omitempty"`
}

// Attachment is one network and the plugins that would be run for it.
type Attachment struct {
	Interface string `json:"interface"`
	Network   string `json:"network"`
	Default   bool   `json:"default,omitempty"`
	Optional  bool   `json:"optional,omitempty"`
	Calls     []Call `json:"calls"`
}

// Call is one run of a plugin on ADD.
type Call struct {
	Plugin string            `json:"plugin"`
	Path   string            `json:"path"`
	Env    map[string]string `json:"env"`
	// Stdin is the configuration, byte for byte, less prevResult.
	Stdin string `json:"stdin"`
	// PrevResult stands for the key prevResult, which only the run can tell.
	PrevResult string `json:"prevResult,omitempty"`
}

// Dropped is an optional network that the pod would go without.
type Dropped struct {
	Interface string `json:"interface"`
	Network   string `json:"network"`
	Reason    string `json:"reason"`
}

// Refusal explains a pod that would not be attached.
func Refusal(pod record.Pod, err error) Explanation {
	return Explanation{Pod: pod.String(), Refused: err.Error(), Fix: fix(fail.Of(err))}
}

// Of explains a pod that would be attached. The plugins are only looked for.
func Of(
	ctx context.Context, plugins backends.Plugins, pod record.Pod, s need.Settled,
) (Explanation, error) {
	out := Explanation{Pod: pod.String(), Unknown: s.Synthetic, Warnings: s.Warnings}
	for _, d := range s.Dropped {
		out.Dropped = append(out.Dropped, Dropped{d.IfName, d.Network, d.Reason.Error()})
	}
	if s.Synthetic {
		return out, nil
	}
	out.Plan = stages(plan.Of(s.Record))
	for _, a := range s.Record.Attachments {
		calls, err := callsOf(ctx, plugins, s.Record, a)
		if err != nil {
			return Explanation{}, fail.About(a.String(), err)
		}
		out.Attachments = append(out.Attachments, Attachment{
			a.IfName, a.Network, a.Master, a.Optional, calls,
		})
	}
	return out, nil
}

func stages(p ladder.Plan) []Stage {
	out := make([]Stage, 0, len(p))
	for _, stage := range p {
		s := Stage{Ground: stage.Ground}
		for _, l := range stage.Ladders {
			one := Ladder{Optional: l.Optional}
			for _, t := range l.Tasks {
				one.Tasks = append(one.Tasks, Task{said(t.Up), said(t.Down)})
			}
			s.Ladders = append(s.Ladders, one)
		}
		out = append(out, s)
	}
	return out
}

func said(e ladder.Effect) string {
	if e == nil {
		return ""
	}
	return e.String()
}

// callsOf is the chain of one network, as ADD runs it.
func callsOf(
	ctx context.Context, plugins backends.Plugins, r record.Record, a record.Attachment,
) ([]Call, error) {
	net, err := netconf.ParseNetwork(a.Config)
	if err != nil {
		return nil, err
	}
	var out []Call
	for i, p := range net.Plugins {
		path, err := plugins.Find(ctx, p.Type, r.PluginPath)
		if err != nil {
			return nil, err
		}
		stdin, err := net.Stdin(i, netconf.Inputs{Capabilities: a.Capabilities})
		if err != nil {
			return nil, fail.About("plugin "+p.Type, err)
		}
		c := Call{Plugin: p.Type, Path: path, Stdin: string(stdin), Env: map[string]string{
			"CNI_COMMAND":     "ADD",
			"CNI_CONTAINERID": r.ContainerID,
			"CNI_NETNS":       r.Netns,
			"CNI_IFNAME":      a.IfName,
			"CNI_ARGS":        a.Args,
			"CNI_PATH":        r.PluginPath,
		}}
		if i > 0 {
			c.PrevResult = "<result of " + net.Plugins[i-1].Type + ">"
		}
		out = append(out, c)
	}
	return out, nil
}

// fix says what helps against a refusal, as far as its kind tells.
func fix(kind fail.Kind) string {
	switch kind {
	case fail.NotFound:
		return "Create or install what is named, or correct the name that asks for it."
	case fail.Invalid, fail.Decode, fail.Version, fail.Environment:
		return "Correct the annotation, definition or configuration that is named."
	case fail.Denied:
		return "Use a definition of the pod's own namespace, " +
			"or put that namespace into globalNamespaces."
	case fail.Busy, fail.Transient, fail.Unavailable, fail.Limited:
		return "Try again; a runtime would."
	case fail.IO:
		return "Make the file that is named readable."
	case fail.BadSandbox, fail.NoContainer, fail.Gone:
		return "Make the sandbox anew."
	case fail.Broken, fail.Internal:
	}
	return "Nothing in the manifests helps; see the log, and report it if it is a defect."
}
