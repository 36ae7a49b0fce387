package chance

import "slices"

// Kind says what a choice is about, for those who print or weigh choices.
type Kind uint8

// The kinds of choices.
const (
	Next  Kind = iota // which task goes on
	Rank              // how urgent a task is
	Fault             // what becomes of an operation
	Time              // how long a thing takes
	Load              // what people and the cluster ask for
	Disk              // what a power cut leaves
	kinds
)

// String names the kind.
func (k Kind) String() string {
	return [kinds]string{"next", "rank", "fault", "time", "load", "disk"}[k]
}

// Source chooses.
type Source interface {
	// Choose returns a number from 0 to n-1; n is at least 1.
	Choose(k Kind, n int) int
}

// Seeded is a source that anybody gets again from the same seed, with any
// version of Go: splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
// number generators", 2014).
type Seeded struct{ state uint64 }

// Seed returns the source of a seed.
func Seed(seed uint64) *Seeded { return &Seeded{seed} }

// Choose draws a number. That it is not perfectly even matters to nobody: n is
// small against 2^64.
func (s *Seeded) Choose(_ Kind, n int) int {
	if n <= 1 {
		return 0
	}
	return int(s.Uint64() % uint64(n))
}

// Uint64 is the next number of the stream.
func (s *Seeded) Uint64() uint64 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Script replays a list of choices; when that ends, everything is ordinary.
type Script struct {
	List []int
	at   int
}

// Choose returns the next of the list. A choice that is too large for what is
// asked, as happens when a list was cut, is taken as the last that is possible.
func (s *Script) Choose(_ Kind, n int) int {
	if s.at >= len(s.List) {
		return 0
	}
	s.at++
	return min(max(s.List[s.at-1], 0), n-1)
}

// Tape records what another source chooses, less the choices of one.
type Tape struct {
	Source Source
	List   []int
	Kinds  []Kind
}

// Choose asks the source and writes down its answer.
func (t *Tape) Choose(k Kind, n int) int {
	if n <= 1 {
		return 0
	}
	c := t.Source.Choose(k, n)
	t.List, t.Kinds = append(t.List, c), append(t.Kinds, k)
	return c
}

// Trim returns a list without the zeros at its end: a [Script] has them anyway.
func Trim(list []int) []int {
	n := len(list)
	for n > 0 && list[n-1] == 0 {
		n--
	}
	return slices.Clone(list[:n])
}

// Ordinary always chooses 0.
type Ordinary struct{}

// Choose returns 0.
func (Ordinary) Choose(Kind, int) int { return 0 }

// Every enumerates every list of choices, as an odometer does: run, then ask
// Next until it says no. Runs with the same choices so far must ask the same
// questions.
type Every struct {
	values, bounds []int
	at             int
	begun          bool
}

// Next goes to the next list and reports whether there is one.
func (e *Every) Next() bool {
	e.at = 0
	if !e.begun {
		e.begun = true
		return true
	}
	for i := len(e.values) - 1; i >= 0; i-- {
		if e.values[i] < e.bounds[i]-1 {
			e.values[i]++
			e.values, e.bounds = e.values[:i+1], e.bounds[:i+1]
			return true
		}
	}
	return false
}

// Choose returns the current choice at this place.
func (e *Every) Choose(_ Kind, n int) int {
	if n <= 1 {
		return 0
	}
	if e.at == len(e.values) {
		e.values, e.bounds = append(e.values, 0), append(e.bounds, n)
	}
	e.at++
	return e.values[e.at-1]
}

// List is what was chosen since the last Next.
func (e *Every) List() []int { return slices.Clone(e.values[:e.at]) }

// Few is as another source, but chooses what is not ordinary only so many times.
// With [Every] behind, it enumerates all runs with so few preemptions.
type Few struct {
	Source Source
	Left   int
}

// Choose asks the source as long as something is left.
func (f *Few) Choose(k Kind, n int) int {
	if f.Left == 0 {
		return 0
	}
	c := f.Source.Choose(k, n)
	if c != 0 {
		f.Left--
	}
	return c
}

// Split lets some kinds be chosen by one source and all others by another.
type Split struct {
	Of    Kind
	By    Source
	Other Source
}

// Choose asks the source of the kind.
func (s Split) Choose(k Kind, n int) int {
	if k == s.Of {
		return s.By.Choose(k, n)
	}
	return s.Other.Choose(k, n)
}
