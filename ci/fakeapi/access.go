package fakeapi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// User is how a kubeconfig says who its owner is.
type User int

// The kinds of user.
const (
	Nobody    User = iota // says nothing
	Token                 // has the token in the kubeconfig
	TokenFile             // has it in the file "token" beside the kubeconfig
	Cert                  // has a client certificate in the kubeconfig
	CertFiles             // has it in files beside the kubeconfig
)

// Token is what the server accepts now.
func (s *Server) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// SetToken makes the server accept another token, and no longer the old one.
func (s *Server) SetToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
}

// Kubeconfig writes a kubeconfig that lets its reader in, and returns its path.
func (s *Server) Kubeconfig(t testing.TB) string {
	t.Helper()
	if s.pki == nil {
		return s.KubeconfigFor(t, Nobody)
	}
	return s.KubeconfigFor(t, Token)
}

// KubeconfigFor writes a kubeconfig for a kind of user into a folder of its own.
func (s *Server) KubeconfigFor(t testing.TB, user User) string {
	t.Helper()
	dir := t.TempDir()
	cluster := "server: " + s.URL()
	var cert, key []byte
	if s.pki != nil {
		cluster += ", certificate-authority-data: " + encode(s.pki.caPEM)
		cert, key = s.pki.clientCert, s.pki.clientKey
	}
	var who string
	switch user {
	case Nobody:
	case Token:
		who = "token: " + s.Token()
	case TokenFile:
		put(t, filepath.Join(dir, "token"), []byte(s.Token()+"\n"))
		who = "tokenFile: token"
	case Cert:
		who = "client-certificate-data: " + encode(cert) + ", client-key-data: " + encode(key)
	case CertFiles:
		put(t, filepath.Join(dir, "client.crt"), cert)
		put(t, filepath.Join(dir, "client.key"), key)
		who = "client-certificate: client.crt, client-key: client.key"
	}
	path := filepath.Join(dir, "kubeconfig")
	put(t, path, fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: fake
contexts: [{name: fake, context: {cluster: fake, user: someone}}]
clusters: [{name: fake, cluster: {%s}}]
users: [{name: someone, user: {%s}}]
`, cluster, who))
	return path
}

// ServiceAccount writes the files that a pod has of its service account, token
// and ca.crt, and returns their folder.
func (s *Server) ServiceAccount(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "token"), []byte(s.Token()))
	if s.pki != nil {
		put(t, filepath.Join(dir, "ca.crt"), s.pki.caPEM)
	}
	return dir
}

func put(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// pki is a certificate authority with one server and one client.
type pki struct {
	ca                    *x509.Certificate
	caKey                 *ecdsa.PrivateKey
	caPEM                 []byte
	server                tls.Certificate
	clientCert, clientKey []byte
}

func newPKI(t testing.TB) *pki {
	t.Helper()
	p := &pki{ca: &x509.Certificate{
		Subject: pkix.Name{CommonName: "fake-ca"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}}
	var caKeyPEM []byte
	p.caPEM, caKeyPEM = p.issue(t, p.ca)
	pair, err := tls.X509KeyPair(p.caPEM, caKeyPEM)
	if err != nil {
		t.Fatal(err)
	}
	p.ca = pair.Leaf
	p.caKey, _ = pair.PrivateKey.(*ecdsa.PrivateKey)
	cert, key := p.issue(t, &x509.Certificate{
		Subject:     pkix.Name{CommonName: "fake-api"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"kubernetes"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if p.server, err = tls.X509KeyPair(cert, key); err != nil {
		t.Fatal(err)
	}
	p.clientCert, p.clientKey = p.issue(t, &x509.Certificate{
		Subject:     pkix.Name{CommonName: "someone"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return p
}

// issue signs a certificate with a new key: by itself, when there is no
// authority yet.
func (p *pki) issue(t testing.TB, template *x509.Certificate) ([]byte, []byte) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer := p.caKey
	if signer == nil {
		signer = own
	}
	template.SerialNumber = big.NewInt(1)
	template.NotBefore = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	template.NotAfter = time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC)
	der, err := x509.CreateCertificate(rand.Reader, template, p.ca, &own.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

func (p *pki) serverConfig() *tls.Config {
	clients := x509.NewCertPool()
	clients.AddCert(p.ca)
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{p.server},
		ClientCAs:    clients,
		ClientAuth:   tls.VerifyClientCertIfGiven,
	}
}
