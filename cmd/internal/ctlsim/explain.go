package ctlsim

import (
	"strings"

	"patchbay/cmd/internal/ctlout"
	"patchbay/sim/explore"
)

// Explanation says where a run goes wrong, and what it needs for that.
type Explanation struct {
	Names       []string             `json:"fails"`
	Likelihoods []explore.Likelihood `json:"likelihoods"`
	// Turning is the operation at which the likelihood rises most.
	Turning explore.Likelihood `json:"turningPoint"`
	What    []Counterfactual   `json:"counterfactuals"`
}

// Counterfactual is a run that lacks one thing.
type Counterfactual struct {
	Without string   `json:"without"`
	Passes  bool     `json:"passes"`
	Names   []string `json:"fails,omitempty"`
	// Why says why there is no such run.
	Why string `json:"why,omitempty"`
}

// Explain tells a repro from many of its operations on, so many times each, and
// without each of its parts.
func Explain(r *explore.Repro, times int) (Explanation, error) {
	lab := explore.NewLab()
	defer lab.Close()
	out := Explanation{Names: r.Names, What: []Counterfactual{}}
	var err error
	if out.Likelihoods, err = lab.Likelihoods(r, times); err != nil {
		return out, err
	}
	most := 0
	for i, l := range out.Likelihoods[1:] {
		if rise := l.Failed - out.Likelihoods[i].Failed; rise > most {
			most, out.Turning = rise, l
		}
	}
	for _, n := range lab.Counterfactuals(r) {
		out.What = append(out.What, Counterfactual{n.Without, n.Passes(), n.Names, n.Why})
	}
	return out, nil
}

// ShowExplanation shows it: the likelihoods as bars, where the same come together.
func ShowExplanation(p *ctlout.Page, e *Explanation) {
	p.Title("How likely it fails with %s when all after an operation is left to chance",
		strings.Join(e.Names, ", "))
	t := ctlout.Table{Head: []string{"FROM", "TO", "FAILS", "OF TEN", "BEGINS WITH"}}
	for _, r := range ranges(e.Likelihoods) {
		percent := r.failed * 100 / max(r.of, 1)
		cell := ctlout.Cell{Text: itoa(percent) + " %"}
		if r.first.Op == e.Turning.Op && e.Turning.Op > 0 {
			cell.Style = ctlout.Bad
		}
		full := percent / 10
		bar := strings.Repeat("█", full) + strings.Repeat("░", 10-full)
		row := append(ctlout.Cells("#"+itoa(r.first.Op), "#"+itoa(r.last)), cell)
		t.Add(append(row, ctlout.Cells(bar, r.first.Text)...)...)
	}
	p.Table(t)
	if e.Turning.Op > 0 {
		p.Say("It turns at operation #%d: %s", e.Turning.Op, e.Turning.Text)
	}
	p.Title("What if")
	for _, c := range e.What {
		switch {
		case c.Why != "":
			p.Say("  without %s: there is no such run: %s", c.Without, c.Why)
		case c.Passes:
			p.Say("  without %s: %s", c.Without, p.Paint(ctlout.Good, "it passes"))
		default:
			p.Say("  without %s: %s", c.Without,
				p.Paint(ctlout.Bad, "it fails: "+strings.Join(c.Names, ", ")))
		}
	}
}

// interval is a stretch of operations from which a run fails about as often.
type interval struct {
	first      explore.Likelihood
	last       int
	failed, of int
}

// ranges puts together what differs by chance only: by less than a sixth of the
// runs.
func ranges(list []explore.Likelihood) []interval {
	var out []interval
	for _, l := range list {
		if n := len(out) - 1; n >= 0 {
			if r := &out[n]; 6*max(l.Failed-r.first.Failed, r.first.Failed-l.Failed) < l.Of {
				r.last, r.failed, r.of = l.Op, r.failed+l.Failed, r.of+l.Of
				continue
			}
		}
		out = append(out, interval{l, l.Op, l.Failed, l.Of})
	}
	return out
}
