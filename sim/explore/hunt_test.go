package explore_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/sim/explore"
	"patchbay/sim/fault"
	"patchbay/sim/world"
)

var (
	huntJSON  = flag.Bool("hunt.json", false, "hunt until something does not hold, and say it as JSON")
	huntLimit = flag.Duration("hunt.limit", time.Minute, "how long to hunt")
	huntModes = flag.String("hunt.modes", "story,fault,order,swarm", "in which ways to hunt")
)

// catch is the first thing that did not hold.
type catch struct {
	Mode      string  `json:"mode,omitempty"`
	Story     string  `json:"story,omitempty"`
	Invariant int     `json:"invariant,omitempty"`
	Name      string  `json:"name,omitempty"`
	Text      string  `json:"text,omitempty"`
	Fault     string  `json:"fault,omitempty"`
	Seconds   float64 `json:"seconds"`
	Runs      int     `json:"runs"`
}

// TestHunt looks for bugs with everything there is, what is quickest first, and
// stops at the first. It is for ci/mutants, which puts them in.
func TestHunt(t *testing.T) {
	if !*huntJSON {
		t.Skip("for ci/mutants: -hunt.json")
	}
	h := &hunt{start: time.Now()}
	found, err := h.run()
	if err != nil {
		found = &catch{Name: "a story can not be told", Text: err.Error()}
	}
	out := cmp.Or(found, &catch{})
	out.Runs, out.Seconds = h.runs, time.Since(h.start).Seconds()
	if err = json.NewEncoder(os.Stdout).Encode(out); err != nil {
		t.Fatal(err)
	}
	if found != nil {
		t.Fatal(found.Text)
	}
}

type hunt struct {
	start time.Time
	runs  int
}

// way is one way to look, at a part of the stories at a time.
type way struct {
	mode  string
	parts [][]world.Story
	look  func([]world.Story, explore.Options) (*explore.Report, error)
}

func ways() []way {
	single := func(s []world.Story) [][]world.Story { return slices.Collect(slices.Chunk(s, 1)) }
	core := single(explore.Core())
	return []way{
		{"story", [][]world.Story{explore.All()}, explore.FaultFree},
		{"order", core, func(s []world.Story, o explore.Options) (*explore.Report, error) {
			return explore.Chances(s, 1, o)
		}},
		{"fault", core, explore.Single},
		{
			"order", single(append(explore.Races(), explore.Core()...)),
			func(s []world.Story, o explore.Options) (*explore.Report, error) {
				return explore.Orders(s, 1, o)
			},
		},
	}
}

// run looks in every way at the first part, then at the second, and so on: what
// one way sees soon another may see late.
func (h *hunt) run() (*catch, error) {
	all := ways()
	for i, left := 0, true; left; i++ {
		left = false
		for _, w := range all {
			if i >= len(w.parts) || !h.wanted(w.mode) || h.over() {
				continue
			}
			left = true
			found, err := h.note(w.mode)(w.look(w.parts[i], explore.Options{}))
			if found != nil || err != nil {
				return found, err
			}
		}
	}
	return h.swarm()
}

// swarm looks by chance until the time is over.
func (h *hunt) swarm() (*catch, error) {
	const seeds = 256
	all := explore.All()
	for from := uint64(1); h.wanted("swarm") && !h.over(); from += seeds {
		found, err := h.note("swarm")(explore.Swarm(all, from, seeds, explore.Options{}))
		if found != nil || err != nil {
			return found, err
		}
	}
	return nil, nil
}

func (h *hunt) wanted(mode string) bool {
	return slices.Contains(strings.Split(*huntModes, ","), mode)
}

func (h *hunt) over() bool { return time.Since(h.start) > *huntLimit }

// note takes a report to account.
func (h *hunt) note(mode string) func(*explore.Report, error) (*catch, error) {
	return func(r *explore.Report, err error) (*catch, error) {
		if err != nil {
			return nil, err
		}
		h.runs += r.Runs
		if !r.Failed() {
			return nil, nil
		}
		return caught(mode, r.Findings[0]), nil
	}
}

func caught(mode string, f explore.Finding) *catch {
	c := &catch{Mode: mode, Story: f.Story, Invariant: 49, Name: "Converge"}
	if len(f.Run.Violations) > 0 {
		v := f.Run.Violations[0]
		c.Invariant, c.Name, c.Text = v.Invariant, v.Name, v.Text
	} else if len(f.Run.Stuck) > 0 {
		c.Text = fmt.Sprintf("%v is stuck", f.Run.Stuck[0])
	}
	var faults []string
	for _, p := range f.Points {
		faults = append(faults, p.String())
		if p.Row.How >= fault.CrashBefore {
			c.Mode = "crash"
		}
	}
	switch f.Mode {
	case "orders":
		faults = append(faults, "another order")
	case "chances":
		faults = append(faults, "another choice")
	case "swarm":
		faults = append(faults, fmt.Sprintf("seed %d", f.Seed))
	}
	c.Fault = strings.Join(faults, ", ")
	return c
}
