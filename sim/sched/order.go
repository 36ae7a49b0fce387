package sched

import (
	"slices"

	"patchbay/sim/chance"
)

// Order is how the next task is chosen.
type Order interface {
	begun(s *Sched, t *Task)
	pick(s *Sched, ready []*Task) int
}

// InTurn goes on with a task until it waits, and takes the others in the order
// in which they became ready. Nothing is chosen.
type InTurn struct{}

func (InTurn) begun(*Sched, *Task)      {}
func (InTurn) pick(*Sched, []*Task) int { return 0 }

// AnyOrder asks for a choice every time.
type AnyOrder struct{}

func (AnyOrder) begun(*Sched, *Task) {}

func (AnyOrder) pick(s *Sched, ready []*Task) int {
	return s.source.Choose(chance.Next, len(ready))
}

// ByRank gives every task a priority by chance and runs the highest, until at
// one of a few turns, also chosen, the running task becomes the lowest. It finds
// every bug that needs no more than so many preemptions with a probability that
// can be told (Burckhardt and others: "A randomized scheduler with probabilistic
// guarantees of finding bugs", ASPLOS 2010).
type ByRank struct {
	changes []int
	lowest  int
}

// NewByRank returns an order with so many preemptions in a run of about so many
// turns.
func NewByRank(source chance.Source, preemptions, turns int) *ByRank {
	r := new(ByRank)
	for range preemptions {
		r.changes = append(r.changes, source.Choose(chance.Rank, max(turns, 1)))
	}
	slices.Sort(r.changes)
	return r
}

func (r *ByRank) begun(s *Sched, t *Task) { t.rank = 1 + s.source.Choose(chance.Rank, 1<<16) }

func (r *ByRank) pick(s *Sched, ready []*Task) int {
	for len(r.changes) > 0 && s.turns >= r.changes[0] {
		r.changes = r.changes[1:]
		r.lowest--
		ready[highest(ready)].rank = r.lowest
	}
	return highest(ready)
}

func highest(ready []*Task) int {
	best := 0
	for i, t := range ready {
		if t.rank > ready[best].rank {
			best = i
		}
	}
	return best
}
