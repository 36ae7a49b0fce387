package explore_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"patchbay/sim/explore"
)

// patience is how much garbage may lie about: a world is small, and collecting it
// all the time is what most time would go into.
const patience = 800

// lifecycles soaks worlds, one a processor, and reports how many pods a minute
// came and went.
func lifecycles(b *testing.B, s explore.Soak) {
	b.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(patience))
	s.Story, s.Seed, s.Workers = explore.Default(), 1, runtime.GOMAXPROCS(0)
	s.Lifecycles = max(b.N, s.Workers)
	began := time.Now()
	got, err := s.Run()
	took := time.Since(began)
	if err != nil {
		b.Fatal(err)
	}
	for _, v := range got.Violations {
		b.Errorf("%+v", v)
	}
	if got.Stuck > 0 {
		b.Errorf("%d pods are stuck", got.Stuck)
	}
	b.ReportMetric(float64(got.Lifecycles)/took.Minutes(), "lifecycles/min")
	b.ReportMetric(float64(got.Ops)/float64(got.Lifecycles), "ops/lifecycle")
	b.ReportMetric(100*float64(got.Faults)/float64(got.Lifecycles), "%faults")
}

// BenchmarkSoak is pods with three attachments on one node a processor, with all
// step invariants on. Of the faults some are per lifecycle and some per operation:
// two in a hundred lifecycles, and two in a hundred operations.
func BenchmarkSoak(b *testing.B) {
	for _, perMillion := range []int{0, 110, 20_000} {
		b.Run(fmt.Sprintf("faults=%d/1e6", perMillion), func(b *testing.B) {
			lifecycles(b, explore.Soak{Nodes: runtime.GOMAXPROCS(0), Live: 10, PerMillion: perMillion})
		})
	}
}

// BenchmarkScale is ten thousand nodes on which a million pods come and go, ten at a
// time on each: one run, of PATCHBAY_SIM=whole alone, for it takes minutes.
func BenchmarkScale(b *testing.B) {
	if !whole() {
		b.Skip("only with PATCHBAY_SIM=whole")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(scalePatience))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(3 << 30))
	s := explore.Soak{
		Story: explore.Default(), Nodes: 10_000, Lifecycles: 1_000_000, Live: 10, Seed: 1,
		Workers: runtime.GOMAXPROCS(0),
	}
	began := time.Now()
	got, err := s.Run()
	took := time.Since(began)
	if err != nil || len(got.Violations) > 0 || got.Stuck > 0 {
		b.Fatalf("%v, %d violations, %d stuck", err, len(got.Violations), got.Stuck)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(took.Seconds(), "s")
	b.ReportMetric(float64(got.Lifecycles), "pods")
	b.ReportMetric(float64(m.Sys)/(1<<30), "GiB")
	b.ReportMetric(0, "ns/op")
}

// scalePatience is less than for small worlds: much of this one stays.
const scalePatience = 100
