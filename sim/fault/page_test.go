package fault_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"patchbay/sim/fault"
)

var update = flag.Bool("update", false, "write docs/faults.md anew")

const page = "../../docs/faults.md"

func TestPage(t *testing.T) {
	got := thePage()
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the catalogue says; write it anew with "+
			"go test ./sim/fault -run TestPage -update", page)
	}
}

const intro = `# What can go wrong

The simulator knows two lists. The *catalogue* says of each operation, of ours or of a plugin, in which ways it can
end badly, and what Patchbay owes its user then. The *taxonomy* says what goes wrong with networks of pods, wherever
anybody has met it, and which rows of the catalogue or which events of a simulated world show it. This page is
written by a test from [sim/fault](../sim/fault): ` + "`go test ./sim/fault -run TestPage -update`" + `.

%s

## How to read the tables

An operation ends in one of these ways, if it is not OK:

| way | what has happened | what is told |
|---|---|---|
| fail-before | nothing | an error |
| fail-after | all | an error |
| partial | a part, as the number says: percent of the bytes, or so many operations | an error |
| lost-reply | all | nothing, until whoever waits gives up |
| hang | nothing | nothing, until whoever waits gives up |
| late | all | OK, after as long as it says |
| lie | nothing | OK |
| duplicate | all, twice | what the second time gives |
| corrupt | all | something else than what is so |
| crash-before, crash-after | nothing, or all | the process that the runtime began is killed |
| cut-before, cut-after | nothing, or all | the power of the node goes |

A mark says what one occurrence may cost:

| mark | promise |
|---|---|
| tolerate | the verb succeeds, or its process is no more and what the runtime does next puts all right |
| degrade | the verb says that it failed; when all is healed, and DEL was repeated or GC has come, nothing is left |
| outside | nobody in Patchbay's place could notice, or help; the row says why |

Of a verb one of these is expected, or one of several:

| code | the verb |
|---|---|
| AI | succeeds, as if nothing had happened |
| RB | rolls back: an error, and every plugin that ran is undone, the failing one too |
| ID | succeeds by its record, though there is nothing left to do |
| CT | goes on with the rest, keeps what failed for the next time, an error |
| RT | tries again a few times within its deadline, and succeeds or does as the next code says |
| FF | fails before anything was changed |
| QR | sets the sandbox aside, loudly, until somebody has looked |
| NO | touches nothing that is not ours |
| LV | does not answer; it is put right after healing |

That of ADD is for networks that a pod needs: one that it may go without is undone by itself, with a warning, and
ADD succeeds.

What changes nothing has no *after*: that is the *before* of the next operation. A fault is written in one line, in
scenarios and in reports:

    link.add net1 #2 of bridge ADD: fail-before EBUSY

That is the second time that the bridge plugin makes net1 during ADD. "every" in the place of "#2" is every time, and
"undoing" or "climbing" behind the verb is only on the way down, or up.
`

// thePage is docs/faults.md.
func thePage() string {
	var b strings.Builder
	fmt.Fprintf(&b, intro, sums())
	b.WriteString("\n## The catalogue\n")
	for _, c := range parts() {
		part(&b, c)
	}
	b.WriteString("\n## The taxonomy\n\nThe events are those at the end of the page; some no story can have yet.\n")
	for _, c := range fault.Taxonomy() {
		fmt.Fprintf(&b, "\n### %s: %s\n\n| | threat | shown by |\n|---|---|---|\n",
			c.Letter, c.Name)
		for i := range c.Threats {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Threats[i].ID, c.Threats[i].Text,
				shownBy(&c.Threats[i]))
		}
	}
	b.WriteString("\n### Events\n\n| event | what happens |\n|---|---|\n")
	for _, e := range fault.Events() {
		yet := ""
		if !fault.Event(e[0]).Offered() {
			yet = " (not yet)"
		}
		fmt.Fprintf(&b, "| `%s`%s | %s |\n", e[0], yet, e[1])
	}
	return b.String()
}

// sums is a paragraph with the numbers.
func sums() string {
	marks := map[fault.Mark]int{}
	for i := range fault.Catalogue() {
		marks[fault.Catalogue()[i].Mark]++
	}
	var shown, noEvent, notYet, notOurs int
	for _, c := range fault.Taxonomy() {
		for i := range c.Threats {
			switch t := &c.Threats[i]; {
			case t.NotOurs != "":
				notOurs++
			case t.Shown():
				shown++
			case t.NotYet != "":
				notYet++
			default:
				noEvent++
			}
		}
	}
	return fmt.Sprintf("The catalogue has %d rows of %d operations: %d to tolerate, "+
		"%d to degrade at, %d outside. The\n"+
		"taxonomy has %d threats: %d can be shown, %d wait for an event that no story can have "+
		"yet, %d for what the\nsimulator does not have yet, and %d can not happen here.",
		len(fault.Catalogue()), len(fault.Kinds()), marks[fault.Tolerate], marks[fault.Degrade],
		marks[fault.Outside], shown+noEvent+notYet+notOurs, shown, noEvent, notYet, notOurs)
}

// chapter is a class of operations on the page.
type chapter struct {
	name  string
	about string
	rows  func(r *fault.Row) bool
}

func parts() []chapter {
	ends := func(r *fault.Row) bool {
		return slices.Contains([]fault.How{
			fault.CrashBefore, fault.CrashAfter, fault.CutBefore, fault.CutAfter,
		}, r.How)
	}
	of := func(part string) func(*fault.Row) bool {
		return func(r *fault.Row) bool { return !ends(r) && partOf(r.Kind) == part }
	}
	return []chapter{
		{"The API server", "Each row is one request. Patchbay asks again within its budget, " +
			"`apiTimeoutSeconds`.", of("api")},
		{
			"Plugins", "The runs of plugins by Patchbay, and of IPAM plugins by plugins.",
			of("plugins"),
		},
		{"The node", "What Patchbay itself asks of its node.", of("node")},
		{"Files", "The record store, and what plugins keep in files.", of("files")},
		{"The kernel", "What plugins ask of the kernel.", of("kernel")},
		{"Stores of addresses", "What IPAM plugins ask of others.", of("stores")},
		{"Deaths", "Around every operation.", ends},
	}
}

func partOf(k fault.Kind) string {
	class, _, _ := strings.Cut(string(k), ".")
	switch class {
	case "pod", "nad", "status", "event":
		return "api"
	case "ipam":
		return "plugins"
	case "file", "dir":
		return "files"
	case "dhcp", "pool":
		return "stores"
	case "conf", "boot", "device":
		return "node"
	}
	switch k { //nolint:exhaustive // those of which the class does not say it
	case fault.PluginFind, fault.NSLook, fault.LinkAbsent, fault.LinkPresent, fault.RouteList:
		return "node"
	}
	if class == "plugin" {
		return "plugins"
	}
	return "kernel"
}

// line is what several rows share that differ in the operation only.
type line struct {
	kinds  []fault.Kind
	is     string
	expect fault.Expect
}

// takes adds a row to the line, if that expects the same of the verbs they share.
func (l *line) takes(r *fault.Row, is string) bool {
	a, b := verbsOf(&l.expect), verbsOf(&r.Expect)
	for i := range a {
		if is != l.is || *a[i].is != 0 && *b[i].is != 0 && *a[i].is != *b[i].is {
			return false
		}
	}
	for i := range a {
		*a[i].is |= *b[i].is
	}
	l.kinds = append(l.kinds, r.Kind)
	return true
}

// part writes the table of one chapter.
func part(b *strings.Builder, c chapter) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n\n| operation | outcome | mark | expected | taxonomy | why |\n"+
		"|---|---|---|---|---|---|\n", c.name, c.about)
	var lines []*line
	for i := range fault.Catalogue() {
		r := &fault.Catalogue()[i]
		if !c.rows(r) {
			continue
		}
		is := strings.Join([]string{
			r.How.String(), r.Name(), r.Mark.String(), r.Why,
			strings.Join(r.Taxonomy, " "),
		}, "|")
		if !slices.ContainsFunc(lines, func(l *line) bool { return l.takes(r, is) }) {
			lines = append(lines, &line{kinds: []fault.Kind{r.Kind}, is: is, expect: r.Expect})
		}
	}
	for _, l := range lines {
		is := strings.Split(l.is, "|")
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", operations(l.kinds),
			strings.TrimSpace(is[0]+" "+is[1]), is[2], expected(l.expect), is[4], is[3])
	}
}

// operations names kinds as briefly as a shell would: "link.{add,del}".
func operations(kinds []fault.Kind) string {
	changes := 0
	for _, k := range fault.Kinds() {
		if k.Changes() {
			changes++
		}
	}
	switch len(kinds) {
	case len(fault.Kinds()):
		return "every"
	case changes:
		return "every that changes something"
	}
	var classes, all []string
	members := map[string][]string{}
	for _, k := range kinds {
		class, member, _ := strings.Cut(string(k), ".")
		if members[class] == nil {
			classes = append(classes, class)
		}
		members[class] = append(members[class], member)
	}
	for _, class := range classes {
		list := strings.Join(members[class], ",")
		if len(members[class]) > 1 {
			list = "{" + list + "}"
		}
		all = append(all, "`"+class+"."+list+"`")
	}
	return strings.Join(all, ", ")
}

type verbIs struct {
	verb string
	is   *fault.Response
}

func verbsOf(e *fault.Expect) []verbIs {
	return []verbIs{
		{"ADD", &e.Add},
		{"DEL", &e.Del},
		{"GC", &e.GC},
		{"CHECK", &e.Check},
		{"STATUS", &e.Status},
	}
}

// expected lists what is expected of the verbs, those with the same together.
func expected(e fault.Expect) string {
	var codes, all []string
	verbs := map[string][]string{}
	for _, v := range verbsOf(&e) {
		if *v.is == 0 {
			continue
		}
		code := v.is.String()
		if verbs[code] == nil {
			codes = append(codes, code)
		}
		verbs[code] = append(verbs[code], v.verb)
	}
	for _, code := range codes {
		all = append(all, strings.Join(verbs[code], "/")+" "+code)
	}
	return strings.Join(all, ", ")
}

func shownBy(t *fault.Threat) string {
	var by, kinds, events []string
	rows := t.Rows()
	for _, r := range rows {
		if kind := "`" + string(r.Kind) + "`"; !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	for _, e := range t.Events {
		events = append(events, "`"+string(e)+"`")
	}
	const few = 6
	switch {
	case len(kinds) > few:
		by = append(by, fmt.Sprintf("%d rows of %d operations", len(rows), len(kinds)))
	case len(kinds) > 0:
		by = append(by, "rows of "+strings.Join(kinds, ", "))
	}
	if len(events) > 0 {
		by = append(by, strings.Join(events, ", "))
	}
	if t.NotYet != "" {
		by = append(by, "not yet: "+t.NotYet)
	}
	if t.NotOurs != "" {
		by = append(by, "not here: "+t.NotOurs)
	}
	return strings.Join(by, "; ")
}
