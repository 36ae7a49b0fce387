package plugins

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// row is a play: what is configured, and what is done.
type row struct {
	name string
	// conf are the plugins of the network, as JSON without name and cniVersion.
	conf []string
	// version is the cniVersion; "" is 1.1.0, "none" none at all.
	version string
	args    string // CNI_ARGS
	ifName  string // "" is "eth0"
	// before are commands of ip(8) and others that prepare the scene; see scene.
	before []string
	// steps are verbs, and commands as before. nil is the whole life. A verb is for
	// the sandbox; with a "-" without a namespace, with a "!" for one that never
	// was, with a "@" for the node's own, and with a "?" for a plain file.
	steps []string
	// needs says what this machine does not have.
	needs string
	// loose says that errors are compared by their code: why the words differ.
	loose string
}

// whole is everything that may happen to an interface.
var whole = []string{"ADD", "CHECK", "ADD", "DEL", "DEL", "DEL-"}

// ending is what a plugin printed, or what its caller makes of its end.
type ending struct {
	stdout  []byte
	failed  bool
	crashed bool // without a word that can be understood
	code    uint
	msg     string
	details string
}

// place is where a play is given.
type place interface {
	// do carries out a command.
	do(t *testing.T, command string)
	// run executes a plugin.
	run(t *testing.T, verb string, e execution) ending
	// state is everything there is, as lines.
	state(t *testing.T) []string
	// netns is the path of the sandbox, own that of the node's own namespace, plain
	// that of a plain file, and dir the directory of the plugins' files.
	netns() string
	own() string
	plain() string
	dir() string
}

// execution is what a plugin is given.
type execution struct {
	program, netns, ifName, args string
	stdin                        []byte
}

// give gives the play at a place and returns what was seen.
func (r *row) give(t *testing.T, p place) []string {
	t.Helper()
	for _, command := range r.before {
		p.do(t, command)
	}
	steps := r.steps
	if steps == nil {
		steps = whole
	}
	g := &giving{row: r, place: p, t: t}
	for _, step := range steps {
		if strings.ToUpper(step) != step {
			p.do(t, step)
			continue
		}
		g.sayf("--- %s", step)
		g.verb(step)
		g.lines = append(g.lines, p.state(t)...)
	}
	return tidy(g.lines, p)
}

// giving is a play under way.
type giving struct {
	*row
	place place
	t     *testing.T
	prev  json.RawMessage // the last result of an ADD
	lines []string
}

func (g *giving) sayf(format string, args ...any) {
	g.lines = append(g.lines, fmt.Sprintf(format, args...))
}

// verb runs the plugins as the library of runtimes does: ADD and CHECK in their
// order, DEL from the last on; each ADD gets the result of the one before, the
// others the last.
func (g *giving) verb(step string) {
	verb := strings.TrimRight(step, "-!@?")
	e := execution{netns: g.place.netns(), ifName: g.ifName, args: g.args}
	if e.ifName == "" {
		e.ifName = "eth0"
	}
	switch {
	case strings.HasSuffix(step, "-"):
		e.netns = ""
	case strings.HasSuffix(step, "!"):
		e.netns = "/run/netns/there-is-none"
	case strings.HasSuffix(step, "@"):
		e.netns = g.place.own()
	case strings.HasSuffix(step, "?"):
		e.netns = g.place.plain()
	}
	order := slices.Clone(g.conf)
	if verb == "DEL" {
		slices.Reverse(order)
	}
	var prev json.RawMessage
	if verb != "ADD" && verb != "STATUS" && verb != "GC" {
		prev = g.prev
	}
	for _, conf := range order {
		e.program, e.stdin = g.stdin(conf, prev)
		end := g.place.run(g.t, verb, e)
		g.tell(e.program, end)
		if end.failed {
			return
		}
		if verb == "ADD" {
			prev = end.stdout
		}
	}
	if verb == "ADD" {
		g.prev = prev
	}
}

// stdin completes a configuration.
func (g *giving) stdin(conf string, prev json.RawMessage) (string, []byte) {
	conf = strings.ReplaceAll(conf, "DIR", g.place.dir())
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(conf), &members); err != nil {
		return strings.TrimSpace(strings.Split(conf, " ")[0]), []byte(conf)
	}
	var typ string
	if err := json.Unmarshal(members["type"], &typ); err != nil {
		g.t.Fatal(err)
	}
	quote := func(s string) json.RawMessage { return json.RawMessage(`"` + s + `"`) }
	switch g.version {
	case "":
		members["cniVersion"] = quote("1.1.0")
	case "none":
	default:
		members["cniVersion"] = quote(g.version)
	}
	if _, ok := members["name"]; !ok {
		members["name"] = quote("net")
	}
	if prev != nil {
		members["prevResult"] = prev
	}
	out, err := json.Marshal(members)
	if err != nil {
		g.t.Fatal(err)
	}
	return typ, out
}

// tell writes down how a plugin ended.
func (g *giving) tell(program string, e ending) {
	switch {
	case e.crashed:
		g.sayf("%s: crashed", program)
	case e.failed && g.loose != "":
		g.sayf("%s: error %d", program, e.code)
	case e.failed:
		g.sayf("%s: error %d: %s; %s", program, e.code, e.msg, e.details)
	case len(e.stdout) == 0:
		g.sayf("%s: ok", program)
	default:
		var v any
		if err := json.Unmarshal(e.stdout, &v); err != nil {
			g.t.Errorf("%s prints what is no JSON: %v: %s", program, err, e.stdout)
		}
		text, _ := json.Marshal(v)
		g.sayf("%s: %s", program, text)
	}
}

var (
	someMAC  = regexp.MustCompile(`\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b`)
	someName = regexp.MustCompile(`\bveth[0-9a-f]{8}\b`)
	magic    = regexp.MustCompile(`(unknown FS magic on "(?:NETNS|PLAIN)"): \w+`)
	pointer  = regexp.MustCompile(`\{Interface:\w+ `)
)

// tidy takes out what is chosen by chance, and what is the place's own: the first
// address that is seen becomes MAC1, the next MAC2; those that a row gives begin
// with c2:00 and stay.
func tidy(lines []string, p place) []string {
	text := strings.Join(lines, "\n")
	text = strings.ReplaceAll(text, p.netns(), "NETNS")
	text = strings.ReplaceAll(text, p.own(), "OWN")
	text = strings.ReplaceAll(text, p.plain(), "PLAIN")
	text = strings.ReplaceAll(text, p.dir(), "DIR")
	text = magic.ReplaceAllString(text, "$1")
	text = pointer.ReplaceAllString(text, "{Interface:POINTER ")
	seen := map[string]string{}
	count := map[string]int{}
	number := func(kind string) func(string) string {
		return func(s string) string {
			if s == "00:00:00:00:00:00" || strings.HasPrefix(s, "c2:00:00:00:00:") {
				return s
			}
			if seen[s] == "" {
				count[kind]++
				seen[s] = fmt.Sprintf("%s%d", kind, count[kind])
			}
			return seen[s]
		}
	}
	text = someMAC.ReplaceAllStringFunc(text, number("MAC"))
	text = someName.ReplaceAllStringFunc(text, number("VETH"))
	return strings.Split(text, "\n")
}

// TestPlugins gives every row at both places.
func TestPlugins(t *testing.T) {
	dir := binaries(t)
	seen := map[string]bool{}
	compared := 0
	for _, r := range allRows() {
		if seen[r.name] {
			t.Errorf("two rows are called %q", r.name)
		}
		seen[r.name] = true
		t.Run(r.name, func(t *testing.T) {
			if r.needs != "" {
				t.Skipf("needs: %s; not compared", r.needs)
			}
			compared++
			real, sim := newReal(t, dir), newPretended(t)
			compare(t, r.give(t, real), r.give(t, sim))
		})
	}
	t.Logf("%d rows compared", compared)
}

// compare says which lines differ, under the step in which they were seen.
func compare(t *testing.T, real, sim []string) {
	t.Helper()
	a, b := bySteps(real), bySteps(sim)
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) {
			t.Errorf("%d steps are real and %d pretended", len(a), len(b))
			return
		}
		if slices.Equal(a[i], b[i]) {
			continue
		}
		t.Errorf("after %s", a[i][0])
		for _, line := range a[i] {
			if !slices.Contains(b[i], line) {
				t.Errorf("  only real:      %s", line)
			}
		}
		for _, line := range b[i] {
			if !slices.Contains(a[i], line) {
				t.Errorf("  only pretended: %s", line)
			}
		}
		if len(a[i]) == len(b[i]) {
			for j := range a[i] {
				if a[i][j] != b[i][j] {
					t.Logf("  line %d is %s and %s", j, a[i][j], b[i][j])
					break
				}
			}
		}
		return // what comes after follows from it
	}
}

func bySteps(lines []string) [][]string {
	var out [][]string
	for _, line := range lines {
		if strings.HasPrefix(line, "--- ") || len(out) == 0 {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], line)
	}
	for _, lines := range out {
		slices.Sort(lines[1:])
	}
	return out
}
