package need_test

import (
	"strings"
	"testing"
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
