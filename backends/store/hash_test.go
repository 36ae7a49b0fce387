package store

import (
	"hash/fnv"
	"testing"

	"patchbay/core/record"
)

// Another version of us, or a DEL of an upgraded one, must wait at the same byte.
func TestTheByteOfAKeyIsForEver(t *testing.T) {
	key := record.Key{ContainerID: "0123456789abcdef", IfName: "eth0"}
	h := fnv.New64a()
	_, _ = h.Write([]byte(key.String()))
	if got, want := hash(key.String()), h.Sum64(); got != want {
		t.Errorf("hash %x, want %x", got, want)
	}
	if got, want := keyByte(key), int64(0x397eaae6ccb9a9a8); got != want {
		t.Errorf("byte %#x, want %#x", got, want)
	}
}
