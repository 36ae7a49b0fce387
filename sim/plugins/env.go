package plugins

import (
	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/disk"
	"patchbay/sim/kernel"
	"patchbay/sim/proc"
)

// Machine is what the plugins of one node share.
type Machine struct {
	Kernel *kernel.Kernel
	Disk   *disk.Disk
	// Lease is the DHCP daemon of the node; nil when it does not run.
	Lease *DHCP
	// Pools are the address pools of the cluster; nil when the node has no access.
	Pools *Pools

	confs confs
	names uint64  // random names given so far
	ended []*call // runs that are over, for use by others
}

// Env is one execution of a plugin: its process, environment and standard input.
type Env struct {
	Machine *Machine
	Proc    *proc.Proc
	// Type is the file name of the executable.
	Type string
	// Verb is CNI_COMMAND.
	Verb string

	ContainerID, NetNS, IfName, Args, Path string
	// NetNSOverride is CNI_NETNS_OVERRIDE.
	NetNSOverride string
	Stdin         []byte
	// Find reports whether an executable of that name is in Path; nil means
	// that all are that this package knows.
	Find func(name string) bool
}

// Run executes a plugin. It returns what the plugin writes to its standard
// output, or what it reports: a *types.Error, or [proc.ErrDead] when the process
// was killed before it could report anything.
func Run(e Env) ([]byte, error) {
	c := e.Machine.begin(e)
	err := c.main()
	out := c.out
	c.end()
	if e.Proc.Dead() {
		return nil, proc.ErrDead
	}
	return out, err
}

// begin makes a run of a plugin, or takes one that has ended.
func (m *Machine) begin(e Env) *call {
	var c *call
	if n := len(m.ended); n > 0 {
		c = m.ended[n-1]
		m.ended = m.ended[:n-1]
	} else {
		c = new(call)
		c.die = c.died
	}
	c.Env, c.p = e, e.Proc
	c.k, c.host = m.Kernel, m.Kernel.Host()
	c.before = e.Proc.OnDeath
	e.Proc.OnDeath = c.die
	return c
}

// died is called when the process was killed, whatever it is waiting for.
func (c *call) died() {
	c.drop()
	if c.before != nil {
		c.before()
	}
}

// end closes what is open and keeps the run for the next.
func (c *call) end() {
	c.drop()
	c.p.OnDeath = c.before
	m := c.Machine
	*c = call{die: c.die, held: c.held[:0]}
	m.ended = append(m.ended, c)
}

// Known reports whether there is a plugin of that name.
func Known(name string) bool {
	_, ok := find(name)
	return ok
}

// call is a plugin at work.
type call struct {
	Env
	p    *proc.Proc
	k    *kernel.Kernel
	host *kernel.Namespace // the namespace it was started in
	row  plugin
	doc  *document
	prev []byte // the value of prevResult, as it came
	out  []byte

	layout string // the version by which a result is laid out; "" as it says

	inner   bool   // another plugin waits for it, and takes res instead of out
	res     result // what was printed
	printed bool

	die    func() // c.died, made once
	before func() // what was to be done when the process is killed

	held   []*kernel.Namespace // open files of namespaces
	locked bool                // it has, or had, a lock of the disk
}

// plugin is a row of the table: what an executable does for each verb. A verb
// that is nil does nothing and succeeds, as in the library that plugins are
// made with.
// It speaks all versions, or those since one.
type plugin struct {
	add, del, check, gc, status func(*call) error

	since string
}

// find is the table of plugins. It is not a variable, for some of its functions
// run other plugins.
func find(name string) (plugin, bool) {
	switch name {
	case "bandwidth":
		return plugin{
			add: bandwidthAdd, del: bandwidthDel, check: bandwidthCheck, since: "0.3.0",
		}, true
	case "bridge":
		return plugin{add: bridgeAdd, del: bridgeDel, check: bridgeCheck, status: statusIPAM}, true
	case "dhcp":
		return plugin{add: dhcpAdd, del: dhcpDel, check: dhcpCheck}, true
	case "dummy":
		return plugin{add: dummyAdd, del: dummyDel, check: dummyCheck, status: statusAlways}, true
	case "flannel":
		return plugin{add: flannelAdd, del: flannelDel, check: flannelCheck}, true
	case "host-device":
		return plugin{
			add: hostDeviceAdd, del: hostDeviceDel, check: hostDeviceCheck, status: statusIPAM,
		}, true
	case "host-local":
		return plugin{add: hostLocalAdd, del: hostLocalDel, check: hostLocalCheck}, true
	case "ipvlan":
		return plugin{add: ipvlanAdd, del: ipvlanDel, check: ipvlanCheck, status: statusIPAM}, true
	case "loopback":
		return plugin{add: loopbackAdd, del: loopbackDel, check: loopbackCheck}, true
	case "macvlan":
		return plugin{
			add: macvlanAdd, del: macvlanDel, check: macvlanCheck, status: statusIPAM,
		}, true
	case "portmap":
		return plugin{add: portmapAdd, del: portmapDel, check: portmapCheck}, true
	case "ptp":
		return plugin{add: ptpAdd, del: ptpDel, check: ptpCheck, status: statusAlways}, true
	case "sbr":
		return plugin{add: sbrAdd, del: sbrDel, check: sbrCheck}, true
	case "static":
		return plugin{add: staticAdd, del: staticDel, check: staticCheck}, true
	case "tap":
		return plugin{add: tapAdd, del: tapDel, check: tapCheck, status: statusIPAM}, true
	case "tuning":
		return plugin{add: tuningAdd, del: tuningDel, check: tuningCheck}, true
	case "vlan":
		return plugin{add: vlanAdd, del: vlanDel, check: vlanCheck, status: statusAlways}, true
	case "vrf":
		return plugin{add: vrfAdd, del: vrfDel, check: vrfCheck, since: "0.3.1"}, true
	case "whereabouts":
		return plugin{
			add: whereaboutsAdd, del: whereaboutsDel, check: whereaboutsCheck, since: "0.3.1",
		}, true
	}
	return plugin{}, false
}

// errNo makes an error of a CNI code.
func errNo(code uint, msg, details string) *types.Error {
	return types.NewError(code, msg, details)
}
