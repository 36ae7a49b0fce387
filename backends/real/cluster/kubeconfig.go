package cluster

import (
	"cmp"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"patchbay/backends/yamljson"
	"patchbay/core/fail"
)

// kubeconfig is what matters of a kubeconfig file (kubeconfig v1 reference).
// Fields ending in Data are base64 in the file.
type kubeconfig struct {
	CurrentContext string         `json:"current-context"`
	Contexts       []namedContext `json:"contexts"`
	Clusters       []namedCluster `json:"clusters"`
	Users          []namedUser    `json:"users"`
}

type namedContext struct {
	Name    string `json:"name"`
	Context struct {
		Cluster string `json:"cluster"`
		User    string `json:"user"`
	} `json:"context"`
}

type namedCluster struct {
	Name    string       `json:"name"`
	Cluster clusterEntry `json:"cluster"`
}

type namedUser struct {
	Name string    `json:"name"`
	User userEntry `json:"user"`
}

func (c namedContext) name() string { return c.Name }
func (c namedCluster) name() string { return c.Name }
func (u namedUser) name() string    { return u.Name }

type clusterEntry struct {
	Server     string `json:"server"`
	CAFile     string `json:"certificate-authority"`
	CAData     []byte `json:"certificate-authority-data"`
	Insecure   bool   `json:"insecure-skip-tls-verify"`
	ServerName string `json:"tls-server-name"`
	ProxyURL   string `json:"proxy-url"`
}

type userEntry struct {
	Token        string `json:"token"`
	TokenFile    string `json:"tokenFile"`
	CertFile     string `json:"client-certificate"`
	CertData     []byte `json:"client-certificate-data"`
	KeyFile      string `json:"client-key"`
	KeyData      []byte `json:"client-key-data"`
	Username     string `json:"username"`
	Password     string `json:"password"`
	Exec         any    `json:"exec"`
	AuthProvider any    `json:"auth-provider"`
	As           string `json:"as"`
}

// readKubeconfig turns a file into an access. All its errors are Invalid and
// name the file; none quotes it, for it holds secrets.
func readKubeconfig(path string) (access, error) {
	where, err := accessOf(path)
	if err != nil {
		return access{}, fail.As(fail.Invalid, fail.About("kubeconfig "+path, err))
	}
	return where, nil
}

func accessOf(path string) (access, error) {
	entry, who, err := currentEntries(path)
	if err != nil {
		return access{}, err
	}
	dir := filepath.Dir(path)
	server, err := serverURL(entry.Server)
	if err != nil {
		return access{}, err
	}
	config, err := entry.tls(dir)
	if err != nil {
		return access{}, err
	}
	if config.GetClientCertificate, err = who.certificate(dir); err != nil {
		return access{}, err
	}
	where := access{server: server, tls: config, proxy: http.ProxyFromEnvironment}
	if entry.ProxyURL != "" {
		proxy, errProxy := url.Parse(entry.ProxyURL)
		if errProxy != nil || proxy.Host == "" {
			return access{}, errors.New("proxy-url is not an absolute URL")
		}
		where.proxy = http.ProxyURL(proxy)
	}
	where.user, err = who.user(path)
	return where, err
}

// currentEntries finds cluster and user of the current context.
func currentEntries(path string) (clusterEntry, userEntry, error) {
	content, err := yamljson.ReadFile(path)
	if err != nil {
		return clusterEntry{}, userEntry{}, withoutPath(err)
	}
	file, err := parseKubeconfig(content)
	if err != nil {
		return clusterEntry{}, userEntry{}, err
	}
	return file.current()
}

// parseKubeconfig goes through JSON, so that a number is no string and base64
// is decoded as everywhere in Kubernetes.
func parseKubeconfig(content []byte) (kubeconfig, error) {
	var file kubeconfig
	plain, err := yamljson.Decode(content)
	if broken, ok := errors.AsType[*yamljson.Error](err); ok {
		return file, fmt.Errorf("line %d: %w", broken.Line, err)
	}
	err = json.Unmarshal(plain, &file)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return file, fmt.Errorf("%s can not be of type %s", cmp.Or(wrong.Field, "it"), wrong.Value)
	}
	return file, err
}

func (f kubeconfig) current() (clusterEntry, userEntry, error) {
	var where clusterEntry
	var who userEntry
	if f.CurrentContext == "" {
		return where, who, errors.New("it has no current-context")
	}
	c, ok := find(f.Contexts, f.CurrentContext)
	if !ok {
		return where, who, fmt.Errorf("it has no context %q, the current one", f.CurrentContext)
	}
	cluster, ok := find(f.Clusters, c.Context.Cluster)
	if !ok {
		return where, who, fmt.Errorf("it has no cluster %q", c.Context.Cluster)
	}
	if c.Context.User == "" {
		return cluster.Cluster, who, nil
	}
	owner, ok := find(f.Users, c.Context.User)
	if !ok {
		return where, who, fmt.Errorf("it has no user %q", c.Context.User)
	}
	return cluster.Cluster, owner.User, nil
}

// find looks an entry up by its name.
func find[E interface{ name() string }](entries []E, name string) (E, bool) {
	i := slices.IndexFunc(entries, func(e E) bool { return e.name() == name })
	if i < 0 {
		var none E
		return none, false
	}
	return entries[i], true
}

// serverURL checks the address and cuts the slash at its end.
func serverURL(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return "", fmt.Errorf("the server %q is not an http or https URL", server)
	}
	if u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", errors.New("the server's URL has more than host, port and path")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// tls is the half of the TLS configuration that is about the server. The
// authority is read once: exchanging it is an event that restarts nodes' agents.
func (e clusterEntry) tls(dir string) (*tls.Config, error) {
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         e.ServerName,
		InsecureSkipVerify: e.Insecure, //nolint:gosec // the operator asked for it
	}
	pem, err := dataOrFile(e.CAData, e.CAFile, dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("certificate-authority: %w", err)
	case len(pem) == 0:
		return config, nil // the roots of this machine
	case e.Insecure:
		return nil, errors.New(
			"certificate-authority and insecure-skip-tls-verify exclude each other")
	}
	config.RootCAs, err = certPool(pem)
	return config, fail.About("certificate-authority", err)
}

// certificate returns what tls.Config asks for a client certificate. Files are
// read for each handshake: those who issue certificates for a day exchange them.
func (e userEntry) certificate(dir string) (
	func(*tls.CertificateRequestInfo) (*tls.Certificate, error), error,
) {
	if len(e.CertData) == 0 && e.CertFile == "" {
		return nil, nil //nolint:nilnil // no certificate is no error
	}
	load := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		cert, err := dataOrFile(e.CertData, e.CertFile, dir)
		if err != nil {
			return nil, fmt.Errorf("client-certificate: %w", err)
		}
		key, err := dataOrFile(e.KeyData, e.KeyFile, dir)
		if err != nil {
			return nil, fmt.Errorf("client-key: %w", err)
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("client-certificate: %w", err)
		}
		return &pair, nil
	}
	if _, err := load(nil); err != nil {
		return nil, err
	}
	return load, nil
}

// user says how the owner authenticates, apart from a certificate.
func (e userEntry) user(path string) (*user, error) {
	switch {
	case e.Exec != nil:
		return nil, errors.New("exec plugins are not supported: use token, tokenFile or a " +
			"client certificate")
	case e.AuthProvider != nil:
		return nil, errors.New("auth-provider plugins are not supported: use token, tokenFile " +
			"or a client certificate")
	case e.As != "":
		return nil, errors.New("impersonation (as) is not supported: use credentials of the " +
			"user that is meant")
	}
	who := &user{name: e.Username, password: e.Password, inline: e.Token}
	if e.TokenFile != "" {
		who.file = resolve(e.TokenFile, filepath.Dir(path))
		_, err := who.token()
		return who, err
	}
	if e.Token != "" {
		who.reread = func() (string, error) {
			_, newer, err := currentEntries(path)
			return newer.Token, fail.As(fail.Invalid, fail.About("kubeconfig "+path, err))
		}
	}
	return who, nil
}

func dataOrFile(data []byte, file, dir string) ([]byte, error) {
	if len(data) > 0 || file == "" {
		return data, nil
	}
	return os.ReadFile(resolve(file, dir))
}

// resolve makes a path relative to the file that it is written in.
func resolve(file, dir string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}

// withoutPath keeps an error from naming a file that the caller names as well.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
