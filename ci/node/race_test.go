package node_test

import (
	"fmt"
	"sync"
	"testing"
)

// race is two calls for one sandbox at the same time. Specification and
// runtimes exclude it, until one of them gives up waiting and begins anew.
type race struct {
	name   string
	first  string
	second string
	// want looks at what came of it, before the last DEL.
	want func(testing.TB, raced)
}

// raced is a sandbox after a race.
type raced struct {
	m             *machine
	pod           pod
	before        snapshot
	first, second error
}

func TestRaces(t *testing.T) {
	program(t)
	for _, r := range []race{
		{"the same ADD twice", "ADD", "ADD", wantOneWinner},
		{"DEL beside ADD", "ADD", "DEL", wantWholeOrClean},
		{"GC without the sandbox beside ADD", "ADD", "GC", wantWholeOrClean},
		{"the same DEL twice", "DEL", "DEL", wantBothClean},
		{"GC without the sandbox beside DEL", "DEL", "GC", wantBothClean},
	} {
		for round := range 6 {
			t.Run(fmt.Sprintf("%s/%d", r.name, round), func(t *testing.T) {
				t.Parallel()
				r.run(t, round%2)
			})
		}
	}
}

// run runs a race. Which call has a head start changes which one wins.
func (r race) run(t *testing.T, head int) {
	t.Helper()
	m := newMachine(t)
	end := raced{m: m, pod: m.pod(t, "contested"), before: m.look(t)}
	if r.first == "DEL" {
		m.add(t, end.pod)
	}
	calls := []struct {
		verb string
		err  *error
	}{{r.first, &end.first}, {r.second, &end.second}}
	var group sync.WaitGroup
	for _, i := range []int{head, 1 - head} {
		c := calls[i]
		ready := make(chan struct{})
		group.Go(func() {
			close(ready)
			*c.err = m.do(t, call{verb: c.verb, pod: end.pod, config: gcConfig(c.verb)})
		})
		<-ready
	}
	group.Wait()
	r.want(t, end)
	m.del(t, end.pod)
	m.wantClean(t, end.before, end.pod)
}

func gcConfig(verb string) object {
	if verb == "GC" {
		return validOnly()
	}
	return nil
}

// wantOneWinner: the second finds the interfaces of the first, and must not
// touch them.
func wantOneWinner(t testing.TB, end raced) {
	t.Helper()
	if (end.first == nil) == (end.second == nil) {
		t.Fatalf("want one ADD to win; got %v and %v", end.first, end.second)
	}
	end.m.must(t, call{verb: "CHECK", pod: end.pod})
}

// wantWholeOrClean: whichever came last has the say.
func wantWholeOrClean(t testing.TB, end raced) {
	t.Helper()
	if end.first != nil || end.second != nil {
		t.Fatalf("got %v and %v", end.first, end.second)
	}
	if len(links(t, end.pod.netns)) > 1 {
		end.m.must(t, call{verb: "CHECK", pod: end.pod})
		return
	}
	end.m.wantClean(t, end.before, end.pod)
}

func wantBothClean(t testing.TB, end raced) {
	t.Helper()
	if end.first != nil || end.second != nil {
		t.Fatalf("got %v and %v", end.first, end.second)
	}
	end.m.wantClean(t, end.before, end.pod)
}
