package explore

import (
	"slices"

	"patchbay/core/fail"
	"patchbay/sim/world"
)

// Shrinking takes no more than so many runs, and operations in all of them. What
// is found in practice takes some hundreds of runs with as many operations each;
// where a kubelet tries again and again it is thousands.
const (
	mostTries = 6_000
	mostOps   = 5_000_000
)

// Shrunk is a repro from which nothing more can be taken.
type Shrunk struct {
	Repro Repro
	Run   Run
	// Tries is how many runs it took.
	Tries int
	// Minimal says that without any single part it does not fail any more in the
	// same way. Else the tries were used up before that was known.
	Minimal bool
	// Neighbours are the runs with one part less, in the order of the parts.
	Neighbours []Neighbour
}

// Neighbour is a run that lacks one part of a repro.
type Neighbour struct {
	// Without names the part: "fault 2: link.add …".
	Without string
	// Names are the invariants that do not hold; none: it passes.
	Names []string
	// Why says why there is no such run, if there is none.
	Why string
}

// Passes reports whether nothing is wrong without the part.
func (n Neighbour) Passes() bool { return len(n.Names) == 0 && n.Why == "" }

// Shrink takes away from a repro whatever is not needed for it to fail: faults,
// steps, pods, networks, members of configurations, choices; and makes faults
// weaker. fails says whether a run still fails in the same way; nil is
// [Repro.Same]. What is left was told three times and is the same each time.
// Invalid: the repro does not fail to begin with.
func (l *Lab) Shrink(r Repro, fails func(*Run) bool) (Shrunk, error) {
	if fails == nil {
		fails = r.Same
	}
	s := shrinker{
		lab: l, fails: fails, plain: map[string]*Run{}, tried: map[string]bool{}, left: mostTries,
	}
	run, err := s.tell(&r)
	if err != nil {
		return Shrunk{}, err
	}
	if !fails(&run) {
		return Shrunk{}, fail.New(fail.Invalid,
			"the run of story %s does not fail as it is said to: %v", r.Story.Name, run.Names())
	}
	s.best = r
	s.broken = s.plainOf(&r.Story).Failed()
	for s.round() {
	}
	return s.finish()
}

// shrinker is the search for less.
type shrinker struct {
	lab   *Lab
	fails func(*Run) bool
	best  Repro
	plain map[string]*Run // by story; nil: the story asks for what can not be
	tried map[string]bool // repros that do not fail
	left  int
	ops   int
	// broken says that the story fails without faults too. Where it does not, a
	// smaller one that does is another failure: it lacks what it can not do without.
	broken bool
	// undone says that the tries were used up.
	undone bool
}

// round goes through all that may be taken away once, and reports whether
// anything was.
func (s *shrinker) round() bool {
	less := false
	for _, pass := range passes() {
		for i := 0; ; {
			cuts := pass.cuts(s, &s.best)
			if i >= len(cuts) {
				break
			}
			if s.works(&cuts[i].rest) { // and what comes next is at the same place
				s.best, less = cuts[i].rest, true
				continue
			}
			i++
		}
	}
	return less && !s.undone
}

// works reports whether a smaller repro fails in the same way.
func (s *shrinker) works(r *Repro) bool {
	key := r.Text("")
	if s.tried[key] {
		return false
	}
	if s.left == 0 || s.ops > mostOps {
		s.undone = true
		return false
	}
	s.left--
	run, err := s.tell(r)
	ok := err == nil && s.fails(&run) && (s.broken || !s.plainOf(&r.Story).Failed())
	if !ok {
		s.tried[key] = true
	}
	return ok
}

// tell tells a repro, and first its story without faults if that was not told
// before.
func (s *shrinker) tell(r *Repro) (Run, error) {
	plain := s.plainOf(&r.Story)
	if plain == nil {
		return Run{}, fail.New(fail.Invalid, "the story asks for what can not be")
	}
	run, err := s.lab.again(r, plain, nil)
	s.ops += run.Ops
	return run, err
}

// plainOf is a story without faults; nil: it asks for what can not be.
func (s *shrinker) plainOf(story *world.Story) *Run {
	t := new(text)
	t.story(story)
	key := t.b.String()
	plain, known := s.plain[key]
	if !known {
		if p, err := s.lab.Plain(*story); err == nil {
			plain = &p.Run
		}
		s.plain[key] = plain
	}
	return plain
}

// finish tells what is left three times, and what is next to it.
func (s *shrinker) finish() (Shrunk, error) {
	const times = 3
	out := Shrunk{Minimal: !s.undone}
	for i := range times {
		run, err := s.tell(&s.best)
		if err != nil {
			return out, err
		}
		if !s.fails(&run) || i > 0 && run.Hash != out.Run.Hash {
			return out, fail.New(fail.Internal,
				"story %s is not the same when it is told again: something in it is not chosen",
				s.best.Story.Name)
		}
		out.Run = run
	}
	s.best.Names, s.best.Hash = out.Run.Names(), out.Run.Hash
	out.Repro, out.Tries = s.best, mostTries-s.left
	out.Neighbours = s.neighbours(&s.best)
	return out, nil
}

// Neighbours tells the runs that lack one part of a repro each.
func (l *Lab) Neighbours(r Repro) []Neighbour {
	s := shrinker{lab: l, fails: r.Same, plain: map[string]*Run{}}
	return s.neighbours(&r)
}

func (s *shrinker) neighbours(r *Repro) []Neighbour {
	var out []Neighbour
	for _, pass := range passes() {
		if !pass.part {
			continue
		}
		for _, c := range pass.cuts(s, r) {
			n := Neighbour{Without: c.part}
			run, err := s.tell(&c.rest)
			if err != nil {
				n.Why = err.Error()
			}
			n.Names = run.Names()
			out = append(out, n)
		}
	}
	return out
}

// cut is a repro less something.
type cut struct {
	part string
	rest Repro
}

// pass is a kind of thing that may be taken away.
type pass struct {
	// part says that each cut takes one part, that a person would name.
	part bool
	cuts func(s *shrinker, r *Repro) []cut
}

// passes are all kinds, those first that take away most.
func passes() []pass {
	return []pass{
		{false, halves},
		{true, withoutFault},
		{false, plainTurns},
		{true, withoutStep},
		{true, withoutPod},
		{true, withoutNetwork},
		{true, withoutAttachment},
		{true, withoutMember},
		{false, fewerNodes},
		{false, weaker},
		{true, withoutChoice},
		{false, smallerChoice},
		{false, withoutJSON},
	}
}

// without is a list less one element.
func without[T any](list []T, i int) []T {
	return slices.Delete(slices.Clone(list), i, i+1)
}
