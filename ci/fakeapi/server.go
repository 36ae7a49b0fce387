package fakeapi

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Request is one request that the server has had.
type Request struct {
	Method, Path string
	UserAgent    string
}

// Server is a pretended API server. It is closed when its test ends.
type Server struct {
	listener net.Listener
	http     *http.Server
	routes   *http.ServeMux
	pki      *pki // nil: plain HTTP, and everybody may do everything
	done     chan struct{}
	close    func()

	mu       sync.Mutex
	token    string
	objects  map[string]object // by the path of their GET
	events   []Event
	version  int
	faults   []*programmed
	requests []Request
	allowed  []string
	unknown  []string
}

// New starts a server that speaks plain HTTP on loopback and lets everybody in.
func New(t testing.TB) *Server {
	t.Helper()
	return start(t, listenTCP(t), nil)
}

// NewTLS starts a server with a certificate authority of its own, which lets in
// who has the token or a client certificate.
func NewTLS(t testing.TB) *Server {
	t.Helper()
	keys := newPKI(t)
	return start(t, tls.NewListener(listenTCP(t), keys.serverConfig()), keys)
}

// NewPipe starts a server in memory, reached by Dial alone. Its time is that of
// the testing/synctest bubble in which it was made.
func NewPipe(t testing.TB) *Server {
	t.Helper()
	return start(t, newPipeListener(), nil)
}

func listenTCP(t testing.TB) net.Listener {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("the fake API server can not listen: %v", err)
	}
	return listener
}

func start(t testing.TB, listener net.Listener, keys *pki) *Server {
	t.Helper()
	s := &Server{
		listener: listener,
		pki:      keys,
		token:    "first-token",
		objects:  map[string]object{},
		done:     make(chan struct{}),
	}
	s.routes = s.mux()
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: readHeaderTimeout}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.http.Serve(listener) // always says that it was closed
	}()
	s.close = sync.OnceFunc(func() {
		close(s.done)
		_ = s.http.Close()
		<-served
	})
	t.Cleanup(func() {
		s.close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, route := range s.unknown {
			t.Errorf("the fake API server was asked for %s, a route that it does not have", route)
		}
	})
	return s
}

// Close ends the server: from now on connections are refused.
func (s *Server) Close() { s.close() }

// URL is the address of the server, without a path.
func (s *Server) URL() string {
	if s.pki != nil {
		return "https://" + s.Addr()
	}
	return "http://" + s.Addr()
}

// Addr is the host and port of the server. A server in memory has an address
// that nobody can reach.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Dial connects to the server, whatever the address.
func (s *Server) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	if pipes, ok := s.listener.(*pipeListener); ok {
		return pipes.dial(ctx)
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, s.Addr())
}

// Requests lists what the server was asked, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count says how many requests matched a route, as Misbehave has it.
func (s *Server) Count(route string) int {
	n := 0
	for _, r := range s.Requests() {
		if matches(route, r) {
			n++
		}
	}
	return n
}

// Allow makes requests to an unknown route no failure of the test; they are
// still answered with 404.
func (s *Server) Allow(route string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed = append(s.allowed, route)
}

// matches compares "METHOD path" with a request; both halves are patterns of
// path.Match, in which an asterisk does not cross a slash.
func matches(route string, r Request) bool {
	method, pattern, _ := strings.Cut(route, " ")
	okMethod, errMethod := path.Match(method, r.Method)
	okPath, errPath := path.Match(pattern, r.Path)
	return okMethod && okPath && errMethod == nil && errPath == nil
}

// notFound answers a route that the server does not have, as API servers do.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	asked := Request{Method: r.Method, Path: r.URL.Path}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.allowed, func(a string) bool { return matches(a, asked) }) {
		s.unknown = append(s.unknown, asked.Method+" "+asked.Path)
	}
	http.Error(w, "404 page not found", http.StatusNotFound)
}
