package explore

import (
	"slices"

	"patchbay/sim/chance"
	"patchbay/sim/fault"
	"patchbay/sim/world"
)

// Orders tells each story in every order in which its processes can take turns
// with so few preemptions. Without any, every task still goes on until it waits.
func Orders(stories []world.Story, preemptions int, o Options) (*Report, error) {
	jobs := make([]job, 0, len(stories))
	for _, s := range stories {
		jobs = append(jobs, func(l *Lab) (*Report, error) { return l.orders(s, preemptions) })
	}
	return each("orders", o, jobs)
}

func (l *Lab) orders(s world.Story, preemptions int) (*Report, error) {
	p, err := l.Plain(s)
	if err != nil {
		return nil, err
	}
	r := &Report{Coverage: fault.NewCoverage()}
	for every := new(chance.Every); every.Next(); {
		source := chance.Split{
			Of: chance.Next, By: &chance.Few{Source: every, Left: preemptions},
			Other: chance.Ordinary{},
		}
		run, err := l.Tell(Settings{Story: s, Source: source, Any: true})
		if err != nil {
			return nil, err
		}
		run.compare(&p.Run)
		r.Runs, r.Ops = r.Runs+1, r.Ops+run.Ops
		r.note(Finding{Story: s.Name, Mode: "orders", Choices: every.List()}, run)
		if len(r.Findings) > 0 {
			break
		}
	}
	return r, nil
}

// Chances tells each story once for every list of choices that are not about
// turns: what a power cut leaves, whether a kubelet repeats itself, and when the
// kernel cleans up. most bounds how many of them are out of the ordinary.
func Chances(stories []world.Story, most int, o Options) (*Report, error) {
	jobs := make([]job, 0, len(stories))
	for _, s := range stories {
		jobs = append(jobs, func(l *Lab) (*Report, error) {
			p, err := l.Plain(s)
			if err != nil {
				return nil, err
			}
			r := &Report{Coverage: fault.NewCoverage()}
			for every := new(chance.Every); every.Next() && len(r.Findings) == 0; {
				source := &chance.Few{Source: every, Left: most}
				run, err := l.Tell(Settings{Story: s, Source: source})
				if err != nil {
					return nil, err
				}
				run.compare(&p.Run)
				r.Runs, r.Ops = r.Runs+1, r.Ops+run.Ops
				r.note(Finding{
					Story: s.Name, Mode: "chances", Choices: slices.Clone(every.List()),
				}, run)
			}
			return r, nil
		})
	}
	return each("chances", o, jobs)
}
