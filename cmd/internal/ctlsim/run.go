package ctlsim

import (
	"context"
	"time"

	"patchbay/sim/explore"
	"patchbay/sim/fault"
)

// Row is what came of a mode.
type Row struct {
	Mode     string  `json:"mode"`
	Stories  int     `json:"stories"`
	Runs     int     `json:"runs"`
	Ops      int     `json:"operations"`
	Faults   int     `json:"faults"`
	Findings int     `json:"findings"`
	Seconds  float64 `json:"seconds"`
}

// PerSecond is how many runs there were in a second.
func (r Row) PerSecond() float64 {
	if r.Seconds <= 0 {
		return 0
	}
	return float64(r.Runs) / r.Seconds
}

// Outcome is what came of a plan.
type Outcome struct {
	Rows     []Row     `json:"modes"`
	Findings []Finding `json:"findings"`
	// Coverage is of all modes.
	Coverage *fault.Coverage `json:"-"`
}

// Explore carries out a plan, mode by mode, until something is found, and tells
// begin of each mode. What is found is shrunk. It ends early when the context
// does; what is under way then ends with the process.
func Explore(ctx context.Context, p Plan, begin func(mode string)) (Outcome, error) {
	out := Outcome{Rows: []Row{}, Findings: []Finding{}, Coverage: fault.NewCoverage()}
	for _, m := range p.Modes {
		begin(m.Name)
		start := time.Now()
		report, err := within(ctx, func() (*explore.Report, error) { return m.run(p.Stories, p) })
		if err != nil {
			return out, err
		}
		out.Coverage.Merge(report.Coverage)
		out.Rows = append(out.Rows, Row{
			Mode: m.Name, Stories: len(p.Stories), Runs: report.Runs, Ops: report.Ops,
			Faults: struck(report.Coverage), Findings: len(report.Findings),
			Seconds: time.Since(start).Seconds(),
		})
		if !report.Failed() {
			continue
		}
		begin("shrinking")
		for i := range report.Findings {
			f, err := within(ctx, func() (Finding, error) {
				return Analyse(&report.Findings[i], p.Stories), nil
			})
			if err != nil {
				return out, err
			}
			out.Findings = append(out.Findings, f)
		}
		break
	}
	return out, nil
}

// within waits for something that knows no context.
func within[T any](ctx context.Context, do func() (T, error)) (T, error) {
	type ended struct {
		value T
		err   error
	}
	done := make(chan ended, 1)
	go func() {
		value, err := do()
		done <- ended{value, err}
	}()
	select {
	case e := <-done:
		return e.value, e.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// struck is how many faults there were.
func struck(c *fault.Coverage) int {
	n := 0
	rows := fault.Catalogue()
	for i := range rows {
		exercised, _ := c.Of(&rows[i])
		n += exercised
	}
	return n
}
