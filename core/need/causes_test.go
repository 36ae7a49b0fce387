package need_test

import (
	"strings"
	"testing"

	"patchbay/core/fail"
	"patchbay/core/need"
)

func TestOfTwoErrorsTheFirstIsTold(t *testing.T) {
	w := cluster(map[string]string{
		"k8s.v1.cni.cncf.io/networks": "a/b/c", "v1.multus-cni.io/default-network": "",
	})
	_, err := settle(t, w, request(t, base))
	if err == nil || strings.Contains(err.Error(), "\n") ||
		!strings.Contains(err.Error(), "default-network") {
		t.Errorf("%v", err)
	}
}

func TestBrokenFileIsTheCause(t *testing.T) {
	t.Run("C074 the one on disk is broken", func(t *testing.T) {
		w := cluster(networks("a"))
		w.defs["dev/a"] = nad("dev/a", "")
		w.files["/etc/cni/multus/net.d"] = need.Files{Dir: true, List: []need.File{
			{Path: "/etc/cni/multus/net.d/a.conf", Bytes: []byte(`{"name":"a",`)},
		}}
		_, err := settle(t, w, request(t, base))
		want := "no network available in the name a in /etc/cni/multus/net.d; " +
			"/etc/cni/multus/net.d/a.conf can not be used: not JSON"
		if !fail.Is(err, fail.NotFound) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v", err)
		}
	})
}
