package links

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"patchbay/sim/kernel"
)

func pfx(s string) netip.Prefix { return netip.MustParsePrefix(s) }
func addr(s string) netip.Addr  { return netip.MustParseAddr(s) }

func TestReplay(t *testing.T) {
	runtime.LockOSThread()
	r := newRunner(t)
	w := r.begin()
	w.patience = 8 * time.Second
	defer w.m.close()
	for _, o := range []op{
		{do: "add-veth-across", ns: 0, to: 2, path: 0, link: "", other: "", name: "a1", n: 9000, v6: false, on: false, mac: kernel.MAC{0x2, 0x0, 0x0, 0x0, 0x0, 0x9}},
		{do: "up", ns: 0, to: 0, path: 0, link: "a1", other: "", name: "", n: 0, v6: false, on: false},
		{do: "up", ns: 2, to: 0, path: 0, link: "veth0", other: "", name: "", n: 0, v6: false, on: false},
	} {
		at := time.Now()
		diff := r.step(w, o)
		t.Log(o.do, time.Since(at), diff)
	}
}
