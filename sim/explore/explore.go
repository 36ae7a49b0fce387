package explore

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"patchbay/sim/chance"
	"patchbay/sim/fault"
	"patchbay/sim/world"
)

// Options say how much is explored and how.
type Options struct {
	Workers int // 0 is 1
	// Most is after how many findings to stop; 0 is 1.
	Most int
	// Progress, when set, is told now and then how many runs are done, and of
	// how many. It is called from several goroutines.
	Progress func(done, all int)
}

// Finding is a run in which something did not hold.
type Finding struct {
	Story  string
	Mode   string
	Points []Point // of the modes that enumerate
	Seed   uint64  // of those that draw
	// Choices are those of the run, where it made any.
	Choices []int
	Names   []string
	Run     Run
}

// Report is what came of many runs.
type Report struct {
	Mode     string
	Runs     int
	Ops      int
	Findings []Finding
	Coverage *fault.Coverage
}

// Failed reports whether anything was found.
func (r *Report) Failed() bool { return len(r.Findings) > 0 }

// merge adds what another part of the same mode has seen.
func (r *Report) merge(o *Report) {
	r.Runs, r.Ops = r.Runs+o.Runs, r.Ops+o.Ops
	r.Findings = append(r.Findings, o.Findings...)
	r.Coverage.Merge(o.Coverage)
}

// job is a part of the work that one goroutine does alone.
type job func(l *Lab) (*Report, error)

// each does jobs on as many goroutines as there are workers, and reports in the
// order of the jobs. Every worker has a lab of its own.
func each(mode string, o Options, jobs []job) (*Report, error) {
	reports := make([]*Report, len(jobs))
	errs := make([]error, len(jobs))
	var next, found atomic.Int64
	var wg sync.WaitGroup
	for range max(o.Workers, 1) {
		wg.Go(func() {
			l := NewLab()
			defer l.Close()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(jobs) || int(found.Load()) >= max(o.Most, 1) {
					return
				}
				reports[i], errs[i] = jobs[i](l)
				if errs[i] != nil {
					found.Add(int64(max(o.Most, 1)))
					return
				}
				found.Add(int64(len(reports[i].Findings)))
				if o.Progress != nil {
					o.Progress(i+1, len(jobs))
				}
			}
		})
	}
	wg.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return together(mode, reports, max(o.Most, 1)), nil
}

// together is the report of all parts, with the first findings.
func together(mode string, parts []*Report, most int) *Report {
	out := &Report{Mode: mode, Coverage: fault.NewCoverage()}
	for _, r := range parts {
		if r != nil {
			out.merge(r)
		}
	}
	out.Findings = out.Findings[:min(most, len(out.Findings))]
	return out
}

// Plain is a story told once without faults, with what the world was asked.
type Plain struct {
	Story world.Story
	Run   Run
	Ops   []fault.Op
	By    []fault.Actor
	// From and To bound the operations that are to be struck: before, it is the
	// story of another plain run, and behind, all is healed.
	From, To int
}

// Plain tells a story without faults.
func (l *Lab) Plain(story world.Story) (Plain, error) {
	list := &listing{judge: fault.Never{}}
	run, err := l.Tell(Settings{Story: story, Judge: list})
	if err == nil && len(run.Complaints) > 0 {
		err = fmt.Errorf("story %s: %w", story.Name, run.Complaints[0])
	}
	return Plain{story, run, list.ops, list.by, 0, list.sick}, err
}

// lives tells a story twice without faults: as it is, with the pods living on when
// all is healed, and with their deletion before that, so that it can be struck.
func (l *Lab) lives(story world.Story) ([]*Plain, error) {
	short, err := l.Plain(story)
	if err != nil {
		return nil, err
	}
	story.Steps = slices.Concat(story.Steps, []world.Step{
		{Do: world.Settle}, {Do: world.CheckAll}, {Do: world.DeleteAll}, {Do: world.Settle},
	})
	for n := range max(story.Nodes, 1) {
		story.Steps = append(story.Steps, world.Step{Do: world.Collect, At: n})
	}
	whole, err := l.Plain(story)
	whole.From = short.To
	return []*Plain{&short, &whole}, err
}

// FaultFree tells every story once.
func FaultFree(stories []world.Story, o Options) (*Report, error) {
	jobs := make([]job, 0, len(stories))
	for _, s := range stories {
		jobs = append(jobs, func(l *Lab) (*Report, error) {
			p, err := l.Plain(s)
			if err != nil {
				return nil, err
			}
			p.Run.answered(s, nil, false)
			r := &Report{Runs: 1, Ops: p.Run.Ops, Coverage: fault.NewCoverage()}
			r.note(Finding{Story: s.Name, Mode: "fault-free"}, p.Run)
			return r, nil
		})
	}
	return each("fault-free", o, jobs)
}

// note adds a run that failed to the findings.
func (r *Report) note(f Finding, run Run) {
	if run.Failed() {
		f.Names, f.Run = run.Names(), run
		r.Findings = append(r.Findings, f)
	}
}

// allowed are the rows that Patchbay has to survive.
func allowed(kind fault.Kind) []*fault.Row {
	return slices.DeleteFunc(slices.Clone(fault.RowsOf(kind)), func(r *fault.Row) bool {
		return r.Mark == fault.Outside
	})
}

// one tells a story with faults at points and judges it by the plain one.
func (l *Lab) one(p *Plain, source chance.Source, list ...Point) (Run, *points, error) {
	judge := newPoints(list...)
	run, err := l.Tell(Settings{Story: p.Story, Judge: judge, Source: source})
	if err != nil {
		return run, judge, err
	}
	run.answered(p.Story, judge.struck, true)
	if len(list) == 1 { // after a first fault the second may meet another world
		run.expect(judge.struck, &p.Run)
	}
	run.compare(&p.Run)
	return run, judge, nil
}
