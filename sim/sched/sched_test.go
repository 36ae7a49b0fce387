package sched_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/sim/chance"
	"patchbay/sim/sched"
)

// run begins tasks that each say their name three times, letting others go first.
func run(source chance.Source, order sched.Order) string {
	pool := new(sched.Pool)
	defer pool.Close()
	s := sched.New(source, pool, order)
	var said []string
	for _, name := range []string{"a", "b", "c"} {
		s.Go(name, func() {
			for range 3 {
				said = append(said, name)
				s.Yield()
			}
		})
	}
	if left := s.Run(); len(left) > 0 {
		panic("tasks are left")
	}
	return strings.Join(said, "")
}

func TestOrders(t *testing.T) {
	if got := run(chance.Ordinary{}, sched.InTurn{}); got != "aaabbbccc" {
		t.Errorf("in turn: %s", got)
	}
	if got := run(chance.Ordinary{}, sched.AnyOrder{}); got != "aaabbbccc" {
		t.Errorf("any order, nothing chosen: %s", got)
	}
	seen := map[string]bool{}
	for seed := range uint64(300) {
		seen[run(chance.Seed(seed), sched.AnyOrder{})] = true
	}
	if len(seen) < 100 {
		t.Errorf("300 seeds gave only %d orders", len(seen))
	}
	if a, b := run(chance.Seed(5), sched.AnyOrder{}), run(chance.Seed(5), sched.AnyOrder{}); a != b {
		t.Errorf("one seed, two orders: %s %s", a, b)
	}
}

// Every interleaving of three tasks of two steps each: 6!/(2!2!2!) = 90.
func TestEveryOrder(t *testing.T) {
	pool := new(sched.Pool)
	defer pool.Close()
	seen := map[string]int{}
	for e := new(chance.Every); e.Next(); {
		s := sched.New(e, pool, sched.AnyOrder{})
		var said strings.Builder
		for _, name := range []string{"a", "b", "c"} {
			s.Go(name, func() {
				said.WriteString(name)
				s.Yield()
				said.WriteString(name)
			})
		}
		s.Run()
		seen[said.String()]++
	}
	if len(seen) != 90 {
		t.Errorf("%d interleavings, want 90", len(seen))
	}
}

func TestByRankPreemptsRarely(t *testing.T) {
	for seed := range uint64(50) {
		source := chance.Seed(seed)
		got := run(source, sched.NewByRank(source, 1, 9))
		switches := 0
		for i := 1; i < len(got); i++ {
			if got[i] != got[i-1] {
				switches++
			}
		}
		if switches > 2+2 {
			t.Errorf("seed %d: %s has %d switches", seed, got, switches)
		}
	}
}

func TestTime(t *testing.T) {
	pool := new(sched.Pool)
	defer pool.Close()
	s := sched.New(chance.Ordinary{}, pool, sched.InTurn{})
	var said []string
	say := func(what string) { said = append(said, fmt.Sprint(what, " ", s.Now())) }
	waiter := s.Go("waiter", func() {
		woken := s.Park(time.Hour)
		say(fmt.Sprint("waiter ", woken))
		woken = s.Park(time.Minute)
		say(fmt.Sprint("waiter ", woken))
	})
	s.Go("sleeper", func() {
		s.Sleep(2 * time.Second)
		say("sleeper")
		s.Wake(waiter)
		s.Spend(time.Second)
		say("sleeper")
	})
	s.Go("early", func() { s.Sleep(time.Second); say("early") })
	forgotten := s.Go("forgotten", func() { s.Park(0); say("forgotten") })
	left := s.Run()
	want := []string{"early 1s", "sleeper 2s", "sleeper 3s", "waiter true 3s", "waiter false 1m3s"}
	if !slices.Equal(said, want) {
		t.Errorf("got %q\nwant %q", said, want)
	}
	if len(left) != 1 || left[0] != forgotten {
		t.Errorf("left: %v", left)
	}
	s.Close()
	if !forgotten.Ended() {
		t.Error("a task waits after the close")
	}
}

func TestYieldLetsTimersGoOff(t *testing.T) {
	pool := new(sched.Pool)
	defer pool.Close()
	s := sched.New(&chance.Script{List: []int{0, 1}}, pool, sched.AnyOrder{})
	var said []string
	s.Go("sleeper", func() { s.Sleep(time.Second); said = append(said, "sleeper") })
	s.Go("busy", func() {
		s.Spend(2 * time.Second)
		s.Yield()
		said = append(said, "busy")
	})
	s.Run()
	if !slices.Equal(said, []string{"sleeper", "busy"}) {
		t.Error(said)
	}
}

func BenchmarkYield(b *testing.B) {
	pool := new(sched.Pool)
	defer pool.Close()
	s := sched.New(chance.Seed(1), pool, sched.AnyOrder{})
	for range 4 {
		s.Go("task", func() {
			for range b.N / 4 {
				s.Yield()
			}
		})
	}
	b.ReportAllocs()
	s.Run()
}

func BenchmarkTask(b *testing.B) {
	pool := new(sched.Pool)
	defer pool.Close()
	s := sched.New(chance.Seed(1), pool, sched.InTurn{})
	b.ReportAllocs()
	for b.Loop() {
		s.Go("task", func() {})
		s.Run()
	}
}
