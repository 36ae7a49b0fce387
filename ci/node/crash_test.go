package node_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"patchbay/backends/real/clock"
	"patchbay/backends/real/records"
	"patchbay/ci/netnstest"
)

// series is one way to crash and one way to go on from there.
type series struct {
	verb   string // that is killed; DEL and GC after a complete ADD
	then   string
	settle func(testing.TB, *machine, pod) // what the runtime does after it
}

// variation is a configuration that changes what there is to crash.
type variation struct {
	name   string
	config object
	series []series
}

// variations lists every series for the default configuration. A runtime
// repeats DEL until it succeeds, or forgets the sandbox, for GC to find. It
// removes the namespace before or after DEL.
func variations() []variation {
	return []variation{
		{"default", nil, []series{
			{"ADD", "DEL", thenDel},
			{"ADD", "GC", thenGC},
			{"ADD", "DEL without namespace", thenGoneAndDel},
			{"DEL", "DEL", thenDel},
			{"DEL", "GC", thenGC},
			{"DEL", "DEL without namespace", thenGoneAndDel},
			{"GC", "GC", thenGC},
		}},
		{"compatScratch", object{"compatScratch": true}, []series{
			{"ADD", "DEL", thenDel},
			{"DEL", "GC", thenGC},
		}},
		// Here plugins are running when the program is killed.
		{"parallelAttachments", object{"parallelAttachments": true}, []series{
			{"ADD", "DEL", thenDel},
			{"ADD", "GC", thenGC},
			{"DEL", "DEL", thenDel},
		}},
	}
}

func thenDel(t testing.TB, m *machine, p pod) {
	t.Helper()
	m.del(t, p)
}

func thenGC(t testing.TB, m *machine, p pod) {
	t.Helper()
	m.idle(t, p)
	m.gc(t)
}

// idle waits until nothing works on a sandbox any more. What a killed program
// had started may still be dying, and GC leaves that alone until it comes back.
func (m *machine) idle(t testing.TB, p pod) {
	t.Helper()
	store := records.New(records.Options{Dir: m.path("multus"), Clock: clock.Wall{}})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	unlock, err := store.Lock(ctx, p.key())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func thenGoneAndDel(t testing.TB, m *machine, p pod) {
	t.Helper()
	netnstest.Delete(t, p.netns)
	p.netns = ""
	m.del(t, p)
}

func thenGoneAndGC(t testing.TB, m *machine, p pod) {
	t.Helper()
	netnstest.Delete(t, p.netns)
	m.idle(t, p)
	m.gc(t)
}

// TestCrash kills the program with SIGKILL before and after every effect and
// every run of a plugin, and lets the runtime go on as it would. Nothing may be
// left, whatever the moment was.
func TestCrash(t *testing.T) {
	program(t)
	var table summary
	for _, v := range variations() {
		traces := moments(t, v)
		for _, s := range v.series {
			row := table.row(v.name, s.verb, s.then)
			t.Run(v.name+"/"+s.verb+" then "+s.then, func(t *testing.T) {
				for i, what := range traces[s.verb] {
					row.run(t, what, killing{v, s, i + 1}.run)
				}
			})
		}
	}
	t.Log(table.String())
}

// TestCrashTwice kills an ADD, and then the DEL that should mend it.
func TestCrashTwice(t *testing.T) {
	program(t)
	var table summary
	v := variations()[0]
	adds := moments(t, v)["ADD"]
	for at := 2; at < len(adds); at += 9 {
		row := table.row(adds[at-1], "DEL", "DEL")
		t.Run("ADD "+adds[at-1], func(t *testing.T) {
			m := newMachine(t)
			p := m.pod(t, "victim")
			m.crash(t, call{verb: "ADD", pod: p, crashAt: at})
			for i, what := range m.traced(t, call{verb: "DEL", pod: p}) {
				row.run(t, "DEL "+what, twice{at, i + 1}.run)
			}
		})
	}
	t.Log(table.String())
}

// twice says at which moments of ADD and of DEL the program is killed.
type twice struct{ add, del int }

func (c twice) run(t *testing.T) {
	t.Helper()
	m := newMachine(t)
	p := m.pod(t, "victim")
	before := m.look(t)
	m.crash(t, call{verb: "ADD", pod: p, crashAt: c.add})
	m.crash(t, call{verb: "DEL", pod: p, crashAt: c.del})
	m.del(t, p)
	m.wantClean(t, before, p)
}

// summary is a table of what was run and what became of it.
type summary []*row

type row struct {
	what, verb, then string
	moments, bad     atomic.Int64
}

func (s *summary) row(what, verb, then string) *row {
	r := &row{what: what, verb: verb, then: then}
	*s = append(*s, r)
	return r
}

// run runs a subtest beside others and counts it.
func (r *row) run(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	r.moments.Add(1)
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		t.Cleanup(func() {
			if t.Failed() {
				r.bad.Add(1)
			}
		})
		f(t)
	})
}

func (s *summary) String() string {
	var b strings.Builder
	for _, r := range *s {
		result := "all clean"
		if n := r.bad.Load(); n > 0 {
			result = fmt.Sprintf("%d not clean", n)
		}
		fmt.Fprintf(&b, "\n%-36s %-3s killed at %2d moments, then %-22s %s",
			r.what, r.verb, r.moments.Load(), r.then+":", result)
	}
	return b.String()
}

// moments returns at which moments each verb can be killed.
func moments(t *testing.T, v variation) map[string][]string {
	t.Helper()
	m := newMachine(t)
	p := m.pod(t, "victim")
	traces := map[string][]string{}
	for _, verb := range []string{"ADD", "DEL", "ADD", "GC"} {
		traces[verb] = m.traced(t, call{verb: verb, pod: p, config: v.of(verb)})
	}
	return traces
}

// of is the configuration of a call.
func (v variation) of(verb string) object {
	c := object{}
	if verb == "GC" {
		c = validOnly()
	}
	maps.Copy(c, v.config)
	return c
}

// traced runs a call to its end and returns the moments that it has.
func (m *machine) traced(t testing.TB, c call) []string {
	t.Helper()
	c.trace = m.path("tmp", "trace")
	m.must(t, c)
	text, err := os.ReadFile(c.trace)
	if err == nil {
		err = os.Remove(c.trace)
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) < 2 {
		t.Fatalf("%s has no moments to be killed at: %q", c.verb, text)
	}
	return lines
}

// killing says which verb is killed, when, and what follows.
type killing struct {
	variation variation
	series    series
	at        int
}

func (k killing) run(t *testing.T) {
	t.Helper()
	m := newMachine(t)
	p := m.pod(t, "victim")
	before := m.look(t)
	if k.series.verb != "ADD" {
		m.must(t, call{verb: "ADD", pod: p, config: k.variation.of("ADD")})
	}
	m.crash(t, call{
		verb: k.series.verb, pod: p, config: k.variation.of(k.series.verb), crashAt: k.at,
	})
	k.series.settle(t, m, p)
	m.wantClean(t, before, p)
}

// crash runs a call that has to die.
func (m *machine) crash(t testing.TB, c call) {
	t.Helper()
	if err := m.do(t, c); !errors.Is(err, errKilled) {
		t.Fatalf("killed at moment %d: got %v", c.crashAt, err)
	}
}
