package ctlsim

import (
	"strconv"
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
	p.Title("How likely it fails in the same way (%s), when all after an operation is left to chance",
		strings.Join(e.Names, ", "))
	t := ctlout.Table{Head: []string{"FROM", "TO", "FAILS", "", "AT"}}
	for i := 0; i < len(e.Likelihoods); {
		from, to := e.Likelihoods[i], e.Likelihoods[i]
		for i < len(e.Likelihoods) && e.Likelihoods[i].Failed == from.Failed {
			to = e.Likelihoods[i]
			i++
		}
		percent := from.Failed * 100 / max(from.Of, 1)
		cell := ctlout.Cell{Text: strconv.Itoa(percent) + " %"}
		if from.Op == e.Turning.Op && e.Turning.Op > 0 {
			cell.Style = ctlout.Bad
		}
		t.Add(ctlout.Cell{Text: "#" + strconv.Itoa(from.Op)},
			ctlout.Cell{Text: "#" + strconv.Itoa(to.Op)}, cell,
			ctlout.Cell{Text: strings.Repeat("█", percent/10) + strings.Repeat("░", 10-percent/10)},
			ctlout.Cell{Text: from.Text})
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
