package explore

import (
	"fmt"
	"slices"
	"strconv"

	"patchbay/sim/chance"
	"patchbay/sim/fault"
)

// halves takes away faults and choices by the half, while there are many.
func halves(_ *shrinker, r *Repro) []cut {
	var out []cut
	for size := len(r.Faults) / 2; size > 1; size /= 2 {
		for from := 0; from+size <= len(r.Faults); from += size {
			rest := *r
			rest.Faults = slices.Delete(slices.Clone(r.Faults), from, from+size)
			out = append(out, cut{rest: rest})
		}
	}
	set := unusual(r.Choices)
	for size := len(set); size > 1; size /= 2 {
		for from := 0; from+size <= len(set); from += size {
			rest := *r
			rest.Choices = slices.Clone(r.Choices)
			for _, place := range set[from : from+size] {
				rest.Choices[place] = 0
			}
			rest.Choices = trimmed(rest.Choices)
			out = append(out, cut{rest: rest})
		}
	}
	return out
}

// unusual are the places of the choices that are not ordinary.
func unusual(choices []int) []int {
	var out []int
	for i, c := range choices {
		if c != 0 {
			out = append(out, i)
		}
	}
	return out
}

func withoutFault(_ *shrinker, r *Repro) []cut {
	var out []cut
	for i, f := range r.Faults {
		rest := *r
		rest.Faults = without(r.Faults, i)
		out = append(out, cut{fmt.Sprintf("fault %d: %s", i+1, f), rest})
	}
	return out
}

// plainTurns lets processes take turns in a simpler way.
func plainTurns(s *shrinker, r *Repro) []cut {
	if r.Turns.How == InTurn {
		return nil
	}
	alone := *r
	alone.Turns, alone.Choices = Turns{}, nil
	others := alone
	others.Choices = s.others(r)
	out := []cut{{rest: alone}, {rest: others}}
	if r.Turns.How == ByRank && r.Turns.Preemptions > 0 {
		fewer := *r
		fewer.Turns.Preemptions--
		if len(r.Choices) > 0 {
			fewer.Choices = r.Choices[1:] // the first ones say when they are
		}
		out = append(out, cut{rest: fewer})
	}
	return out
}

// tape is all that is chosen in a run; of one that can not be told it is nothing.
func (s *shrinker) tape(r *Repro) *chance.Tape {
	tape := &chance.Tape{Source: &asked{chance.Script{List: r.Choices}}}
	set := Settings{Story: r.Story, Source: tape, Judge: fault.NewAt(r.Faults...)}
	r.Turns.set(&set)
	if _, err := s.lab.Tell(set); err != nil {
		return new(chance.Tape)
	}
	return tape
}

// others are the choices of a run that are not about turns.
func (s *shrinker) others(r *Repro) []int {
	tape := s.tape(r)
	var out []int
	for i, c := range tape.List {
		if k := tape.Kinds[i]; k != chance.Next && k != chance.Rank {
			out = append(out, c)
		}
	}
	return trimmed(out)
}

// weaker makes one fault less severe. What takes least away comes first.
func weaker(_ *shrinker, r *Repro) []cut {
	var out []cut
	for i, f := range r.Faults {
		rows := slices.DeleteFunc(allowed(f.Kind), func(row *fault.Row) bool {
			return weight(row.How) >= weight(f.Row.How)
		})
		slices.SortStableFunc(rows, func(a, b *fault.Row) int {
			return weight(a.How) - weight(b.How)
		})
		for _, row := range rows {
			rest := *r
			rest.Faults = slices.Clone(r.Faults)
			rest.Faults[i].Row = row
			out = append(out, cut{rest: rest})
		}
	}
	return out
}

// weight says how severe a way to end is: what only delays, what says that it
// failed, what misleads, what kills one process, what kills all.
func weight(how fault.How) int {
	return slices.Index([]fault.How{
		fault.OK, fault.Late, fault.FailBefore, fault.FailAfter, fault.Partial, fault.Duplicate,
		fault.LostReply, fault.Hang, fault.Corrupt, fault.Lie, fault.CrashBefore,
		fault.CrashAfter, fault.CutBefore, fault.CutAfter,
	}, how)
}

func withoutChoice(s *shrinker, r *Repro) []cut {
	var out []cut
	places := unusual(r.Choices)
	if len(places) == 0 {
		return nil
	}
	kinds := s.tape(r).Kinds
	for _, place := range places {
		rest := *r
		rest.Choices = slices.Clone(r.Choices)
		rest.Choices[place] = 0
		rest.Choices = trimmed(rest.Choices)
		part := "choice " + strconv.Itoa(place) + "=" + strconv.Itoa(r.Choices[place])
		if place < len(kinds) {
			part += ", of " + kinds[place].String()
		}
		out = append(out, cut{part, rest})
	}
	return out
}

// smallerChoice takes choices nearer to the ordinary one.
func smallerChoice(_ *shrinker, r *Repro) []cut {
	var out []cut
	for _, place := range unusual(r.Choices) {
		for _, less := range []int{1, r.Choices[place] / 2, r.Choices[place] - 1} {
			if less <= 0 || less >= r.Choices[place] {
				continue
			}
			rest := *r
			rest.Choices = slices.Clone(r.Choices)
			rest.Choices[place] = less
			out = append(out, cut{rest: rest})
		}
	}
	return out
}
