package invariant_test

import (
	"strings"
	"testing"

	"patchbay/sim/chance"
	"patchbay/sim/fault"
	"patchbay/sim/invariant"
	"patchbay/sim/sched"
	"patchbay/sim/world"
)

// teller tells stories and keeps the states at every look.
type teller struct {
	*invariant.Checker
	w      *world.World
	states []invariant.State
}

func (s *teller) Built(w *world.World) {
	s.w = w
	s.Checker.Built(w)
	s.states = append(s.states, invariant.Snapshot(w))
}

func (s *teller) Stepped(step world.Step) {
	s.Checker.Stepped(step)
	if step.Do == world.Look {
		s.states = append(s.states, invariant.Snapshot(s.w))
		s.Quiet(s.w)
	}
}

// tell tells a story and returns the states at its beginning and at every look.
func tell(t *testing.T, story world.Story, judge fault.Judge) []invariant.State {
	t.Helper()
	pool := new(sched.Pool)
	defer pool.Close()
	s := &teller{Checker: invariant.New()}
	w, err := world.New(story, world.Options{
		Source: chance.Ordinary{}, Order: sched.InTurn{}, Pool: pool, Watch: s, Judge: judge,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	w.Run()
	for _, err := range w.Complaints {
		t.Error(err)
	}
	for _, v := range s.Violations() {
		t.Error(v.String())
	}
	return s.states
}

// two is a story of two pods that are looked at, deleted, and looked at again.
func two(steps ...world.Step) world.Story {
	s := churn()
	s.Pods = append(s.Pods, world.Pod{Name: "q", Networks: "red"})
	s.Steps = append(s.Steps, steps...)
	s.Steps = append(s.Steps, world.Step{Do: world.Settle}, world.Step{Do: world.Look},
		world.Step{Do: world.DeleteAll}, world.Step{Do: world.Settle},
		world.Step{Do: world.Look})
	return s
}

func create(pod string) world.Step { return world.Step{Do: world.Create, On: pod} }

func same(t *testing.T, what string, a, b invariant.State) {
	t.Helper()
	for _, line := range invariant.Diff(a, b) {
		t.Errorf("%s: %s", what, line)
	}
}

func TestAddDelNeutral(t *testing.T) {
	states := tell(t, two(create("p"), create("q")), nil)
	for _, line := range invariant.Neutral(states[0], states[2]) {
		t.Error(line)
	}
	got := strings.Join(invariant.Neutral(states[0], states[1]), "\n")
	for _, want := range []string{
		"+ n0 lease of red of pod p net1", "+ n0 link cbr0 bridge up", "+ n0 pod p: link eth0 veth up",
		"+ n0 pod p: link net1 address in 10.1.0.0/24", "+ n0 pod q: link net1 macvlan up",
		"+ n0 pod p: route 10.100.0.0/16 via 10.1.0.1 dev net1", "+ n0 record of pod p eth0.json",
		"+ n0 result red-pod q-net1", "+ pod default/p status default/red net1 ips 1",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestCommute(t *testing.T) {
	a := tell(t, two(create("p"), create("q")), nil)
	settle := world.Step{Do: world.Settle}
	b := tell(t, two(create("q"), settle, create("p")), nil)
	same(t, "with the pods", a[1], b[1])
	same(t, "without", a[2], b[2])
}

func TestIdempotentDEL(t *testing.T) {
	settle, look := world.Step{Do: world.Settle}, world.Step{Do: world.Look}
	states := tell(t, two(create("p"), create("q"), settle,
		world.Step{Do: world.Delete, On: "p"}, settle, look,
		world.Step{Do: world.StopAgain, On: "p"}, look), nil)
	same(t, "after the second DEL", states[1], states[2])
}

func TestCrashEquivalence(t *testing.T) {
	plain := tell(t, two(create("p"), create("q")), nil)
	for _, row := range []string{"link.add crash-after", "file.store crash-after"} {
		judge := fault.NewAt(fault.Fault{
			Kind: fault.Find(row).Kind, Nth: 1, Row: fault.Find(row),
		})
		crashed := tell(t, two(create("p"), create("q")), judge)
		if len(judge.Missed()) > 0 {
			t.Errorf("%s did not happen", row)
		}
		same(t, row, plain[1], crashed[1])
		same(t, row, plain[2], crashed[2])
	}
}

func TestVersionInvariance(t *testing.T) {
	plain := tell(t, two(create("p"), create("q")), nil)
	for _, version := range []string{"0.3.1", "0.4.0", "1.1.0"} {
		s := two(create("p"), create("q"))
		for i := range s.Networks {
			s.Networks[i].Config = strings.Replace(s.Networks[i].Config, "1.0.0", version, 1)
		}
		other := tell(t, s, nil)
		same(t, version, plain[1], other[1])
		same(t, version, plain[2], other[2])
	}
}

// TestDiffSeesWhatIsOther changes one thing of a world at a time.
func TestDiffSeesWhatIsOther(t *testing.T) {
	h := newHand(t, "")
	settled(h, func(b *world.Sandbox) {
		before := invariant.Snapshot(h.w)
		l := b.NS.ByName("eth0")
		for _, change := range []func() error{
			func() error { return h.n.Kernel.SetMTU(l, 1400) },
			func() error { return h.n.Kernel.SetDown(l) },
			func() error { return h.n.Disk.Unlink(leaseDir + "10.1.0.2") },
			func() error { return h.n.Disk.Unlink(recordPath(b)) },
			func() error { return h.n.Kernel.SetName(h.n.Kernel.Host().ByName("eth1"), "x") },
			func() error { h.setStatus(""); return nil },
		} {
			h.must(change())
			after := invariant.Snapshot(h.w)
			if len(invariant.Diff(before, after)) == 0 {
				t.Error("a change was not seen")
			}
			before = after
		}
	})
}
