package drive_test

import (
	"testing"

	"patchbay/core/record"
)

func TestTwoNetworksOfOneInterface(t *testing.T) {
	// As rebuilt from the results of Multus, of which a failed DEL leaves some.
	m := newMemory("")
	rec := record.Record{ContainerID: "c1", IfName: "eth0", PluginPath: memoryPath}
	for _, name := range []string{"pri", "red", "blue"} {
		rec.Attachments = append(rec.Attachments, record.Attachment{
			Network: name, Name: name, IfName: "net1", Master: name == "pri",
			Config: []byte(`{"cniVersion":"0.3.1","name":"` + name + `","type":"` + name + `"}`),
		})
	}
	rec.Attachments[0].IfName = "eth0"
	m.leases = map[string]bool{"pri eth0": true, "red net1": true, "blue net1": true}
	m.records[rec.Key()] = rec
	if err := driverOf(m).Del(t.Context(), memoryRequest(t, plainConfig)); err != nil {
		t.Error(err)
	}
	if left := m.left(); len(left) > 0 {
		t.Errorf("left: %q after %q", left, m.calls)
	}
}
