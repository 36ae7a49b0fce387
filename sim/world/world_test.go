package world_test

import (
	"testing"

	"patchbay/sim/chance"
	"patchbay/sim/fault"
	"patchbay/sim/proc"
	"patchbay/sim/sched"
	"patchbay/sim/world"
)

const macvlan = `{"cniVersion":"1.0.0","type":"macvlan","master":"eth0","mode":"bridge",` +
	`"ipam":{"type":"host-local","ranges":[[{"subnet":"10.1.0.0/24"}]],` +
	`"routes":[{"dst":"10.100.0.0/16"}]}}`

type printer struct {
	world.Nobody
	t *testing.T
}

func (p printer) Done(pr *proc.Proc, op fault.Op, out fault.Outcome, err error) {
	p.t.Logf("%10v %d %s %s: %v %v", pr.Stage.Sched.Now(), pr.Proc, pr.Program, op, out.How, err)
}
func (p printer) Began(c *world.Call) { p.t.Log("began", c.Verb) }
func (p printer) Ended(c *world.Call) { p.t.Log("ended", c.Verb, c.Err) }
func (p printer) Stepped(s world.Step) {
	p.t.Log("stepped", s)
}

func TestThreeNetworks(t *testing.T) {
	pool := new(sched.Pool)
	defer pool.Close()
	w, err := world.New(world.Story{
		Name:     "three",
		Networks: []world.Network{{Name: "red", Config: macvlan}},
		Pods:     []world.Pod{{Name: "p", Networks: "red"}},
		Steps: []world.Step{
			{Do: world.Create, On: "p"},
			{Do: world.Settle},
			{Do: world.Delete, On: "p"},
			{Do: world.Settle},
		},
	}, world.Options{
		Source: chance.Ordinary{}, Order: sched.InTurn{}, Pool: pool, Watch: printer{t: t},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Run()
	for _, c := range w.Complaints {
		t.Error(c)
	}
	t.Log(w.Nodes[0].Kernel.Dump())
	t.Log(w.Nodes[0].Disk.Dump())
	w.Close()
}
