package links

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"patchbay/ci/require"
	"patchbay/sim/kernel"
)

const (
	perSequence = 200
	shortRun    = 3000
	longRun     = 100_000
	enough      = 6 // differences before the test gives up
	// How long to wait for what the kernel does later, when it counts and while
	// a sequence is shrunk.
	patience     = 3 * time.Second
	lessPatience = 300 * time.Millisecond
)

func kinds() []opKind {
	return slices.Concat(linkKinds(), bridgeKinds(), ipKinds(), nsKinds())
}

func TestLinks(t *testing.T) {
	require.Root(t)
	steps := shortRun
	if s := os.Getenv("PATCHBAY_FIDELITY_STEPS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		steps = n
	}
	first := uint64(1)
	if s := os.Getenv("PATCHBAY_FIDELITY_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		first = n
		if os.Getenv("PATCHBAY_FIDELITY_STEPS") == "" {
			steps = perSequence
		}
	}
	// Never unlocked: a thread that changed namespaces ends with the test.
	runtime.LockOSThread()
	r := newRunner(t)
	begin := time.Now()
	for seed := first; r.steps < steps; seed++ {
		if !r.sequence(seed) && r.failures >= enough {
			return
		}
	}
	took := time.Since(begin)
	t.Logf("%d steps of %d kinds alike, %.0f a second; %d errors", r.steps, len(r.seen),
		float64(r.steps)/took.Seconds(), r.errors)
	t.Logf("rows of the ledger that were met: %v", r.rows)
	for id := range tolerated {
		if r.rows[id] == 0 && steps >= longRun {
			t.Errorf("row %s of the ledger is stale: it was not met", id)
		}
	}
	t.Logf("waited %d times longer than 100 ms for what Linux does later, %s in all", r.waits, r.waited)
	for _, k := range r.kinds {
		if r.seen[k.name] == 0 && steps >= shortRun {
			t.Errorf("%s was never done", k.name)
		}
	}
}

type runner struct {
	t      *testing.T
	kinds  []opKind
	byName map[string]*opKind
	total  int
	waited time.Duration
	waits  int
	// inherited are the switches that namespaces have from the first one.
	inherited []kernel.Setting
	// failures is how many sequences ended with a difference.
	failures int
	steps    int
	errors   int
	seen     map[string]int
	rows     map[string]int // of the ledger, and how often each was met
}

func newRunner(t *testing.T) *runner {
	t.Helper()
	r := &runner{
		t: t, kinds: kinds(), byName: map[string]*opKind{}, seen: map[string]int{},
		rows: map[string]int{},
	}
	for i := range r.kinds {
		r.byName[r.kinds[i].name] = &r.kinds[i]
		r.total += r.kinds[i].weight
	}
	r.learn()
	return r
}

// learn finds out what switches the namespaces of this machine inherit: those
// of the first namespace that have another value than Linux' default, and those
// that were written there, for these no longer follow "default".
func (r *runner) learn() {
	m := newMachine(r.t, r.t.TempDir())
	defer m.close()
	if err := m.unshare(0, 0); err != nil {
		r.t.Fatal(err)
	}
	value := func(name string) string {
		v, err := m.readSysctl(0, name)
		if err != nil {
			r.t.Fatal(err)
		}
		return strings.TrimSpace(v)
	}
	for _, c := range conf4 {
		for _, where := range []string{"all", "default"} {
			name := "net/ipv4/conf/" + where + "/" + c.name
			now := value(name)
			written := false
			if where == "default" {
				if err := m.sysctl(0, name, "2"); err != nil {
					r.t.Fatal(err)
				}
				written = value("net/ipv4/conf/lo/"+c.name) != "2"
			}
			if now != "0" || written {
				r.inherited = append(r.inherited, kernel.Setting{Name: name, Value: now})
			}
		}
	}
}

// sequence runs a sequence of one seed, and says where the kernels differ.
func (r *runner) sequence(seed uint64) bool {
	var done []op
	w := r.begin()
	c := &chooser{r: rand.New(rand.NewPCG(seed, 1)), p: w.p}
	diff := w.compare()
	for range perSequence {
		if diff != "" {
			break
		}
		if w.row != "" {
			r.rows[w.row]++ // the kernels are not alike any more
			break
		}
		o := r.choose(c)
		done = append(done, o)
		diff = r.step(w, o)
		r.steps++
	}
	r.waited += w.waited
	r.waits += w.waits
	w.m.close()
	if diff == "" {
		return true
	}
	short, diff := r.shrink(done, diff)
	var b strings.Builder
	for _, o := range short {
		fmt.Fprintln(&b, o)
	}
	r.failures++
	r.t.Errorf("seed %d, after %d steps, shrunk to %d:\n%s%s", seed, len(done), len(short), &b, diff)
	return false
}

// begin makes both worlds with a namespace in each of the first slots.
func (r *runner) begin() *world {
	dir, err := os.MkdirTemp(r.t.TempDir(), "")
	if err != nil {
		r.t.Fatal(err)
	}
	profile := kernel.Kernel618()
	profile.BridgeVLANs = false
	w := &world{m: newMachine(r.t, dir), p: &pretence{k: kernel.New(profile)}}
	w.patience = patience
	w.p.k.ChooseMAC = w.chosenMAC
	for _, s := range r.inherited {
		if err := w.p.k.SetSysctl(w.p.k.Host(), s.Name, s.Value); err != nil {
			r.t.Fatal(err)
		}
	}
	for i := range 3 {
		if err := w.m.unshare(i, i); err != nil {
			r.t.Fatal(err)
		}
		if err := w.p.unshare(i, i); err != nil {
			r.t.Fatal(err)
		}
		w.calm(i)
	}
	return w
}

// calm switches what takes seconds off in a new namespace: the search for
// duplicates of IPv6 addresses.
func (w *world) calm(slot int) {
	for _, where := range []string{"all", "default", "lo"} {
		name := "net/ipv6/conf/" + where + "/accept_dad"
		if err := w.m.sysctl(slot, name, "0"); err != nil {
			w.m.t.Fatal(err)
		}
		if err := w.p.k.SetSysctl(w.p.slots[slot], name, "0"); err != nil {
			w.m.t.Fatal(err)
		}
	}
}

func (r *runner) choose(c *chooser) op {
	n := c.r.IntN(r.total)
	for i := range r.kinds {
		k := &r.kinds[i]
		if n -= k.weight; n < 0 {
			o := op{do: k.name, ns: c.slot()}
			k.fill(c, &o)
			return o
		}
	}
	panic("the weights do not add up")
}

// step does one operation on both, and says how they differ then.
func (r *runner) step(w *world, o op) string {
	k := r.byName[o.do]
	b := &both{w: w, o: o}
	if w.p.slots[o.ns] == nil {
		return ""
	}
	b.link = w.p.slots[o.ns].ByName(o.link)
	b.other = w.p.slots[o.ns].ByName(o.other)
	if strings.HasPrefix(k.needs, "l") && b.link == nil && (o.link != "" || k.needs != "l?") {
		return ""
	}
	if strings.HasSuffix(k.needs, "o") && b.other == nil || k.needs == "o?" && o.other != "" && b.other == nil {
		return ""
	}
	if w.p.slots[o.to] == nil && !strings.HasPrefix(o.do, "ns-") {
		return ""
	}
	return r.compare(b, k)
}

func (r *runner) compare(b *both, k *opKind) string {
	w := b.w
	w.last = b.o
	r.seen[k.name]++
	w.answer = [2]string{}
	real := number(k.real(b))
	if real != 0 {
		r.errors++
	}
	pretended := simNumber(k.sim(b))
	w.p.k.ReapAll()
	if real != pretended {
		return fmt.Sprintf("Linux answers %v, the simulator %v", unix.Errno(real), unix.Errno(pretended))
	}
	if w.answer[0] != w.answer[1] {
		return fmt.Sprintf("Linux reads %q, the simulator %q", w.answer[0], w.answer[1])
	}
	if k.name == "ns-unshare" && real == 0 {
		w.calm(b.o.to)
	}
	return w.compare()
}

// compare compares all namespaces that are looked at, again and again until
// they are alike or patience ends.
func (w *world) compare() string {
	end := time.Now().Add(w.patience)
	for {
		diff := w.diff()
		if len(diff) == 0 || time.Now().After(end) {
			w.note(w.patience - time.Until(end))
			if w.row = tolerate(w, diff); w.row != "" {
				return ""
			}
			return report(diff)
		}
		_, _ = unix.Poll(nil, 1)
	}
}

// note counts the waits that are long enough to be felt.
func (w *world) note(waited time.Duration) {
	if waited < 100*time.Millisecond {
		return
	}
	w.waited += waited
	w.waits++
	if os.Getenv("PATCHBAY_FIDELITY_SLOW") != "" {
		w.m.t.Log(waited, w.last)
	}
}

func (w *world) diff() []difference {
	var all []difference
	for slot := range slots {
		if w.p.slots[slot] == nil {
			continue
		}
		real, err := w.m.state(slot)
		if err != nil {
			return append(all, difference{slot, true, err.Error()})
		}
		all = diffLines(all, slot, real, w.p.state(slot))
	}
	return all
}

func diffLines(all []difference, slot int, real, sim state) []difference {
	for len(real) > 0 || len(sim) > 0 {
		switch {
		case len(sim) == 0 || len(real) > 0 && real[0] < sim[0]:
			all = append(all, difference{slot, true, real[0]})
			real = real[1:]
		case len(real) == 0 || sim[0] < real[0]:
			all = append(all, difference{slot, false, sim[0]})
			sim = sim[1:]
		default:
			real, sim = real[1:], sim[1:]
		}
	}
	return all
}

func report(all []difference) string {
	var b strings.Builder
	for _, d := range all {
		who := "the simulator"
		if d.linux {
			who = "Linux        "
		}
		fmt.Fprintf(&b, "slot %d, only %s: %s\n", d.slot, who, d.line)
	}
	return b.String()
}

// shrink drops steps for as long as the kernels still differ.
func (r *runner) shrink(steps []op, diff string) ([]op, string) {
	for size := len(steps) / 2; size > 0; {
		removed := false
		for at := 0; at+size <= len(steps); {
			shorter := slices.Concat(steps[:at], steps[at+size:])
			if n, d := r.replay(shorter); d != "" {
				steps, diff, removed = shorter[:n], d, true
				continue
			}
			at += size
		}
		if !removed || size > len(steps)/2 {
			size = min(size/2, max(len(steps)/2, 1))
			if removed {
				size = max(size, 1)
			}
		}
	}
	return steps, diff
}

// replay runs a sequence until the kernels differ, and says after how many
// steps.
func (r *runner) replay(steps []op) (int, string) {
	w := r.begin()
	w.patience = lessPatience
	defer w.m.close()
	for i, o := range steps {
		if w.row != "" {
			break
		}
		if diff := r.step(w, o); diff != "" {
			return i + 1, diff
		}
	}
	return len(steps), ""
}
