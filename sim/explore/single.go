package explore

import (
	"patchbay/sim/fault"
	"patchbay/sim/world"
)

// Single tells each story once for every operation and everything that may
// become of it.
func Single(stories []world.Story, o Options) (*Report, error) {
	var jobs []job
	err := eachOp(stories, func(p *Plain, n int) {
		jobs = append(jobs, func(l *Lab) (*Report, error) {
			return l.single(p, n+1, p.Ops[n].Kind)
		})
	})
	if err != nil {
		return nil, err
	}
	return each("single", o, jobs)
}

// eachOp calls do for every operation of every story that can be struck.
func eachOp(stories []world.Story, do func(p *Plain, n int)) error {
	lab := NewLab()
	defer lab.Close()
	for _, s := range stories {
		plains, err := lab.lives(s)
		if err != nil {
			return err
		}
		for _, p := range plains {
			for n := p.From; n < p.To; n++ {
				do(p, n)
			}
		}
	}
	return nil
}

// single lets one operation of a story go wrong in every way.
func (l *Lab) single(p *Plain, nth int, kind fault.Kind) (*Report, error) {
	r := &Report{Coverage: fault.NewCoverage()}
	for _, row := range allowed(kind) {
		at := Point{nth, row}
		run, judge, err := l.one(p, nil, at)
		if err != nil {
			return nil, err
		}
		r.Runs, r.Ops = r.Runs+1, r.Ops+run.Ops
		r.cover(judge.struck, &run)
		r.note(Finding{Story: p.Story.Name, Mode: "single", Points: []Point{at}}, run)
	}
	return r, nil
}

// cover counts what was exercised: asserted is what was struck in a run that was
// judged to its end.
func (r *Report) cover(struck []strike, run *Run) {
	for _, s := range struck {
		r.Coverage.Add(s.row)
		if len(run.Complaints) == 0 {
			r.Coverage.Assert(s.row)
		}
	}
}

// Double tells each story once for every pair of operations, the second at any
// time after the first, and so in every undo of it too. Of the ways in which an
// operation may end there is one of each manner: that it fails with another
// number makes no other second fault.
func Double(stories []world.Story, o Options) (*Report, error) {
	var jobs []job
	err := eachOp(stories, func(p *Plain, n int) {
		for _, row := range manners(p.Ops[n].Kind) {
			jobs = append(jobs, func(l *Lab) (*Report, error) {
				return l.double(p, Point{n + 1, row})
			})
		}
	})
	if err != nil {
		return nil, err
	}
	return each("double", o, jobs)
}

// double lets a second operation go wrong after a first.
func (l *Lab) double(p *Plain, first Point) (*Report, error) {
	r := &Report{Coverage: fault.NewCoverage()}
	list := &listing{judge: newPoints(first)}
	if _, err := l.Tell(Settings{Story: p.Story, Judge: list}); err != nil {
		return nil, err
	}
	for m := first.Nth; m < list.sick; m++ {
		for _, row := range manners(list.ops[m].Kind) {
			second := Point{m + 1 - first.Nth, row}
			run, judge, err := l.one(p, nil, first, second)
			if err != nil {
				return nil, err
			}
			r.Runs, r.Ops = r.Runs+1, r.Ops+run.Ops
			r.cover(judge.struck, &run)
			r.note(Finding{
				Story: p.Story.Name, Mode: "double", Points: []Point{first, second},
			}, run)
		}
	}
	return r, nil
}

// manners are the rows of a kind with one of each way to end. A crash before an
// operation is one after the operation before it.
func manners(kind fault.Kind) []*fault.Row {
	var out []*fault.Row
	seen := map[fault.How]bool{}
	for _, row := range allowed(kind) {
		switch row.How {
		case fault.CrashBefore, fault.CutBefore, fault.Late:
			continue
		}
		if !seen[row.How] {
			seen[row.How] = true
			out = append(out, row)
		}
	}
	return out
}
