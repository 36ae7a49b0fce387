package ctlsim

import (
	"context"
	"io"

	"patchbay/cmd/internal/ctlout"
	"patchbay/sim/explore"
	"patchbay/sim/fault"
)

// Covered is which faults happened.
type Covered struct {
	Runs     int             `json:"runs"`
	Ops      int             `json:"operations"`
	Findings []string        `json:"findings"`
	Coverage *fault.Coverage `json:"coverage"`
}

// Complete reports whether all happened that must, and everything held.
func (c *Covered) Complete() bool {
	return len(c.Findings) == 0 && len(c.Coverage.Missing()) == 0
}

// covered is how often each row is to strike, as far as there are stories for it.
const covered = 1

// Cover lets all happen that the catalogue allows.
func Cover(ctx context.Context, workers int, progress func(done, all int)) (Covered, error) {
	out := Covered{Findings: []string{}}
	report, err := within(ctx, func() (*explore.Report, error) {
		return explore.Cover(explore.All(), covered, explore.Options{
			Workers: workers, Most: 1 << 30, Progress: progress,
		})
	})
	if err != nil {
		return out, err
	}
	out.Runs, out.Ops, out.Coverage = report.Runs, report.Ops, report.Coverage
	for _, f := range report.Findings {
		for _, name := range f.Names {
			out.Findings = append(out.Findings, f.Story+": "+f.Points[0].String()+": "+name)
		}
	}
	return out, nil
}

// ShowCover shows the table of the catalogue, what is missing in it, and what does
// not hold.
func ShowCover(p *ctlout.Page, c *Covered) {
	var text pageWriter = func(s string) { p.Indented(0, s) }
	_ = c.Coverage.Print(text) // the page keeps the error
	p.Say("")
	p.Say("%d runs, %d operations", c.Runs, c.Ops)
	for _, f := range c.Findings {
		p.Say("%s", p.Paint(ctlout.Bad, "does not hold: "+f))
	}
}

// pageWriter lets who writes to a file write to a page.
type pageWriter func(string)

var _ io.Writer = pageWriter(nil)

// Write passes the text on.
func (w pageWriter) Write(data []byte) (int, error) {
	w(string(data))
	return len(data), nil
}
