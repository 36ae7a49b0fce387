package explore_test

import (
	"testing"

	"patchbay/sim/explore"
)

func options() explore.Options { return explore.Options{Workers: 2, Most: 5} }

func judged(t *testing.T, r *explore.Report, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d runs, %d operations", r.Mode, r.Runs, r.Ops)
	for _, f := range r.Findings {
		t.Errorf("%s %s: %v: %v", f.Mode, f.Story, f.Points, f.Names)
		for _, v := range f.Run.Violations {
			t.Errorf("  %d %s: %s", v.Invariant, v.Name, v.Text)
		}
		for _, p := range f.Run.Stuck {
			t.Errorf("  stuck: %s", p)
		}
	}
}

func TestFaultFree(t *testing.T) {
	r, err := explore.FaultFree(explore.Core(), options())
	judged(t, r, err)
}

func TestSingle(t *testing.T) {
	r, err := explore.Single(explore.Core(), options())
	judged(t, r, err)
}
