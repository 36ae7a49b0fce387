package cluster

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
)

// Limits that need no option.
const (
	defaultBudget = 10 * time.Second
	idleLimit     = 30 * time.Second // less than load balancers keep a connection
	abreast       = 2                // connections
	component     = "patchbay"       // in user agent and events
)

// Options say which cluster is asked, and how long.
type Options struct {
	// Kubeconfig is the path of a kubeconfig file; it goes before InCluster.
	Kubeconfig string
	// InCluster allows the service account of the pod that the process runs in.
	// Host and Port are the values of KUBERNETES_SERVICE_HOST and _PORT.
	InCluster  bool
	Host, Port string
	// ServiceAccount is the folder with token and ca.crt; "" is where the
	// kubelet puts it.
	ServiceAccount string
	// Budget is the longest time that one method takes, retries included; 0 is
	// ten seconds.
	Budget    time.Duration
	Clock     backends.Clock
	UserAgent string // "" is "patchbay"
	// Dial makes connections; nil is TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client asks one API server. It is safe for concurrent use.
type Client struct {
	access    access
	transport *http.Transport
	clock     backends.Clock
	budget    time.Duration
	userAgent string
}

var _ backends.Cluster = (*Client)(nil)

// New reads how to reach the cluster. It connects to nothing. NotFound: neither
// a kubeconfig nor a service account is there to be used. Invalid: what there
// is can not be used; the error names the file.
func New(opts Options) (*Client, error) {
	if opts.Clock == nil {
		return nil, fail.New(fail.Internal, "the cluster client has no clock")
	}
	where, err := findAccess(opts)
	if err != nil {
		return nil, err
	}
	c := &Client{
		access:    where,
		clock:     opts.Clock,
		budget:    opts.Budget,
		userAgent: opts.UserAgent,
	}
	if c.budget <= 0 {
		c.budget = defaultBudget
	}
	if c.userAgent == "" {
		c.userAgent = component
	}
	dial := opts.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	c.transport = &http.Transport{
		Proxy:              where.proxy,
		DialContext:        dial,
		TLSClientConfig:    where.tls,
		DisableCompression: true, // objects are small, and a bound on bytes stays one
		IdleConnTimeout:    idleLimit,
		// A handshake costs more than waiting for a connection that is there.
		MaxConnsPerHost:     abreast,
		MaxIdleConnsPerHost: abreast,
		Protocols:           new(http.Protocols),
	}
	c.transport.Protocols.SetHTTP1(true)
	return c, nil
}

// Close ends the connections that are idle. The client can be used afterwards.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// metadata is what matters of Kubernetes object metadata.
type metadata struct {
	Namespace   string            `json:"namespace,omitempty"`
	Name        string            `json:"name,omitempty"`
	UID         string            `json:"uid,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Pod reads a pod: GET /api/v1/namespaces/N/pods/P.
func (c *Client) Pod(ctx context.Context, namespace, name string) (need.Pod, error) {
	return c.readPod(ctx, c.start(), namespace, name)
}

func (c *Client) readPod(ctx context.Context, b budget, namespace, name string) (need.Pod, error) {
	r := get("pod", namespace, name, podPath(namespace, name))
	body, err := c.call(ctx, b, r)
	if err != nil {
		return need.Pod{}, err
	}
	var got struct {
		Kind     string   `json:"kind"`
		Metadata metadata `json:"metadata"`
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return need.Pod{}, undecodable(r, err)
	}
	if got.Kind != "Pod" || got.Metadata.UID == "" {
		return need.Pod{}, wrongKind(r, got.Kind)
	}
	return need.Pod{
		Namespace: namespace, Name: name,
		UID: got.Metadata.UID, Annotations: got.Metadata.Annotations,
	}, nil
}

// Definition reads a NetworkAttachmentDefinition: GET
// /apis/k8s.cni.cncf.io/v1/namespaces/N/network-attachment-definitions/D.
func (c *Client) Definition(
	ctx context.Context, namespace, name string,
) (need.Definition, error) {
	const resource = "network-attachment-definition"
	r := get(resource, namespace, name,
		"/apis/k8s.cni.cncf.io/v1/namespaces/"+namespace+"/"+resource+"s/"+name)
	body, err := c.call(ctx, c.start(), r)
	if err != nil {
		return need.Definition{}, err
	}
	var got struct {
		Kind     string   `json:"kind"`
		Metadata metadata `json:"metadata"`
		Spec     struct {
			Config string `json:"config"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return need.Definition{}, undecodable(r, err)
	}
	if got.Kind != "NetworkAttachmentDefinition" {
		return need.Definition{}, wrongKind(r, got.Kind)
	}
	return need.Definition{
		Namespace: namespace, Name: name,
		Annotations: got.Metadata.Annotations, Config: got.Spec.Config,
	}, nil
}

func podPath(namespace, name string) string {
	return "/api/v1/namespaces/" + namespace + "/pods/" + name
}

func undecodable(r request, err error) error {
	return fail.New(fail.Decode, "%s: the API server's answer is not understood: %w", r.object, err)
}

func wrongKind(r request, kind string) error {
	return fail.New(fail.Decode, "%s: the API server answered with something else (kind %q)",
		r.object, kind)
}

// pathSegment reports whether Kubernetes allows s as a part of a path. What it
// does not allow would ask for another object than the one that is meant.
func pathSegment(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsAny(s, "/%?# \t\r\n")
}
