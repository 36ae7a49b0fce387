package devices

import (
	"bytes"
	"encoding/json"
	"testing"

	"patchbay/core/fail"
)

// FuzzParse: what is accepted can stand in the network status as it is.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"type":"pci","version":"1.1.0","pci":{"pci-address":"0000:3b:02.1",` +
			`"vhost-net":"/dev/vhost-net","rdma-device":"mlx5_1,mlx5_2",` +
			`"pf-pci-address":"0000:3b:00.0","representor-device":"eth5"}}`,
		`{"type":"vdpa","version":"1.1.0","vdpa":{"parent-device":"vdpa0","driver":"vhost",` +
			`"path":"/dev/vhost-vdpa-0","pci-address":"0000:3b:02.1"}}`,
		`{"type":"vhost-user","version":"1.1.0",` +
			`"vhost-user":{"mode":"server","path":"/run/a.sock"}}`,
		`{"type":"memif","version":"1.1.0",` +
			`"memif":{"role":"slave","path":"/run/b.sock","mode":"ethernet"}}`,
		"", " ", "null", "[]", "{}{}", "{\"a\":\"\xff\"}", "\ufeff{}", `{"a":1,"a":2}`, "{\"a\":",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		info, err := parse(content)
		if err != nil {
			if info != nil || !fail.Is(err, fail.Decode) {
				t.Fatalf("%q, %v (%v); want nil and decode", info, err, fail.Of(err))
			}
			return
		}
		status := struct {
			Info json.RawMessage `json:"device-info"`
		}{info}
		printed, err := json.Marshal(status)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(printed, []byte(`{"device-info":{`)) || !json.Valid(printed) {
			t.Fatalf("not an object in the status: %s", printed)
		}
		again, err := parse(info)
		if err != nil || !bytes.Equal(again, info) {
			t.Fatalf("%q, %v; the second time; want %q", again, err, info)
		}
	})
}
