package drive_test

import (
	"slices"
	"testing"

	"patchbay/backends"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// rebuilt is a record that knows the default network alone, because only that has
// left a result.
func rebuilt() record.Record {
	return record.Record{
		ContainerID: "c1", IfName: "eth0", Netns: memorySandbox, PluginPath: memoryPath,
		Origin: record.OriginRemains,
		Attachments: []record.Attachment{{
			Network: "pri", Name: "pri", IfName: "eth0", Master: true,
			Config: []byte(`{"cniVersion":"1.0.0","name":"pri","type":"pri"}`),
		}},
	}
}

func TestARebuiltRecordIsNotAllThereIs(t *testing.T) {
	m := newMemory(`[{"name":"red"}]`)
	m.records[rebuilt().Key()] = rebuilt()
	m.links["eth0"] = "pri"
	m.leases = map[string]bool{"pri eth0": true, "red net1": true}
	if err := driverOf(m).Del(t.Context(), memoryRequest(t, sweptConfig)); err != nil {
		t.Error(err)
	}
	if left := m.left(); len(left) > 0 {
		t.Errorf("left: %q after %q", left, m.calls)
	}
	if n := count(m.calls, "DEL pri eth0"); n != 1 {
		t.Errorf("what the record knew was detached %d times: %q", n, m.calls)
	}
}

func count(all []string, one string) int {
	n := 0
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}

// What can not be read may stand for one more attachment: that the rest was
// undone does not make it go away.
func TestWhatCanNotBeReadStaysSetAside(t *testing.T) {
	m := newMemory("")
	rec := rebuilt()
	m.aside[rec.Key()] = backends.Quarantined{Key: rec.Key(), Record: &rec, Partial: true}
	m.leases = map[string]bool{"pri eth0": true}
	req := memoryRequest(t, sweptConfig)
	req.Config.ValidAttachments = []netconf.Attachment{}
	if err := driverOf(m).GC(t.Context(), req); err != nil {
		t.Error(err)
	}
	if !slices.Contains(m.calls, "DEL pri eth0") {
		t.Errorf("it was not tried again: %q", m.calls)
	}
	if _, ok := m.aside[rec.Key()]; !ok {
		t.Error("it was forgotten")
	}
}
