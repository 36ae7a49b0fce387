package fault

import (
	"math"
	"math/bits"

	"patchbay/sim/chance"
)

// Options say which faults are drawn, and how many.
type Options struct {
	// PerMillion is how many of a million operations are struck. One of a kind
	// that no row is wanted of is struck without effect.
	PerMillion int
	// Most is how many faults there are in all; 0 is as many as come.
	Most int
	// Want, when set, says which rows there are to be. It is asked when an operation
	// is struck. Those outside are never drawn.
	Want func(*Row) bool
}

// Random lets operations go wrong by chance. It draws once for each fault and
// not for each operation, by how many operations are to go well before it.
type Random struct {
	left   int // operations until one is struck
	pick   int // the half of the draw that says which row it gets
	most   int
	source chance.Source
	want   func(*Row) bool
	powers [32]uint64
}

var _ Healer = (*Random)(nil)

// One draw is a number of two parts: how far the fault is, and which it is. So
// each fault is one choice, and the ordinary choice 0 is that none comes any more.
const (
	gapBits = 32
	rowBits = 8
)

// NewRandom returns a judge that draws from a source.
func NewRandom(source chance.Source, o Options) *Random {
	r := &Random{source: source, most: o.Most, want: o.Want}
	if o.Most == 0 {
		r.most = math.MaxInt
	}
	// The chance of 2^i operations to go well. Integers, for processors differ in
	// how they round.
	r.left = math.MaxInt
	if o.PerMillion <= 0 {
		return r
	}
	const million = 1_000_000
	well, _ := bits.Div64(uint64(million-min(o.PerMillion, million-1)), 0, million)
	for i := range r.powers {
		r.powers[i] = well
		well, _ = bits.Mul64(well, well)
	}
	r.draw()
	return r
}

// Judge says ok until the fault that was drawn is due.
func (r *Random) Judge(_ Actor, op Op) Outcome {
	r.left--
	if r.left > 0 {
		return Outcome{}
	}
	return r.strike(op.Kind)
}

// strike picks one of the rows of a kind that are wanted.
func (r *Random) strike(kind Kind) Outcome {
	rows := RowsOf(kind)
	wanted := 0
	for _, row := range rows {
		if r.wants(row) {
			wanted++
		}
	}
	left := r.pick * wanted >> rowBits
	if wanted > 0 {
		r.most--
	}
	r.draw()
	for _, row := range rows {
		if !r.wants(row) {
			continue
		}
		if left == 0 {
			return row.Outcome()
		}
		left--
	}
	return Outcome{}
}

func (r *Random) wants(row *Row) bool {
	return row.Mark != Outside && (r.want == nil || r.want(row))
}

// draw decides about the next fault.
func (r *Random) draw() {
	r.left = math.MaxInt
	if r.most <= 0 {
		return
	}
	c := r.source.Choose(chance.Fault, 1<<(gapBits+rowBits))
	if c > 0 {
		r.left = 1 + r.gap(uint64(c)<<(64-gapBits-rowBits))
		r.pick = c & (1<<rowBits - 1)
	}
}

// gap is how many operations go well with a chance of more than the given one, as
// a fraction of 2^64.
func (r *Random) gap(least uint64) int {
	well, n := uint64(math.MaxUint64), 0
	for i := len(r.powers) - 1; i >= 0; i-- {
		if next, _ := bits.Mul64(well, r.powers[i]); next > least {
			well, n = next, n+1<<i
		}
	}
	return n
}

// Heal ends all faults.
func (r *Random) Heal() { r.left, r.most = math.MaxInt, 0 }
