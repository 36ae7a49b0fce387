package ladder_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"patchbay/core/ladder"
)

// toy is a world of switches: an effect "+x" puts x up, "-x" takes it down.
// Undoing what is not up is allowed, putting up twice is not: the machine must
// never do that.
type toy struct {
	up    map[string]bool
	trace []string
	n     int
	// faultAt and second are the how-manieth effects that fail, counting from
	// 1; second counts from the first on. dirty: the effect happened anyway.
	faultAt, second int
	dirty           bool
	crashAt         int
	crashAfter      bool
	dead            bool
}

var errInjected = errors.New("injected")

func (w *toy) do(e ladder.Effect) error {
	w.n++
	if w.n == w.crashAt && !w.crashAfter {
		w.dead = true
		return errInjected
	}
	fault := w.n == w.faultAt || w.second > 0 && w.n == w.faultAt+w.second
	if !fault || w.dirty {
		name := e.String()
		w.trace = append(w.trace, name)
		w.up[name[1:]] = name[0] == '+'
	}
	if w.n == w.crashAt {
		w.dead = true
		return errInjected
	}
	if fault {
		return errInjected
	}
	return nil
}

func (w *toy) left() []string {
	var out []string
	for name, up := range w.up {
		if up {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

type step string

func (s step) String() string { return string(s) }

func task(name string) ladder.Task {
	return ladder.Task{Up: step("+" + name), Down: step("-" + name)}
}

// plan is as a pod's: a record, three networks of two rungs, one optional and
// two side by side, and a last word that has no undo.
func plan() ladder.Plan {
	return ladder.Plan{
		{Ground: true, Ladders: []ladder.Ladder{{Tasks: []ladder.Task{task("record")}}}},
		{Ladders: []ladder.Ladder{{Tasks: []ladder.Task{
			{Down: step("-a0")}, task("a1"), {Up: step("+a2"), Down: step("-a2")},
		}}}},
		{Ladders: []ladder.Ladder{
			{Tasks: []ladder.Task{task("b1"), task("b2")}, Optional: true},
			{Tasks: []ladder.Task{task("c1"), {}, task("c2")}},
		}},
		{Ladders: []ladder.Ladder{{Tasks: []ladder.Task{{Up: step("+word"), Down: step("-word")}}}}},
	}
}

// choices enumerates every sequence of choices a test makes.
type choices struct {
	values, bounds []int
	at             int
	begun          bool
}

func (c *choices) next() bool {
	c.at = 0
	if !c.begun {
		c.begun = true
		return true
	}
	for i := len(c.values) - 1; i >= 0; i-- {
		if c.values[i] < c.bounds[i] {
			c.values[i]++
			c.values, c.bounds = c.values[:i+1], c.bounds[:i+1]
			return true
		}
	}
	return false
}

func (c *choices) upTo(bound int) int {
	if c.at == len(c.values) {
		c.values, c.bounds = append(c.values, 0), append(c.bounds, bound)
	}
	c.at++
	return c.values[c.at-1]
}

// run walks m in the world; the order in which open effects end is a choice.
func run(m *ladder.Machine, w *toy, choose func(int) int) {
	var open []ladder.Issued
	for {
		open = append(open, m.Next()...)
		if len(open) == 0 {
			return
		}
		i := choose(len(open) - 1)
		is := open[i]
		open = slices.Delete(slices.Clone(open), i, i+1)
		err := w.do(is.Effect)
		if w.dead {
			return
		}
		m.Step(is, err)
	}
}

func first(int) int { return 0 }

func newToy() *toy { return &toy{up: map[string]bool{}} }

func TestUpThenDownLeavesNothing(t *testing.T) {
	for c := new(choices); c.next(); {
		w := newToy()
		m := ladder.Up(plan())
		run(m, w, c.upTo)
		if err := m.Err(); err != nil {
			t.Fatal(err)
		}
		want := []string{"a1", "a2", "b1", "b2", "c1", "c2", "record", "word"}
		if got := w.left(); !slices.Equal(got, want) {
			t.Fatalf("up: have %v, want %v", got, want)
		}
		m = ladder.Down(plan())
		run(m, w, c.upTo)
		if got := w.left(); len(got) > 0 || m.Err() != nil {
			t.Fatalf("down: left %v, error %v", got, m.Err())
		}
		if last := w.trace[len(w.trace)-1]; last != "-record" {
			t.Fatalf("the last undo is %s, want that of the record", last)
		}
	}
}

// Every single fault, clean and dirty, in every order of completion: either
// everything is up, or only an optional ladder is missing, or nothing is left.
func TestEverySingleFault(t *testing.T) {
	runs := 0
	for c := new(choices); c.next(); {
		runs++
		w := newToy()
		w.dirty = c.upTo(1) == 1
		w.faultAt = 1 + c.upTo(7)
		m := ladder.Up(plan())
		run(m, w, c.upTo)
		left := strings.Join(w.left(), " ")
		switch {
		case m.Err() == nil && left == "a1 a2 c1 c2 record word":
		case m.Err() != nil && left == "":
		default:
			t.Fatalf("fault at %d, dirty %v: left %q, error %v\n%v",
				w.faultAt, w.dirty, left, m.Err(), w.trace)
		}
	}
	t.Logf("%d runs", runs)
}

// A second fault while the first is undone: the record survives it, and a later
// Down cleans up.
func TestDoubleFaultKeepsTheGround(t *testing.T) {
	runs := 0
	for c := new(choices); c.next(); {
		runs++
		w := newToy()
		w.dirty = c.upTo(1) == 1
		w.faultAt, w.second = 1+c.upTo(7), 1+c.upTo(9)
		m := ladder.Up(plan())
		run(m, w, c.upTo)
		if left := w.left(); len(left) > 0 && !slices.Contains(left, "record") {
			t.Fatalf("fault at %d and %d: the record is gone and %v is left\n%v",
				w.faultAt, w.faultAt+w.second, left, w.trace)
		}
		if !m.Clean() && m.Err() == nil && m.TurnedRound() {
			t.Fatal("an undo failed and nobody is told")
		}
		w.faultAt, w.second = 0, 0
		down := ladder.Down(plan())
		run(down, w, first)
		if left := w.left(); len(left) > 0 || !down.Clean() {
			t.Fatalf("left after DEL: %v", left)
		}
	}
	t.Logf("%d runs", runs)
}

// A crash before or after every effect, then a DEL that crashes anywhere, then
// a DEL that must leave nothing.
func TestEveryCrash(t *testing.T) {
	runs := 0
	for c := new(choices); c.next(); {
		runs++
		w := newToy()
		w.crashAfter = c.upTo(1) == 1
		w.crashAt = 1 + c.upTo(8)
		run(ladder.Up(plan()), w, c.upTo)
		if left := w.left(); len(left) > 0 && !slices.Contains(left, "record") {
			t.Fatalf("after a crash at %d: %v without a record", w.crashAt, left)
		}
		w.dead, w.n, w.crashAt = false, 0, 1+c.upTo(9)
		run(ladder.Down(plan()), w, first)
		w.dead, w.crashAt = false, 0
		run(ladder.Down(plan()), w, first)
		if left := w.left(); len(left) > 0 {
			t.Fatalf("left: %v", left)
		}
	}
	t.Logf("%d runs", runs)
}

// One network that can not be detached is no reason to keep another, but the
// record stays.
func TestStuckLadderHoldsOnlyTheGround(t *testing.T) {
	w := newToy()
	run(ladder.Up(plan()), w, first)
	m := ladder.Down(plan())
	for open := m.Next(); len(open) > 0; open = m.Next() {
		for _, is := range open {
			err := w.do(is.Effect)
			if is.Effect.String() == "-c2" {
				w.up["c2"], err = true, errInjected
			}
			m.Step(is, err)
		}
	}
	if got := strings.Join(w.left(), " "); got != "c1 c2 record" {
		t.Errorf("left %q, want the stuck ladder and the record", got)
	}
	if m.Clean() || !errors.Is(m.Err(), errInjected) {
		t.Errorf("clean %v, error %v", m.Clean(), m.Err())
	}
}

func TestCloneHasItsOwnFuture(t *testing.T) {
	w := newToy()
	m := ladder.Up(plan())
	open := m.Next()
	fork := m.Clone()
	m.Step(open[0], w.do(open[0].Effect))
	fork.Step(open[0], errInjected)
	if m.TurnedRound() || !fork.TurnedRound() {
		t.Errorf("turned round: original %v, fork %v", m.TurnedRound(), fork.TurnedRound())
	}
}

func Example() {
	p := ladder.Plan{
		{Ground: true, Ladders: []ladder.Ladder{{Tasks: []ladder.Task{task("record")}}}},
		{Ladders: []ladder.Ladder{{Tasks: []ladder.Task{task("net1")}}}},
	}
	m := ladder.Up(p)
	for open := m.Next(); len(open) > 0; open = m.Next() {
		for _, is := range open {
			fmt.Println(is.Effect)
			m.Step(is, nil)
		}
	}
	// Output:
	// +record
	// +net1
}

func BenchmarkUp(b *testing.B) {
	p := plan()
	for b.Loop() {
		run(ladder.Up(p), newToy(), first)
	}
}
