package invariant_test

import (
	"syscall"
	"testing"

	"patchbay/sim/chance"
	"patchbay/sim/invariant"
	"patchbay/sim/sched"
	"patchbay/sim/world"
)

const (
	red = `{"cniVersion":"1.0.0","type":"macvlan","master":"eth0","mode":"bridge",` +
		`"ipam":{"type":"host-local","ranges":[[{"subnet":"10.1.0.0/24"}]],` +
		`"routes":[{"dst":"10.100.0.0/16"}]}}`
	blue = `{"cniVersion":"1.0.0","name":"blue","type":"bridge","bridge":"br2",` +
		`"ipam":{"type":"host-local","ranges":[[{"subnet":"10.2.0.0/24"}]]}}`
)

// churn is a pod with three attachments.
func churn() world.Story {
	return world.Story{
		Name:     "churn",
		Networks: []world.Network{{Name: "red", Config: red}, {Name: "blue", Config: blue}},
		Pods:     []world.Pod{{Name: "p", Networks: "red,blue"}},
	}
}

// BenchmarkChecker makes and deletes pods, watched and not: the difference is what
// the checker costs.
func BenchmarkChecker(b *testing.B) {
	for _, watched := range []string{"not", "watched"} {
		b.Run(watched, func(b *testing.B) {
			pool := new(sched.Pool)
			defer pool.Close()
			o := world.Options{Source: chance.Ordinary{}, Order: sched.InTurn{}, Pool: pool}
			c := invariant.New()
			if watched == "watched" {
				o.Watch = c
			}
			w, err := world.New(churn(), o)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			before := cpu(b)
			w.Turnover(world.Turnover{Lifecycles: b.N})
			b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/lifecycle")
			b.StopTimer()
			for _, v := range c.Violations() {
				b.Error(v.String())
			}
			w.Close()
		})
	}
}

// cpu is the processor time that the process has used, in nanoseconds: others use
// the machine too.
func cpu(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
