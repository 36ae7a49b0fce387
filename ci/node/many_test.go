package node_test

import (
	"fmt"
	"net"
	"sync"
	"testing"

	"patchbay/ci/netnstest"
)

// How many pods come and go, and how many workers of a kubelet handle them.
const (
	manyPods = 64
	workers  = 16
)

// TestManyPods adds and deletes pods as a node does that was just drained.
func TestManyPods(t *testing.T) {
	m := newMachine(t)
	pods := m.pods(t, manyPods)
	before := m.look(t)
	r := m.patchbayRuntime(t)
	each(t, pods, func(p pod) error { return r.add(t.Context(), p, "eth0") })
	wantUnique(t, pods)
	each(t, pods, func(p pod) error { return r.del(t.Context(), p, "eth0") })
	m.wantClean(t, before, pods...)
}

// TestManyPodsWithGC lets GC run all the time meanwhile. As the specification
// wants it (CNI 1.1 §GC), the runtime lists every sandbox whose ADD has begun;
// but ADDs and DELs of those that are listed go on beside it.
func TestManyPodsWithGC(t *testing.T) {
	m := newMachine(t)
	pods := m.pods(t, manyPods)
	before := m.look(t)
	r := m.patchbayRuntime(t)
	known := &register{pods: map[string]pod{}}
	stop := m.keepCollecting(t, known)
	each(t, pods, func(p pod) error {
		known.begin(p)
		return r.add(t.Context(), p, "eth0")
	})
	wantUnique(t, pods)
	each(t, pods, func(p pod) error {
		defer known.end(p)
		return r.del(t.Context(), p, "eth0")
	})
	if n := stop(); n < 5 {
		t.Errorf("GC ran only %d times: that shows nothing", n)
	}
	m.wantClean(t, before, pods...)
}

func (m *machine) pods(t testing.TB, n int) []pod {
	t.Helper()
	var all []pod
	for i := range n {
		all = append(all, m.pod(t, fmt.Sprintf("pod-%02d", i)))
	}
	return all
}

// each does something with every pod, as many at once as there are workers.
func each(t testing.TB, pods []pod, do func(pod) error) {
	t.Helper()
	queue := make(chan pod)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for p := range queue {
				if err := do(p); err != nil {
					t.Errorf("%v: %v", p, err)
				}
			}
		})
	}
	for _, p := range pods {
		queue <- p
	}
	close(queue)
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// wantUnique looks into every sandbox: all interfaces are there, and each has
// an address that no other has.
func wantUnique(t testing.TB, pods []pod) {
	t.Helper()
	owner := map[string]string{}
	for _, p := range pods {
		for ifName, ip := range p.addresses(t) {
			if other, taken := owner[ip]; taken {
				t.Errorf("%v, %s: %s is also the address of %s", p, ifName, ip, other)
			}
			owner[ip] = p.String() + ", " + ifName
		}
	}
	if want := 3 * len(pods); len(owner) != want {
		t.Errorf("%d addresses in the sandboxes; want %d", len(owner), want)
	}
}

// addresses returns the IPv4 address of every interface but lo.
func (p pod) addresses(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	netnstest.Do(t, p.netns, func() {
		for _, ifName := range []string{"eth0", "net1", "net2"} {
			link, err := net.InterfaceByName(ifName)
			if err != nil {
				t.Errorf("%v: %s: %v", p, ifName, err)
				continue
			}
			addresses, err := link.Addrs()
			if err != nil {
				t.Errorf("%v: %s: %v", p, ifName, err)
			}
			for _, a := range addresses {
				if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil {
					all[ifName] = ip.IP.String()
				}
			}
		}
	})
	return all
}

// register is the list of sandboxes that a runtime keeps.
type register struct {
	collecting sync.RWMutex // held while GC runs: nothing new begins then

	mu   sync.Mutex
	pods map[string]pod
}

func (r *register) begin(p pod) {
	r.collecting.RLock()
	defer r.collecting.RUnlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pods[p.name] = p
}

func (r *register) end(p pod) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pods, p.name)
}

func (r *register) list() []pod {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []pod
	for _, p := range r.pods {
		all = append(all, p)
	}
	return all
}

// keepCollecting runs GC again and again. The function that it returns stops
// that and says how often it ran.
func (m *machine) keepCollecting(t testing.TB, known *register) func() int {
	t.Helper()
	ended := make(chan int)
	stop := make(chan struct{})
	go func() {
		n := 0
		defer func() { ended <- n }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			known.collecting.Lock()
			err := m.do(t, call{verb: "GC", config: validOnly(known.list()...)})
			known.collecting.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			n++
		}
	}()
	return func() int {
		close(stop)
		return <-ended
	}
}
