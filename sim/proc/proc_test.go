package proc_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"patchbay/sim/chance"
	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/proc"
	"patchbay/sim/sched"
)

// judge gives every operation on a thing the outcome that stands for it.
type judge map[string]fault.Outcome

func (j judge) Judge(_ fault.Actor, op fault.Op) fault.Outcome { return j[op.On] }

// play runs a body as a process of its own and returns what happened to things.
func play(t *testing.T, j judge, body func(p *proc.Proc, do func(string) error)) []string {
	t.Helper()
	pool := new(sched.Pool)
	defer pool.Close()
	s := sched.New(chance.Ordinary{}, pool, sched.InTurn{})
	defer s.Close()
	var said []string
	var all []*proc.Proc
	stage := &proc.Stage{Sched: s, Judge: j}
	stage.Cut = func(int) {
		for _, p := range all {
			p.KillGroup()
		}
		said = append(said, "dark")
	}
	s.Go("test", func() {
		p := stage.Begin(fault.Actor{Program: "patchbay"})
		p.Until = time.Minute
		all = append(all, p)
		body(p, func(on string) error {
			return p.Call(fault.LinkAdd, on, func() error {
				said = append(said, on)
				return nil
			})
		})
	})
	if left := s.Run(); len(left) > 0 {
		t.Errorf("%d tasks wait for ever", len(left))
	}
	return said
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		out  fault.Outcome
		want []string // what happened; c is done afterwards, if the process can
		err  error
	}{
		{fault.Outcome{}, []string{"b", "c"}, nil},
		{fault.Outcome{How: fault.FailBefore, Err: errno.EBUSY}, []string{"c"}, errno.EBUSY},
		{fault.Outcome{How: fault.FailAfter, Err: errno.EBUSY}, []string{"b", "c"}, errno.EBUSY},
		{fault.Outcome{How: fault.Lie}, []string{"c"}, nil},
		{fault.Outcome{How: fault.Duplicate}, []string{"b", "b", "c"}, nil},
		{fault.Outcome{How: fault.Late, N: 10}, []string{"b", "c"}, nil},
		{fault.Outcome{How: fault.Late, N: 100_000}, nil, proc.ErrDead},
		{fault.Outcome{How: fault.Hang}, nil, proc.ErrDead},
		{fault.Outcome{How: fault.LostReply}, []string{"b"}, proc.ErrDead},
		{fault.Outcome{How: fault.CrashBefore}, nil, proc.ErrDead},
		{fault.Outcome{How: fault.CrashAfter}, []string{"b"}, proc.ErrDead},
		{fault.Outcome{How: fault.CutBefore}, []string{"dark"}, proc.ErrDead},
		{fault.Outcome{How: fault.CutAfter}, []string{"b", "dark"}, proc.ErrDead},
	} {
		t.Run(c.out.How.String(), func(t *testing.T) {
			var err error
			got := play(t, judge{"b": c.out}, func(_ *proc.Proc, do func(string) error) {
				err = do("b")
				_ = do("c")
			})
			if !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
				t.Errorf("happened %q, error %v; want %q, %v", got, err, c.want, c.err)
			}
		})
	}
}

func TestDeadlineEndsAHang(t *testing.T) {
	j := judge{"b": {How: fault.Hang}}
	got := play(t, j, func(p *proc.Proc, do func(string) error) {
		clock := sched.Clock{Sched: p.Stage.Sched}
		ctx, cancel := clock.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := p.Do(ctx, fault.Op{Kind: fault.PodGet, On: "b"}, nil)
		if !errors.Is(err, context.DeadlineExceeded) || p.Stage.Sched.Now() != time.Second {
			t.Errorf("%v at %v", err, p.Stage.Sched.Now())
		}
		_ = do("c")
	})
	if !slices.Equal(got, []string{"c"}) {
		t.Errorf("happened %q", got)
	}
}

func TestChildrenDieUnlessTheyAreOrphans(t *testing.T) {
	for _, orphan := range []bool{false, true} {
		j := judge{"lease": {How: fault.CrashBefore}}
		got := play(t, j, func(p *proc.Proc, do func(string) error) {
			var said []string
			plugin, end := p.Child("bridge", "ADD")
			ipam, endIPAM := plugin.Child("host-local", "ADD")
			ipam.Orphan = orphan
			act := func(q *proc.Proc, on string) {
				_ = q.Call(fault.FileCreate, on, func() error {
					said = append(said, on)
					return nil
				})
			}
			act(ipam, "lease")
			act(ipam, "more")
			endIPAM()
			act(plugin, "address")
			end()
			_ = do("own")
			if want := orphan; slices.Equal(said, []string{"lease", "more"}) != want {
				t.Errorf("orphan %v: %q", orphan, said)
			}
		})
		if len(got) > 0 {
			t.Errorf("the dead did %q", got)
		}
	}
}
