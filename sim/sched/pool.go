package sched

import "iter"

// Pool keeps coroutines for use by one task after the other: a new one grows
// its stack anew, which costs more than most tasks do.
type Pool struct{ idle []*coroutine }

// coroutine runs bodies of tasks, one after the other.
type coroutine struct {
	task  *Task
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
}

func (p *Pool) take() *coroutine {
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c
	}
	c := new(coroutine)
	c.next, c.stop = iter.Pull(c.run)
	return c
}

func (p *Pool) put(c *coroutine) {
	c.task = nil
	p.idle = append(p.idle, c)
}

// Close ends the coroutines of the pool. Those of tasks that still wait belong
// to their schedulers, which have to be closed first.
func (p *Pool) Close() {
	for _, c := range p.idle {
		c.stop()
	}
	p.idle = nil
}

func (c *coroutine) run(yield func(struct{}) bool) {
	c.yield = yield
	for {
		c.task.body()
		c.task.ended = true
		if !yield(struct{}{}) {
			return
		}
	}
}
