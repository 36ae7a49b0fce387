package sched

import "time"

// timer is when a task wants to go on. Of two at the same time the older is
// first.
type timer struct {
	at     time.Duration
	number int
	task   *Task
}

func (t timer) before(o timer) bool {
	return t.at < o.at || t.at == o.at && t.number < o.number
}

// push and pop keep a binary heap. container/heap would box every timer.
func push(h *[]timer, t timer) {
	*h = append(*h, t)
	all := *h
	for i := len(all) - 1; i > 0; {
		up := (i - 1) / 2
		if !all[i].before(all[up]) {
			return
		}
		all[i], all[up] = all[up], all[i]
		i = up
	}
}

func pop(h *[]timer) timer {
	all := *h
	first := all[0]
	last := len(all) - 1
	all[0] = all[last]
	all[last] = timer{}
	all = all[:last]
	*h = all
	for i := 0; ; {
		small := i
		for _, c := range [2]int{2*i + 1, 2*i + 2} {
			if c < len(all) && all[c].before(all[small]) {
				small = c
			}
		}
		if small == i {
			return first
		}
		all[i], all[small] = all[small], all[i]
		i = small
	}
}
