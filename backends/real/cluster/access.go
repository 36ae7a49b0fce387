package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"patchbay/core/fail"
)

// serviceAccountDir is where the kubelet mounts a service account.
const serviceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount"

// access is how to reach an API server, and as whom.
type access struct {
	server string // URL without a slash at its end
	tls    *tls.Config
	proxy  func(*http.Request) (*url.URL, error)
	user   *user
}

// findAccess prefers the file that somebody chose to what the pod happens to
// have, as Multus does.
func findAccess(opts Options) (access, error) {
	switch {
	case opts.Kubeconfig != "":
		return readKubeconfig(opts.Kubeconfig)
	case opts.InCluster && opts.Host != "" && opts.Port != "":
		return serviceAccount(opts)
	}
	return access{}, fail.New(fail.NotFound,
		"no cluster is configured: there is no kubeconfig and no service account")
}

// serviceAccount is the access that every pod has. The token is exchanged about
// every hour, so it is read for each request.
func serviceAccount(opts Options) (access, error) {
	dir := opts.ServiceAccount
	if dir == "" {
		dir = serviceAccountDir
	}
	path := filepath.Join(dir, "ca.crt")
	pem, err := os.ReadFile(path)
	if err != nil {
		return access{}, fail.New(fail.Invalid, "service account: %w", err)
	}
	pool, err := certPool(pem)
	if err != nil {
		return access{}, fail.About("service account: "+path, err)
	}
	owner := &user{file: filepath.Join(dir, "token")}
	if _, err := owner.token(); err != nil {
		return access{}, fail.As(fail.Invalid, fail.About("service account", err))
	}
	return access{
		server: "https://" + net.JoinHostPort(opts.Host, opts.Port),
		tls:    &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool},
		proxy:  http.ProxyFromEnvironment,
		user:   owner,
	}, nil
}

func certPool(pem []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fail.New(fail.Invalid, "no PEM certificate is in it")
	}
	return pool, nil
}
