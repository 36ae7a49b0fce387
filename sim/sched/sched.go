package sched

import (
	"slices"
	"time"

	"patchbay/sim/chance"
)

// Epoch is when every world begins, in wall time.
func Epoch() time.Time { return time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC) }

// Sched is the clock of a world and the queue of its tasks.
type Sched struct {
	now     time.Duration
	source  chance.Source
	pool    *Pool
	order   Order
	ready   []*Task
	timers  []timer // a heap, soonest first
	current *Task
	chosen  *Task   // by a task that lets it go first
	asleep  []*Task // parked without a timer
	tasks   int     // that were ever begun
	turns   int     // how often somebody was chosen to go on
	timed   int     // timers ever set, so that of two at one time the older goes first
	closing bool
}

// Task is something that happens beside other things.
type Task struct {
	sched *Sched
	name  string
	body  func()
	co    *coroutine
	rank  int // for orders that have priorities: the larger goes first
	wait  int // the timer it waits for; 0 none
	place int // in asleep, from 1
	woken bool
	ended bool
}

// New returns a scheduler whose choices come from a source. The pool may be
// shared by schedulers of one goroutine, one after the other.
func New(source chance.Source, pool *Pool, order Order) *Sched {
	return &Sched{source: source, pool: pool, order: order}
}

// Now is the virtual time since Epoch.
func (s *Sched) Now() time.Duration { return s.now }

// Time is the virtual time on the wall.
func (s *Sched) Time() time.Time { return Epoch().Add(s.now) }

// Turns is how often a task was chosen to go on.
func (s *Sched) Turns() int { return s.turns }

// Current is the task that is running, or nil.
func (s *Sched) Current() *Task { return s.current }

// Go begins a task; it runs when it is chosen.
func (s *Sched) Go(name string, body func()) *Task {
	s.tasks++
	t := &Task{sched: s, name: name, body: body}
	s.order.begun(s, t)
	s.ready = append(s.ready, t)
	return t
}

// Name is what the task was called.
func (t *Task) Name() string { return t.name }

// Ended reports whether the task has returned.
func (t *Task) Ended() bool { return t.ended }

// Run runs until nothing is ready and nobody waits for the time. It returns the
// tasks that wait for somebody who will never come, if there are any.
func (s *Sched) Run() []*Task {
	for {
		if s.chosen == nil && len(s.ready) == 0 && !s.advance() {
			return slices.Clone(s.asleep)
		}
		s.turns++
		s.resume(s.take())
	}
}

// take returns the task that goes on.
func (s *Sched) take() *Task {
	if t := s.chosen; t != nil {
		s.chosen = nil
		return t
	}
	i := 0
	if len(s.ready) > 1 {
		i = s.order.pick(s, s.ready)
	}
	t := s.ready[i]
	s.ready = slices.Delete(s.ready, i, i+1)
	return t
}

// resume lets a task run until it lets others go first.
func (s *Sched) resume(t *Task) {
	if t.co == nil {
		t.co = s.pool.take()
		t.co.task = t
	}
	s.current = t
	t.co.next()
	s.current = nil
	if t.ended {
		s.pool.put(t.co)
		t.co = nil
	}
}

// Close ends all tasks that still wait: waiting returns at once from now on, so
// that they must look whether they are still alive.
func (s *Sched) Close() {
	s.closing = true
	for len(s.ready) > 0 || len(s.asleep) > 0 || s.advance() {
		all := append(s.ready, s.asleep...)
		s.ready, s.asleep = nil, nil
		for _, t := range all {
			t.place = 0
			if t.co != nil { // else it never began
				s.resume(t)
			}
		}
	}
}

// Closing reports whether the world is coming to its end.
func (s *Sched) Closing() bool { return s.closing }

// Spend lets time pass with nobody else doing anything.
func (s *Sched) Spend(d time.Duration) { s.now += d }

// Yield lets others go first, if the order says so.
func (s *Sched) Yield() {
	t := s.current
	if t == nil || s.closing {
		return
	}
	for len(s.timers) > 0 && s.timers[0].at <= s.now {
		s.fire()
	}
	if len(s.ready) == 0 {
		return
	}
	s.ready = append(s.ready, nil)
	copy(s.ready[1:], s.ready)
	s.ready[0] = t // the ordinary choice is to go on
	i := s.order.pick(s, s.ready)
	if i == 0 {
		s.ready = slices.Delete(s.ready, 0, 1)
		return
	}
	s.chosen = s.ready[i]
	s.ready = slices.Delete(s.ready, i, i+1)
	s.handOver(t)
}

// handOver gives up the coroutine until the task is resumed.
func (s *Sched) handOver(t *Task) {
	t.co.yield(struct{}{})
	s.current = t
}

// Sleep waits until a time has come.
func (s *Sched) Sleep(d time.Duration) {
	if d <= 0 {
		s.Yield()
		return
	}
	s.Park(d)
}

// Park waits until somebody wakes the task, or for d if that is positive. It
// reports whether the task was woken.
func (s *Sched) Park(d time.Duration) bool {
	t := s.current
	if t == nil || s.closing {
		return false
	}
	t.woken = false
	if d > 0 {
		s.timed++
		t.wait = s.timed
		push(&s.timers, timer{s.now + d, s.timed, t})
	}
	s.asleep = append(s.asleep, t)
	t.place = len(s.asleep)
	s.handOver(t)
	t.wait = 0
	return t.woken
}

// Wake makes a parked task ready. Of any other it does nothing.
func (s *Sched) Wake(t *Task) {
	if t.place == 0 {
		return
	}
	s.rouse(t)
	t.woken, t.wait = true, 0
	s.ready = append(s.ready, t)
}

// rouse takes a task from those that sleep, whose order does not matter.
func (s *Sched) rouse(t *Task) {
	last := len(s.asleep) - 1
	moved := s.asleep[last]
	s.asleep[t.place-1], moved.place = moved, t.place
	s.asleep[last] = nil
	s.asleep = s.asleep[:last]
	t.place = 0
}

// advance lets the time come for which somebody waits.
func (s *Sched) advance() bool {
	for len(s.timers) > 0 {
		if s.fire() {
			return true
		}
	}
	return false
}

// fire takes the soonest timer and reports whether anybody still waited for it.
func (s *Sched) fire() bool {
	next := pop(&s.timers)
	if next.task.wait != next.number {
		return false
	}
	s.now = max(s.now, next.at)
	t := next.task
	t.wait = 0
	s.rouse(t)
	s.ready = append(s.ready, t)
	return true
}
