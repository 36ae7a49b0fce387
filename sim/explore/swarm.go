package explore

import (
	"patchbay/sim/chance"
	"patchbay/sim/fault"
	"patchbay/sim/sched"
	"patchbay/sim/world"
)

// batch is how many seeds one job has.
const batch = 64

// Swarm tells stories by chance: which one, what goes wrong in it, how often, and
// in what order processes take turns. Every seed leaves out other kinds of
// faults, for some things only happen where others do not (Groce and others:
// "Swarm testing", ISSTA 2012).
func Swarm(stories []world.Story, from, seeds uint64, o Options) (*Report, error) {
	lab := NewLab()
	defer lab.Close()
	plain := make([]Plain, len(stories))
	for i, s := range stories {
		var err error
		if plain[i], err = lab.Plain(s); err != nil {
			return nil, err
		}
	}
	var jobs []job
	for first := from; first < from+seeds; first += batch {
		jobs = append(jobs, func(l *Lab) (*Report, error) {
			r := &Report{Coverage: fault.NewCoverage()}
			for seed := first; seed < min(first+batch, from+seeds); seed++ {
				if err := l.swarm(plain, seed, r); err != nil {
					return nil, err
				}
			}
			return r, nil
		})
	}
	return each("swarm", o, jobs)
}

// swarm is the run of one seed.
func (l *Lab) swarm(plain []Plain, seed uint64, r *Report) error {
	d := Draw(seed, len(plain))
	p := &plain[d.Story]
	run, err := l.Tell(d.Settings(p.Story))
	if err != nil {
		return err
	}
	run.compare(&p.Run)
	r.Runs, r.Ops = r.Runs+1, r.Ops+run.Ops
	for _, row := range d.judge.struck {
		r.Coverage.Add(row)
		r.Coverage.Assert(row)
	}
	r.note(Finding{
		Story: p.Story.Name, Mode: "swarm", Seed: seed, Choices: chance.Trim(d.tape.List),
	}, run)
	return nil
}

// Drawn is what a seed stands for. The same seed with the same number of stories
// is the same for ever.
type Drawn struct {
	Seed        uint64
	Story       int
	PerMillion  int // operations that go wrong
	Faults      int // at most
	Without     []fault.How
	Preemptions int // -1: any process may go on at any time

	tape  *chance.Tape
	judge *counting
}

// Draw draws the options of a run.
func Draw(seed uint64, stories int) *Drawn {
	source := chance.Seed(seed)
	d := &Drawn{
		Seed:       seed,
		Story:      source.Choose(chance.Load, stories),
		PerMillion: [...]int{0, 2_000, 5_000, 20_000, 50_000}[source.Choose(chance.Load, 5)],
		Faults:     1 + source.Choose(chance.Load, 8),
		tape:       &chance.Tape{Source: source},
	}
	for how := fault.FailBefore; how <= fault.CutAfter; how++ {
		if source.Choose(chance.Load, 3) == 0 {
			d.Without = append(d.Without, how)
		}
	}
	d.Preemptions = source.Choose(chance.Load, 6) - 1
	return d
}

// Settings are those of the run.
func (d *Drawn) Settings(story world.Story) Settings {
	without := map[fault.How]bool{}
	for _, how := range d.Without {
		without[how] = true
	}
	d.judge = &counting{Random: fault.NewRandom(d.tape, fault.Options{
		PerMillion: d.PerMillion, Most: d.Faults,
		Want: func(r *fault.Row) bool { return !without[r.How] },
	})}
	s := Settings{Story: story, Source: d.tape, Judge: d.judge, Any: d.Preemptions < 0}
	if d.Preemptions >= 0 {
		s.Order = sched.NewByRank(d.tape, d.Preemptions, expectedTurns)
	}
	return s
}

// expectedTurns is about how long a story is, in turns.
const expectedTurns = 400

// counting remembers which rows struck.
type counting struct {
	*fault.Random
	struck []*fault.Row
}

// Judge asks, and remembers what is not ok.
func (c *counting) Judge(by fault.Actor, op fault.Op) fault.Outcome {
	out := c.Random.Judge(by, op)
	if out.How != fault.OK {
		if row := fault.Match(op.Kind, out); row != nil {
			c.struck = append(c.struck, row)
		}
	}
	return out
}

// Hashes tells every seed and returns what stands for its run.
func Hashes(stories []world.Story, from, seeds uint64, o Options) ([]uint64, error) {
	out := make([]uint64, seeds)
	var jobs []job
	for first := uint64(0); first < seeds; first += batch {
		jobs = append(jobs, func(l *Lab) (*Report, error) {
			for i := first; i < min(first+batch, seeds); i++ {
				d := Draw(from+i, len(stories))
				run, err := l.Tell(d.Settings(stories[d.Story]))
				if err != nil {
					return nil, err
				}
				out[i] = run.Hash
			}
			return &Report{Coverage: fault.NewCoverage()}, nil
		})
	}
	_, err := each("hashes", o, jobs)
	return out, err
}
