package world

import (
	"context"
	"strings"
	"time"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/backends/drive"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/record"
	"patchbay/sim/disk"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
	"patchbay/sim/proc"
	"patchbay/sim/sched"
)

// patience is how long a runtime lets a CNI call run (kubelet's
// runtimeRequestTimeout, times two for a sandbox).
const patience = 4 * time.Minute

// Sandbox is a pod sandbox as the runtime remembers it.
type Sandbox struct {
	Key   record.Key
	Pod   record.Pod
	Netns string
	NS    *kernel.Namespace // as it was made; it may be gone
	Ready bool
	// Stopped says that a DEL has succeeded.
	Stopped bool
}

// Call is one CNI call of a runtime.
type Call struct {
	Node    *Node
	Verb    string
	Sandbox *Sandbox // nil of GC and STATUS
	Netns   string   // as the call names it; "" of a DEL after the namespace
	Valid   []netconf.Attachment
	Proc    *proc.Proc

	Result types.Result
	Err    error
	// Died says that the process was killed: there is no answer.
	Died  bool
	Ended bool // the process, and all that it has started
	// Left says that nobody waits for the answer any more, and the process goes
	// on: of a runtime that is restarted (containerd's unit has KillMode=process).
	Left bool
	At   time.Duration

	waiter *sched.Task
}

// succeeded reports whether the runtime has got an answer, and it is success.
func (c *Call) succeeded() bool { return !c.Died && !c.Left && c.Err == nil }

// leave makes the runtime wait no more.
func (c *Call) leave() {
	c.wake()
	c.Left = true
}

// wake tells the runtime that there is news.
func (c *Call) wake() {
	if !c.Left {
		c.Node.World.Sched.Wake(c.waiter)
	}
}

// Call begins a CNI call and waits until it is answered or its process dies. On a
// node that is down there is nobody to begin it.
func (n *Node) call(c *Call) *Call {
	w := n.World
	c.Node, c.At = n, w.Sched.Now()
	if n.down {
		c.Died = true
		return c
	}
	actor := fault.Actor{Node: n.Index, Program: "patchbay", Verb: c.Verb}
	if c.Sandbox != nil {
		actor.Key = c.Sandbox.Key
	}
	c.Proc = w.Stage.Begin(actor)
	c.Proc.Until = w.Sched.Now() + patience
	c.waiter = w.Sched.Current()
	c.Proc.OnDeath = func() {
		c.Died = true
		n.Disk.Kill(disk.Proc(c.Proc.Proc)) // its locks end with it
		c.wake()
	}
	n.calls = append(n.calls, c)
	w.working++ // whoever waits: the world does not rest before it has ended
	w.began(c)
	w.Sched.Go(c.Verb, func() {
		c.serve()
		c.Ended = true
		n.forgetCall(c)
		w.ended(c)
		c.wake()
		w.working--
		w.settled()
	})
	for !c.Ended && !c.Died && !c.Left && !w.Sched.Closing() {
		w.Sched.Park(0)
	}
	return c
}

func (n *Node) forgetCall(c *Call) {
	for i, other := range n.calls {
		if other == c {
			n.calls = append(n.calls[:i], n.calls[i+1:]...)
			return
		}
	}
}

// serve is what a process of Patchbay does.
func (c *Call) serve() {
	d := &drive.Driver{
		Backend:  c.Node.backend(c.Proc),
		Log:      c.Node.World.log,
		Networks: c.Node.networks,
		Crew:     func() drive.Crew { return &crew{sched: c.Node.World.Sched} },
	}
	ctx := context.Background()
	req := c.request()
	switch c.Verb {
	case "ADD":
		c.Result, c.Err = d.Add(ctx, req)
	case "DEL":
		c.Err = d.Del(ctx, req)
	case "CHECK":
		c.Err = d.Check(ctx, req)
	case "GC":
		c.Err = d.GC(ctx, req)
	case "STATUS":
		c.Err = d.Status(ctx, req)
	}
	if c.Proc.Dead() {
		c.Died, c.Result, c.Err = true, nil, proc.ErrDead
	}
}

// request is what the runtime asks, as libcni does.
func (c *Call) request() need.Request {
	req := need.Request{
		Verb: need.Verb(c.Verb), CNIPath: PluginDir, Config: c.Node.config, Cluster: true,
	}
	if c.Valid != nil {
		req.Config.ValidAttachments = c.Valid
	}
	if s := c.Sandbox; s != nil {
		req.ContainerID, req.IfName, req.Netns = s.Key.ContainerID, s.Key.IfName, c.Netns
		req.Args = netconf.Args{}.
			Set("IgnoreUnknown", "1").
			Set("K8S_POD_NAMESPACE", s.Pod.Namespace).
			Set("K8S_POD_NAME", s.Pod.Name).
			Set("K8S_POD_INFRA_CONTAINER_ID", s.Key.ContainerID).
			Set("K8S_POD_UID", s.Pod.UID)
		for _, odd := range c.Node.odd {
			if odd.pod == s.Pod.Name {
				key, value, _ := strings.Cut(odd.other, "=")
				req.Args = req.Args.Set(key, value)
			}
		}
	}
	return req
}
