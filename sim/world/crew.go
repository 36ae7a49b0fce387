package world

import "patchbay/sim/sched"

// crew is how a process does several things side by side: as tasks, whose order
// is a choice like that of any others.
type crew struct {
	sched *sched.Sched
	ended int
	boss  *sched.Task
}

// Go begins something.
func (c *crew) Go(do func()) {
	c.boss = c.sched.Current()
	c.sched.Go("side by side", func() {
		do()
		c.ended++
		c.sched.Wake(c.boss)
	})
}

// Wait returns when one more has ended.
func (c *crew) Wait() {
	for c.ended == 0 && !c.sched.Closing() {
		c.sched.Park(0)
	}
	c.ended--
}
