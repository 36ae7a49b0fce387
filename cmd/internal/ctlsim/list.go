package ctlsim

import (
	"patchbay/cmd/internal/ctlout"
	"patchbay/sim/explore"
	"patchbay/sim/fault"
	"patchbay/sim/invariant"
)

// Lists are the tables of the simulator.
type Lists struct {
	Modes      []Entry     `json:"modes,omitempty"`
	Stories    []Entry     `json:"stories,omitempty"`
	Invariants []Invariant `json:"invariants,omitempty"`
	Faults     []Fault     `json:"faults,omitempty"`
}

// Entry is something with a name.
type Entry struct {
	Name  string `json:"name"`
	About string `json:"about"`
}

// Invariant is what must hold.
type Invariant struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	When   string `json:"when"`
	Text   string `json:"text"`
	// Not says why it is not looked at here.
	Not string `json:"not,omitempty"`
}

// Fault is what may go wrong.
type Fault struct {
	ID     string `json:"id"`
	Mark   string `json:"mark"`
	Expect string `json:"expect"`
	Why    string `json:"why"`
}

// ListNames are the tables that there are.
func ListNames() []string { return []string{"modes", "stories", "invariants", "faults"} }

// List makes the tables of these names.
func List(names []string) Lists {
	var out Lists
	for _, name := range names {
		switch name {
		case "modes":
			for _, m := range Modes() {
				out.Modes = append(out.Modes, Entry{m.Name, m.About})
			}
		case "stories":
			out.Stories = []Entry{
				{coreStories, "all in which every fault is tried: the first ones below"},
				{raceStories, "all in which it matters who is faster"},
				{allStories, "all"},
			}
			for _, s := range explore.All() {
				out.Stories = append(out.Stories, Entry{s.Name, s.About})
			}
		case "invariants":
			for _, r := range invariant.Rows() {
				out.Invariants = append(out.Invariants, Invariant{
					r.Number, r.Name, r.When.String(), r.Text, r.Waits + r.Elsewhere,
				})
			}
		case "faults":
			for _, r := range fault.Catalogue() {
				f := Fault{r.ID, r.Mark.String(), expects(r.Expect), r.Why}
				out.Faults = append(out.Faults, f)
			}
		}
	}
	return out
}

// expects are the expectations of a row, by verb.
func expects(e fault.Expect) string {
	out := ""
	for _, verb := range []string{"ADD", "DEL", "GC", "CHECK", "STATUS"} {
		if of := e.Of(verb); of != 0 {
			if out != "" {
				out += ", "
			}
			out += verb + " " + of.String()
		}
	}
	return out
}

// ShowLists shows the tables.
func ShowLists(p *ctlout.Page, l *Lists) {
	entries := func(head string, list []Entry) {
		t := ctlout.Table{Head: []string{head, "ABOUT"}}
		for _, e := range list {
			t.Add(ctlout.Cell{Text: e.Name, Style: ctlout.Name}, ctlout.Cell{Text: e.About})
		}
		if len(list) > 0 {
			p.Table(t)
			p.Say("")
		}
	}
	entries("MODE", l.Modes)
	entries("STORY", l.Stories)
	if len(l.Invariants) > 0 {
		t := ctlout.Table{Head: []string{"INVARIANT", "NAME", "LOOKED AT", "TEXT"}}
		for _, i := range l.Invariants {
			when := i.When
			if i.Not != "" {
				when = "not here"
			}
			t.Add(ctlout.Cell{Text: itoa(i.Number)}, ctlout.Cell{Text: i.Name, Style: ctlout.Name},
				ctlout.Cell{Text: when}, ctlout.Cell{Text: i.Text})
		}
		p.Table(t)
		p.Say("")
	}
	if len(l.Faults) > 0 {
		t := ctlout.Table{Head: []string{"FAULT", "MARK", "EXPECTED", "WHY"}}
		for _, f := range l.Faults {
			t.Add(ctlout.Cell{Text: f.ID, Style: ctlout.Name},
				ctlout.Cells(f.Mark)[0], ctlout.Cells(f.Expect)[0], ctlout.Cells(f.Why)[0])
		}
		p.Table(t)
	}
}
