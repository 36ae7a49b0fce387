package cluster_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"patchbay/backends/real/cluster"
	"patchbay/ci/fakeapi"
	"patchbay/core/fail"
)

func TestCredentials(t *testing.T) {
	for name, user := range map[string]fakeapi.User{
		"token": fakeapi.Token, "token file": fakeapi.TokenFile,
		"certificate": fakeapi.Cert, "certificate files": fakeapi.CertFiles,
	} {
		t.Run(name, func(t *testing.T) {
			s := fakeapi.NewTLS(t)
			s.AddPod(pod())
			c := open(t, cluster.Options{Kubeconfig: s.KubeconfigFor(t, user)})
			if _, err := c.Pod(t.Context(), "default", "p1"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestC130(t *testing.T) {
	t.Run("C130 API server says 401", func(t *testing.T) {
		for _, user := range []fakeapi.User{fakeapi.Nobody, fakeapi.Token, fakeapi.TokenFile} {
			s := fakeapi.NewTLS(t)
			path := s.KubeconfigFor(t, user)
			s.SetToken("another")
			c := open(t, cluster.Options{Kubeconfig: path})
			_, err := c.Pod(t.Context(), "default", "p1")
			wantError(t, err, fail.Denied,
				"pod default/p1: the API server refuses: 401 Unauthorized")
			if n := s.Count(podRoute); n != 1 {
				t.Errorf("user %d: %d requests, want 1: no token is newer", user, n)
			}
		}
	})
	t.Run("C130 API server says 403", func(t *testing.T) {
		s := fakeapi.New(t)
		s.Fail(podRoute, 403, 1)
		_, err := client(t, s, 0).Pod(t.Context(), "default", "p1")
		wantError(t, err, fail.Denied,
			"pod default/p1: the API server refuses: 403 Forbidden: the test wants it so")
	})
}

func TestTokenRotation(t *testing.T) {
	t.Run("in the kubeconfig, between requests", func(t *testing.T) {
		s := fakeapi.NewTLS(t)
		s.AddPod(pod())
		path := s.KubeconfigFor(t, fakeapi.Token)
		c := open(t, cluster.Options{Kubeconfig: path})
		s.SetToken("second")
		copyFile(t, s.KubeconfigFor(t, fakeapi.Token), path)
		for range 2 {
			if _, err := c.Pod(t.Context(), "default", "p1"); err != nil {
				t.Error(err)
			}
		}
		if n := s.Count(podRoute); n != 3 {
			t.Errorf("%d requests, want 3: the new token is kept", n)
		}
	})
	t.Run("in the token file, during a request", func(t *testing.T) {
		s := fakeapi.NewTLS(t)
		s.AddPod(pod())
		path := s.KubeconfigFor(t, fakeapi.TokenFile)
		s.Misbehave(podRoute, 1, fakeapi.Fault{Before: func(s *fakeapi.Server) {
			s.SetToken("second")
			rewrite(t, filepath.Join(filepath.Dir(path), "token"), "second")
		}})
		c := open(t, cluster.Options{Kubeconfig: path})
		if _, err := c.Pod(t.Context(), "default", "p1"); err != nil {
			t.Error(err)
		}
		if n := s.Count(podRoute); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
	t.Run("leaves nothing to read", func(t *testing.T) {
		s := fakeapi.NewTLS(t)
		path := s.KubeconfigFor(t, fakeapi.TokenFile)
		c := open(t, cluster.Options{Kubeconfig: path})
		token := filepath.Join(filepath.Dir(path), "token")
		if err := os.Remove(token); err != nil {
			t.Fatal(err)
		}
		_, err := c.Pod(t.Context(), "default", "p1")
		wantError(t, err, fail.IO, "pod default/p1: the token can not be read", token)
	})
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, to, string(content))
}

func TestTrust(t *testing.T) {
	s := fakeapi.NewTLS(t)
	s.AddPod(pod())
	other := fakeapi.NewTLS(t)
	ask := func(path string) error {
		_, err := open(t, cluster.Options{Kubeconfig: path}).Pod(t.Context(), "default", "p1")
		return err
	}
	edit := func(path string, oldnew ...string) string {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rewrite(t, path, strings.NewReplacer(oldnew...).Replace(string(content)))
		return path
	}
	t.Run("another authority", func(t *testing.T) {
		path := edit(other.KubeconfigFor(t, fakeapi.Token), other.URL(), s.URL())
		wantError(t, ask(path), fail.Invalid, "certificate is not trusted")
	})
	t.Run("another authority for clients", func(t *testing.T) {
		path := other.KubeconfigFor(t, fakeapi.Cert)
		path = edit(path, other.URL(), s.URL(),
			"certificate-authority-data", "insecure-skip-tls-verify: true, x")
		wantError(t, ask(path), fail.Denied, "refuses the TLS handshake")
	})
	t.Run("another name", func(t *testing.T) {
		path := edit(s.KubeconfigFor(t, fakeapi.Token), "cluster: {server:",
			"cluster: {tls-server-name: elsewhere, server:")
		wantError(t, ask(path), fail.Invalid, "elsewhere")
	})
	t.Run("a name of the certificate", func(t *testing.T) {
		path := edit(s.KubeconfigFor(t, fakeapi.Token), "cluster: {server:",
			"cluster: {tls-server-name: kubernetes, server:")
		if err := ask(path); err != nil {
			t.Error(err)
		}
	})
	t.Run("no TLS", func(t *testing.T) {
		plain := fakeapi.New(t)
		path := edit(plain.Kubeconfig(t), "http:", "https:")
		wantError(t, ask(path), fail.Invalid, "does not speak TLS")
	})
}

func TestProxyAndPath(t *testing.T) {
	s := fakeapi.New(t)
	s.AddPod(pod())
	address, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	// A proxy gets the same request as the server would, for http.
	path := kubeconfigOf(t, "server: http://api.invalid/, proxy-url: "+address.String(), "")
	_, err = open(t, cluster.Options{Kubeconfig: path}).Pod(t.Context(), "default", "p1")
	if err != nil {
		t.Error(err)
	}
	s.Allow("GET /k8s/clusters/c1/*/*/*/*/*/*")
	path = kubeconfigOf(t, "server: "+s.URL()+"/k8s/clusters/c1/", "")
	_, err = open(t, cluster.Options{Kubeconfig: path}).Pod(t.Context(), "default", "p1")
	wantError(t, err, fail.Internal)
	if n := s.Count("GET /k8s/clusters/c1/api/v1/namespaces/default/pods/p1"); n != 1 {
		t.Errorf("the path of the server is not kept: %v", s.Requests())
	}
}

func kubeconfigOf(t *testing.T, where, who string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	rewrite(t, path, fmt.Sprintf(`current-context: c
contexts: [{name: c, context: {cluster: k, user: u}}]
clusters: [{name: k, cluster: {%s}}]
users: [{name: u, user: {%s}}]
`, where, who))
	return path
}

func TestKubeconfigThatCanNotBeUsed(t *testing.T) {
	t.Run("C014 file missing", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "none")
		_, err := cluster.New(cluster.Options{Kubeconfig: path, Clock: wall{}})
		wantError(t, err, fail.Invalid, "kubeconfig "+path+": no such file or directory")
	})
	const good = "server: https://h"
	secret := base64.StdEncoding.EncodeToString([]byte("s3cret"))
	for name, tc := range map[string]struct{ where, who, text string }{
		"exec": {
			good, "exec: {command: aws}", "exec plugins are not supported: use token",
		},
		"auth provider":  {good, "auth-provider: {name: gcp}", "auth-provider plugins are not"},
		"impersonation":  {good, "as: admin", "impersonation"},
		"no server":      {"x: y", "", `server "" is not`},
		"no scheme":      {"server: 'h:6443'", "", "is not an http or https URL"},
		"query":          {"server: https://h?x=y", "", "more than host, port and path"},
		"no base64":      {good + ", certificate-authority-data: s3cret", "", "illegal base64"},
		"no certificate": {good + ", certificate-authority-data: " + secret, "", "no PEM"},
		"no CA file":     {good + ", certificate-authority: ca.crt", "", "ca.crt: no such file"},
		"both kinds": {
			good + ", insecure-skip-tls-verify: true, certificate-authority-data: " + secret,
			"", "exclude each other",
		},
		"no client cert":  {good, "client-certificate: c, client-key: k", "c: no such file"},
		"bad client cert": {good, "client-certificate-data: " + secret, "client-certificate: tls"},
		"no token file":   {good, "tokenFile: t", "t: no such file"},
		"number as token": {good, "token: 12345", "users.user.token can not be of type number"},
		"proxy":           {good + ", proxy-url: 'h'", "", "proxy-url"},
		"duplicate key":   {good + ", server: https://g", "", "line 3: mapping key"},
		"broken YAML":     {good + ", token: s3cret, [", "", "line 3"},
	} {
		t.Run(name, func(t *testing.T) {
			path := kubeconfigOf(t, tc.where, tc.who)
			_, err := cluster.New(cluster.Options{Kubeconfig: path, Clock: wall{}})
			wantError(t, err, fail.Invalid, "kubeconfig "+path, tc.text)
			if err != nil && (strings.Contains(err.Error(), "s3cret") ||
				strings.Contains(err.Error(), "12345")) {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
	for name, tc := range map[string]struct{ content, text string }{
		"empty":           {"", "no current-context"},
		"list":            {"- a\n", "it can not be of type array"},
		"a mere word":     {"a\n", "it can not be of type string"},
		"too deep":        {strings.Repeat("[", 1<<17), "line 1: the document is nested too deeply"},
		"too large":       {strings.Repeat("# x\n", 1<<19), "more than 1048576 bytes"},
		"unknown context": {"current-context: x", `no context "x"`},
		"unknown cluster": {"current-context: x\ncontexts: [{name: x}]", `no cluster ""`},
		"unknown user": {
			"---\ncurrent-context: x\n" +
				"contexts: [{name: x, context: {cluster: k, user: u}}]\nclusters: [{name: k}]",
			`no user "u"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kubeconfig")
			rewrite(t, path, tc.content)
			_, err := cluster.New(cluster.Options{Kubeconfig: path, Clock: wall{}})
			wantError(t, err, fail.Invalid, "kubeconfig "+path+": ", tc.text)
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	s := fakeapi.NewTLS(t)
	s.AddPod(pod())
	path := s.KubeconfigFor(t, fakeapi.Token)
	c := open(t, cluster.Options{Kubeconfig: path})
	s.SetToken("second")
	copyFile(t, s.KubeconfigFor(t, fakeapi.Token), path)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := c.Pod(t.Context(), "default", "p1"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
