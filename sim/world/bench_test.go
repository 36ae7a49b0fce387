package world_test

import (
	"testing"

	"patchbay/sim/chance"
	"patchbay/sim/sched"
	"patchbay/sim/world"
)

const bridged = `{"cniVersion":"1.0.0","name":"blue","type":"bridge","bridge":"br2",` +
	`"ipam":{"type":"host-local","ranges":[[{"subnet":"10.2.0.0/24"}]]}}`

func churn() world.Story {
	return world.Story{
		Name: "churn",
		Networks: []world.Network{
			{Name: "red", Config: macvlan}, {Name: "blue", Config: bridged},
		},
		Pods: []world.Pod{{Name: "p", Networks: "red,blue"}},
	}
}

func BenchmarkLifecycle(b *testing.B) {
	pool := new(sched.Pool)
	defer pool.Close()
	w, err := world.New(churn(), world.Options{
		Source: chance.Ordinary{}, Order: sched.InTurn{}, Pool: pool,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	w.Turnover(world.Turnover{Lifecycles: b.N})
	b.StopTimer()
	for _, c := range w.Complaints {
		b.Error(c)
	}
	b.ReportMetric(float64(w.Stage.Ops())/float64(b.N), "ops/lifecycle")
	w.Close()
}
