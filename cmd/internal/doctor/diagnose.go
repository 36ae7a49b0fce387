package doctor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"patchbay/cmd/internal/kernel"
	"patchbay/cmd/internal/lint"
	"patchbay/cmd/internal/topology"
	"patchbay/core/fail"
	"patchbay/core/record"
)

// Severity says how bad a finding is.
type Severity string

// The severities, the worst first.
const (
	Error   Severity = "error"   // something fails, or will
	Warning Severity = "warning" // something is left behind
	Info    Severity = "info"    // worth knowing; nothing is wrong
)

// Finding is one thing that is wrong, and what to do.
type Finding struct {
	Severity Severity `json:"severity"`
	Object   string   `json:"object"`
	Text     string   `json:"text"`
	Mend     string   `json:"mend,omitempty"` // a command, or a sentence
}

// Diagnose turns facts into findings, the worst first.
func Diagnose(f Facts) []Finding {
	var out []Finding
	for _, s := range f.Sandboxes {
		out = append(out, sandbox(f, s)...)
	}
	out = append(out, quarantined(f)...)
	out = append(out, results(f)...)
	out = append(out, leases(f)...)
	out = append(out, pairs(f)...)
	out = append(out, deviceInfo(f)...)
	for _, path := range f.Temporary {
		out = append(out, Finding{
			Info, path,
			"A write did not come to its end; the next one of the same file replaces it.",
			"rm " + quote(path),
		})
	}
	for _, l := range f.Lint {
		severity := Warning
		if l.Severity == lint.Error {
			severity = Error
		}
		text := l.Text
		if l.Object != "" {
			text = l.Object + ": " + text
		}
		object := l.File
		if l.Line > 0 {
			object = fmt.Sprintf("%s:%d", l.File, l.Line)
		}
		out = append(out, Finding{
			severity, object, sentence(errors.New(text)),
			"edit " + quote(l.File),
		})
	}
	out = append(out, unseen(f)...)
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(rank(a.Severity)-rank(b.Severity), strings.Compare(a.Object, b.Object))
	})
	return out
}

// unseen is one finding, however much could not be looked at: without root that
// is everything.
func unseen(f Facts) []Finding {
	const enough = 3
	if len(f.Unseen) == 0 {
		return nil
	}
	text := "It is not complete: " + strings.Join(f.Unseen[:min(enough, len(f.Unseen))], "; ")
	if more := len(f.Unseen) - enough; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return []Finding{{
		Warning, "this look", text + ".",
		"run it as root, where every process of the node can be seen",
	}}
}

// Healthy reports that nothing needs mending.
func Healthy(list []Finding) bool {
	return !slices.ContainsFunc(list, func(f Finding) bool { return f.Severity != Info })
}

func rank(s Severity) int { return slices.Index([]Severity{Error, Warning, Info}, s) }

// release is how a sandbox that is not there any more is released.
const release = "patchbayctl gc --yes"

// sandbox judges a record.
func sandbox(f Facts, s Sandbox) []Finding {
	object := "record " + s.Key.String()
	switch {
	case fail.Is(s.Err, fail.Version):
		return []Finding{{
			Error, object, sentence(s.Err),
			"use the later Patchbay again for its DEL",
		}}
	case fail.Is(s.Err, fail.Decode):
		return []Finding{{
			Error, object,
			sentence(s.Err) + " The next DEL or GC will set it aside.",
			"look at " + quote(s.File) + "; then patchbayctl gc --yes, and release by hand " +
				"what doctor then still reports",
		}}
	case s.Err != nil:
		return []Finding{{Error, object, sentence(s.Err), "make " + quote(s.File) + " readable"}}
	}
	if s.Record.Pod.Name != "" {
		object = "pod " + s.Record.Pod.String() + " (" + s.Key.String() + ")"
	}
	var out []Finding
	if s.State == topology.Gone {
		why := "Its namespace " + s.Record.Netns + " is gone"
		switch {
		case f.BootID != "" && s.Record.BootID != "" && s.Record.BootID != f.BootID:
			why = "It was attached before the node was started anew"
		case s.Recycled:
			why = "The path " + s.Record.Netns + " leads to another namespace now"
		}
		out = append(out, Finding{
			Warning, object,
			why + ", but what it holds (addresses, say) was not released.", release,
		})
	}
	for _, plugin := range s.Absent {
		out = append(out, Finding{
			Error, object,
			"Plugin " + plugin + " is not in " + s.Record.PluginPath + ", so its DEL will fail.",
			"install " + plugin + " there",
		})
	}
	return append(out, strangers(object, s)...)
}

// fallbacks are interfaces that the kernel puts into every namespace when a
// module is loaded (net.core.fb_tunnels_only_for_init_net).
//
//nolint:gochecknoglobals // a constant table
var fallbacks = []string{
	"lo", "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0",
	"ip6gre0",
}

// strangers finds interfaces that nobody recorded. One that leads out of the
// namespace was put there from outside; any other may well be the pod's own.
func strangers(object string, s Sandbox) []Finding {
	var out []Finding
	for _, l := range s.Links {
		recorded := slices.ContainsFunc(s.Record.Attachments, func(a record.Attachment) bool {
			return a.IfName == l.Name
		})
		if recorded || slices.Contains(s.Owned, l.Name) || slices.Contains(fallbacks, l.Name) {
			continue
		}
		if l.NetNS >= 0 {
			out = append(out, Finding{
				Warning, object,
				"Interface " + l.Name + " (" + l.Kind + ") leads out of its namespace, " +
					"and no record speaks of it.",
				"find who made it; nsenter --net=" + quote(s.Record.Netns) +
					" ip link delete " + quote(l.Name) + " removes it",
			})
			continue
		}
		out = append(out, Finding{
			Info, object,
			"No record speaks of interface " + l.Name + " (" + l.Kind +
				"); it may be the pod's own.", "",
		})
	}
	for _, a := range s.Record.Attachments {
		there := slices.ContainsFunc(s.Links, func(l kernel.Link) bool {
			return l.Name == a.IfName
		})
		if s.Links != nil && !there {
			out = append(out, Finding{
				Warning, object,
				"It has no interface " + a.IfName + ", which network " + a.Network + " gave it.",
				"delete the pod, so that it is attached anew",
			})
		}
	}
	return out
}

func quarantined(f Facts) []Finding {
	var out []Finding
	for _, q := range f.Quarantined {
		mend := "mend what the reason says, then patchbayctl records quarantine retry " +
			q.Key.String() + " --yes"
		if q.Record == nil {
			mend = "look at " + quote(q.File) + ", release by hand what it names, " +
				"then patchbayctl records quarantine drop " + q.Key.String() + " --yes"
		}
		out = append(out, Finding{
			Error, "quarantined " + q.Key.String(),
			"It could not be undone: " + strings.TrimRight(q.Reason, ".") + ".", mend,
		})
	}
	return out
}

// results finds cached results that no record accounts for.
func results(f Facts) []Finding {
	var out []Finding
	for _, r := range f.Results {
		if r.Err != nil {
			out = append(out, Finding{
				Warning, r.Path,
				"The cached result can not be read, so CHECK fails, and DEL goes without it: " +
					sentence(r.Err), "rm " + quote(r.Path),
			})
			continue
		}
		switch {
		case f.holds(r.Entry.ContainerID, r.Entry.IfName, r.Entry.Network):
		case f.unread(r.Entry.ContainerID): // its record is a finding of its own
		case f.rebuilt(r.Entry.ContainerID):
			out = append(out, Finding{
				Info, r.Path,
				"No record speaks of this result, but its container is there; DEL will use it.",
				"",
			})
		default:
			out = append(out, Finding{
				Warning, r.Path,
				"No record speaks of the cached result of " + r.Entry.IfName + " of container " +
					r.Entry.ContainerID + ".", release,
			})
		}
	}
	return out
}

// rebuilt reports a container that is there and known by its results alone.
func (f Facts) rebuilt(containerID string) bool {
	return slices.ContainsFunc(f.Sandboxes, func(s Sandbox) bool {
		return s.Key.ContainerID == containerID && s.State == topology.Alive &&
			s.Record.Origin == record.OriginCache
	})
}

// holds reports whether a record in use, or one set aside, has an attachment.
// Stores of old plugins do not know the interface.
func (f Facts) holds(containerID, ifName, network string) bool {
	in := func(r record.Record) bool {
		return r.ContainerID == containerID && slices.ContainsFunc(r.Attachments,
			func(a record.Attachment) bool {
				return a.Name == network && (ifName == "" || a.IfName == ifName)
			})
	}
	for _, s := range f.Sandboxes {
		// What was rebuilt from a result does not account for it.
		if s.Err == nil && s.Record.Origin != record.OriginCache && in(s.Record) {
			return true
		}
	}
	for _, q := range f.Quarantined {
		if q.Record != nil && in(*q.Record) {
			return true
		}
	}
	return false
}

func pairs(f Facts) []Finding {
	var out []Finding
	for _, p := range f.Pairs {
		if f.AllSeen && !p.Found {
			out = append(out, Finding{
				Warning, "interface " + p.Name,
				"Its other half is in a namespace without a name and without a process.",
				"if nobody needs it: ip link delete " + quote(p.Name),
			})
		}
	}
	return out
}

func deviceInfo(f Facts) []Finding {
	var known []string
	for _, a := range f.attachments() {
		known = append(known, a.DeviceInfo)
	}
	var out []Finding
	for _, path := range f.DeviceInfo {
		if !slices.Contains(known, path) {
			out = append(out, Finding{
				Warning, path,
				"The file describes a device of an attachment that nobody has.",
				"rm " + quote(path),
			})
		}
	}
	return out
}

// sentence ends an error as one.
func sentence(err error) string {
	text := strings.TrimRight(err.Error(), ".")
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):] + "."
}

// quote protects a text from a shell where it must.
func quote(text string) string {
	odd := func(r rune) bool {
		return !strings.ContainsRune("/._-:@%+=", r) &&
			(r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	if text != "" && !strings.ContainsFunc(text, odd) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
