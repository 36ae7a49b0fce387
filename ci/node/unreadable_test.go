package node_test

import "testing"

// A record that is torn, and no results to rebuild it from: what the cluster says
// the pod should have had is detached, and nothing is left for people to look at.
func TestUnreadableRecord(t *testing.T) {
	m := newMachine(t)
	p := m.pod(t, "a")
	before := m.look(t)
	m.add(t, p)
	tearRecord(t, m, p)
	m.remove(t, "multus", "results")
	if err := m.do(t, call{verb: "DEL", pod: p}); err != nil {
		t.Error(err)
	}
	m.wantClean(t, before, p)
}
