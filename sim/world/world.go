package world

import (
	"fmt"
	"log/slog"
	"time"

	"patchbay/backends/drive"
	"patchbay/core/netconf"
	"patchbay/core/record"
	"patchbay/sim/chance"
	"patchbay/sim/cluster"
	"patchbay/sim/fault"
	"patchbay/sim/proc"
	"patchbay/sim/sched"
)

// World is a cluster with everything in it.
type World struct {
	Sched  *sched.Sched
	Stage  *proc.Stage
	Chance chance.Source
	API    *cluster.Cluster
	Nodes  []*Node
	Story  Story

	// Complaints are about the story, not about Patchbay.
	Complaints []error

	opts    Options
	log     *slog.Logger
	token   cluster.Token // of Patchbay
	stale   *cluster.View // through which nodes read
	jump    time.Duration // by which clocks on walls are wrong
	events  int           // ever reported
	apiDown bool
	healed  bool
	// working is how many kubelets' workers and booting nodes there are.
	working int
	rest    []*sched.Task // that wait for the world to come to rest
	traps   []*trap
	slow    time.Duration // what a run of a plugin takes longer
	mends   []func()      // what healing has to undo, the last first
}

// Options is what a world depends on beside its story.
type Options struct {
	Source chance.Source
	Judge  fault.Judge
	Order  sched.Order
	Pool   *sched.Pool
	// Watch, when set, is told of all that happens.
	Watch Watcher
	// Log gets what Patchbay logs; nil discards it.
	Log *slog.Logger
	// Shared keeps what depends on bytes alone; nil begins anew.
	Shared *Shared
}

// Shared is what worlds of one goroutine may share, one after the other: texts
// that were parsed before. It changes nothing but the time that a run takes.
type Shared struct {
	networks *drive.Networks
	configs  map[string]netconf.Config
}

// NewShared returns one in which nothing was parsed yet.
func NewShared() *Shared {
	return &Shared{networks: new(drive.Networks), configs: map[string]netconf.Config{}}
}

// config parses our own configuration.
func (s *Shared) config(text string) (netconf.Config, error) {
	if c, ok := s.configs[text]; ok {
		return c, nil
	}
	c, err := netconf.ParseConfig([]byte(text))
	if err == nil {
		s.configs[text] = c
	}
	return c, err
}

// Watcher looks at a world.
type Watcher interface {
	proc.Watcher
	// Built is called when the world is there, and nothing has happened.
	Built(w *World)
	// Began and Ended are called around every CNI call. A call whose process was
	// killed ends when all that it has started has ended.
	Began(c *Call)
	Ended(c *Call)
	// Stepped is called when a step of the story is done, before the next.
	Stepped(s Step)
	// Booted is called when a node has lost all but its disk.
	Booted(n *Node)
}

// Healer is a judge that can be told to stop.
type Healer interface{ Heal() }

// New builds the world of a story.
func New(story Story, o Options) (*World, error) {
	if o.Judge == nil {
		o.Judge = fault.Never{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Shared == nil {
		o.Shared = NewShared()
	}
	s := sched.New(o.Source, o.Pool, o.Order)
	w := &World{Sched: s, Chance: o.Source, Story: story, opts: o, log: o.Log}
	w.Stage = &proc.Stage{Sched: s, Judge: o.Judge, Cost: cost}
	w.Stage.Cut = func(node int) { w.Nodes[node].powerCut() }
	if o.Watch != nil {
		w.Stage.Watch = o.Watch
	}
	if err := w.newAPI(); err != nil {
		return nil, fmt.Errorf("story %s: %w", story.Name, err)
	}
	for i := range max(story.Nodes, 1) {
		n, err := newNode(w, i)
		if err != nil {
			return nil, err
		}
		w.Nodes = append(w.Nodes, n)
	}
	if o.Watch != nil {
		o.Watch.Built(w)
	}
	return w, nil
}

// Run tells the story and returns when nothing happens any more.
func (w *World) Run() {
	w.Sched.Go("story", func() {
		for _, step := range w.Story.Steps {
			w.do(step)
			if w.opts.Watch != nil {
				w.opts.Watch.Stepped(step)
			}
		}
	})
	w.Sched.Run()
}

// Close ends whatever still waits.
func (w *World) Close() { w.Sched.Close() }

// Healed reports whether all faults are over.
func (w *World) Healed() bool { return w.healed }

// cost is how long operations take, in virtual time: of the right order on a
// node that is not busy.
func cost(k fault.Kind) time.Duration {
	switch k {
	case fault.PluginAdd, fault.PluginDel, fault.PluginCheck, fault.PluginGC,
		fault.IPAMAdd, fault.IPAMDel, fault.IPAMCheck:
		return 2 * time.Millisecond // a process
	case fault.PodGet, fault.NADGet, fault.StatusPatch, fault.EventPost,
		fault.PoolGet, fault.PoolUpdate:
		return 3 * time.Millisecond
	case fault.FileStore, fault.DirSync:
		return 2 * time.Millisecond
	case fault.DHCPLease, fault.DHCPRelease:
		return 5 * time.Millisecond
	}
	return 50 * time.Microsecond
}

// settled wakes those who wait for the world to come to rest, if it has.
func (w *World) settled() {
	if w.working == 0 {
		w.rouse()
	}
}

// rouse has those look again who wait.
func (w *World) rouse() {
	waiting := w.rest
	w.rest = nil
	for _, t := range waiting {
		w.Sched.Wake(t)
	}
}

// Stuck lists the pods of which a kubelet has given up.
func (w *World) Stuck() []record.Pod {
	var out []record.Pod
	for _, n := range w.Nodes {
		for _, k := range n.workers {
			if k.stuck() {
				out = append(out, k.pod)
			}
		}
	}
	return out
}

func (w *World) began(c *Call) {
	if w.opts.Watch != nil {
		w.opts.Watch.Began(c)
	}
}

func (w *World) ended(c *Call) {
	if w.opts.Watch != nil {
		w.opts.Watch.Ended(c)
	}
}
