package fakeapi

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"time"
)

// Always programs a fault for every request that matches.
const Always = -1

// Fault is a misbehaviour. What is set happens in the order of the fields; a
// Fault that is all zero is good behaviour, and useful to let requests pass
// before the next fault of the same route.
type Fault struct {
	Delay  time.Duration   // before anything else
	Gate   <-chan struct{} // waits until it is closed
	Before func(s *Server) // changes the world between request and answer
	Reset  bool            // the connection is reset instead of an answer
	// LoseReply does what was asked and resets the connection then.
	LoseReply  bool
	Status     int    // answers with this HTTP status and does nothing
	Body       string // of that answer; a Status object if empty
	RetryAfter string // of that answer, the header
}

// programmed is a fault with the requests it is for.
type programmed struct {
	Fault
	route string
	left  int // requests still to come; Always never ends
}

// Misbehave programs a fault for the next so many requests to a route: "GET
// /api/v1/namespaces/*/pods/*", as in path.Match, or "*" for any method. Faults
// of one route are used up in the order they were programmed in.
func (s *Server) Misbehave(route string, times int, fault Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &programmed{Fault: fault, route: route, left: times})
}

// Fail programs an HTTP status for the next so many requests to a route.
func (s *Server) Fail(route string, status, times int) {
	s.Misbehave(route, times, Fault{Status: status})
}

// Heal ends all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// note counts a request and finds the fault that is meant for it.
func (s *Server) note(r *http.Request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := Request{Method: r.Method, Path: r.URL.Path, UserAgent: r.UserAgent()}
	s.requests = append(s.requests, asked)
	i := slices.IndexFunc(s.faults, func(p *programmed) bool {
		return p.left != 0 && matches(p.route, asked)
	})
	if i < 0 {
		return Fault{}
	}
	if s.faults[i].left > 0 {
		s.faults[i].left--
	}
	return s.faults[i].Fault
}

// ServeHTTP answers a request, or misbehaves as it was told.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := s.note(r)
	if !s.wait(r.Context(), fault) {
		return
	}
	if fault.Before != nil {
		fault.Before(s)
	}
	switch {
	case fault.Reset:
		reset(w)
	case fault.LoseReply:
		s.answer(httptest.NewRecorder(), r)
		reset(w)
	case fault.Status != 0:
		fault.answer(w)
	default:
		s.answer(w, r)
	}
}

// wait spends the time that the fault asks for. False: nobody waits any more.
func (s *Server) wait(ctx context.Context, fault Fault) bool {
	if fault.Delay > 0 {
		slept, cancel := context.WithTimeout(ctx, fault.Delay)
		defer cancel()
		select {
		case <-slept.Done():
		case <-s.done:
		}
	}
	if fault.Gate != nil {
		select {
		case <-fault.Gate:
		case <-ctx.Done():
		case <-s.done:
		}
	}
	return ctx.Err() == nil
}

func (f Fault) answer(w http.ResponseWriter) {
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Body != "" {
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Body))
		return
	}
	refuse(w, refusal{code: f.Status, message: "the test wants it so"})
}

// reset closes the connection with a TCP reset where there is TCP.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	under := conn
	if secure, ok := conn.(*tls.Conn); ok {
		under = secure.NetConn()
	}
	if tcp, ok := under.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // data unsent is dropped: the peer gets RST
		_ = tcp.Close()
	}
	_ = conn.Close()
}
