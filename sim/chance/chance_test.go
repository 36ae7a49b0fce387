package chance_test

import (
	"fmt"
	"slices"
	"testing"

	"patchbay/sim/chance"
)

func TestSeedsAreForEver(t *testing.T) {
	s := chance.Seed(42)
	var got []int
	for range 6 {
		got = append(got, s.Choose(chance.Next, 1000))
	}
	if want := []int{413, 291, 858, 764, 250, 62}; !slices.Equal(got, want) {
		t.Errorf("seed 42 gives %v, and has given %v: all seeds in the docs mean something else", got, want)
	}
}

func TestEvery(t *testing.T) {
	var got []string
	for e := new(chance.Every); e.Next(); {
		a := e.Choose(chance.Next, 2)
		text := fmt.Sprint(a)
		if a == 1 {
			text += fmt.Sprint(e.Choose(chance.Disk, 3), e.Choose(chance.Load, 1))
		}
		if len(e.List()) != 1+a {
			t.Errorf("list %v", e.List())
		}
		got = append(got, text)
	}
	if want := []string{"0", "10 0", "11 0", "12 0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTapeReplays(t *testing.T) {
	tape := &chance.Tape{Source: chance.Seed(7)}
	var first []int
	for n := range 50 {
		first = append(first, tape.Choose(chance.Kind(n%3), n+1))
	}
	script := &chance.Script{List: chance.Trim(tape.List)}
	for n, want := range first {
		if n == 0 {
			continue // a choice of one is not written down
		}
		if got := script.Choose(chance.Next, n+1); got != want {
			t.Fatalf("choice %d is %d, was %d", n, got, want)
		}
	}
	if got := script.Choose(chance.Next, 9); got != 0 {
		t.Errorf("after the end: %d", got)
	}
}

func TestScriptThatWasCutStaysInBounds(t *testing.T) {
	s := &chance.Script{List: []int{9, -4}}
	if a, b := s.Choose(chance.Next, 3), s.Choose(chance.Next, 3); a != 2 || b != 0 {
		t.Errorf("%d %d", a, b)
	}
}

func TestTrim(t *testing.T) {
	if got := chance.Trim([]int{0, 3, 0, 0}); !slices.Equal(got, []int{0, 3}) {
		t.Error(got)
	}
}

func TestSplit(t *testing.T) {
	s := chance.Split{
		Of: chance.Fault, By: chance.Ordinary{}, Other: &chance.Script{List: []int{1, 1}},
	}
	if s.Choose(chance.Fault, 2) != 0 || s.Choose(chance.Next, 2) != 1 {
		t.Error("split asks the wrong source")
	}
}
