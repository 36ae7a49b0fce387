package drive_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"patchbay/backends"
	"patchbay/backends/drive"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// sweptNetworks has a network that may be missing between two that may not.
const sweptNetworks = `[{"name":"red","default-route":["10.0.0.1"]},` +
	`{"name":"blue","optional":true,"default-route":["fd00::1"]},{"name":"green"}]`

const sweptConfig = `"delegates":[{"cniVersion":"1.0.0","name":"pri","plugins":[` +
	`{"type":"pri"},{"type":"portmap"}]}]`

func memoryRequest(t *testing.T, config string) need.Request {
	t.Helper()
	c, err := netconf.ParseConfig([]byte(`{"cniVersion":"1.0.0","name":"n",` + config + `}`))
	if err != nil {
		t.Fatal(err)
	}
	args, err := netconf.ParseArgs("K8S_POD_NAMESPACE=dev;K8S_POD_NAME=p;K8S_POD_UID=u")
	if err != nil {
		t.Fatal(err)
	}
	return need.Request{
		Verb: need.Add, ContainerID: "c1", Netns: memorySandbox, IfName: "eth0",
		Args: args, CNIPath: memoryPath, Config: c, Cluster: true,
	}
}

func driverOf(m *memory) *drive.Driver {
	return &drive.Driver{Log: slog.New(slog.DiscardHandler), Backend: backends.Backend{
		Cluster: m, Plugins: m, Links: m, Devices: m, Records: m, Confs: m, Clock: m,
	}}
}

// swept is one run of an ADD with faults, and of the DELs after it.
type swept struct {
	*memory
	t    *testing.T
	req  need.Request
	name string
}

func sweep(t *testing.T, req need.Request, faults map[int]how) *swept {
	t.Helper()
	m := newMemory(sweptNetworks)
	m.faults = faults
	return &swept{memory: m, t: t, req: req, name: fmt.Sprint(faults)}
}

func (s *swept) errorf(format string, args ...any) {
	s.t.Helper()
	s.t.Errorf("faults %s: %s", s.name, fmt.Sprintf(format, args...))
}

// add attaches, and judges what is there afterwards by what it said.
func (s *swept) add() error {
	s.t.Helper()
	_, err := driverOf(s.memory).Add(s.t.Context(), s.req)
	if err != nil {
		return err
	}
	for name, network := range map[string]string{"eth0": "pri", "net1": "red", "net3": "green"} {
		if s.links[name] == "" {
			s.errorf("success, and there is no %s", name)
		}
		if s.results[network+"-c1-"+name] == nil && !s.dead {
			s.errorf("success, and the result of %s is not kept", name)
		}
	}
	if _, ok := s.records[record.Key{ContainerID: "c1", IfName: "eth0"}]; !ok {
		s.errorf("success, and there is no record")
	}
	if !strings.Contains(s.status, "dev/green") {
		s.errorf("success, and the status is %q", s.status)
	}
	return nil
}

// end makes sure that DEL, from now on without faults, leaves nothing, and that
// one more has nothing to do.
func (s *swept) end() {
	s.t.Helper()
	s.revive()
	for range 2 {
		if err := driverOf(s.memory).Del(s.t.Context(), s.req); err != nil {
			s.errorf("DEL: %v", err)
		}
		if left := s.left(); len(left) > 0 {
			s.errorf("DEL leaves %q", left)
		}
	}
	if len(s.aside) > 0 {
		s.errorf("set aside: %v", s.aside)
	}
	for _, b := range s.broken {
		s.errorf("%s", b)
	}
}

func TestSweepOfADD(t *testing.T) {
	req := memoryRequest(t, sweptConfig)
	whole := sweep(t, req, nil)
	if err := whole.add(); err != nil {
		t.Fatal(err)
	}
	operations := whole.n
	whole.end()
	for at := 1; at <= operations; at++ {
		for h := range manners {
			s := sweep(t, req, map[int]how{at: h})
			err := s.add()
			if err != nil && !s.dead && len(s.left()) > 0 {
				s.errorf("ADD failed (%v) and left %q", err, s.left())
			}
			if err == nil && !s.dead && s.links["net2"] == "" && s.leases["blue net2"] {
				s.errorf("the optional network is not there and holds its lease")
			}
			s.end()
		}
	}
}

func TestSweepOfFailingUndo(t *testing.T) {
	req := memoryRequest(t, sweptConfig)
	for at := 1; ; at++ {
		first := sweep(t, req, map[int]how{at: dirty})
		_ = first.add()
		if first.n < at {
			return
		}
		for next := at + 1; next <= first.n; next++ {
			// The others are milder; every operation sees both, after some fault.
			h := []how{clean, crashBefore}[(at+next)%2]
			s := sweep(t, req, map[int]how{at: dirty, next: h})
			_ = s.add() // it judges a success
			s.end()
		}
	}
}

func TestSweepOfDEL(t *testing.T) {
	req := memoryRequest(t, sweptConfig)
	for _, lost := range []bool{false, true} {
		for at, most := 1, 1; at <= most; at++ {
			for h := range manners {
				s := sweep(t, req, nil)
				if err := s.add(); err != nil {
					t.Fatal(err)
				}
				if lost {
					clear(s.records)
					clear(s.results)
					s.links = map[string]string{"lo": "kernel"} // the runtime took it away
					s.lost = true
				}
				s.n, s.faults, s.name = 0, map[int]how{at: h}, fmt.Sprint(at, h)
				err := driverOf(s.memory).Del(t.Context(), req)
				if left := s.left(); err == nil && !s.dead && len(left) > 0 {
					s.errorf("DEL succeeded and left %q", left)
				}
				most = max(most, s.n)
				s.end()
			}
		}
	}
}

func TestSweepSideBySide(t *testing.T) {
	req := memoryRequest(t, sweptConfig+`,"parallelAttachments":true`)
	for at := 1; ; at++ {
		reached := false
		for h := range manners {
			s := sweep(t, req, map[int]how{at: h})
			err := s.add()
			reached = reached || s.n >= at
			if err != nil && !s.dead && len(s.left()) > 0 {
				s.errorf("ADD failed (%v) and left %q", err, s.left())
			}
			s.end()
		}
		if !reached {
			return
		}
	}
}
