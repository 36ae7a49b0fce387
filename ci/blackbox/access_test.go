package blackbox_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/ci/fakeapi"
)

// TestAccess is of the ways to reach a cluster.
func TestAccess(t *testing.T) {
	for name, user := range map[string]fakeapi.User{
		"a token": fakeapi.Token, "a token in a file": fakeapi.TokenFile,
		"a certificate": fakeapi.Cert, "a certificate in files": fakeapi.CertFiles,
	} {
		t.Run("TLS and "+name, func(t *testing.T) {
			n := newNode(t)
			n.api = fakeapi.NewTLS(t)
			n.pod()
			n.run("ADD", n.conf(onePrimary, quoted("kubeconfig", n.api.KubeconfigFor(t, user)))).ok(t)
			if got := n.status(); !strings.Contains(got, "cbr0") {
				t.Errorf("the status is %s", got)
			}
		})
	}
	t.Run("C130 a token that is no longer valid", func(t *testing.T) {
		n := newNode(t)
		n.api = fakeapi.NewTLS(t)
		n.pod()
		conf := n.conf()
		n.api.SetToken("another")
		n.run("ADD", conf).refused(t, types.ErrInternal, "pod dev/p", "401 Unauthorized")
		n.untouched()
	})
	t.Run("a certificate of somebody else", func(t *testing.T) {
		n := newNode(t)
		n.api = fakeapi.NewTLS(t)
		n.pod()
		other := fakeapi.NewTLS(t)
		text, err := os.ReadFile(other.Kubeconfig(t))
		if err != nil {
			t.Fatal(err)
		}
		path := n.write("kubeconfig", strings.Replace(string(text), other.URL(), n.api.URL(), 1))
		n.run("ADD", n.conf(onePrimary, quoted("kubeconfig", path))).
			refused(t, types.ErrInvalidNetworkConfig, "pod dev/p", "certificate is not trusted")
		n.untouched()
	})
	for name, text := range map[string]string{
		"C014 torn": "apiVersion: v1\nclusters: [", "C014 empty": "", "C014 of no cluster": "apiVersion: v1\nkind: Config\n",
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			path := n.write("kubeconfig", text)
			n.run("ADD", n.conf(onePrimary, quoted("kubeconfig", path))).
				refused(t, types.ErrInvalidNetworkConfig, path)
			n.untouched()
			n.run("DEL", n.conf(onePrimary, quoted("kubeconfig", path))).ok(t)
		})
	}
	t.Run("the service account of a pod, without its files", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf(onePrimary, `"kubeconfig":""`), "KUBERNETES_SERVICE_HOST=127.0.0.1",
			"KUBERNETES_SERVICE_PORT=1").
			refused(t, types.ErrInvalidNetworkConfig, "service account", "ca.crt")
		n.untouched()
	})
	t.Run("who asks", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf()).ok(t)
		for _, r := range n.api.Requests() {
			if !strings.HasPrefix(r.UserAgent, "patchbay/") {
				t.Errorf("%s %s by %q", r.Method, r.Path, r.UserAgent)
			}
		}
		// A pod is asked for once, and neither listed nor watched.
		if got := n.api.Count(http.MethodGet + " /api/v1/namespaces/dev/pods/p"); got != 1 {
			t.Errorf("the pod was asked for %d times", got)
		}
	})
}

func TestManifestDir(t *testing.T) {
	const manifests = `apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: red, namespace: dev}
spec:
  config: '{"cniVersion":"1.0.0","type":"red"}'
---
apiVersion: v1
kind: Pod
metadata:
  name: p
  namespace: dev
  annotations: {k8s.v1.cni.cncf.io/networks: red}
`
	n := newNode(t)
	n.write("manifests/all.yaml", manifests)
	conf := n.conf(onePrimary, `"kubeconfig":""`, quoted("manifestDir", n.path("manifests")))
	n.run("ADD", conf).ok(t)
	n.traced("ADD pri eth0, ADD red net1")
	if asked := n.api.Requests(); len(asked) > 0 {
		t.Errorf("the API server was asked %v", asked)
	}
	var status string
	_ = filepath.WalkDir(n.dir, func(path string, _ os.DirEntry, _ error) error {
		if filepath.Base(path) == "dev_p.json" {
			text, _ := os.ReadFile(path)
			status = string(text)
		}
		return nil
	})
	if !strings.Contains(status, "dev/red") {
		t.Errorf("the status file says %q", status)
	}
	n.run("DEL", conf).ok(t)
}
